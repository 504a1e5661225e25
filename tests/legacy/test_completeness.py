"""Checkpoints that the names beside them show to be unfinished, or only a part."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ckpt_scheme import UncertainLatestWarning, best, furthest, latest
from ckpt_scheme.legacy import FieldType, Format, Registry

SCRIPT = "example/project:train.py"
TYPES = {
    "ending": FieldType(pattern=r"\.(?:pt|pth)", longest=4),
    "later_rank": FieldType(pattern="[1-9][0-9]{0,4}", longest=5, convert="integer"),
}


def declared(framework: str, format_: str, kind: str, template: str, **more: Any) -> Format:  # noqa: ANN401 - any member
    members: dict[str, Any] = {"framework": framework, "format": format_, "kind": kind, "template": template, **more}
    defaults: dict[str, Any] = {"source": SCRIPT, "examples": (), "entry": "any"}
    return Format(**{**defaults, **members})


TEAM = Registry(
    (
        declared("ant", "step", "step", "step-{step:count}", completed_by=("{name}/done.json", "{name}/old/done")),
        declared("ant", "best", "best", "best-{metric:key}-{value:number}"),
        declared("ant", "unfinished", "pointer", "{of:name}-unfinished", disqualifies=("{of}", "{of}/")),
        declared("ant", "inside", "pointer", "stop", disqualifies=(".",)),
        declared("bee", "part", "step", "p{step:count}-rank0", extensions=("", ".pt")),
        declared(
            "bee",
            "other-part",
            "shard",
            "p{step:count}-rank{rank:later_rank}",
            extensions=("", "{ending:ending}"),
            field_types=TYPES,
            disqualifies=("p{step}-rank0", "p{step}-rank0{ending}"),
        ),
        declared("cow", "step", "step", "n{step:count}.bin", completed_by=("DONE_{step}",)),
    )
)


@pytest.mark.parametrize(
    ("names", "chosen", "passed_over"),
    [
        pytest.param(["step-1", "step-2", "step-2-unfinished"], "step-1", ("step-2",), id="a marker beside it"),
        pytest.param(["step-1/", "step-2/", "step-2-unfinished"], "step-1/", ("step-2/",), id="a directory"),
        pytest.param(["step-2", "step-2-unfinished"], None, ("step-2",), id="the only one"),
        pytest.param(["a/step-1", "a/step-2", "a/step-2-unfinished"], "a/step-1", ("a/step-2",), id="with a folder"),
        pytest.param(["/step-1", "/step-2", "/step-2-unfinished"], "/step-1", ("/step-2",), id="an absolute path"),
        pytest.param(["step-1/", "step-2/", "step-2/stop"], "step-1/", ("step-2/",), id="a marker within it"),
        pytest.param(["p1-rank0", "p2-rank0", "p2-rank1"], "p1-rank0", ("p2-rank0",), id="a part"),
        pytest.param(["p1-rank0.pt", "p2-rank0.pt", "p2-rank1.pt"], "p1-rank0.pt", ("p2-rank0.pt",), id="same ending"),
        pytest.param(["p1-rank0.pt", "p1-rank1.pth"], "p1-rank0.pt", (), id="another ending"),
        pytest.param(["step-1", "step-2", "b/step-2-unfinished"], "step-2", (), id="a marker elsewhere"),
        pytest.param(["step-1/", "step-2/", "step-1/done.json"], "step-1/", ("step-2/",), id="a file that it lacks"),
        pytest.param(["step-1/", "step-2/", "step-1/old/done"], "step-1/", ("step-2/",), id="another such file"),
        pytest.param(["step-1/", "step-2/", "step-1/old/done/x"], "step-1/", ("step-2/",), id="a directory within it"),
        pytest.param(["step-1/", "step-2/", "step-1/other.json"], "step-2/", (), id="a file that no one has"),
        pytest.param(["n1.bin", "n02.bin", "DONE_1"], "n1.bin", ("n02.bin",), id="a file beside it"),
        pytest.param(["n1.bin", "n02.bin", "DONE_1", "DONE_02"], "n02.bin", (), id="the text of a field"),
    ],
)
@pytest.mark.parametrize("select", [latest, furthest])
def test_selection_passes_over_a_checkpoint_that_is_not_whole(
    select: Any,  # noqa: ANN401 - either function
    names: list[str],
    chosen: str | None,
    passed_over: tuple[str, ...],
    recwarn: pytest.WarningsRecorder,
) -> None:
    assert select(names, registry=TEAM) == chosen
    warned = [warning.message for warning in recwarn]
    assert [message.names for message in warned if isinstance(message, UncertainLatestWarning)] == (
        [passed_over] if passed_over else []
    )


def test_best_passes_over_an_unfinished_checkpoint() -> None:
    names = ["best-acc-0.5", "best-acc-0.75", "best-acc-0.75-unfinished"]

    with pytest.warns(UncertainLatestWarning, match=r"'best-acc-0\.75'"):
        found = best(names, metric="acc", registry=TEAM)

    assert found == names[0]


def test_marker_of_another_framework_does_not_count_where_the_framework_is_given() -> None:
    names = ["p2-rank0", "p2-rank0-unfinished"]

    assert latest(names, framework="bee", registry=TEAM) == "p2-rank0"


def test_selection_takes_a_time_linear_in_names_with_markers() -> None:
    def seconds(count: int) -> float:
        names = [text for n in range(count) for text in (f"step-{n}/", f"step-{n}/done.json")]
        start = time.process_time()
        assert latest([*names, "step-999999/"], registry=TEAM) == f"step-{count - 1}/"
        return time.process_time() - start

    with pytest.warns(UncertainLatestWarning):
        few, many = (min(seconds(count) for _ in range(3)) for count in (500, 4000))

    assert many < 8 * few * 3
