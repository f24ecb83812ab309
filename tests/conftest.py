"""Rules for every test: on the build machine nothing is skipped; properties give the same answer
at each run, and have no stop-watch."""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

# A shared machine may stall for longer than hypothesis' deadline; --timeout guards every test.
# A change is judged by the same examples as the one before it; HYPOTHESIS_PROFILE=explore looks for
# new ones (what it finds is kept as an @example).
hypothesis.settings.register_profile("dropally", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
_ROOM_BYTES = 4 << 30
_FOLDER = pytest.StashKey[str]()
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dropally")
hypothesis.settings.load_profile(_PROFILE)
if _PROFILE == "dropally":
    # Otherwise literals of the modules that happen to be loaded become examples, and which are loaded
    # depends on the tests that ran before in the same process.
    assert hasattr(providers, "_get_local_constants")
    providers._get_local_constants = Constants


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' files into memory where it has room.

    Half of the time would be spent waiting until a disk has written what is thrown away at once.
    Workers and programs that tests start inherit the place. `--basetemp FOLDER` keeps what tests
    leave, PYTEST_DEBUG_TEMPROOT chooses another place.
    """
    memory = Path("/dev/shm")
    if "PYTEST_DEBUG_TEMPROOT" in os.environ or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free >= _ROOM_BYTES:
        folder = tempfile.mkdtemp(prefix="dropally-tests-", dir=memory)
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = folder
        config.stash[_FOLDER] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the memory back."""
    if folder := config.stash.get(_FOLDER, None):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say why the run fails when it may not skip."""
    if _skips_refused(terminalreporter):
        terminalreporter.write_line(
            "DROPALLY_REFUSE_SKIPS is set and tests were skipped: install what they need.", red=True
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn skips into a failure where every tool must be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.OK and reporter is not None and _skips_refused(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_refused(reporter: pytest.TerminalReporter) -> bool:
    return bool(os.environ.get("DROPALLY_REFUSE_SKIPS")) and bool(reporter.stats.get("skipped"))
