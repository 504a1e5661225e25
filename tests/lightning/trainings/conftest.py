"""Fixtures and rules of all tests of the adapter: skips, releases of Lightning, and accepted warnings.

Without Lightning the tests are skipped, file by file; with CKPT_SCHEME_REQUIRE_LIGHTNING=1 each skip is a failure.
`FEATURES` lists the features of newer releases. On older releases their tests are not collected, but counted.
"""

from __future__ import annotations

import functools
import importlib
import os
import warnings
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from training import Lab

HERE: Final = Path(__file__).parent
NAMESPACE: Final = os.environ.get("CKPT_SCHEME_LIGHTNING", "lightning.pytorch")
RELEASE: Final = os.environ.get("CKPT_SCHEME_LIGHTNING_RELEASE")
REQUIRED: Final = os.environ.get("CKPT_SCHEME_REQUIRE_LIGHTNING") == "1"

FEATURES: Final = {
    "configured subclasses": "2.1.0",
    "enable_version_counter": "2.1.0",
    "links": "2.2.0",
    "save_on_exception": "2.5.3",
    "fresh links": "2.6.0",
}
"""Each feature of ``@pytest.mark.since(feature)``, and the first release of Lightning that has it."""

WARNINGS: Final = (
    # Every release calls functions that the newest torch has deprecated.
    r"ignore:`isinstance\(treespec, LeafSpec\)`",
    # Many tests continue in the folder of a run.
    r"ignore:Checkpoint directory .* exists and is not empty",
    r"ignore:The dirpath has changed from",
    # A test of one callback may resume checkpoints of two callbacks.
    r"ignore:Be aware that when using `ckpt_path`",
    # With a pair, "best" means the first callback, as it should.
    r'ignore:`?\.(fit|test|validate|predict)\(ckpt_path="best"\)`? is called with Trainer configured with multiple',
    # Between validations there is no score at first.
    r"ignore:`ModelCheckpoint\(monitor=.*\)` could not find the monitored key",
    # The first releases read attributes that torchmetrics has deprecated.
    r"ignore:This property will be removed in 2.0.0. Use `Metric.updated_called`",
    # Eight samples need no worker processes.
    r"ignore:The .*dataloader.* does not have many workers",
)
"""The accepted warnings of Lightning and torch, as filters of pytest."""

_lacking: Final[Counter[str]] = Counter()


@functools.cache
def _trouble() -> str | None:
    """Import the framework, and return the reason if that fails."""
    # A release may warn at import of its dependencies, which these tests do not concern.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            importlib.import_module(NAMESPACE)
        except ModuleNotFoundError as error:
            return f"{NAMESPACE} is not installed: {error}"
    return None


class _Missing(pytest.Module):
    """A file of tests that is not imported, because Lightning is missing."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        if REQUIRED:
            pytest.fail(str(_trouble()), pytrace=False)
        raise pytest.skip.Exception(str(_trouble()), allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return None if _trouble() is None else _Missing.from_parent(parent, path=module_path)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "since(feature): needs a release of Lightning that has this, see FEATURES")
    config.addinivalue_line("markers", "needs_private(name): a test that fails if Lightning drops a private name")


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".")[:3])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    if not ours:
        return
    release = importlib.import_module(NAMESPACE).__version__
    if RELEASE not in (None, release):
        message = f"{NAMESPACE} is {release}, but CKPT_SCHEME_LIGHTNING_RELEASE asks for {RELEASE}"
        raise pytest.UsageError(message)
    lacking: set[pytest.Item] = set()
    for item in ours:
        for mark in item.iter_markers("since"):
            if _numbers(release) < _numbers(FEATURES[mark.args[0]]):
                lacking.add(item)
                _lacking[f"{mark.args[0]}, which {NAMESPACE} {release} lacks and {FEATURES[mark.args[0]]} has"] += 1
        for warning in WARNINGS:
            item.add_marker(pytest.mark.filterwarnings(warning))
        _expect_loss(item)
    items[:] = [item for item in items if item not in lacking]
    config.hook.pytest_deselected(items=list(lacking))


def _expect_loss(item: pytest.Item) -> None:
    from training import WITHOUT_PRIVATE  # noqa: PLC0415 - it imports the framework

    if WITHOUT_PRIVATE:
        for mark in item.iter_markers("needs_private"):
            item.add_marker(pytest.mark.xfail(reason=f"without {mark.args[0]}", strict=True))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CKPT_SCHEME_REQUIRE_LIGHTNING forbids: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for feature, count in sorted(_lacking.items()):
        terminalreporter.write_line(f"not collected: {count} tests that need {feature}")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPERIMENT_TAG", raising=False)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Return an empty directory for trainings, and check its names and their content when a test ends."""
    from training import Lab  # noqa: PLC0415 - it imports the framework

    lab = Lab(tmp_path)
    yield lab
    lab.check()
