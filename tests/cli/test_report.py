"""``ckpt-scheme report``: it writes a complete page, or leaves the old page."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from catalog_trees import grow
from cli_runner import invoke
from cli_trees import RUN, run_script
from example_tree import grow_example
from page_runs import NOW, Parts


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_report_writes_the_page_about_a_tree(tmp_path: Path) -> None:
    grow_example(tmp_path / "outputs", NOW)
    target = tmp_path / "report.html"

    result = invoke("report", tmp_path / "outputs", "-o", target)

    assert (result.exit_code, result.output) == (0, "")
    parts = Parts(target.read_text(encoding="utf-8"))
    assert (parts.texts["total-runs"], parts.texts["total-checkpoints"]) == ("8", "78")
    assert f"Checkpoints in {tmp_path}/outputs" in parts.words
    assert listed(tmp_path) == ["outputs", "report.html"]


def test_report_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    invoke("report", tmp_path, "-o", tmp_path / "report.html")

    assert (tmp_path / "report.html").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_report_replaces_a_page_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    target.chmod(0o640)

    result = invoke("report", tmp_path, "-o", target)

    assert result.exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_report_replaces_the_file_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/today.html").write_text("old")
    (tmp_path / "report.html").symlink_to("pages/today.html")

    invoke("report", tmp_path, "-o", tmp_path / "report.html")

    assert (tmp_path / "report.html").is_symlink()
    assert (tmp_path / "pages/today.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_report_of_a_root_that_cannot_be_read_leaves_the_old_page(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    result = invoke("report", tmp_path / "missing", "-o", target)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"ckpt-scheme: cannot read {tmp_path}/missing: {os.strerror(2)}",
        f"ckpt-scheme: {target} is not written",
    ]
    assert target.read_text() == "old"
    assert listed(tmp_path) == ["report.html"]


def test_report_of_an_unknown_file_system_names_it_and_exits_with_1(tmp_path: Path) -> None:
    result = invoke("report", "nosuch://bucket", "-o", tmp_path / "report.html")

    assert result.exit_code == 1
    assert result.stderr.startswith("ckpt-scheme: cannot read nosuch://bucket: ")
    assert not listed(tmp_path)


def test_report_lists_folders_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The path is longer than the limit, so not even root can read it.
    monkeypatch.chdir(tmp_path)
    for _ in range(17):
        os.mkdir("d" * 255)  # noqa: PTH102 - a path of pathlib's would be longer than a system call takes
        os.chdir("d" * 255)
    os.chdir(tmp_path)
    grow(tmp_path, f"{RUN}/checkpoints/last.ckpt")

    result = invoke("report", ".", "-o", "report.html")

    assert result.exit_code == 1
    (complaint,) = result.stderr.splitlines()
    parts = Parts(Path("report.html").read_text(encoding="utf-8"))
    assert parts.texts["total-runs"] == "1"
    assert complaint.removeprefix("ckpt-scheme: ") in parts.words


@pytest.mark.parametrize("target", ["/dev/null", "."])
def test_report_replaces_no_device_and_no_folder(tmp_path: Path, target: str) -> None:
    before = Path(target).stat()

    result = invoke("report", tmp_path, "-o", target)

    assert result.exit_code == 2
    assert f"{target} is not a file" in result.stderr
    assert Path(target).stat().st_ino == before.st_ino


def test_report_into_a_missing_folder_fails_before_the_scan(tmp_path: Path) -> None:
    result = invoke("report", tmp_path / "missing", "-o", tmp_path / "no/report.html")

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].endswith(f"cannot write {tmp_path}/no/report.html: {os.strerror(2)}")
    assert "cannot read" not in result.stderr


def test_report_that_is_too_large_for_the_disk_leaves_the_old_page(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    result = run_script(
        "import resource, signal, sys; from ckpt_scheme._cli import commands\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))\n"
        "status = commands.run(['report', '.', '-o', 'report.html'])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "sys.exit(status)",
        cwd=tmp_path,
    )

    assert result.returncode == 2
    assert result.stderr.decode().splitlines()[-1] == f"ckpt-scheme: cannot write report.html: {os.strerror(27)}"
    assert target.read_text() == "old"
    assert listed(tmp_path) == ["report.html"]


def test_report_without_jinja2_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)

    result = invoke("report", tmp_path, "-o", tmp_path / "report.html")

    assert result.exit_code == 2
    assert "pip install 'ckpt-scheme[report]'" in result.stderr
    assert not listed(tmp_path)


def test_report_framework_decides_shared_names(tmp_path: Path) -> None:
    grow(tmp_path, "outputs/a/checkpoint_1_500.pt")

    invoke("report", tmp_path / "outputs", "--framework", "fairseq", "-o", tmp_path / "report.html")

    (row,) = Parts((tmp_path / "report.html").read_text(encoding="utf-8")).rows[1:2]
    assert (row[0], row[1], row[5]) == ("a", "fairseq", "1/500")


def test_report_framework_leaves_out_names_of_other_frameworks(tmp_path: Path) -> None:
    grow(tmp_path, "outputs/a/epoch=3-step=1200.ckpt")

    invoke("report", tmp_path / "outputs", "--framework", "fairseq", "-o", tmp_path / "report.html")

    assert "There are no runs." in Parts((tmp_path / "report.html").read_text(encoding="utf-8")).words
