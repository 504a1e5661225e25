"""Hypothesis profiles, and settings that hold for all tests.

The environment variable HYPOTHESIS_PROFILE names a profile: dev (the default), ci, brief or nightly.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Final

import coverage
import fsspec
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code, so no profile judges by time.
_timeless = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("dev", _timeless, max_examples=50)
# A change is judged by the same examples each time, and a failure prints what reproduces it elsewhere.
settings.register_profile("ci", _timeless, max_examples=50, derandomize=True, print_blob=True)
# The same, with fewer of them, for the interpreters on which a change is judged once more.
settings.register_profile("brief", settings.get_profile("ci"), max_examples=25)
settings.register_profile("nightly", _timeless, max_examples=20_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# A shell that runs the tests in the background lets them, and all programs that they start, ignore an interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# These tests try many inputs or start many programs, and other tests cover the same code. Measuring coverage would make
# them take twice as long, so it pauses. A line that only they reach fails the limit of 100 %.
_UNMEASURED: Final = {
    "catalog/test_agreement.py",
    "conformance/test_engines.py",
    "conformance/test_legacy_port.py",
    "conformance/test_mutants.py",
    "conformance/test_ports.py",
    "engines/test_abnf_engine.py",
    "engines/test_glob_engines.py",
    "engines/test_regex_engines.py",
    "legacy/test_certainty.py",
    "legacy/test_format_index.py",
    "legacy/test_formats.py",
    "migration/test_failing_calls.py",
    "migration/test_kills.py",
    "migration/test_plan_properties.py",
    "migration/test_state_machine.py",
    "migration/test_two_machines.py",
}
_ROOT: Final = Path(__file__).parent


@pytest.fixture(autouse=True, scope="module")
def _pause_coverage(request: pytest.FixtureRequest) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """Measure no coverage in the modules of `_UNMEASURED`, nor in the programs that they start."""
    if request.path.relative_to(_ROOT).as_posix() not in _UNMEASURED:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
            patch.delenv(name)
        measured = coverage.Coverage.current()
        if measured is not None:
            measured.stop()
        yield
        if measured is not None:
            measured.start()


@pytest.fixture
def memory_url() -> Generator[str]:
    """The URL of an empty folder on a file system in memory."""
    memory = fsspec.filesystem("memory")
    memory.makedirs("/team/outputs")
    yield "memory://team/outputs"
    memory.rm("/team", recursive=True)
