"""The reference of the API: one page for each public module, made from the docstrings when Sphinx starts.

The build fails if the reference lacks a name of ``tests/meta/public_surface.txt``.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import modules
import stand_ins
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.inspect import stringify_signature
from sphinx.util.nodes import make_refnode

import ckpt_scheme

PACKAGE: Final = ckpt_scheme.__name__
FOLDER: Final = "reference/api"
SURFACE: Final = "tests/meta/public_surface.txt"
LONGEST: Final = 100
"""The longest value of a constant that a page shows, in characters."""
SPECIFICATIONS: Final = ("spec", "spec-legacy")

_LOG: Final = logging.getLogger(__name__)
_REQUIREMENT: Final = re.compile(r"(?<!`)\bCKS-[0-9]{3}\b(?!`)")


def public_modules() -> list[str]:
    """Return the package and its modules that have no leading underscore."""
    found = (module.name for module in pkgutil.walk_packages(ckpt_scheme.__path__, f"{PACKAGE}."))
    return [PACKAGE, *sorted(name for name in found if "._" not in name)]


def write_pages(app: Sphinx) -> None:
    """Write the pages and the drawing into the folder of the sources. A page that has not changed is left as it is."""
    modules.write(Path(app.srcdir))
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    pages = {f"{name}.rst": "\n".join(_page(importlib.import_module(name))) for name in public_modules()}
    for old in folder.iterdir():
        if old.name not in pages:
            old.unlink()
    for file, text in pages.items():
        path = folder / file
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _page(module: ModuleType) -> Iterator[str]:
    """Yield the lines of the page of *module*: its names, and links to the names that another module defines."""
    name = module.__name__
    yield from (name, "=" * len(name), "", f".. automodule:: {name}", "   :no-members:", "")
    homes = {public: _home(module, public) for public in module.__all__}
    for public, home in homes.items():
        if home == name:
            value = getattr(module, public)
            yield f".. {_directive(value)}:: {name}.{public}{_signature_of_method(value)}"
            yield from (
                ("   :no-value:", "") if _directive(value) == "autodata" and len(repr(value)) > LONGEST else ("",)
            )
    links = [f"* :py:obj:`{home or PACKAGE}.{public}`" for public, home in homes.items() if home != name]
    if links:
        yield from (".. rubric:: Names of the package", "", *links, "")


def _home(module: ModuleType, public: str) -> str | None:
    """Return the public module that documents a name of *module*; None for a module."""
    if inspect.ismodule(getattr(module, public)):
        return None
    homes = ckpt_scheme._MODULES if module is ckpt_scheme else {}
    home = homes.get(public)
    return module.__name__ if home is None or home.startswith("_") else f"{PACKAGE}.{home}"


def _directive(value: Any) -> str:  # noqa: ANN401 - any public object
    if inspect.isclass(value):
        return "autoexception" if issubclass(value, BaseException) else "autoclass"
    return "autofunction" if inspect.isroutine(value) else "autodata"


def _signature_of_method(value: Any) -> str:  # noqa: ANN401 - any public object
    """Return the signature of a bound method, which autodoc does not read itself; of other objects nothing."""
    return stringify_signature(inspect.signature(value), short_literals=True) if inspect.ismethod(value) else ""


def improve_docstring(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:  # noqa: ARG001 - the signature of the event
    """Give data its comment, which autodoc misses in private modules, and each requirement a link."""
    if what == "data":
        lines[:] = _comment(name) or []
    is_output = False
    for number, line in enumerate(lines):
        is_output = line.lstrip().startswith(">>>") or (is_output and line.strip() != "")
        if not is_output:
            lines[number] = _REQUIREMENT.sub(_linked, line)


@cache
def _comment(name: str) -> list[str] | None:
    """Return the lines of the string below a constant: in its public module, or in a private one of that package."""
    module, _, constant = name.rpartition(".")
    path = getattr(importlib.import_module(module), "__path__", [])
    privates = [found.name for found in pkgutil.iter_modules(path, f"{module}.") if "._" in found.name]
    for home in (module, *privates):
        comment = ModuleAnalyzer.for_module(home).find_attr_docs().get(("", constant))
        if comment is not None:
            return comment
    return None


def _linked(match: re.Match[str]) -> str:
    requirement = match[0]
    page = _requirements().get(requirement)
    if page is None:
        _LOG.warning("a docstring cites %s, which no specification has", requirement)
        return requirement
    return f"`{requirement} <../../{page}.html#{requirement.lower()}>`__"


@cache
def _requirements() -> dict[str, str]:
    """Return the page of each requirement."""
    texts = {page: Path(__file__).with_name(f"{page}.md").read_text(encoding="utf-8") for page in SPECIFICATIONS}
    return {
        found: page for page, text in texts.items() for found in re.findall(r"^#### (CKS-\d{3})$", text, re.MULTILINE)
    }


def resolve_short_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Resolve a name that a docstring cites without its module, if one public object has it."""
    if node.get("refdomain") != "py":
        return None
    objects = env.domains.python_domain.objects
    short = node["reftarget"].removeprefix(f"{PACKAGE}.")
    home = ckpt_scheme._MODULES.get(short.partition(".")[0])
    found = [name for name in objects if name.endswith(f".{short}")]
    if home is not None and f"{PACKAGE}.{home}.{short}" in objects:
        found = [f"{PACKAGE}.{home}.{short}"]
    if len(found) != 1:
        return None
    entry = objects[found[0]]
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, found[0])


def check_surface(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each public name without a place in the reference."""
    documented = env.domains.python_domain.objects
    for name in _surface((Path(app.srcdir).parent / SURFACE).read_text(encoding="utf-8")):
        if name not in documented:
            _LOG.warning("the reference lacks %s", name)


def _surface(text: str) -> Iterator[str]:
    """Yield the qualified name of each line: of modules, of their names, and of methods and properties."""
    module = name = ""
    for line in text.splitlines():
        entry = re.match(r"(?P<indent> *)(?:(?:class|def|property|classmethod) )?(?P<name>\w[\w.]*)", line)
        if entry is None:
            continue
        if not entry["indent"]:
            module = entry["name"]
            yield module
        elif len(entry["indent"]) == len("  "):
            name = entry["name"]
            home = _home(importlib.import_module(module), name)
            yield f"{home or PACKAGE}.{name}"
        elif "(" in line or line.startswith("    property "):
            yield f"{module}.{name}.{entry['name']}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions of this module to the events of Sphinx."""
    stand_ins.install()
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", improve_docstring)
    app.connect("missing-reference", resolve_short_name)
    app.connect("env-check-consistency", check_surface)
    return {"parallel_read_safe": True}
