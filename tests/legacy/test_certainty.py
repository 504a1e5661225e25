"""Readings that are certain or not: shared, rare and fallback formats, and the answers for their names."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme import AmbiguousNameError, SchemeError, UnknownFormatError, legacy
from ckpt_scheme.legacy import CHECKPOINT_KINDS, REGISTRY, Format, Registry
from ckpt_scheme.legacy._identify import identify_readings

_DATA: Final = Path(__file__).parents[1] / "data"
NEGATIVES: Final[list[dict[str, Any]]] = json.loads((_DATA / "negative_names.json").read_text(encoding="utf-8"))


def declared(framework: str, template: str, **members: Any) -> Format:  # noqa: ANN401 - members of any type
    given: dict[str, Any] = {
        "format": "own",
        "kind": "step",
        "source": "team/project:train.py",
        "examples": (),
        **members,
    }
    return Format(framework=framework, template=template, **given)


def ids(registry: Registry, name: str) -> list[str]:
    return [reading.framework for reading in registry.readings(name)]


# --------------------------------------------------------------------------------------------------------------------
# Shared readings.

SHARED: Final = Registry(
    (
        declared("ant", "save_{step:count}.pt", shared=True),
        declared("ant", "ant_{step:count}.json", format="state", kind="sidecar"),
        declared("bee", "bee_{step:count}.pt"),
    )
)


def test_reading_of_a_shared_format_is_shared() -> None:
    (reading,) = SHARED.readings("save_3.pt")
    (other,) = SHARED.readings("bee_3.pt")

    assert (reading.shared, other.shared) == (True, False)


def test_decode_refuses_a_name_whose_only_reading_is_shared() -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        SHARED.decode("save_3.pt")

    assert str(caught.value) == (
        "'save_3.pt' is ambiguous: ant/own matches, and other programs write this spelling too. "
        "Pass framework=..., or call identify() with the other names in the directory."
    )
    assert (caught.value.requirement, caught.value.deciders) == ("CKS-143", ("framework", "siblings"))
    assert [reading.framework for reading in caught.value.readings] == ["ant"]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_decode_with_the_framework_returns_a_shared_reading() -> None:
    assert SHARED.decode("save_3.pt", framework="ant").step == 3


def test_error_for_several_shared_readings_says_that_other_programs_write_them() -> None:
    registry = Registry((*SHARED.formats, declared("cow", "save_{epoch:count}.pt", kind="epoch", shared=True)))

    with pytest.raises(AmbiguousNameError, match=r"ant/own and cow/own match, and other programs write this"):
        registry.decode("save_3.pt")


def test_sibling_name_makes_a_shared_reading_certain() -> None:
    readings = SHARED.readings("save_3.pt")

    alone, beside = SHARED.identify(["save_3.pt"]), SHARED.identify(["save_3.pt", "ant_3.json"])
    foreign = SHARED.identify(["save_3.pt", "bee_3.pt"])

    assert (alone.framework, alone.only(readings)) == (None, None)
    assert (beside.framework, beside.only(readings)) == ("ant", readings[0])
    assert (foreign.framework, foreign.only(readings)) == ("bee", None)


def test_identification_of_several_readings_is_not_certain() -> None:
    registry = Registry((declared("ant", "x_{step:count}"), declared("bee", "x_{epoch:count}", kind="epoch")))

    assert registry.identify(["x_3"]).only(registry.readings("x_3")) is None


# --------------------------------------------------------------------------------------------------------------------
# Rare readings.

RARE: Final = Registry(
    (
        declared("ant", "save-{step:count}", prior="rare"),
        declared("ant", "ant-{step:count}.json", format="state", kind="sidecar"),
        declared("bee", "save-{step:count}"),
        declared("bee", "bee-{step:count}.json", format="state", kind="sidecar"),
        declared("cow", "sav{any:word}-{step:count}", prior="rare"),
    )
)


def test_rare_readings_come_last_and_the_most_specific_of_them_first() -> None:
    assert ids(RARE, "save-3") == ["bee", "ant", "cow"]
    assert [reading.prior for reading in RARE.readings("save-3")] == ["usual", "rare", "rare"]


def test_decode_returns_the_usual_reading_beside_rare_ones() -> None:
    assert RARE.decode("save-3").framework == "bee"
    assert RARE.decode("save-3", framework="ant").framework == "ant"


def test_decode_returns_a_rare_reading_if_there_is_no_other() -> None:
    assert RARE.decode("savage-3").framework == "cow"


@pytest.mark.parametrize(
    ("names", "framework", "certain"),
    [
        pytest.param([], "bee", "bee", id="none"),
        pytest.param(["bee-3.json"], "bee", "bee", id="of the usual framework"),
        pytest.param(["ant-3.json"], "ant", "ant", id="of the rare framework"),
        pytest.param(["ant-3.json", "bee-3.json"], None, None, id="of both"),
    ],
)
def test_rare_reading_counts_only_with_evidence(names: list[str], framework: str | None, certain: str | None) -> None:
    found = RARE.identify(["save-3", *names])

    reading = found.only(RARE.readings("save-3"))

    assert found.framework == framework
    assert (reading and reading.framework) == certain


def test_rare_reading_without_evidence_is_no_evidence() -> None:
    found = RARE.identify(["save-3", "save-4"])

    assert [candidate.framework for candidate in found.candidates] == ["bee"]


# --------------------------------------------------------------------------------------------------------------------
# Fallback formats.

FALLBACK: Final = Registry(
    (
        declared("ant", "save_{step:count}.pt"),
        declared("ant", "model.pt", format="model", kind="last", shared=True),
        declared("ant", "run/done_{step:count}.pt", format="path"),
        declared("bee", "dir_{step:count}", entry="directory"),
        declared("common", "{word:word}_{step:count}.pt", prior="fallback", shared=True),
        declared("common", "dir_{step:count}", format="file", prior="fallback", shared=True),
        declared("common", "{run:word}/save_{step:count}.pt", format="path", prior="fallback", shared=True),
        declared("common", "{run:word}/{step:count}", format="number", prior="fallback", shared=True),
        declared("common", "step_{step:count}/model.pt", format="inside", prior="fallback", shared=True),
    )
)


@pytest.mark.parametrize(
    ("name", "frameworks"),
    [
        pytest.param("save_3.pt", ["ant"], id="a format of another prior reads it"),
        pytest.param("other_3.pt", ["common"], id="no other format reads it"),
        pytest.param("runs/save_3.pt", ["ant"], id="another format reads the last component"),
        pytest.param("run/done_3.pt", ["ant"], id="another format reads the path"),
        pytest.param("runs/other_3.pt", ["common"], id="no other format reads the path"),
        pytest.param("runs/3", ["common"], id="only a fallback format reads the path"),
        pytest.param("runs/last.ckpt", [legacy.CANONICAL], id="a canonical name"),
        pytest.param("runs/model.pt", ["ant"], id="a shared format reads the last component, no fallback the path"),
        pytest.param("step_3/model.pt", ["common"], id="a shared format reads the last component, a fallback the path"),
        pytest.param("dir_3/", ["bee"], id="another format reads the directory"),
        pytest.param("x=1-val/other_3.pt", ["common"], id="a folder that does not break off a name"),
    ],
)
def test_fallback_format_reads_only_names_that_no_other_format_reads(name: str, frameworks: list[str]) -> None:
    assert ids(FALLBACK, name) == frameworks


# --------------------------------------------------------------------------------------------------------------------
# Paths.


@pytest.mark.parametrize("folder", ["lr=0.1", "date=2025-01-01", "multirun/lr=0.1,model=resnet-50", "val=1-best"])
def test_folder_with_an_equals_sign_hides_no_name(folder: str) -> None:
    reading = legacy.decode(f"{folder}/epoch=3-step=1200.ckpt")

    assert (reading.framework, reading.epoch, reading.step) == ("lightning", 3, 1200)


@pytest.mark.parametrize("folder", ["run=a-val", "run=a_train", "a=b-validation"])
def test_rest_of_a_metric_in_a_folder_of_its_first_part_is_not_read_alone(folder: str) -> None:
    assert legacy.readings(f"{folder}/hmean=0.8920.ckpt") == ()
    assert legacy.readings(f"{folder}/checkpoint.pth") != ()


def test_decode_names_the_backslash_of_a_path() -> None:
    path = r"C:\runs\epoch=3-step=1200.ckpt"

    with pytest.raises(UnknownFormatError) as caught:
        legacy.decode(path)

    assert legacy.readings(path) == ()
    assert (caught.value.requirement, caught.value.position) == ("CKS-145", 2)
    assert r"not '\'" in str(caught.value)


def test_number_in_the_folder_of_a_file_is_read() -> None:
    assert legacy.decode("run/checkpoint/step-10000/checkpoint.pth").step == 10000


# --------------------------------------------------------------------------------------------------------------------
# All names of a directory, by groups of formats.

EXAMPLES: Final = [
    *(name + "/" * (form.entry == "directory") for form in REGISTRY.formats for name in form.examples),
    *("last.ckpt", "best.ckpt", "epoch-03_step-001200.ckpt", "README.md", ""),
]
_names = st.sampled_from(EXAMPLES)
_paths = st.tuples(_names, _names).map(lambda pair: f"{pair[0].rstrip('/')}/{pair[1]}")


@given(names=st.lists(_names | _paths, max_size=12))
def test_identify_equals_the_count_of_all_readings(names: list[str]) -> None:
    found = legacy.identify(names)
    plain = identify_readings(REGISTRY.readings, [(name, REGISTRY.readings(name)) for name in names], REGISTRY.tally())

    assert found == plain
    for name in names:
        readings = REGISTRY.readings(name)
        assert repr(found.choose(readings)) == repr(plain.choose(readings))


@given(name=_names | _paths)
def test_match_of_a_name_has_the_framework_and_format_of_each_reading(name: str) -> None:
    matches = REGISTRY._matches(name)

    assert [(match.framework, match.format, match.kind, match.shared, match.prior) for match in matches] == [
        (reading.framework, reading.format, reading.kind, reading.shared, reading.prior)
        for reading in REGISTRY.readings(name)
    ]


# --------------------------------------------------------------------------------------------------------------------
# Names that are no checkpoint.


@pytest.mark.parametrize("fact", NEGATIVES, ids=lambda fact: fact["name"])
def test_name_of_another_file_is_not_certain_to_be_a_checkpoint(fact: dict[str, Any]) -> None:
    try:
        reading = legacy.decode(fact["name"])
    except SchemeError:
        return
    assert reading.kind in fact["kinds"] or reading.kind not in CHECKPOINT_KINDS


@pytest.mark.parametrize("alphabet", ["abcdefghijklmnopqrstuvwxyz", "abcxyz019_-.", "".join(map(chr, range(48, 127)))])
def test_random_name_has_no_reading(alphabet: str) -> None:
    random = Random(alphabet)  # noqa: S311 - no secret

    found = [
        text
        for text in ("".join(random.choices(alphabet, k=random.randint(6, 30))) for _ in range(5000))
        if legacy.readings(text)
    ]

    assert found == []
