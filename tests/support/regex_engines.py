"""One function for each regex engine: which of some texts a pattern matches as a whole."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from types import ModuleType
from typing import TypeAlias

import pytest

Engine: TypeAlias = Callable[[str, list[str]], list[bool]]


def package(module: str, distribution: str) -> ModuleType:
    """Import an engine. A test that skipped itself where one is missing would be skipped where it matters."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        pytest.fail(f"this test compares with {distribution}: `pip install {distribution}`")


def in_re(pattern: str, texts: list[str]) -> list[bool]:
    return [re.search(rf"\A(?:{pattern})\Z", text) is not None for text in texts]


def in_re2(pattern: str, texts: list[str]) -> list[bool]:
    compiled = package("re2", "google-re2").compile(pattern)
    return [compiled.fullmatch(text) is not None for text in texts]


def in_rust(pattern: str, texts: list[str]) -> list[bool]:
    series = package("polars", "polars").Series(texts)
    return list(series.str.contains(rf"^(?:{pattern})$").to_list())


def in_duckdb(pattern: str, texts: list[str]) -> list[bool]:
    connection = package("duckdb", "duckdb").connect()
    query = "SELECT list_transform($texts::VARCHAR[], lambda text: regexp_full_match(text, $pattern))"
    [[verdicts]] = connection.execute(query, {"texts": texts, "pattern": pattern}).fetchall()
    return list(verdicts)


def in_arrow(pattern: str, texts: list[str]) -> list[bool]:
    array = package("pyarrow", "pyarrow").array(texts)
    compute = package("pyarrow.compute", "pyarrow")
    return list(compute.match_substring_regex(array, pattern=rf"\A(?:{pattern})\z").to_pylist())


def in_javascript(pattern: str, texts: list[str]) -> list[bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on the PATH, which is no Python package")
    script = """
        const [pattern, texts] = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const whole = new RegExp(`^(?:${pattern})$`, "u");
        console.log(JSON.stringify(texts.map((text) => whole.test(text))));
    """
    task = json.dumps([pattern, texts])
    run = subprocess.run([node, "-e", script], input=task, capture_output=True, check=True, text=True)  # noqa: S603 - all of it ours
    return list(json.loads(run.stdout))
