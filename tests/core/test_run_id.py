"""`RunId`: both directions of the text, refusals with their positions, and the value object."""

from __future__ import annotations

import datetime as dt
import enum
import operator
import pathlib
from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from calls import untyped
from ckpt_scheme import FieldError, NameSyntaxError, RunId
from duplicates import DUPLICATES
from hostile_objects import PlainText

NOON = datetime(2025, 10, 15, 12)
RUN = RunId(tag="ocr_baseline_v1", architecture="dbnet", encoder="resnet18", phase="training", timestamp=NOON)
TEXT = "ocr_baseline_v1-dbnet-resnet18_training_20251015_120000"
STAMP = "_20251015_120000"


def _run(tag: str, architecture: str, encoder: str | None, phase: str, timestamp: datetime = NOON) -> RunId:
    return RunId(tag=tag, architecture=architecture, encoder=encoder, phase=phase, timestamp=timestamp)


# Each pair is a test of the formatter and one of the parser.
PAIRS = [
    pytest.param(RUN, TEXT, id="the example of the specification"),
    pytest.param(_run("ocr", "dbnet", None, "training"), "ocr-dbnet_training" + STAMP, id="no encoder"),
    pytest.param(_run("0", "1", "2", "3"), "0-1-2_3" + STAMP, id="digits alone"),
    pytest.param(_run("A", "b", "C", "d"), "A-b-C_d" + STAMP, id="case is kept"),
    pytest.param(_run("a_b", "c_d", None, "e"), "a_b-c_d_e" + STAMP, id="separators inside words"),
    pytest.param(_run("a", "b", "c-d_e-f", "g"), "a-b-c-d_e-f_g" + STAMP, id="both separators inside an encoder"),
    pytest.param(_run("a", "b", "c-_", "d"), "a-b-c-__d" + STAMP, id="separators at the end of an encoder"),
    pytest.param(_run("a_", "b_", None, "c"), "a_-b__c" + STAMP, id="separators at the end of words"),
    pytest.param(_run("a", "b", None, "c-d"), "a-b_c-d" + STAMP, id="dash in a phase"),
    pytest.param(_run("a", "b", None, "c-"), "a-b_c-" + STAMP, id="dash at the end of a phase"),
    pytest.param(_run("a", "b_c", "d", "e-f"), "a-b_c-d_e-f" + STAMP, id="dash in a phase, after an encoder"),
    pytest.param(
        _run("a", "b_20251015", None, "120000"), "a-b_20251015_120000" + STAMP, id="model and phase like a timestamp"
    ),
    pytest.param(
        _run("a", "b", "c_d_20251015_120000", "e"), "a-b-c_d_20251015_120000_e" + STAMP, id="encoder like a run id"
    ),
    pytest.param(_run("checkpoints", "last", None, "best"), "checkpoints-last_best" + STAMP, id="words of the scheme"),
    pytest.param(
        _run("t" * 64, "a" * 64, "e" * 64, "p" * 32),
        f"{'t' * 64}-{'a' * 64}-{'e' * 64}_{'p' * 32}{STAMP}",
        id="the longest labels",
    ),
    pytest.param(
        _run("t", "a_" * 32, "e_-" * 21 + "e", "p"),
        f"t-{'a_' * 32}-{'e_-' * 21}e_p{STAMP}",
        id="the longest model with separators",
    ),
    pytest.param(_run("a", "b", None, "c", datetime(1, 1, 1)), "a-b_c_00010101_000000", id="the first timestamp"),
    pytest.param(
        _run("a", "b", None, "c", datetime(9999, 12, 31, 23, 59, 59)), "a-b_c_99991231_235959", id="the last timestamp"
    ),
    pytest.param(_run("a", "b", None, "c", datetime(2024, 2, 29)), "a-b_c_20240229_000000", id="leap day"),
    pytest.param(_run("a", "b", None, "c", datetime(2000, 2, 29)), "a-b_c_20000229_000000", id="leap day of a century"),
    pytest.param(_run("a", "b", None, "c", datetime(4, 2, 29)), "a-b_c_00040229_000000", id="leap day of a short year"),
]


@pytest.mark.parametrize(("run", "text"), PAIRS)
def test_format_writes_the_canonical_text(run: RunId, text: str) -> None:
    assert run.format() == text
    assert str(run) == text


@pytest.mark.parametrize(("run", "text"), PAIRS)
def test_parse_reads_the_canonical_text(run: RunId, text: str) -> None:
    assert RunId.parse(text) == run
    assert RunId.is_valid(text)


# --------------------------------------------------------------------------------------------------------------------
# Refusals.

A65 = "a" * 65

REFUSED = [
    # The whole.
    pytest.param("", 0, "CKS-010", id="empty"),
    pytest.param(TEXT + "\n", 55, "CKS-002", id="trailing line feed"),
    pytest.param(TEXT + "\r\n", 55, "CKS-002", id="trailing CRLF"),
    pytest.param(TEXT + "\0", 55, "CKS-002", id="trailing NUL"),
    pytest.param(TEXT + "\x85", 55, "CKS-002", id="trailing next line, U+0085"),
    pytest.param(TEXT + "\u2028", 55, "CKS-002", id="trailing line separator, U+2028"),
    pytest.param(TEXT + " ", 55, "CKS-002", id="trailing blank"),
    pytest.param(TEXT + "/", 55, "CKS-002", id="trailing slash"),
    pytest.param(TEXT + ".", 55, "CKS-002", id="trailing dot"),
    pytest.param(TEXT + "Z", 56, "CKS-013", id="time zone after the timestamp"),
    pytest.param(" " + TEXT, 0, "CKS-010", id="leading blank"),
    pytest.param("\n" + TEXT, 0, "CKS-010", id="leading line feed"),
    pytest.param("\ufeff" + TEXT, 0, "CKS-010", id="byte order mark"),
    pytest.param("outputs/" + TEXT, 7, "CKS-010", id="directory before it"),
    pytest.param("/" + TEXT, 0, "CKS-010", id="absolute path"),
    pytest.param("../" + TEXT, 0, "CKS-010", id="path from the parent"),
    pytest.param("C:\\" + TEXT, 1, "CKS-010", id="drive letter"),
    pytest.param("s3://" + TEXT, 2, "CKS-010", id="URL"),
    pytest.param("..", 0, "CKS-010", id="parent directory"),
    pytest.param("\ud800", 0, "CKS-010", id="half a surrogate pair"),
    # The tag.
    pytest.param("-dbnet_training" + STAMP, 0, "CKS-010", id="no tag"),
    pytest.param("_a-dbnet_training" + STAMP, 0, "CKS-010", id="tag with a separator first"),
    pytest.param("ocr", 3, "CKS-010", id="nothing but a tag"),
    pytest.param("ocr_training" + STAMP, 28, "CKS-010", id="no model"),
    pytest.param("my exp-dbnet_training" + STAMP, 2, "CKS-010", id="blank in a tag"),
    pytest.param("v1.2-dbnet_training" + STAMP, 2, "CKS-010", id="dot in a tag"),
    pytest.param("\u0435-dbnet_training" + STAMP, 0, "CKS-010", id="Cyrillic letter in a tag"),
    pytest.param("a\u202eb-dbnet_training" + STAMP, 1, "CKS-010", id="bidi mark in a tag"),
    pytest.param(A65 + "-dbnet_training" + STAMP, 64, "CKS-010", id="tag of 65 characters"),
    # The model.
    pytest.param("ocr-", 4, "CKS-010", id="nothing after the tag"),
    pytest.param("ocr-_training" + STAMP, 4, "CKS-010", id="empty architecture"),
    pytest.param("ocr--dbnet_training" + STAMP, 4, "CKS-010", id="doubled dash"),
    pytest.param("ocr-db.net_training" + STAMP, 6, "CKS-002", id="dot in an architecture"),
    pytest.param("ocr-dbn\u0435t_training" + STAMP, 7, "CKS-002", id="Cyrillic letter in an architecture"),
    pytest.param(f"ocr-{A65}_training{STAMP}", 68, "CKS-010", id="architecture of 65 characters"),
    pytest.param(f"ocr-{A65}-resnet_training{STAMP}", 68, "CKS-010", id="architecture of 65 characters and an encoder"),
    pytest.param("ocr-dbnet-_training" + STAMP, 10, "CKS-011", id="empty encoder"),
    pytest.param("ocr-dbnet--resnet_training" + STAMP, 10, "CKS-011", id="encoder with a dash first"),
    pytest.param("ocr-dbnet-_resnet_training" + STAMP, 10, "CKS-011", id="encoder with a separator first"),
    pytest.param(f"ocr-dbnet-{A65}_training{STAMP}", 74, "CKS-011", id="encoder of 65 characters"),
    pytest.param("ocr-dbnet-res net_training" + STAMP, 13, "CKS-002", id="blank in an encoder"),
    # The phase.
    pytest.param("ocr-dbnet" + STAMP, 9, "CKS-012", id="no phase"),
    pytest.param("ocr-dbnet_" + STAMP, 10, "CKS-012", id="empty phase"),
    pytest.param("ocr-dbnet_-a" + STAMP, 10, "CKS-012", id="phase with a dash first"),
    pytest.param(f"ocr-dbnet_{'p' * 33}{STAMP}", 42, "CKS-012", id="phase of 33 characters"),
    pytest.param("ocr-dbnet_fine tuning" + STAMP, 14, "CKS-002", id="blank in a phase"),
    # The timestamp.
    pytest.param("ocr-dbnet_training", 18, "CKS-013", id="no timestamp"),
    pytest.param("ocr-dbnet_training_2025101_120000", 33, "CKS-013", id="date of seven digits"),
    pytest.param("ocr-dbnet_training_20251015_12000", 33, "CKS-013", id="time of five digits"),
    pytest.param("ocr-dbnet_training_20251015_1200000", 35, "CKS-013", id="time of seven digits"),
    pytest.param("ocr-dbnet_training_20251015-120000", 34, "CKS-013", id="dash in a timestamp"),
    pytest.param("ocr-dbnet_training_20251015T120000", 34, "CKS-013", id="T in a timestamp"),
    pytest.param("ocr-dbnet_training_20251015 120000", 27, "CKS-002", id="blank in a timestamp"),
    pytest.param("ocr-dbnet_training_2025-10-15_12:00:00", 32, "CKS-002", id="colon in a timestamp"),
    pytest.param("ocr-dbnet_training_2025101\uff15_120000", 26, "CKS-002", id="full-width digit in a date"),
    pytest.param("ocr-dbnet_training_20251015_12000\u0966", 33, "CKS-002", id="Devanagari digit in a time"),
    pytest.param("ocr-dbnet_training_00001015_120000", 19, "CKS-014", id="year 0000"),
    pytest.param("ocr-dbnet_training_20250015_120000", 19, "CKS-014", id="month 00"),
    pytest.param("ocr-dbnet_training_20251315_120000", 19, "CKS-014", id="month 13"),
    pytest.param("ocr-dbnet_training_20251000_120000", 19, "CKS-014", id="day 00"),
    pytest.param("ocr-dbnet_training_20251032_120000", 19, "CKS-014", id="day 32"),
    pytest.param("ocr-dbnet_training_20250431_120000", 19, "CKS-014", id="31 April"),
    pytest.param("ocr-dbnet_training_20240230_120000", 19, "CKS-014", id="30 February"),
    pytest.param("ocr-dbnet_training_20250229_120000", 19, "CKS-014", id="29 February of a common year"),
    pytest.param("ocr-dbnet_training_19000229_120000", 19, "CKS-014", id="29 February 1900"),
    pytest.param("ocr-dbnet_training_20251015_240000", 28, "CKS-015", id="hour 24"),
    pytest.param("ocr-dbnet_training_20251015_126000", 28, "CKS-015", id="minute 60"),
    pytest.param("ocr-dbnet_training_20251015_120060", 28, "CKS-015", id="second 60"),
    pytest.param("ocr-dbnet_training_20251315_250000", 19, "CKS-014", id="month 13 and hour 25"),
]


@pytest.mark.parametrize(("text", "position", "requirement"), REFUSED)
def test_parse_refuses_text_outside_the_grammar_at_its_position(text: str, position: int, requirement: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        RunId.parse(text)

    error = caught.value

    assert (error.kind, error.text) == ("run id", text)
    assert (error.position, error.requirement) == (position, requirement)
    assert error.found == text[position:]
    assert not RunId.is_valid(text)


def test_parse_accepts_a_path_of_one_component() -> None:
    path = pathlib.PurePath(TEXT)

    assert RunId.parse(path) == RUN
    assert RunId.is_valid(path)
    assert not RunId.is_valid(pathlib.PurePath("outputs", TEXT))


def test_run_ids_are_ordered_by_start_then_text() -> None:
    late, early, other = (
        RunId.parse(text) for text in ("a-b_c_20251015_120000", "z-b_c_20241015_120000", "B-b_c_20251015_120000")
    )

    assert sorted([late, early, other]) == [early, other, late]
    assert early < other < late
    assert late > early
    assert late <= RunId.parse(str(late)) >= late
    with pytest.raises(TypeError):
        operator.lt(late, str(late))


def test_format_pads_the_text_of_a_run_id() -> None:
    assert f"{RUN:>{len(TEXT) + 2}}" == f"  {TEXT}"


class RaisingLength:
    def __len__(self) -> int:
        raise LookupError


@pytest.mark.parametrize("value", [None, 22, b"", TEXT.encode(), bytearray(b"a"), RaisingLength(), object(), RUN])
def test_parse_refuses_other_types(value: object) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        untyped(RunId.parse)(value)

    assert caught.value.text is value
    assert (caught.value.position, caught.value.requirement) == (None, "CKS-001")
    assert not untyped(RunId.is_valid)(value)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        pytest.param(f" {TEXT}\n", TEXT, id="blanks around it"),
        pytest.param(f" {TEXT}x", None, id="blanks are not all that is wrong"),
        pytest.param(f"{TEXT}/", TEXT, id="a slash behind it"),
    ],
)
def test_error_suggests_the_nearest_valid_text_or_none(text: str, suggestion: str | None) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        RunId.parse(text)

    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("field", "value", "requirement"),
    [
        ("tag", "my-exp", "CKS-010"),
        ("architecture", "db-net", "CKS-010"),
        ("encoder", "res.net", "CKS-011"),
        ("phase", "fine_tuning", "CKS-012"),
        ("timestamp", datetime(2025, 10, 15, tzinfo=UTC), "CKS-013"),
    ],
)
def test_constructor_and_evolve_refuse_the_same_values(field: str, value: object, requirement: str) -> None:
    with pytest.raises(FieldError) as built:
        untyped(RunId)(**(attrs.asdict(RUN) | {field: value}))
    with pytest.raises(FieldError) as evolved:
        untyped(attrs.evolve)(RUN, **{field: value})

    assert built.value.kind == evolved.value.kind == field
    assert built.value.requirement == evolved.value.requirement == requirement


def test_constructor_refuses_positional_arguments() -> None:
    with pytest.raises(TypeError):
        untyped(RunId)("ocr", "dbnet", None, "training", NOON)


# --------------------------------------------------------------------------------------------------------------------
# The value object.


class Run(enum.StrEnum):
    BASELINE = TEXT


@pytest.mark.parametrize("text", [PlainText(TEXT), Run.BASELINE])
def test_parse_of_a_str_subclass_stores_plain_text(text: str) -> None:
    run = RunId.parse(text)

    assert run == RUN
    assert {type(part) for part in (run.tag, run.architecture, run.encoder, run.phase)} == {str}


def test_model_is_architecture_and_encoder() -> None:
    assert RUN.model == "dbnet-resnet18"
    assert attrs.evolve(RUN, encoder=None).model == "dbnet"


def test_sort_key_orders_by_start_then_by_text() -> None:
    texts = [
        "a-b_c_20251015_120001",
        "a-b-x_c_20251015_120000",
        "b-b_c_20251015_120000",
        "a-b_c_20251015_120000",
        "z-z_z_20241231_235959",
    ]

    ordered = sorted(map(RunId.parse, texts), key=RunId.sort_key)

    assert [str(run) for run in ordered] == [
        "z-z_z_20241231_235959",
        "a-b-x_c_20251015_120000",
        "a-b_c_20251015_120000",
        "b-b_c_20251015_120000",
        "a-b_c_20251015_120001",
    ]


@pytest.mark.parametrize("run", [RUN, RunId.parse(TEXT), attrs.evolve(RUN, encoder=None)])
@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_copied_and_pickled_values_equal_the_original(run: RunId, duplicate: Callable[[object], object]) -> None:
    copied = duplicate(run)

    assert type(copied) is RunId
    assert copied == run
    assert hash(copied) == hash(run)
    assert repr(copied) == repr(run)


def test_repr_evaluates_to_an_equal_run() -> None:
    assert eval(repr(RUN), {"RunId": RunId, "datetime": dt}) == RUN  # noqa: S307 - the text is our own


def test_runs_with_one_different_field_are_not_equal() -> None:
    changes: list[dict[str, object]] = [
        {"tag": "other"},
        {"architecture": "other"},
        {"encoder": None},
        {"phase": "other"},
        {"timestamp": datetime(2025, 10, 15, 12, 0, 1)},
    ]

    others = {untyped(attrs.evolve)(RUN, **change) for change in changes}

    assert len(others | {RUN}) == 6
    assert RUN not in others


@pytest.mark.parametrize("other", [TEXT, None, ("ocr_baseline_v1", "dbnet", "resnet18", "training", NOON)])
def test_run_does_not_equal_other_types(other: object) -> None:
    assert other != RUN


@pytest.mark.parametrize("run", [RUN, RunId.parse(TEXT)])
@pytest.mark.parametrize("name", ["tag", "encoder", "timestamp", "note"])
def test_values_refuse_changes_of_attributes(run: RunId, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(run, name, "other")
    with pytest.raises(AttributeError):
        delattr(run, name)

    assert run == RUN


@pytest.mark.parametrize("run", [RUN, RunId.parse(TEXT)])
def test_values_have_no_dict(run: RunId) -> None:
    assert not hasattr(run, "__dict__")


def test_classes_are_final() -> None:
    assert getattr(RunId, "__final__", False) is True


def test_match_statement_binds_the_fields() -> None:
    match RunId.parse(TEXT):
        case RunId(tag="ocr_baseline_v1", encoder=None):
            matched = "no encoder"
        case RunId(phase="training", encoder=str(encoder)):
            matched = encoder
        case _:
            matched = "nothing"

    assert matched == "resnet18"
