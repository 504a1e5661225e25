"""Regex engines: each tells whether a pattern matches each of some texts as a whole."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, NoReturn, TypeAlias

import pytest

Engine: TypeAlias = Callable[[str, list[str]], list[bool]]
Program: TypeAlias = Callable[[Sequence[str], list[str], Path], list[list[bool]]]
"""The same for several patterns; the directory is for the files that the program builds."""

ARE_REQUIRED: Final = os.environ.get("CKPT_SCHEME_REQUIRE_ENGINES") == "1"
"""Whether a test fails, and is not skipped, if its engine is missing."""

SOURCES: Final = Path(__file__).parents[1] / "conformance" / "engines"


# --------------------------------------------------------------------------------------------------------------------
# Engines in Python packages.


def package(module: str, distribution: str) -> ModuleType:
    """Import an engine, or fail: `tests/requirements.txt` lists it."""
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


# --------------------------------------------------------------------------------------------------------------------
# Engines of other languages: a program gets patterns as arguments, and texts on its standard input.


def in_python(engine: Engine) -> Program:
    """Return an engine of a Python package as a program."""
    return lambda patterns, texts, _directory: [engine(pattern, texts) for pattern in patterns]


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CKPT_SCHEME_REQUIRE_ENGINES is 1."""
    if ARE_REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def tool(name: str, debian_package: str) -> str:
    """Return the path of a program."""
    found = shutil.which(name)
    if found is None:
        missing(f"there is no {name} on the PATH; Debian's package is {debian_package}")
    return found


def in_javascript(pattern: str, texts: list[str]) -> list[bool]:
    [verdicts] = javascript("u")([pattern], texts, Path())
    return verdicts


def javascript(flags: str) -> Program:
    def run(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
        node = tool("node", "nodejs")
        check = [node, "-e", "new RegExp('', process.argv[1])", flags]
        if subprocess.run(check, capture_output=True, check=False).returncode:  # noqa: S603 - ours
            missing(f"this node does not know the flag {flags}; version 20 does")
        return _ask_in_hex([node, str(SOURCES / "match.mjs"), flags, *patterns], texts)

    return run


def go(patterns: Sequence[str], texts: list[str], directory: Path) -> list[list[bool]]:
    _build(tool("go", "golang-go"), "build", "-o", directory / "go", SOURCES / "match.go")
    return _ask_in_hex([directory / "go", *patterns], texts)


def java(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
    return _ask_in_hex([tool("java", "openjdk-17-jdk-headless"), SOURCES / "Match.java", *patterns], texts)


def cpp(patterns: Sequence[str], texts: list[str], directory: Path) -> list[list[bool]]:
    _build(tool("g++", "g++"), "-O2", "-o", directory / "cpp", SOURCES / "match.cpp")
    return _ask_in_hex([directory / "cpp", *patterns], texts)


def pcre2(patterns: Sequence[str], texts: list[str], directory: Path) -> list[list[bool]]:
    tool("pcre2-config", "libpcre2-dev")
    _build(tool("gcc", "gcc"), "-O2", "-o", directory / "pcre2", SOURCES / "match.c", "-lpcre2-8")
    return _ask_in_hex([directory / "pcre2", *patterns], texts)


def perl(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
    return _ask_in_hex([tool("perl", "perl"), SOURCES / "match.pl", *patterns], texts)


def awk(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
    command: list[str | Path] = [tool("gawk", "gawk"), "-f", SOURCES / "match.awk", "--", *map(posix, patterns)]
    return _verdicts(_ask(command, "".join(f"{text}\0" for text in texts)))


def grep(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
    program = tool("grep", "grep")
    verdicts: list[list[bool]] = []
    for pattern in patterns:
        # -z ends a text with NUL in place of a newline, -n prints its number. The option -x takes three times as long.
        command = [program, "-E", "-z", "-n", "-e", f"^({posix(pattern)})$"]
        found = _ask(command, "".join(f"{text}\0" for text in texts)).split("\0")[:-1]
        numbers = {int(line.partition(":")[0]) for line in found}
        verdicts.append([number in numbers for number, _ in enumerate(texts, 1)])
    return verdicts


def posix(pattern: str) -> str:
    """Rewrite a pattern as a POSIX extended regular expression, as `docs/engines.md` says."""
    return pattern.replace("(?:", "(").replace(r"[^\x00]", ".")


def postgresql(patterns: Sequence[str], texts: list[str], _directory: Path) -> list[list[bool]]:
    """Query a new database without a server: PostgreSQL's single-user mode reads one command a line."""
    installed = Path("/usr/lib/postgresql")
    versions = sorted(installed.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    binaries = versions[-1].parent if versions else Path(tool("initdb", "postgresql")).parent
    # PostgreSQL does not run as root; Debian's package makes a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        if user is not None:
            shutil.chown(home, user)
        initdb = [f"{binaries}/initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", f"{home}/data"]
        subprocess.run(initdb, user=user, cwd=home, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours
        (home / "texts").write_text(_in_hex(texts))
        matches = ", ".join(
            rf"string_agg((text ~ '\A(?:{pattern})\Z')::int::text, '' ORDER BY id)" for pattern in patterns
        )
        commands = [
            "CREATE TABLE lines (id serial, line text)",
            f"COPY lines (line) FROM '{home}/texts'",
            "CREATE VIEW texts AS SELECT id, convert_from(decode(line, 'hex'), 'UTF8') AS text FROM lines",
            f"COPY (SELECT {matches} FROM texts) TO '{home}/answers' (DELIMITER ' ')",  # noqa: S608 - patterns are ours
        ]
        quiet = ["-F", "-c", "log_min_messages=fatal"]
        single = [f"{binaries}/postgres", "--single", *quiet, "-D", f"{home}/data", "postgres"]
        subprocess.run(  # noqa: S603 - ours
            single, input="\n".join(commands), user=user, cwd=home, stdout=subprocess.DEVNULL, check=True, text=True
        )
        return _verdicts((home / "answers").read_text().replace(" ", "\n"))


def _build(*command: str | Path) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - ours


def _ask(command: Sequence[str | Path], text: str) -> str:
    # In this locale a character of grep and gawk is one of Unicode.
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    run = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=False, env=environment)  # noqa: S603 - ours
    # grep exits with 1 where no text matches.
    assert run.returncode in {0, 1}, f"{command[0]} exits with {run.returncode}"
    return run.stdout.decode()


def _ask_in_hex(command: Sequence[str | Path], texts: list[str]) -> list[list[bool]]:
    return _verdicts(_ask(command, _in_hex(texts)))


def _in_hex(texts: list[str]) -> str:
    return "".join(f"{text.encode().hex()}\n" for text in texts)


def _verdicts(answers: str) -> list[list[bool]]:
    assert not set(answers) - set("01\n")
    return [[answer == "1" for answer in line] for line in answers.splitlines()]
