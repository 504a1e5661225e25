"""Configuration of Sphinx, which builds the site; see ``docs/build``."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from sphinx.application import Sphinx

import ckpt_scheme

sys.path.insert(0, str(Path(__file__).parent))  # for the extension api_pages

REPOSITORY: Final = "https://github.com/ckpt-scheme/ckpt-scheme"
"""The address of the repository, without a slash at its end."""

project = "ckpt_scheme"
author = "The ckpt_scheme maintainers"
project_copyright = author
version = release = ckpt_scheme.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "api_pages"]
exclude_patterns = ["example-outputs", "explorer"]
nitpicky = False
default_role = "py:obj"

html_theme = "furo"
html_title = f"ckpt_scheme {version}"
html_favicon = "icon.svg"
html_baseurl = ""
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": f"{REPOSITORY}/",
    "source_branch": "main",
    "source_directory": "docs/",
}

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
# Requirements are headings of the fourth level below those of the second, so that their size tells them apart.
suppress_warnings = ["myst.header"]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_preserve_defaults = True
add_module_names = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_use_ivar = True
napoleon_numpy_docstring = False

_LINK_OUT: Final = re.compile(r"(?<=\]\()(?P<target>(?:\.\./)+[^)\s]*)")
_ROOT: Final = Path(__file__).parents[1]


def _link_of_page(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001 - the signature of the event
    source[0] = _links_out(source[0], posixpath.dirname(f"docs/{docname}"))


def _link_of_included(app: Sphinx, path: Path, parent: str, content: list[str]) -> None:  # noqa: ARG001 - the signature of the event
    included = (Path(app.srcdir) / path).resolve().relative_to(_ROOT)
    content[0] = _links_out(content[0], included.parent.as_posix())


def _links_out(text: str, folder: str) -> str:
    """Replace each relative link that leaves the folder of the pages by one to the repository.

    Args:
        text: The text of a page, or of a file that a page includes.
        folder: The folder that the links in *text* begin in.
    """

    def replaced(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match["target"]))
        if path.startswith("docs/") and PurePosixPath(path.partition("#")[0]).suffix in {".md", ".svg", ".png"}:
            return path.removeprefix("docs")
        return f"{REPOSITORY}/blob/main/{path}"

    return _LINK_OUT.sub(replaced, text)


def setup(app: Sphinx) -> None:
    """Connect the two functions above to the events of Sphinx."""
    app.connect("source-read", _link_of_page)
    app.connect("include-read", _link_of_included)
