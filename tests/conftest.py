"""Rules for every test: on the build machine nothing is skipped; properties give the same answer
at each run, and have no stop-watch."""

import os

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

# A shared machine may stall for longer than hypothesis' deadline; --timeout guards every test.
# A change is judged by the same examples as the one before it; HYPOTHESIS_PROFILE=explore looks for
# new ones (what it finds is kept as an @example).
hypothesis.settings.register_profile("dropally", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dropally")
hypothesis.settings.load_profile(_PROFILE)
if _PROFILE == "dropally":
    # Otherwise literals of the modules that happen to be loaded become examples, and which are loaded
    # depends on the tests that ran before in the same process.
    assert hasattr(providers, "_get_local_constants")
    providers._get_local_constants = Constants


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
