"""The private names of Lightning that the adapter uses, all of which exist.

`.ci/lightning` also runs all these tests with CKPT_SCHEME_WITHOUT_PRIVATE=1, without the private names. Then exactly
the tests that are marked ``needs_private`` must fail.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import PRIVATE_NAMES, ModelCheckpoint, SchemeCheckpoint


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _ours() -> list[type]:
    return [base for base in SchemeCheckpoint.__mro__ if base.__module__.startswith("ckpt_scheme.")]


def _sources() -> set[Path]:
    folders = {Path(inspect.getfile(base)).parent for base in _ours()}
    return {path for folder in folders for path in folder.glob("*.py")}


def _attributes() -> Iterator[tuple[str, str]]:
    """Yield each private attribute that the adapter's code touches, and its object."""
    for path in sorted(_sources()):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and _is_private(node.attr):
                yield node.attr, f"{path.name}: {ast.unparse(node)}"


def test_adapter_overrides_no_other_private_name() -> None:
    stock = {name for name in dir(ModelCheckpoint) if _is_private(name)}
    overridden = {name for base in _ours() for name in vars(base)} & stock

    assert _ours()
    assert overridden == set(PRIVATE_NAMES)


def test_adapter_replaces_no_private_attribute_of_model_checkpoint(tmp_path: Path) -> None:
    stock = {name for name in vars(ModelCheckpoint(dirpath=tmp_path)) if _is_private(name)}
    assigned = {name for path in _sources() for name in _assigned(path)}

    assert stock
    assert assigned & stock == set()


def test_adapter_touches_no_other_private_name() -> None:
    own = {name for base in _ours() for name in vars(base)}
    own |= {name for path in _sources() for name in _assigned(path)}
    foreign = [place for name, place in _attributes() if name not in own and name not in PRIVATE_NAMES]

    assert foreign == []


def _assigned(path: Path) -> Iterator[str]:
    """Yield each attribute that a module gives to an object, or that a class of it declares."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_private_name_exists_on_model_checkpoint(name: str) -> None:
    assert callable(getattr(ModelCheckpoint, name))
