"""Output that no name can abuse, and streams that are closed, full or missing."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Final, NoReturn

import pytest
from hypothesis import given

from ckpt_scheme._cli import commands, output
from ckpt_scheme.strategies import texts
from cli_trees import (
    run,
    run_shell,
    start,
)


@given(texts())
def test_escaped_text_is_printable_ascii_and_reversible(text: str) -> None:
    shown = output.escaped(text)

    assert re.fullmatch("[ -~]*", shown)
    assert shown.encode("ascii").decode("unicode_escape") == text
    assert output.visible(shown) == shown


@given(texts())
def test_json_line_is_printable_ascii(text: str) -> None:
    line = output.json_line({"text": text})

    assert re.fullmatch("[ -~]*\n", line)
    assert json.loads(line) == {"text": text}


HOSTILE: Final = b"\x1b[2J\xe2\x80\xae\n\t\x7f\xff\\.ckpt"
SHOWN: Final = rb"\x1b[2J\u202e\n\t\x7f\udcff\\.ckpt"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_hostile_name_is_escaped_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / os.fsdecode(HOSTILE)).touch()
    env = {"PYTHONIOENCODING": encoding}

    table, as_json, checked, parsed = (
        run(*arguments, cwd=tmp_path, env=env)
        for arguments in (["ls", "-l"], ["ls", "--json"], ["check", "."], ["parse", HOSTILE])
    )

    assert table.stdout.splitlines()[1].split(b"\t")[1] == SHOWN
    assert json.loads(as_json.stdout)["checkpoints"][0]["path"] == f"./{os.fsdecode(HOSTILE)}"
    assert checked.stdout.startswith(b"./" + SHOWN + b": invalid checkpoint name '" + SHOWN + b"': ")
    assert parsed.stderr.startswith(b"ckpt-scheme: invalid checkpoint name '" + SHOWN + b"': ")
    for result in (table, as_json, checked, parsed):
        assert re.fullmatch(rb"[ -~\n\t]*", result.stdout + result.stderr)


MANY: Final = b"last.ckpt\n" * 20_000  # more lines of output than a pipe holds


def started(stdin: Path, *, is_measured: bool = True) -> subprocess.Popen[bytes]:
    """Start a command that fills the pipe and waits for a reader; *is_measured* as in `start`."""
    with stdin.open("rb") as lines:
        return start(sys.executable, "-m", "ckpt_scheme", "parse", "-", stdin=lines, is_measured=is_measured)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many"
    path.write_bytes(MANY)
    return path


def test_closed_pipe_ends_command_quietly(many: Path) -> None:
    with started(many) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"last.ckpt: checkpoint form=last\n"

        process.stdout.close()

        assert process.stderr.read() == b""

    assert process.returncode == 141


def test_interrupt_ends_process_quietly(many: Path) -> None:
    with started(many, is_measured=False) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"last.ckpt: checkpoint form=last\n"

        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate()

    assert process.returncode == 130
    assert complaints.strip() == b""


def test_interrupt_returns_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __iter__(self) -> NoReturn:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Interrupted()))

    assert commands.run(["parse", "-"]) == 130


def test_full_disk_is_reported_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        result = run("parse", "last.ckpt", stdout=full)

    assert result.returncode == 2
    assert (
        result.stderr
        == f"ckpt-scheme: cannot write to stdout: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}\n".encode()
    )


@pytest.mark.parametrize(
    ("redirection", "status"),
    [
        ("<&-", 2),  # there are no names
        (">&-", 1),  # only the status is left
        ("2>&-", 1),
        ("2>/dev/full", 1),
        (">&- 2>&-", 1),
    ],
)
def test_parse_works_without_a_stream(redirection: str, status: int) -> None:
    result = run_shell(f'printf "last.ckpt\\nnonsense\\n" | $PROGRAM parse - {redirection}')

    assert result.returncode == status
    assert b"Traceback" not in result.stderr


def test_ls_works_without_output_streams(outputs: Path) -> None:
    assert run_shell("$PROGRAM ls . >&- 2>&-", cwd=outputs).returncode == 0


@pytest.mark.parametrize("arguments", ["check missing", "ls --mode min", "parse --no-such-option"])
def test_usage_error_exits_with_2_if_stderr_fails(arguments: str) -> None:
    assert run_shell(f"$PROGRAM {arguments} 2>/dev/full").returncode == 2


def test_removed_working_directory_is_reported_in_one_line(tmp_path: Path) -> None:
    result = run_shell("mkdir gone && cd gone && rmdir ../gone && $PROGRAM ls", cwd=tmp_path)

    assert (result.returncode, result.stdout.count(b"\n")) == (1, 1)
    assert result.stderr.startswith(f"ckpt-scheme: cannot read .: {os.strerror(errno.ENOENT)}\n".encode())
