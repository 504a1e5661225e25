"""The two public modules of the adapter without Lightning, or with a Lightning that a test hides."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import ckpt_scheme
from ckpt_scheme._lightning import lazy_import
from loading import loaded_by

MODULES = ["ckpt_scheme.lightning", "ckpt_scheme.pytorch_lightning"]
FRAMEWORKS = {"lightning", "pytorch_lightning", "torch"}


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


@pytest.mark.parametrize("name", MODULES)
def test_import_of_public_module_loads_no_framework(name: str) -> None:
    loaded = loaded_by([f"import ckpt_scheme, {name}"])

    assert loaded.isdisjoint(FRAMEWORKS)
    assert loaded <= {"ckpt_scheme", name}


def test_dir_of_public_module_lists_its_names(module: ModuleType) -> None:
    assert dir(module) == ["SchemeCheckpoint", "scheme_checkpoints"] == module.__all__


def test_unknown_name_of_public_module_raises_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_name_of_public_module_is_fetched_once_and_kept(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    private = f"ckpt_scheme._lightning.{lazy_import.ADAPTERS[module.__name__].private}"
    adapter = ModuleType(private)
    adapter.SchemeCheckpoint = first = object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, private, adapter)
    monkeypatch.setitem(vars(module), "SchemeCheckpoint", None)
    del vars(module)["SchemeCheckpoint"]

    assert module.SchemeCheckpoint is first
    assert vars(module)["SchemeCheckpoint"] is first


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_framework_raises_import_error_with_the_command_to_install_it(
    module: ModuleType, missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = lazy_import.ADAPTERS[module.__name__]
    package = (adapter.framework.partition(".")[0], "torch")[missing]
    for name in [name for name in sys.modules if name.partition(".")[0] in FRAMEWORKS]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, f"ckpt_scheme._lightning.{adapter.private}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(ImportError, match=rf"pip install '{re.escape(adapter.extra)}'$"):
        lazy_import.load(module.__name__, "SchemeCheckpoint", module.__all__)


# The interpreter sees this package, attrs, and no other installed package.
PROGRAM = """
import sys
sys.path[:0] = {paths!r}
import {module} as adapter
try:
    {statement}
except ImportError as error:
    print(type(error).__name__, error.name, error, sep="|")
"""


@pytest.mark.parametrize("statement", ["adapter.SchemeCheckpoint", "hasattr(adapter, 'scheme_checkpoints')"])
@pytest.mark.parametrize(
    ("name", "framework", "extra"),
    [
        ("ckpt_scheme.lightning", "lightning", "'ckpt-scheme[lightning]'"),
        ("ckpt_scheme.pytorch_lightning", "pytorch_lightning", "'ckpt-scheme[pytorch-lightning]'"),
    ],
)
def test_name_without_its_framework_raises_import_error_that_names_the_extra(
    name: str, framework: str, extra: str, statement: str, tmp_path: Path
) -> None:
    paths = [str(Path(package.__file__ or "").parent.parent) for package in (ckpt_scheme, attrs)]
    (tmp_path / "attr").symlink_to(Path(paths[1]) / "attr")
    (tmp_path / "attrs").symlink_to(Path(paths[1]) / "attrs")
    program = PROGRAM.format(paths=[paths[0], str(tmp_path)], module=name, statement=statement)
    command = [sys.executable, "-B", "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the program is above

    assert done.returncode == 0, done.stderr
    kind, missing, message = done.stdout.strip().split("|")
    assert (kind, missing) == ("ImportError", framework)
    assert message.endswith(f"pip install {extra}")


def test_missing_dependency_of_an_installed_framework_raises_its_own_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    framework = tmp_path / "pytorch_lightning"
    framework.mkdir()
    (framework / "__init__.py").write_text("import something_it_needs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pytorch_lightning"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "ckpt_scheme._lightning.for_pytorch_lightning", raising=False)

    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        lazy_import.load("ckpt_scheme.pytorch_lightning", "SchemeCheckpoint", ["SchemeCheckpoint"])
