"""Each module imports only from those above it, and the core touches no file, clock, environment or framework.

The tests read both from the imports and the calls in the source.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = "ckpt_scheme"
SOURCE: Final = Path(__file__).parents[2] / "src" / PACKAGE

# From the bottom up: a module imports from those that stand before it. A folder counts as one module, and "__init__" is
# the package itself, for programs that import a name from there. Only its two public modules import an adapter.
ORDER: Final = (
    "errors",
    "_grammar",
    "_match",
    "_coerce",
    "_fields",
    "_diagnose",
    "_value",
    "run_id",
    "_json",
    "checkpoint_name",
    "layout",
    "_globs",
    "patterns",
    "legacy",
    "selection",
    "retention",
    "catalog",
    "migration",
    "conformance",
    "strategies",
    "__init__",
    "_columns",
    "_foreign_columns",
    "polars",
    "arrow",
    "sql",
    "spark",
    "_hypothesis",
    "_cli",
    "__main__",
    "_lightning",
    "lightning",
    "pytorch_lightning",
    "orbax",
    "hydra",
)
CORE: Final = ORDER[: ORDER.index("retention") + 1]

# Imports for type checkers alone, which never run.
FOR_TYPES: Final = {
    ("errors", "ckpt_scheme.legacy.Reading"),
    ("__init__", "ckpt_scheme.lightning"),
    ("__init__", "ckpt_scheme.pytorch_lightning"),
}

# A selection that skips a name warns.
ALLOWED: Final = {("selection", "warnings")}

# The modules that plan a migration are as pure as the core; only the rest of the folder uses the disk.
PLANNING: Final = tuple(f"migration/_{name}" for name in ("listing", "model", "names", "plan", "policy"))

# The modules that decide the records of a catalog are pure too. `_local` reads disks, `_remote` file systems behind
# URLs, and `_choose` catches the warnings of a selection.
DECIDING: Final = tuple(
    f"catalog/_{name}"
    for name in (
        *("canonical", "checkpoints", "contents", "evidence", "folder", "json", "judge", "lines"),
        *("listing", "model", "rows", "run", "scan"),
    )
)

# The modules by which the adapter of a framework names checkpoints and models are pure too.
NAMING: Final = ("_lightning/model", "_lightning/names")

# The one module of the core that reads files: those of the package, and one that a user names.
READER: Final = "legacy/_data"

IMPURE_MODULES: Final = (
    *("asyncio", "click", "concurrent", "ctypes", "fcntl", "fileinput", "fsspec", "getpass", "gettext", "glob", "http"),
    *("importlib", "io", "lightning", "locale", "logging", "mmap", "multiprocessing", "ntpath", "numpy", "pathlib"),
    *(
        "pkgutil",
        "platform",
        "posix",
        "posixpath",
        "pytorch_lightning",
        "random",
        "rich",
        "secrets",
        "select",
        "shutil",
    ),
    *("signal", "socket", "sqlite3", "ssl", "stat", "subprocess", "sys", "tempfile", "threading", "time", "torch"),
    *("urllib.request", "uuid", "warnings", "webbrowser", "zoneinfo"),
)
PURE_PARTS_OF_OS: Final = ("os.PathLike", "os.fspath", "os.path.commonprefix")
IMPURE_CALLS: Final = ("__import__", "breakpoint", "eval", "exec", "input", "open", "print")
IMPURE_METHODS: Final = ("now", "today", "utcnow")


def complaints(module: str, source: str) -> list[str]:
    """Return the violations in *source*, the code of *module*, each with its line.

    *module* is one of `ORDER`, `PLANNING`, `DECIDING` or `NAMING`, or the path of a module of ``legacy``.
    """
    tree = ast.parse(source)
    whole = (*PLANNING, *DECIDING, *NAMING)
    is_pure = (module.partition("/")[0] in CORE and module != READER) or module in whole
    # Of "os.path.commonprefix" only the whole is judged, neither "os.path" nor "os".
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            texts = list(_misplaced(module.partition("/")[0], node))
            texts += _impure_imports(module, node) if is_pure else []
            texts += _impure_siblings(node) if module in PLANNING else []
        elif is_pure and isinstance(node, ast.Call):
            texts = list(_impure_calls(node))
        elif is_pure and isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in inner:
            texts = list(_impure_parts_of_os(node))
        else:
            continue
        found += [(node.lineno, text) for text in texts]
    return [f"line {line} {text}" for line, text in sorted(found)]


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]


def _misplaced(module: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for name in _imported(node):
        if name.startswith("."):
            yield f"imports {name}: say which package it is in"
        package, _, rest = name.partition(".")
        if package != PACKAGE:
            continue
        other = rest.partition(".")[0]
        other = other if other in ORDER else "__init__"
        if (module, name) in FOR_TYPES:
            continue
        if other != module and other not in ORDER[: ORDER.index(module)]:
            yield f"imports {name}, which is not above {module}"


def _impure_imports(module: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for name in _imported(node):
        if (module, name) in ALLOWED:
            continue
        if any(f"{name}.".startswith(f"{impure}.") for impure in IMPURE_MODULES):
            yield f"imports {name}"
        if isinstance(node, ast.ImportFrom) and name.startswith("os.") and name not in PURE_PARTS_OF_OS:
            yield f"imports {name}"
    if isinstance(node, ast.Import) and any(alias.name.startswith("os") and alias.asname for alias in node.names):
        yield "imports os under another name, where this test cannot follow it"


def _impure_siblings(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for name in _imported(node):
        package, _, rest = name.partition(".")
        folder, _, module = rest.partition(".")
        is_planning = f"{folder}/{module.partition('.')[0]}" in PLANNING
        if package == PACKAGE and folder == "migration" and not is_planning:
            yield f"imports {name}, which is not pure"


def _impure_calls(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
        yield f"calls {node.func.id}"
    if isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
        yield f"calls {node.func.attr}"


def _impure_parts_of_os(node: ast.Name | ast.Attribute) -> Iterator[str]:
    name = ast.unparse(node)
    if (name == "os" or name.startswith("os.")) and name not in PURE_PARTS_OF_OS:
        yield f"uses {name}"


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in SOURCE.rglob("*.py")]
)
def test_module_has_no_violation(path: Path) -> None:
    relative = path.relative_to(SOURCE)
    module = relative.parts[0].removesuffix(".py")
    whole = relative.as_posix().removesuffix(".py")

    assert module in ORDER, f"add {module!r} to ORDER in tests/meta/test_purity.py, behind all that it imports"
    judged = whole if whole in (*PLANNING, *DECIDING, *NAMING) or module == "legacy" else module
    assert complaints(judged, path.read_text(encoding="utf-8")) == []


def test_each_module_of_the_core_exists() -> None:
    names = {path.name.removesuffix(".py") for path in SOURCE.iterdir()}

    assert names.issuperset(CORE)


def test_each_module_that_must_be_pure_exists() -> None:
    names = {path.relative_to(SOURCE).as_posix().removesuffix(".py") for path in SOURCE.glob("*/*.py")}

    assert names.issuperset((*PLANNING, *DECIDING, *NAMING))


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        pytest.param("errors", "import ckpt_scheme._grammar", "imports ckpt_scheme._grammar", id="from below"),
        pytest.param("_fields", "from ckpt_scheme import run_id", "imports ckpt_scheme.run_id", id="module from below"),
        pytest.param("_fields", "from ckpt_scheme.run_id import RunId", "imports ckpt_scheme.run_id.RunId", id="name"),
        pytest.param("run_id", "from ckpt_scheme import RunId", "imports ckpt_scheme.RunId", id="from the package"),
        pytest.param("run_id", "import ckpt_scheme", "imports ckpt_scheme,", id="the package"),
        pytest.param("layout", "def f():\n from ckpt_scheme import legacy", "line 2 imports", id="inside a function"),
        pytest.param(
            "layout", "if TYPE_CHECKING:\n from ckpt_scheme import _cli", "line 2 imports", id="for types only"
        ),
        pytest.param("_cli", "from ckpt_scheme import lightning", "imports ckpt_scheme.lightning", id="the adapter"),
        pytest.param("run_id", "from . import errors", "imports ..errors", id="relative"),
        pytest.param("run_id", "from .errors import FieldError", "imports .errors.FieldError", id="relative name"),
        pytest.param("run_id", "import io", "imports io", id="files"),
        pytest.param("run_id", "import attrs, time as clock", "imports time", id="clock"),
        pytest.param("run_id", "from pathlib import Path", "imports pathlib.Path", id="paths"),
        pytest.param("run_id", "import importlib.resources", "imports importlib.resources", id="resources"),
        pytest.param("run_id", "import torch.nn", "imports torch.nn", id="framework"),
        pytest.param("legacy", "from logging import getLogger", "imports logging.getLogger", id="log"),
        pytest.param("run_id", "from os import environ", "imports os.environ", id="environment"),
        pytest.param("run_id", "from os.path import exists", "imports os.path.exists", id="whether a file exists"),
        pytest.param("run_id", "import os as system", "under another name", id="os under another name"),
        pytest.param("run_id", "import os\nos.environ['HOME']", "line 2 uses os.environ", id="environment by os"),
        pytest.param("run_id", "import os\nos.path.exists(x)", "line 2 uses os.path.exists", id="existence by os"),
        pytest.param("run_id", "import os\nf(os)", "line 2 uses os", id="os handed on"),
        pytest.param("run_id", "import os\nf = os.path", "line 2 uses os.path", id="os.path handed on"),
        pytest.param("run_id", "with open(path): pass", "calls open", id="open"),
        pytest.param("run_id", "print(x)", "calls print", id="print"),
        pytest.param("run_id", "datetime.now()", "calls now", id="now"),
        pytest.param("run_id", "datetime.datetime.utcnow()", "calls utcnow", id="utcnow"),
        pytest.param("run_id", "date.today()", "calls today", id="today"),
        pytest.param("migration/_plan", "import time", "imports time", id="clock in a plan"),
        pytest.param("migration/_model", "datetime.now(UTC)", "calls now", id="now in a listing"),
        pytest.param("migration/_plan", "import os\nos.rename(x, y)", "line 2 uses os.rename", id="rename in a plan"),
        pytest.param(
            "migration/_plan", "from ckpt_scheme import _cli", "imports ckpt_scheme._cli", id="plan from below"
        ),
        pytest.param(
            "migration/_plan",
            "from ckpt_scheme.migration import _disk",
            "_disk, which is not pure",
            id="disk in a plan",
        ),
        pytest.param(
            "migration/_plan",
            "from ckpt_scheme.migration._disk import observe",
            "not pure",
            id="part of disk in a plan",
        ),
        pytest.param("migration/_plan", "import ckpt_scheme.migration._execute", "not pure", id="execution in a plan"),
        pytest.param("migration/_plan", "from ckpt_scheme import migration", "not pure", id="all of it in a plan"),
        pytest.param("legacy/_index", "import time", "imports time", id="clock in a folder of the core"),
        pytest.param("legacy/_registry", "with open(path): pass", "calls open", id="a file beside the reader"),
    ],
)
def test_scan_finds_a_planted_violation(module: str, source: str, complaint: str) -> None:
    found = complaints(module, source)

    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("run_id", "from ckpt_scheme import _fields, _grammar", id="from above"),
        pytest.param("legacy/_index", "from ckpt_scheme.legacy._reading import Reading", id="from its own folder"),
        pytest.param("legacy/_data", "import os\nos.listdir(x)\nopen(x)", id="the reader of the data"),
        pytest.param(
            "_cli", "import ckpt_scheme\nfrom ckpt_scheme import RunId, legacy", id="the package, from an edge"
        ),
        pytest.param("_cli", "import os, sys\nprint(os.environ, open(sys.argv[1]))", id="an edge is impure"),
        pytest.param("run_id", "import os\nos.fspath(x)\ny: os.PathLike[str]", id="the pure parts of os"),
        pytest.param("run_id", "import os\nos.path.commonprefix(x)", id="a prefix of texts"),
        pytest.param("run_id", "from os import PathLike, fspath", id="the pure parts of os by name"),
        pytest.param("run_id", "from datetime import datetime\nimport operator, re, iox", id="pure modules"),
        pytest.param("migration", "import os, time\nos.rename(x, y)\ntime.time()", id="the disk of a migration"),
        pytest.param(
            "migration/_plan",
            "import hashlib, json\nfrom ckpt_scheme.legacy import REGISTRY\nfrom ckpt_scheme.migration import _names"
            "\nfrom ckpt_scheme.migration._policy import Policy",
            id="what a plan is made with",
        ),
        pytest.param("run_id", "reopen(x)\nself.open(x)\nknown = now", id="names that only look alike"),
    ],
)
def test_scan_accepts_pure_code(module: str, source: str) -> None:
    assert complaints(module, source) == []
