"""`RunDirectory` and `CheckpointPath`: both directions of the text, refusals with positions, and `os.PathLike`."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
from collections.abc import Callable

import attrs
import pytest

from calls import untyped
from ckpt_scheme import (
    BestCheckpoint,
    CheckpointPath,
    EpochCheckpoint,
    FieldError,
    LastCheckpoint,
    Metric,
    NameSyntaxError,
    RunDirectory,
    RunId,
)
from duplicates import DUPLICATES
from hostile_objects import PlainText

RUN_TEXT = "ocr-dbnet_training_20251015_120000"
RUN = RunId.parse(RUN_TEXT)
NAME_TEXT = "epoch-22_step-001932.ckpt"
NAME = EpochCheckpoint(epoch=22, step=1932)
TAIL = f"{RUN_TEXT}/checkpoints/{NAME_TEXT}"


# Each root is a test of the formatters and of the parsers.
ROOTS = [
    pytest.param(None, "", id="none"),
    pytest.param("outputs", "outputs/", id="relative"),
    pytest.param("a/b", "a/b/", id="two directories"),
    pytest.param(".", "./", id="this directory"),
    pytest.param("../..", "../../", id="parents"),
    pytest.param("/data/outputs", "/data/outputs/", id="absolute"),
    pytest.param("/", "//", id="slash alone"),
    pytest.param("a/", "a//", id="slash last"),
    pytest.param("//a//b", "//a//b/", id="doubled slashes"),
    pytest.param("s3://team/outputs", "s3://team/outputs/", id="URL"),
    pytest.param("C:\\outputs", "C:\\outputs/", id="drive letter"),
    pytest.param(" ", " /", id="blank"),
    pytest.param("a\nb", "a\nb/", id="line feed"),
    pytest.param("[a-z]*", "[a-z]*/", id="glob"),
    pytest.param("\u00e9\U0001f600", "\u00e9\U0001f600/", id="not ASCII"),
    pytest.param("\ud800", "\ud800/", id="half a surrogate pair"),
    pytest.param("a/checkpoints", "a/checkpoints/", id="the name of the folder"),
    pytest.param(f"{RUN_TEXT}/checkpoints", f"{RUN_TEXT}/checkpoints/", id="inside another run"),
    pytest.param(TAIL, f"{TAIL}/", id="inside another checkpoint"),
]


@pytest.mark.parametrize(("root", "start"), ROOTS)
def test_format_of_a_run_directory_joins_root_and_run(root: str | None, start: str) -> None:
    directory = RunDirectory(root, RUN)

    assert directory.format() == start + RUN_TEXT
    assert str(directory) == start + RUN_TEXT
    assert os.fspath(directory) == start + RUN_TEXT


@pytest.mark.parametrize(("root", "start"), ROOTS)
def test_parse_of_a_run_directory_splits_root_and_run(root: str | None, start: str) -> None:
    assert RunDirectory.parse(start + RUN_TEXT) == RunDirectory(root, RUN)
    assert RunDirectory.is_valid(start + RUN_TEXT)


@pytest.mark.parametrize(("root", "start"), ROOTS)
def test_format_of_a_checkpoint_path_joins_root_run_and_name(root: str | None, start: str) -> None:
    path = CheckpointPath(root, RUN, NAME)

    assert path.format() == start + TAIL
    assert str(path) == start + TAIL
    assert os.fspath(path) == start + TAIL


@pytest.mark.parametrize(("root", "start"), ROOTS)
def test_parse_of_a_checkpoint_path_splits_root_run_and_name(root: str | None, start: str) -> None:
    assert CheckpointPath.parse(start + TAIL) == CheckpointPath(root, RUN, NAME)
    assert CheckpointPath.is_valid(start + TAIL)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (LastCheckpoint(), "last.ckpt"),
        (BestCheckpoint(metric=Metric("loss", -0.5)), "best-loss--0.5000.ckpt"),
        (EpochCheckpoint(epoch=1, step=2, version=3), "epoch-01_step-000002_v3.ckpt"),
    ],
)
def test_path_of_each_kind_of_checkpoint_parses_back(
    name: LastCheckpoint | BestCheckpoint | EpochCheckpoint, text: str
) -> None:
    path = CheckpointPath("outputs", RUN, name)

    assert path.format() == f"outputs/{RUN_TEXT}/checkpoints/{text}"
    assert CheckpointPath.parse(path.format()) == path


# --------------------------------------------------------------------------------------------------------------------
# Refusals.


@pytest.mark.parametrize(
    ("text", "position", "requirement"),
    [
        pytest.param("", 0, "CKS-010", id="empty"),
        pytest.param("outputs", 7, "CKS-010", id="no run id"),
        pytest.param(f"{RUN_TEXT}/", 34, "CKS-036", id="trailing slash"),
        pytest.param(f"outputs/{RUN_TEXT}\n", 42, "CKS-002", id="trailing line feed"),
        pytest.param(f"outputs/{RUN_TEXT} ", 42, "CKS-002", id="trailing blank"),
        pytest.param(f"outputs/{RUN_TEXT}/checkpoints", 54, "CKS-010", id="directory in it"),
        pytest.param("outputs/ocr-dbnet_training_20250229_120000", 27, "CKS-014", id="day that does not exist"),
        pytest.param(f"/{RUN_TEXT}", 0, "CKS-031", id="empty root"),
        pytest.param(f"\0/{RUN_TEXT}", 0, "CKS-031", id="NUL for a root"),
        pytest.param(f"a\0b/{RUN_TEXT}", 1, "CKS-031", id="NUL in a root"),
        pytest.param(f"outputs\\{RUN_TEXT}", 7, "CKS-010", id="backslash"),
    ],
)
def test_parse_refuses_an_invalid_run_directory_at_its_position(text: str, position: int, requirement: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        RunDirectory.parse(text)

    error = caught.value

    assert (error.kind, error.text) == ("run directory", text)
    assert (error.position, error.requirement) == (position, requirement)
    assert not RunDirectory.is_valid(text)


@pytest.mark.parametrize(
    ("text", "position", "requirement"),
    [
        pytest.param("", 0, "CKS-030", id="empty"),
        pytest.param("/", 0, "CKS-030", id="slash alone"),
        pytest.param(NAME_TEXT, 0, "CKS-030", id="name alone"),
        pytest.param(f"checkpoints/{NAME_TEXT}", 0, "CKS-030", id="no run"),
        pytest.param(f"/checkpoints/{NAME_TEXT}", 0, "CKS-030", id="empty run"),
        pytest.param(f"{RUN_TEXT}/{NAME_TEXT}", 0, "CKS-030", id="no folder"),
        pytest.param(
            f"outputs/{RUN_TEXT}/{NAME_TEXT}", 8, "CKS-030", id="no folder, and a root that is taken for a run"
        ),
        pytest.param(f"outputs/{RUN_TEXT}/logs/{NAME_TEXT}", 43, "CKS-030", id="another folder"),
        pytest.param(f"{RUN_TEXT}/Checkpoints/{NAME_TEXT}", 35, "CKS-030", id="capital folder"),
        pytest.param(f"{RUN_TEXT}//{NAME_TEXT}", 35, "CKS-030", id="empty folder"),
        pytest.param(f"{RUN_TEXT}/checkpoints/x/{NAME_TEXT}", 47, "CKS-030", id="folder in the folder"),
        pytest.param(f"outputs/my run/checkpoints/{NAME_TEXT}", 10, "CKS-010", id="blank in a run id"),
        pytest.param(f"outputs/{RUN_TEXT}1/checkpoints/{NAME_TEXT}", 43, "CKS-013", id="digit after the timestamp"),
        pytest.param(f"a-b_c_20250229_000000/checkpoints/{NAME_TEXT}", 6, "CKS-014", id="day that does not exist"),
        pytest.param(f"outputs/{RUN_TEXT}/checkpoints/", 55, "CKS-002", id="no name"),
        pytest.param(f"{TAIL}\n", 72, "CKS-002", id="trailing line feed"),
        pytest.param(f"{TAIL} ", 72, "CKS-002", id="trailing blank"),
        pytest.param(f"{TAIL}/", 72, "CKS-030", id="trailing slash"),
        pytest.param(f"{RUN_TEXT}/checkpoints/epoch-2_step-001932.ckpt", 53, "CKS-020", id="epoch not padded"),
        pytest.param(f"outputs/{RUN_TEXT}/checkpoints/last_v1.ckpt", 59, "CKS-025", id="last with a version"),
        pytest.param(f"/{TAIL}", 0, "CKS-031", id="empty root"),
        pytest.param(f"\0/{TAIL}", 0, "CKS-031", id="NUL for a root"),
        pytest.param(f"a\0b/{TAIL}", 1, "CKS-031", id="NUL in a root"),
        pytest.param(TAIL.replace("/", "\\"), 0, "CKS-030", id="backslashes"),
    ],
)
def test_parse_refuses_an_invalid_checkpoint_path_at_its_position(text: str, position: int, requirement: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        CheckpointPath.parse(text)

    error = caught.value

    assert (error.kind, error.text) == ("checkpoint path", text)
    assert (error.position, error.requirement) == (position, requirement)
    assert not CheckpointPath.is_valid(text)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        pytest.param(
            f"C:\\out\\{RUN_TEXT}\\checkpoints\\last.ckpt", f"C:/out/{RUN_TEXT}/checkpoints/last.ckpt", id="\\"
        ),
        pytest.param(f"{RUN_TEXT}/checkpoints\\last.ckpt", f"{RUN_TEXT}/checkpoints/last.ckpt", id="one backslash"),
        pytest.param(f"a/{RUN_TEXT}/checkpoints/LAST.ckpt", f"a/{RUN_TEXT}/checkpoints/last.ckpt", id="nearest name"),
        pytest.param(f"\0/{RUN_TEXT}/checkpoints/LAST.ckpt", None, id="nearest name, but NUL in the root"),
        pytest.param(f"/{RUN_TEXT}/checkpoints/LAST.ckpt", None, id="nearest name, but an empty root"),
        pytest.param(f"\\{RUN_TEXT}\\checkpoints\\last.ckpt", None, id="backslashes, but an empty root"),
        pytest.param(f"{RUN_TEXT}/checkpoints/notes.txt", None, id="no name near"),
        pytest.param(f"{RUN_TEXT}/logs/last.ckpt", None, id="another folder"),
        pytest.param("out\\my run\\checkpoints\\last.ckpt", None, id="backslashes are not all that is wrong"),
    ],
)
def test_error_suggests_the_nearest_valid_text_or_none(text: str, suggestion: str | None) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        CheckpointPath.parse(text)

    assert caught.value.suggestion == suggestion


class RaisingPath:
    def __fspath__(self) -> str:
        raise RecursionError


class BytesPath:
    def __fspath__(self) -> bytes:
        return TAIL.encode()


@pytest.mark.parametrize("parser", [RunDirectory, CheckpointPath])
@pytest.mark.parametrize("value", [None, 22, TAIL.encode(), object(), RUN, RaisingPath(), BytesPath()])
def test_parse_refuses_other_types_and_raising_paths(
    parser: type[RunDirectory | CheckpointPath], value: object
) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        untyped(parser.parse)(value)

    assert caught.value.text is value
    assert (caught.value.position, caught.value.requirement) == (None, "CKS-031")
    assert not untyped(parser.is_valid)(value)


@pytest.mark.parametrize(
    ("field", "value", "requirement"),
    [
        ("root", "", "CKS-031"),
        ("root", "a\0", "CKS-031"),
        ("root", b"outputs", "CKS-031"),
        ("run", RUN_TEXT, "CKS-030"),
        ("run", None, "CKS-030"),
        ("name", NAME_TEXT, "CKS-030"),
        ("name", RUN, "CKS-030"),
    ],
)
def test_constructors_and_evolve_refuse_the_same_values(field: str, value: object, requirement: str) -> None:
    path, directory = CheckpointPath("outputs", RUN, NAME), RunDirectory("outputs", RUN)
    attempts: list[Callable[[], object]] = [
        lambda: untyped(CheckpointPath)(**({"root": "outputs", "run": RUN, "name": NAME} | {field: value})),
        lambda: untyped(attrs.evolve)(path, **{field: value}),
    ]
    if field != "name":
        attempts.append(lambda: untyped(RunDirectory)(**({"root": "outputs", "run": RUN} | {field: value})))
        attempts.append(lambda: untyped(attrs.evolve)(directory, **{field: value}))

    for attempt in attempts:
        with pytest.raises(FieldError) as caught:
            attempt()
        assert caught.value.kind == field
        assert caught.value.text == value
        assert caught.value.requirement == requirement


# --------------------------------------------------------------------------------------------------------------------
# Their folders, and their use as paths.


@pytest.mark.parametrize("root", [None, "outputs", "s3://team"])
def test_run_directory_names_its_three_folders(root: str | None) -> None:
    directory = RunDirectory(root, RUN)

    assert directory.checkpoints == f"{directory}/checkpoints"
    assert directory.logs == f"{directory}/logs"
    assert directory.submissions == f"{directory}/submissions"
    assert CheckpointPath(root, RUN, NAME).directory == directory
    assert CheckpointPath.parse(f"{directory.checkpoints}/{NAME_TEXT}").directory == directory


@pytest.mark.parametrize(
    "root", [PlainText("a/b"), pathlib.PurePosixPath("a/b"), pathlib.PurePosixPath("a//b/"), RunDirectory("a", RUN)]
)
def test_root_of_any_path_type_is_stored_as_plain_text(root: str | os.PathLike[str]) -> None:
    path = CheckpointPath(root, RUN, NAME)

    assert type(path.root) is str
    assert CheckpointPath.parse(path.format()) == path


@pytest.mark.parametrize("wrap", [str, PlainText, pathlib.PurePosixPath])
def test_parse_accepts_text_and_path_objects(wrap: Callable[[str], str | os.PathLike[str]]) -> None:
    directory, path = RunDirectory("outputs", RUN), CheckpointPath("outputs", RUN, NAME)

    assert RunDirectory.parse(wrap(directory.format())) == directory
    assert RunDirectory.parse(directory) == directory
    assert CheckpointPath.parse(wrap(path.format())) == path
    assert CheckpointPath.parse(path) == path
    assert type(CheckpointPath.parse(wrap(path.format())).root) is str
    assert CheckpointPath.is_valid(wrap(path.format()))


def test_directory_and_path_are_path_like() -> None:
    directory, path = RunDirectory("outputs", RUN), CheckpointPath("outputs", RUN, NAME)

    assert isinstance(directory, os.PathLike)
    assert isinstance(path, os.PathLike)
    assert pathlib.PurePosixPath(path) == pathlib.PurePosixPath(directory) / "checkpoints" / NAME_TEXT
    assert pathlib.Path(path).name == NAME_TEXT
    assert os.path.basename(path) == NAME_TEXT  # noqa: PTH119 - a function that takes an `os.PathLike` is under test


def test_sort_key_orders_by_run_then_by_name_then_by_root() -> None:
    ordered = [
        "b/z-b_c_20241231_235959/checkpoints/last.ckpt",
        "b/a-b_c_20251015_120000/checkpoints/best.ckpt",
        "b/a-b_c_20251015_120000/checkpoints/epoch-99_step-000001.ckpt",
        "a-b_c_20251015_120000/checkpoints/epoch-100_step-000001.ckpt",
        "a/a-b_c_20251015_120000/checkpoints/epoch-100_step-000001.ckpt",
        "b/a-b_c_20251015_120000/checkpoints/epoch-100_step-000001.ckpt",
        "a/b-b_c_20251015_120000/checkpoints/best.ckpt",
    ]

    paths = [CheckpointPath.parse(text) for text in sorted(ordered, reverse=True)]

    assert [str(path) for path in sorted(paths, key=CheckpointPath.sort_key)] == ordered


# --------------------------------------------------------------------------------------------------------------------
# The value objects.

NAMESPACE: dict[str, object] = {
    "datetime": dt,
    **{cls.__name__: cls for cls in (RunDirectory, CheckpointPath, RunId, EpochCheckpoint, LastCheckpoint)},
}
VALUES: list[RunDirectory | CheckpointPath] = [
    RunDirectory("outputs", RUN),
    RunDirectory.parse(RUN_TEXT),
    CheckpointPath("outputs", RUN, NAME),
    CheckpointPath.parse(f"outputs/{RUN_TEXT}/checkpoints/last.ckpt"),
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_copied_and_pickled_values_equal_the_original(value: object, duplicate: Callable[[object], object]) -> None:
    copied = duplicate(value)

    assert type(copied) is type(value)
    assert copied == value
    assert hash(copied) == hash(value)
    assert str(copied) == str(value)


@pytest.mark.parametrize("value", VALUES)
def test_repr_evaluates_to_an_equal_value(value: object) -> None:
    assert eval(repr(value), NAMESPACE) == value  # noqa: S307 - the text is our own


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ["root", "run", "note"])
def test_values_refuse_changes_of_attributes(value: RunDirectory | CheckpointPath, name: str) -> None:
    before = str(value)
    with pytest.raises(AttributeError):
        setattr(value, name, None)
    with pytest.raises(AttributeError):
        delattr(value, name)

    assert str(value) == before


@pytest.mark.parametrize("value", VALUES)
def test_values_have_no_dict(value: object) -> None:
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("cls", [RunDirectory, CheckpointPath])
def test_classes_are_final(cls: type) -> None:
    assert getattr(cls, "__final__", False) is True


def test_paths_with_one_different_field_are_not_equal() -> None:
    path = CheckpointPath("outputs", RUN, NAME)

    others: set[object] = {
        path,
        attrs.evolve(path, root=None),
        attrs.evolve(path, root="outputs/"),
        attrs.evolve(path, run=attrs.evolve(RUN, tag="other")),
        attrs.evolve(path, name=LastCheckpoint()),
        path.directory,
        path.format(),
    }

    assert len(others) == 7


def test_match_statement_binds_the_fields() -> None:
    match CheckpointPath.parse(f"outputs/{TAIL}"):
        case CheckpointPath(None, _, _):
            matched: object = "no root"
        case CheckpointPath(root, RunId(tag=tag), EpochCheckpoint(epoch=epoch)):
            matched = (root, tag, epoch)
        case _:
            matched = "another kind"

    assert matched == ("outputs", "ocr", 22)
