"""The modules that an import of the package loads, and the names that the package offers."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import ckpt_scheme
from ckpt_scheme import _match
from loading import loaded_by

RUN = "a-b_c_20251015_120000"


def _foreign(modules: set[str]) -> list[str]:
    return sorted(module for module in modules if module.partition(".")[0] != "ckpt_scheme")


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["import ckpt_scheme"], id="the package"),
        pytest.param(["from ckpt_scheme import RunId", f"RunId.parse({RUN!r}).format()"], id="run ids"),
        pytest.param(
            [
                "from ckpt_scheme import CheckpointName",
                "CheckpointName.parse('epoch-22_step-001932_hmean-0.8920_v1.ckpt').format()",
            ],
            id="checkpoint names",
        ),
        pytest.param(
            ["from ckpt_scheme import CheckpointPath", f"CheckpointPath.parse('x/{RUN}/checkpoints/last.ckpt')"],
            id="paths",
        ),
        pytest.param(["from ckpt_scheme import RunPattern", f"RunPattern(tag='a').matches({RUN!r})"], id="patterns"),
        pytest.param(["from ckpt_scheme import latest", "latest(['last.ckpt'])"], id="selection"),
        pytest.param(
            [
                "from ckpt_scheme import CheckpointName, NameSyntaxError",
                "try: CheckpointName.parse('x')",
                "except NameSyntaxError as error: str(error)",
            ],
            id="errors",
        ),
    ],
)
def test_the_core_loads_nothing_but_itself(statements: list[str]) -> None:
    assert _foreign(loaded_by(statements)) == []


def test_importing_the_package_loads_none_of_its_parts_that_few_need() -> None:
    loaded = loaded_by(["import ckpt_scheme"])

    assert loaded.isdisjoint(
        f"ckpt_scheme.{part}" for part in ("cli", "conformance", "legacy", "lightning", "migration", "patterns")
    )


def test_no_part_loads_a_framework_or_the_command_line() -> None:
    loaded = loaded_by(["from ckpt_scheme import *"])

    assert loaded.issuperset({"ckpt_scheme.legacy", "ckpt_scheme.conformance", "ckpt_scheme.patterns"})
    assert loaded.isdisjoint({"click", "lightning", "numpy", "pytorch_lightning", "rich", "torch", "ckpt_scheme._cli"})


# --------------------------------------------------------------------------------------------------------------------
# The names of the package.


ALIASES = {
    "AnyCheckpoint",
    "Compression",
    "Kind",
    "LabelField",
    "Mode",
    "Open",
    "Selectable",
}  # have no name of their own


@pytest.mark.parametrize("name", ckpt_scheme.__all__)
def test_every_listed_name_exists(name: str) -> None:
    value = getattr(ckpt_scheme, name)

    assert value is getattr(ckpt_scheme, name)
    assert name in ALIASES or getattr(value, "__name__", name).rpartition(".")[2] == name


def test_a_name_that_was_used_is_not_looked_up_again() -> None:
    assert ckpt_scheme.latest is vars(ckpt_scheme)["latest"]


def test_dir_lists_exactly_the_public_names() -> None:
    assert dir(ckpt_scheme) == sorted(ckpt_scheme.__all__)
    assert len(set(ckpt_scheme.__all__)) == len(ckpt_scheme.__all__)


@pytest.mark.parametrize("module", [ckpt_scheme, _match])
def test_an_unknown_name_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_the_types_are_shipped() -> None:
    assert Path(ckpt_scheme.__file__).with_name("py.typed").is_file()
