"""Fuzz the parsers of the repository's formats for as long as one likes, led by coverage.

    pip install atheris            (a wheel for Linux; version 3.0.0 is the last for Python 3.11)
    python -m bench.fuzz_store [--seconds 60] [--only "tree page"] [--kept FOLDER]

Each parser runs in a process of its own. Anything but a value or an error of the store ends it, and
the bytes that did it are written to the folder where this was started.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

PARSERS = "tests.store.parsers"


def fuzz(name: str, seconds: int, kept: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["dropally.store"]):
        known = importlib.import_module(PARSERS)
        refusal = importlib.import_module("dropally.store").StoreError
    parse, start = known.PARSERS[name]
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "start").write_bytes(start)

    def take(data: bytes) -> None:
        try:
            parse(data)
        except refusal:
            return

    options = [f"-max_total_time={seconds}", "-rss_limit_mb=1024", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(kept)], take)
    atheris.Fuzz()


def main() -> None:
    """Fuzz each in turn; say which failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    parser.add_argument("--only", default="", help="one parser, by its name")
    parser.add_argument("--kept", type=Path, help="where inputs worth keeping go on from")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        fuzz(args.only, args.seconds, args.kept)
    names = [args.only] if args.only else list(importlib.import_module(PARSERS).PARSERS)
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            print(f"== {name}", flush=True)
            kept = (args.kept or Path(scratch)) / name.replace(" ", "-")
            command = [sys.executable, "-m", "bench.fuzz_store", "--child", "--only", name]
            options = ["--seconds", str(args.seconds), "--kept", str(kept)]
            if subprocess.run([*command, *options], check=False).returncode:
                failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")
    print(f"{len(names)} parsers: nothing but values and errors of the store")


if __name__ == "__main__":
    main()
