"""The site that ``docs/build`` has made, and a server for it on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from browser import REQUIRE

_ROOT: Final = Path(__file__).parents[2]
SITE: Final = _ROOT / "site"
AXE: Final = _ROOT / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Print nothing."""


def require_site() -> None:
    """Skip the test without a site; fail it where a browser is required."""
    if (SITE / "explorer" / "wheels.json").is_file():
        return
    reason = "there is no site: `bash docs/build` makes it"
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def served() -> Generator[str]:
    """Serve the site, and yield its address."""
    require_site()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
