"""Configuration of Sphinx, which builds the site; see ``docs/build``."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
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
# The adapters are documented without their frameworks.
autodoc_mock_imports = ["etils", "hydra", "jax", "numpy", "omegaconf", "orbax", "polars", "pyarrow", "pyspark", "torch"]
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_use_ivar = True
napoleon_numpy_docstring = False

_LINK_OUT: Final = re.compile(r"(?<=\]\()(?P<target>(?:\.\./)+[^)\s]*)")


def _link_to_the_repository(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace each relative link that leaves the folder of the pages by one to the repository."""
    docs = Path(app.srcdir)

    def replaced(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(docname), match["target"]))
        inside = path.startswith("docs/") and (docs.parent / path.partition("#")[0]).suffix == ".md"
        return match["target"] if inside else f"{REPOSITORY}/blob/main/{path}"

    source[0] = _LINK_OUT.sub(replaced, source[0])


def setup(app: Sphinx) -> None:
    """Connect the hook."""
    app.connect("source-read", _link_to_the_repository)
