"""`CheckpointName` and `Metric`: both directions of the text, refusals with their positions, and the value objects."""

from __future__ import annotations

import enum
import operator
import pathlib
from collections.abc import Callable

import attrs
import pytest

from calls import untyped
from ckpt_scheme import (
    BestCheckpoint,
    CheckpointName,
    EpochCheckpoint,
    FieldError,
    LastCheckpoint,
    Metric,
    NameSyntaxError,
)
from ckpt_scheme.checkpoint_name import AnyCheckpoint
from duplicates import DUPLICATES
from hostile_objects import PlainText

HMEAN = Metric("hmean", 0.8756)
EPOCH = EpochCheckpoint(epoch=22, step=1932, metric=HMEAN, version=3)
EPOCH_TEXT = "epoch-22_step-001932_hmean-0.8756_v3.ckpt"
NINES = 10**18 - 1
A65 = "a" * 65


# Each pair is a test of the formatter and one of the parser.
PAIRS = [
    pytest.param(EpochCheckpoint(epoch=22, step=1932), "epoch-22_step-001932.ckpt", id="epoch and step"),
    pytest.param(
        EpochCheckpoint(epoch=22, step=1932, metric=HMEAN), "epoch-22_step-001932_hmean-0.8756.ckpt", id="with a metric"
    ),
    pytest.param(EPOCH, EPOCH_TEXT, id="with a metric and a version"),
    pytest.param(
        EpochCheckpoint(epoch=22, step=1932, version=3), "epoch-22_step-001932_v3.ckpt", id="with a version alone"
    ),
    pytest.param(EpochCheckpoint(epoch=0, step=0), "epoch-00_step-000000.ckpt", id="zeros"),
    pytest.param(EpochCheckpoint(epoch=9, step=99_999), "epoch-09_step-099999.ckpt", id="padded"),
    pytest.param(EpochCheckpoint(epoch=10, step=100_000), "epoch-10_step-100000.ckpt", id="as wide as the padding"),
    pytest.param(EpochCheckpoint(epoch=99, step=999_999), "epoch-99_step-999999.ckpt", id="the last that are padded"),
    pytest.param(EpochCheckpoint(epoch=100, step=100), "epoch-100_step-000100.ckpt", id="epoch of three digits"),
    pytest.param(EpochCheckpoint(epoch=22, step=12_345_678), "epoch-22_step-12345678.ckpt", id="step of eight digits"),
    pytest.param(
        EpochCheckpoint(epoch=NINES, step=NINES, metric=Metric("m" * 64, -99_999_999_999.9999), version=NINES),
        f"epoch-{NINES}_step-{NINES}_{'m' * 64}--99999999999.9999_v{NINES}.ckpt",
        id="the greatest of everything",
    ),
    pytest.param(
        EpochCheckpoint(epoch=1, step=2, metric=Metric("v1", 0.5)),
        "epoch-01_step-000002_v1-0.5000.ckpt",
        id="metric whose name reads like a version",
    ),
    pytest.param(
        EpochCheckpoint(epoch=1, step=2, metric=Metric("v1", 0.5), version=1),
        "epoch-01_step-000002_v1-0.5000_v1.ckpt",
        id="metric whose name reads like a version, and a version",
    ),
    pytest.param(
        EpochCheckpoint(epoch=1, step=2, metric=Metric("v1_loss", 0.5)),
        "epoch-01_step-000002_v1_loss-0.5000.ckpt",
        id="metric whose name begins like a version",
    ),
    pytest.param(
        EpochCheckpoint(epoch=1, step=2, metric=Metric("a_v1", 0.5)),
        "epoch-01_step-000002_a_v1-0.5000.ckpt",
        id="metric whose name ends like a version",
    ),
    pytest.param(
        EpochCheckpoint(epoch=1, step=2, metric=Metric("step", 3)),
        "epoch-01_step-000002_step-3.0000.ckpt",
        id="metric whose name is a word of the grammar",
    ),
    pytest.param(BestCheckpoint(), "best.ckpt", id="best"),
    pytest.param(BestCheckpoint(metric=Metric("hmean", 0.892)), "best-hmean-0.8920.ckpt", id="best by a metric"),
    pytest.param(
        BestCheckpoint(metric=Metric("hmean", 0.892), version=2), "best-hmean-0.8920_v2.ckpt", id="best with a version"
    ),
    pytest.param(BestCheckpoint(version=12), "best_v12.ckpt", id="best with a version alone"),
    pytest.param(BestCheckpoint(metric=Metric("loss", -0.0234)), "best-loss--0.0234.ckpt", id="negative value"),
    pytest.param(BestCheckpoint(metric=Metric("loss", -12.5)), "best-loss--12.5000.ckpt", id="negative value below -1"),
    pytest.param(
        BestCheckpoint(metric=Metric("loss", -0.0001)), "best-loss--0.0001.ckpt", id="the greatest below zero"
    ),
    pytest.param(BestCheckpoint(metric=Metric("loss", 0)), "best-loss-0.0000.ckpt", id="zero"),
    pytest.param(BestCheckpoint(metric=Metric("loss", 10.25)), "best-loss-10.2500.ckpt", id="value above ten"),
    pytest.param(
        BestCheckpoint(metric=Metric("val_loss", 99_999_999_999.9999)),
        "best-val_loss-99999999999.9999.ckpt",
        id="the greatest value",
    ),
    pytest.param(BestCheckpoint(metric=Metric("0", 0.5)), "best-0-0.5000.ckpt", id="metric named by a digit"),
    pytest.param(BestCheckpoint(metric=Metric("v1", 0.5), version=1), "best-v1-0.5000_v1.ckpt", id="metric v1, and v1"),
    pytest.param(BestCheckpoint(metric=Metric("F1_", 1)), "best-F1_-1.0000.ckpt", id="case and separator in a metric"),
    pytest.param(LastCheckpoint(), "last.ckpt", id="last"),
]


@pytest.mark.parametrize(("name", "text"), PAIRS)
def test_format_writes_the_canonical_text(name: AnyCheckpoint, text: str) -> None:
    assert name.format() == text
    assert str(name) == text


@pytest.mark.parametrize(("name", "text"), PAIRS)
def test_parse_reads_the_canonical_text(name: AnyCheckpoint, text: str) -> None:
    parsed = CheckpointName.parse(text)

    assert parsed == name
    assert type(parsed) is type(name)
    assert CheckpointName.is_valid(text)


@pytest.mark.parametrize(("name", "text"), PAIRS)
@pytest.mark.parametrize("kind", [EpochCheckpoint, BestCheckpoint, LastCheckpoint])
def test_parse_of_one_kind_accepts_that_kind_alone(
    name: AnyCheckpoint, text: str, kind: type[EpochCheckpoint | BestCheckpoint | LastCheckpoint]
) -> None:
    if isinstance(name, kind):
        assert kind.parse(text) == name
        assert kind.is_valid(text)
    else:
        with pytest.raises(NameSyntaxError) as caught:
            kind.parse(text)
        assert (caught.value.text, caught.value.position, caught.value.requirement) == (text, 0, "CKS-002")
        assert kind.__name__ in caught.value.expected
        assert not kind.is_valid(text)


# --------------------------------------------------------------------------------------------------------------------
# Refusals.

STEM = "epoch-22_step-001932"

REFUSED = [
    # The whole.
    pytest.param("", 0, "CKS-002", id="empty"),
    pytest.param(".ckpt", 0, "CKS-002", id="extension alone"),
    pytest.param(".", 0, "CKS-002", id="this directory"),
    pytest.param("..", 0, "CKS-002", id="parent directory"),
    pytest.param("model.ckpt", 0, "CKS-002", id="another name"),
    pytest.param("bes.ckpt", 3, "CKS-002", id="best, cut"),
    pytest.param("epoch.ckpt", 5, "CKS-002", id="epoch without a number"),
    pytest.param("epoch=22-step=1932.ckpt", 5, "CKS-002", id="Lightning's default"),
    pytest.param("epoch_22_step_001932.ckpt", 5, "CKS-002", id="underscores for dashes"),
    pytest.param(f"{STEM}.ckpt\n", 25, "CKS-002", id="trailing line feed"),
    pytest.param(f"{STEM}.ckpt\r\n", 25, "CKS-002", id="trailing CRLF"),
    pytest.param(f"{STEM}.ckpt\0", 25, "CKS-002", id="trailing NUL"),
    pytest.param(f"{STEM}.ckpt\x85", 25, "CKS-002", id="trailing next line, U+0085"),
    pytest.param(f"{STEM}.ckpt\u2028", 25, "CKS-002", id="trailing line separator, U+2028"),
    pytest.param(f"{STEM}.ckpt ", 25, "CKS-002", id="trailing blank"),
    pytest.param(f" {STEM}.ckpt", 0, "CKS-002", id="leading blank"),
    pytest.param(f"\n{STEM}.ckpt", 0, "CKS-002", id="leading line feed"),
    pytest.param(f"\u202e{STEM}.ckpt", 0, "CKS-002", id="bidi mark"),
    pytest.param(f"\ufeff{STEM}.ckpt", 0, "CKS-002", id="byte order mark"),
    pytest.param("\ud800", 0, "CKS-002", id="half a surrogate pair"),
    pytest.param(f"x{STEM}.ckpt", 0, "CKS-002", id="letter before it"),
    pytest.param(f"runs/{STEM}.ckpt", 0, "CKS-002", id="directory before it"),
    pytest.param(f"../{STEM}.ckpt", 0, "CKS-002", id="path from the parent"),
    pytest.param(f"/{STEM}.ckpt", 0, "CKS-002", id="absolute path"),
    pytest.param(f"C:\\{STEM}.ckpt", 0, "CKS-002", id="drive letter"),
    pytest.param(f"s3://{STEM}.ckpt", 0, "CKS-002", id="URL"),
    pytest.param("\u0435poch-22_step-001932.ckpt", 0, "CKS-002", id="Cyrillic letter that looks like e"),
    pytest.param("EPOCH-22_STEP-001932.CKPT", 0, "CKS-002", id="upper case"),
    # The extension.
    pytest.param(STEM, 20, "CKS-002", id="no extension"),
    pytest.param(f"{STEM}.", 21, "CKS-002", id="dot alone"),
    pytest.param(f"{STEM}.ckp", 24, "CKS-002", id="extension cut"),
    pytest.param(f"{STEM}.CKPT", 21, "CKS-002", id="upper-case extension"),
    pytest.param(f"{STEM}.pt", 21, "CKS-002", id="another extension"),
    pytest.param(f"{STEM}Xckpt", 20, "CKS-002", id="letter for the dot"),
    pytest.param(f"{STEM}.ckpt.tmp", 25, "CKS-002", id="extension after it"),
    pytest.param(f"{STEM}.ckpt.ckpt", 25, "CKS-002", id="extension twice"),
    pytest.param(f"{STEM}.ckpt~", 25, "CKS-002", id="backup"),
    # The epoch.
    pytest.param("epoch-2_step-001932.ckpt", 6, "CKS-020", id="epoch not padded"),
    pytest.param("epoch-022_step-001932.ckpt", 6, "CKS-020", id="epoch padded too far"),
    pytest.param("epoch-007_step-001932.ckpt", 6, "CKS-020", id="epoch of one digit padded to three"),
    pytest.param("epoch-_step-001932.ckpt", 6, "CKS-020", id="no epoch"),
    pytest.param("epoch-+1_step-000001.ckpt", 6, "CKS-020", id="plus"),
    pytest.param("epoch--1_step-000001.ckpt", 6, "CKS-020", id="minus"),
    pytest.param("epoch- 1_step-000001.ckpt", 6, "CKS-020", id="blank for a digit"),
    pytest.param("epoch-1_0_step-000001.ckpt", 6, "CKS-020", id="separator between digits"),
    pytest.param("epoch-0x1_step-000001.ckpt", 6, "CKS-020", id="hexadecimal"),
    pytest.param("epoch-1e3_step-000001.ckpt", 6, "CKS-020", id="exponent"),
    pytest.param("epoch-1.0_step-000001.ckpt", 6, "CKS-020", id="decimals"),
    pytest.param("epoch-\uff12\uff12_step-001932.ckpt", 6, "CKS-020", id="full-width digits"),
    pytest.param("epoch-2\uff12_step-001932.ckpt", 6, "CKS-020", id="one full-width digit"),
    pytest.param("epoch-\u0968\u0968_step-001932.ckpt", 6, "CKS-020", id="Devanagari digits"),
    pytest.param("epoch-\u00b2\u00b2_step-001932.ckpt", 6, "CKS-020", id="superscript digits"),
    pytest.param(f"epoch-{10**18}_step-001932.ckpt", 6, "CKS-020", id="epoch of 19 digits"),
    pytest.param(f"epoch-{'9' * 5000}_step-001932.ckpt", 6, "CKS-020", id="epoch of 5,000 digits"),
    # The step.
    pytest.param("epoch-22.ckpt", 8, "CKS-002", id="no step"),
    pytest.param("epoch-22-step-001932.ckpt", 8, "CKS-002", id="dash before the step"),
    pytest.param("epoch-22_\u017ftep-001932.ckpt", 9, "CKS-002", id="long s, which lower-cases to s"),
    pytest.param("epoch-22_step=001932.ckpt", 13, "CKS-002", id="equals sign before the number"),
    pytest.param("epoch-22_step-.ckpt", 14, "CKS-021", id="step without a number"),
    pytest.param("epoch-22_step-1932.ckpt", 14, "CKS-021", id="step not padded"),
    pytest.param("epoch-22_step-0001932.ckpt", 14, "CKS-021", id="step of seven digits with a leading zero"),
    pytest.param("epoch-22_step-\u0661\u0661\u0661\u0661\u0661\u0661.ckpt", 14, "CKS-021", id="Arabic digits"),
    pytest.param(f"epoch-22_step-{10**18}.ckpt", 14, "CKS-021", id="step of 19 digits"),
    pytest.param(f"epoch-22_step-{'9' * 5000}.ckpt", 14, "CKS-021", id="step of 5,000 digits"),
    # The metric.
    pytest.param(f"{STEM}_.ckpt", 20, "CKS-002", id="joiner without a metric"),
    pytest.param(f"{STEM}_hmean.ckpt", 20, "CKS-002", id="metric without a value"),
    pytest.param(f"{STEM}-hmean-0.8920.ckpt", 20, "CKS-002", id="dash before an epoch's metric"),
    pytest.param(f"{STEM}__hmean-0.8920.ckpt", 20, "CKS-002", id="separator first in a metric"),
    pytest.param(f"{STEM}_hm/ean-0.8920.ckpt", 20, "CKS-002", id="slash in a metric"),
    pytest.param(f"{STEM}_val/hmean-0.8920.ckpt", 20, "CKS-002", id="slash in a metric that begins with v"),
    pytest.param(f"{STEM}_val_loss.ckpt", 20, "CKS-002", id="metric that begins with v, without a value"),
    pytest.param(f"{STEM}_hm\u0435an-0.8920.ckpt", 20, "CKS-002", id="Cyrillic letter in a metric"),
    pytest.param(f"{STEM}_{A65}-0.8920.ckpt", 20, "CKS-002", id="metric of 65 characters"),
    pytest.param(f"{STEM}_hmean-0.8920x.ckpt", 33, "CKS-002", id="letter after a value"),
    pytest.param(f"{STEM}_hmean-0.8920.ckpt\n", 38, "CKS-002", id="trailing line feed after a value"),
    pytest.param(f"{STEM}_hmean-0.8920.ckpt.tmp", 38, "CKS-002", id="extension after a name with a value"),
    pytest.param(f"{STEM}_hmean-0.8920.pt", 34, "CKS-002", id="another extension after a value"),
    pytest.param("best-.ckpt", 4, "CKS-002", id="best by nothing"),
    pytest.param("best--0.8920.ckpt", 4, "CKS-002", id="best with a value but no metric"),
    pytest.param("best_hmean-0.8920.ckpt", 4, "CKS-002", id="underscore before the best's metric"),
    pytest.param("best-0.8920.ckpt", 4, "CKS-002", id="value for a metric's name"),
    pytest.param("best-hmean-.ckpt", 11, "CKS-022", id="no value"),
    pytest.param("best-hmean-.8920.ckpt", 11, "CKS-022", id="no integer digit"),
    pytest.param("best-hmean-00.8920.ckpt", 11, "CKS-022", id="needless zero"),
    pytest.param("best-hmean-+0.8920.ckpt", 11, "CKS-022", id="plus before a value"),
    pytest.param("best-hmean-1.ckpt", 11, "CKS-022", id="no decimals"),
    pytest.param("best-hmean-0.89.ckpt", 11, "CKS-022", id="two decimals"),
    pytest.param("best-hmean-0.89200.ckpt", 11, "CKS-022", id="five decimals"),
    pytest.param("best-hmean-0,8920.ckpt", 11, "CKS-022", id="decimal comma"),
    pytest.param("best-hmean-1e3.ckpt", 11, "CKS-022", id="exponent in a value"),
    pytest.param("best-hmean-1e-5.ckpt", 11, "CKS-022", id="negative exponent in a value"),
    pytest.param("best-hmean-nan.ckpt", 11, "CKS-022", id="nan"),
    pytest.param("best-hmean-inf.ckpt", 11, "CKS-022", id="inf"),
    pytest.param("best-hmean--inf.ckpt", 11, "CKS-022", id="minus inf"),
    pytest.param("best-hmean-Infinity.ckpt", 11, "CKS-022", id="Infinity"),
    pytest.param("best-hmean--0.0000.ckpt", 11, "CKS-022", id="minus zero"),
    pytest.param("best-hmean---0.8920.ckpt", 11, "CKS-022", id="two minus signs"),
    pytest.param("best-hmean-0.892\uff10.ckpt", 11, "CKS-022", id="full-width digit in a value"),
    pytest.param("best-hmean-100000000000.0000.ckpt", 11, "CKS-022", id="12 integer digits"),
    pytest.param("best-val-hmean-0.8920.ckpt", 9, "CKS-022", id="dash in a metric"),
    pytest.param("best-hmean-0.8920.ckptx", 22, "CKS-002", id="letter after a name with a value"),
    # The version.
    pytest.param(f"{STEM}_v.ckpt", 22, "CKS-024", id="version without a number"),
    pytest.param(f"{STEM}_v0.ckpt", 22, "CKS-024", id="version zero"),
    pytest.param(f"{STEM}_v01.ckpt", 22, "CKS-024", id="padded version"),
    pytest.param(f"{STEM}_v\uff11.ckpt", 22, "CKS-024", id="full-width digit in a version"),
    pytest.param(f"{STEM}_v{10**18}.ckpt", 22, "CKS-024", id="version of 19 digits"),
    pytest.param(f"{STEM}-v1.ckpt", 20, "CKS-002", id="Lightning's version"),
    pytest.param(f"{STEM}_V1.ckpt", 20, "CKS-002", id="upper-case version"),
    pytest.param(f"{STEM}_v1_v2.ckpt", 23, "CKS-002", id="two versions"),
    pytest.param(f"{STEM}_v1_.ckpt", 23, "CKS-002", id="joiner after the version"),
    pytest.param("best_v0.ckpt", 6, "CKS-024", id="best, version zero"),
    pytest.param("best-v1.ckpt", 4, "CKS-002", id="best with Lightning's version"),
    pytest.param("best-hmean-0.8920_v0.ckpt", 19, "CKS-024", id="version zero after a value"),
    # The last one.
    pytest.param("last", 4, "CKS-025", id="last without an extension"),
    pytest.param("last_v1.ckpt", 4, "CKS-025", id="last with a version"),
    pytest.param("last-v1.ckpt", 4, "CKS-025", id="last with Lightning's version"),
    pytest.param("last-hmean-0.8920.ckpt", 4, "CKS-025", id="last with a metric"),
    pytest.param("last.ckpt.1", 9, "CKS-025", id="last with a number after it"),
    pytest.param("last.ckpt\n", 9, "CKS-025", id="last with a trailing line feed"),
    pytest.param("Last.ckpt", 0, "CKS-002", id="capital last"),
]


@pytest.mark.parametrize(("text", "position", "requirement"), REFUSED)
def test_parse_refuses_text_outside_the_grammar_at_its_position(text: str, position: int, requirement: str) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        CheckpointName.parse(text)

    error = caught.value

    assert (error.kind, error.text) == ("checkpoint name", text)
    assert (error.position, error.requirement) == (position, requirement)
    assert error.found == text[position:]
    assert not CheckpointName.is_valid(text)


@pytest.mark.parametrize("kind", [EpochCheckpoint, BestCheckpoint, LastCheckpoint])
def test_parse_of_one_kind_refuses_text_outside_the_grammar(
    kind: type[EpochCheckpoint | BestCheckpoint | LastCheckpoint],
) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        kind.parse("epoch-22_step-1932.ckpt")

    assert (caught.value.position, caught.value.requirement) == (14, "CKS-021")
    assert not kind.is_valid("epoch-22_step-1932.ckpt")


@pytest.mark.parametrize("kind", [CheckpointName, EpochCheckpoint, BestCheckpoint, LastCheckpoint])
@pytest.mark.parametrize(
    "value",
    [None, 22, b"last.ckpt", b"epoch\xff", bytearray(b"last.ckpt"), object(), EPOCH],
)
def test_parse_refuses_other_types(kind: type[CheckpointName], value: object) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        untyped(kind.parse)(value)

    assert caught.value.text is value
    assert (caught.value.position, caught.value.requirement) == (None, "CKS-001")
    assert not untyped(kind.is_valid)(value)


def test_parse_accepts_a_path_of_one_component() -> None:
    path = pathlib.PurePath("last.ckpt")

    assert CheckpointName.parse(path) == LastCheckpoint.parse(path) == LastCheckpoint()
    assert CheckpointName.is_valid(path)
    assert not EpochCheckpoint.is_valid(path)
    assert not CheckpointName.is_valid(pathlib.PurePath("checkpoints", "last.ckpt"))


@pytest.mark.parametrize("name", [EPOCH, BestCheckpoint(version=2), LastCheckpoint()])
def test_names_of_all_forms_state_every_field_or_none(name: AnyCheckpoint) -> None:
    fields = {field: getattr(name, field) for field in ("epoch", "step", "metric", "version")}

    assert fields == {**dict.fromkeys(("epoch", "step", "metric", "version")), **attrs.asdict(name, recurse=False)}


def test_names_are_ordered_as_their_sort_keys() -> None:
    names = [LastCheckpoint(), EPOCH, BestCheckpoint(), BestCheckpoint(version=2)]

    assert sorted(names) == sorted(names, key=CheckpointName.sort_key) == [names[2], names[3], EPOCH, names[0]]
    assert BestCheckpoint() < EPOCH < LastCheckpoint()
    assert LastCheckpoint() >= EPOCH > BestCheckpoint()
    assert EPOCH <= CheckpointName.parse(str(EPOCH)) >= EPOCH
    with pytest.raises(TypeError):
        operator.lt(EPOCH, "last.ckpt")


def test_format_pads_the_text_of_a_name() -> None:
    assert f"{LastCheckpoint():>12}|{LastCheckpoint()}" == "   last.ckpt|last.ckpt"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        pytest.param("epoch-2_step-1932.ckpt", "epoch-02_step-001932.ckpt", id="padding"),
        pytest.param("epoch-0022_step-0001932.ckpt", "epoch-22_step-001932.ckpt", id="too much padding"),
        pytest.param("EPOCH-22_STEP-001932.CKPT", "epoch-22_step-001932.ckpt", id="case"),
        pytest.param(" last.ckpt\n", "last.ckpt", id="blanks around it"),
        pytest.param("Best.ckpt", "best.ckpt", id="capital best"),
        pytest.param(f"{STEM}-v1.ckpt", f"{STEM}_v1.ckpt", id="Lightning's version"),
        pytest.param(f"{STEM}_v01.ckpt", f"{STEM}_v1.ckpt", id="padded version"),
        pytest.param("best-hmean-0.892.ckpt", "best-hmean-0.8920.ckpt", id="decimals"),
        pytest.param("best-hmean-1.ckpt", "best-hmean-1.0000.ckpt", id="no decimals"),
        pytest.param("best-hmean--0.0000.ckpt", "best-hmean-0.0000.ckpt", id="minus zero"),
        pytest.param(f"{STEM}_Val_Loss-12.ckpt", f"{STEM}_Val_Loss-12.0000.ckpt", id="a metric's case is kept"),
        pytest.param("best-hmean-99999999999.99999.ckpt", None, id="rounds to 12 integer digits"),
        pytest.param("best-_a-0.892.ckpt", None, id="metric with a separator first"),
        pytest.param("last_v1.ckpt", None, id="without its number it would be another file"),
        pytest.param("last-v2.ckpt", None, id="the same in Lightning's spelling"),
        pytest.param("best-v0.ckpt", None, id="version zero"),
        pytest.param("\u017ftep.ckpt", None, id="nothing near"),
        pytest.param("be\u017ft.ckpt", None, id="long s is no s"),
        pytest.param(f"epoch-{10**18}_step-001932.ckpt", None, id="epoch of 19 digits"),
        pytest.param("", None, id="empty"),
    ],
)
def test_error_suggests_the_nearest_valid_text_or_none(text: str, suggestion: str | None) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        CheckpointName.parse(text)

    assert caught.value.suggestion == suggestion


FIELDS_REFUSED: list[tuple[CheckpointName, str, object, str, str]] = [
    (EPOCH, "epoch", -1, "epoch", "CKS-020"),
    (EPOCH, "epoch", True, "epoch", "CKS-020"),
    (EPOCH, "step", 3.0, "step", "CKS-021"),
    (EPOCH, "step", 10**18, "step", "CKS-021"),
    (EPOCH, "version", 0, "version", "CKS-024"),
    (EPOCH, "metric", "hmean-0.8920", "metric", "CKS-010"),
    (EPOCH, "metric", ("hmean", 0.892), "metric", "CKS-010"),
    (BestCheckpoint(), "metric", 0.892, "metric", "CKS-010"),
    (BestCheckpoint(), "version", "1", "version", "CKS-024"),
]


@pytest.mark.parametrize(("name", "field", "value", "kind", "requirement"), FIELDS_REFUSED)
def test_constructors_and_evolve_refuse_the_same_values(
    name: EpochCheckpoint | BestCheckpoint, field: str, value: object, kind: str, requirement: str
) -> None:
    fields = {part.name: getattr(name, part.name) for part in attrs.fields(type(name))} | {field: value}

    with pytest.raises(FieldError) as built:
        untyped(type(name))(**fields)
    with pytest.raises(FieldError) as evolved:
        untyped(attrs.evolve)(name, **{field: value})

    assert built.value.kind == evolved.value.kind == kind
    assert built.value.text is evolved.value.text is value
    assert built.value.requirement == evolved.value.requirement == requirement


@pytest.mark.parametrize(
    ("build", "arguments"), [(EpochCheckpoint, (22, 1932)), (BestCheckpoint, (HMEAN,)), (LastCheckpoint, (1,))]
)
def test_constructors_refuse_positional_arguments(build: Callable[..., object], arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        build(*arguments)


def test_last_checkpoint_refuses_a_version() -> None:
    with pytest.raises(TypeError):
        untyped(LastCheckpoint)(version=1)


# --------------------------------------------------------------------------------------------------------------------
# The base.


def test_base_class_refuses_to_be_built_and_names_parse() -> None:
    with pytest.raises(TypeError, match=r"CheckpointName\.parse"):
        CheckpointName()


def test_str_of_the_base_class_returns_the_text_of_its_subclass() -> None:
    assert CheckpointName.__str__(EPOCH) == EPOCH_TEXT


def test_format_of_the_base_class_is_not_implemented() -> None:
    with pytest.raises(NotImplementedError):
        CheckpointName.format(EPOCH)


@pytest.mark.parametrize("name", [EPOCH, BestCheckpoint(), LastCheckpoint()])
def test_each_kind_is_an_instance_of_the_base_class(name: AnyCheckpoint) -> None:
    assert isinstance(name, CheckpointName)


# --------------------------------------------------------------------------------------------------------------------
# Order.


def test_sort_key_orders_best_then_epochs_then_last() -> None:
    ordered = [
        "best.ckpt",
        "best_v2.ckpt",
        "best_v10.ckpt",
        "best-hmean--1.0000.ckpt",
        "best-hmean-0.8920.ckpt",
        "best-hmean-0.8920_v1.ckpt",
        "best-hmean-10.0000.ckpt",
        "best-loss-0.1000.ckpt",
        "epoch-00_step-000000.ckpt",
        "epoch-99_step-000693.ckpt",
        "epoch-99_step-999999.ckpt",
        "epoch-99_step-1000000.ckpt",
        "epoch-100_step-000700.ckpt",
        "epoch-100_step-000700_v1.ckpt",
        "epoch-100_step-000700_hmean-0.1000.ckpt",
        "epoch-100_step-000700_hmean-0.2000.ckpt",
        "last.ckpt",
    ]

    names = [CheckpointName.parse(text) for text in sorted(ordered, reverse=True)]

    assert [str(name) for name in sorted(names, key=CheckpointName.sort_key)] == ordered


# --------------------------------------------------------------------------------------------------------------------
# The value objects.


class Name(enum.StrEnum):
    EPOCH = EPOCH_TEXT


@pytest.mark.parametrize("text", [PlainText(EPOCH_TEXT), Name.EPOCH])
def test_parse_of_a_str_subclass_stores_plain_text(text: str) -> None:
    name = EpochCheckpoint.parse(text)

    assert name == EPOCH
    assert name.metric is not None
    assert type(name.metric.name) is str


NAMESPACE: dict[str, object] = {cls.__name__: cls for cls in (EpochCheckpoint, BestCheckpoint, LastCheckpoint, Metric)}
VALUES: list[Metric | AnyCheckpoint] = [
    HMEAN,
    EPOCH,
    EpochCheckpoint(epoch=0, step=0),
    BestCheckpoint(),
    BestCheckpoint(metric=HMEAN),
    LastCheckpoint(),
    CheckpointName.parse(EPOCH_TEXT),
    CheckpointName.parse("best-hmean-0.8920_v1.ckpt"),
    CheckpointName.parse("last.ckpt"),
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
def test_values_refuse_changes_of_attributes(value: attrs.AttrsInstance) -> None:
    before = str(value)
    for name in (*(field.name for field in attrs.fields(type(value))), "note"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
        with pytest.raises(AttributeError):
            delattr(value, name)

    assert str(value) == before


@pytest.mark.parametrize("value", VALUES)
def test_values_have_no_dict(value: object) -> None:
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("cls", [Metric, EpochCheckpoint, BestCheckpoint, LastCheckpoint])
def test_classes_are_final(cls: type) -> None:
    assert getattr(cls, "__final__", False) is True


def test_names_with_different_texts_are_not_equal() -> None:
    names = {CheckpointName.parse(text) for _, text in (pair.values for pair in PAIRS) if isinstance(text, str)}

    assert len(names) == len(PAIRS)


@pytest.mark.parametrize("value", VALUES)
def test_value_does_not_equal_its_text(value: object) -> None:
    assert value != str(value)


def test_evolve_changes_the_given_fields_alone() -> None:
    assert str(attrs.evolve(EPOCH, epoch=100, version=None)) == "epoch-100_step-001932_hmean-0.8756.ckpt"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch-22_step-001932_hmean-0.8756_v3.ckpt", (22, 1932, "hmean", 0.8756)),
        ("epoch-22_step-001932.ckpt", (22, 1932)),
        ("best-loss-0.1000.ckpt", ("loss", 0.1)),
        ("best.ckpt", "best"),
        ("last.ckpt", "last"),
    ],
)
def test_match_statement_binds_the_fields(text: str, expected: object) -> None:
    matched: object
    match CheckpointName.parse(text):
        case EpochCheckpoint(epoch=epoch, step=step, metric=Metric(name, value)):
            matched = (epoch, step, name, value)
        case EpochCheckpoint(epoch=epoch, step=step):
            matched = (epoch, step)
        case BestCheckpoint(metric=Metric(name=name, value=value)):
            matched = (name, value)
        case BestCheckpoint():
            matched = "best"
        case LastCheckpoint():
            matched = "last"

    assert matched == expected
