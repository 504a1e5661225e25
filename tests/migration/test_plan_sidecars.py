"""`make_plan` renames the sidecars of a checkpoint with it."""

from __future__ import annotations

import attrs
import pytest

from ckpt_scheme.legacy import Registry
from ckpt_scheme.migration import Rename, make_plan
from plan_listings import FOLDER, NEW, OLD, check, check_all, declared, judged, link, listing_of, noted, plan_of


@pytest.mark.parametrize(
    ("name", "new"),
    [
        (f"{OLD}{suffix}", f"{NEW}{suffix}") if whole else (f"{OLD[:-5]}{suffix}", f"{NEW[:-5]}{suffix}")
        for whole in (True, False)
        for suffix in (
            *(".config.json", ".hparams.yaml", ".meta.toml", ".metadata.yml", ".metadata.txt", ".config.yaml"),
            *(".md5", ".sha256"),
        )
    ],
)
def test_sidecar_is_renamed_with_checkpoint(name: str, new: str) -> None:
    (rename,) = plan_of([OLD, name]).renames

    assert rename.sidecars == (Rename(f"{FOLDER}/{name}", f"{FOLDER}/{new}", "sidecar"),)


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"{OLD}.tmp",
            f"{OLD}.yaml",
            f"{OLD}.metadata",
            f"{OLD}.metadata.YAML",
            f"{OLD}metadata.yaml",
            f"{OLD}.md5.bak",
        ),
        *(f"{OLD}.config.json\n", "metadata.yaml", ".metadata.yaml", "epoch=12-step=10.metadata.yaml", f"x{OLD}.md5"),
    ],
)
def test_file_that_is_no_sidecar_is_not_renamed(name: str) -> None:
    (rename,) = plan_of([OLD, name]).renames

    assert rename.sidecars == ()


def test_sidecar_belongs_to_checkpoint_it_names_whole() -> None:
    registry = Registry([declared("epoch", "e{epoch:count}-{step:count}.ckpt"), declared("step", "e1-2.ckpt.ckpt")])

    plan = make_plan(listing_of(["e1-2.ckpt", "e1-2.ckpt.ckpt", "e1-2.ckpt.md5", "e1-2.md5"]), registry=registry)

    (rename,) = plan.renames

    assert [item.new for item in rename.sidecars] == [
        f"{FOLDER}/epoch-01_step-000002.ckpt.md5",
        f"{FOLDER}/epoch-01_step-000002.md5",
    ]


def test_sidecar_belongs_to_one_of_two_renamed_checkpoints() -> None:
    templates = {"epoch": "e{epoch:count}-{step:count}.ckpt", "step": "e{step:count}-{epoch:count}.ckpt.ckpt"}
    registry = Registry([attrs.evolve(declared("epoch", each), format=name) for name, each in templates.items()])

    plan = make_plan(listing_of(["e1-2.ckpt", "e1-2.ckpt.ckpt", "e1-2.ckpt.md5"]), registry=registry)

    assert [(item.new, [sidecar.new for sidecar in item.sidecars]) for item in plan.renames] == [
        (f"{FOLDER}/epoch-01_step-000002.ckpt", [f"{FOLDER}/epoch-01_step-000002.ckpt.md5"]),
        (f"{FOLDER}/epoch-02_step-000001.ckpt", []),
    ]


def test_sidecar_name_includes_line_feed() -> None:
    name = OLD.replace(".ckpt", ".a\nb.ckpt")

    plan = plan_of([OLD, name, f"{name}.md5"])

    check(judged(plan)[name], "conflict: no known format")
    # The sidecar belongs to the checkpoint that keeps its name.
    assert noted(plan, f"{FOLDER}/{name}", "keeps its name")
    assert not noted(plan, f"{FOLDER}/{name}.md5", "keeps its name")


def test_link_to_sidecar_is_retargeted() -> None:
    (rename,) = plan_of([OLD, f"{OLD}.md5", link(f"{FOLDER}/sum", f"{OLD}.md5")]).renames

    assert rename.links == ()

    ((relink,),) = [item.links for item in rename.sidecars]
    assert (relink.path, relink.old, relink.new) == (f"{FOLDER}/sum", f"{OLD}.md5", f"{NEW}.md5")


def test_link_through_sidecar_makes_checkpoint_conflict() -> None:
    plan = plan_of([OLD, f"{OLD}.md5", link(f"{FOLDER}/x", f"{OLD}.md5/.")])

    check_all(plan, {OLD: f"conflict: the link {FOLDER}/x"})


def test_sidecar_of_kept_checkpoint_is_not_noted() -> None:
    templates = (
        "e{epoch:count}-{step:count}.ckpt",
        *("e{epoch:count}-{step:count}.two.ckpt", "e{step:count}-{epoch:count}.two.ckpt"),
    )
    registry = Registry([attrs.evolve(declared("epoch", each), format=f"f{n}") for n, each in enumerate(templates)])

    plan = make_plan(
        listing_of(["e1-2.ckpt", "e1-2.two.ckpt", "e1-2.two.md5", "e1-2.none.ckpt", "e1-2.none.md5", "e1-2.md5sum"]),
        registry=registry,
    )

    check_all(
        plan,
        {
            "e1-2.ckpt": "rename: epoch-01_step-000002.ckpt",
            "e1-2.two.ckpt": "conflict: its name is ambiguous",
            "e1-2.none.ckpt": "conflict: no known format",
        },
    )
    assert [noted(plan, f"{FOLDER}/e1-2.{end}", "keeps its name") for end in ("two.md5", "none.md5", "md5sum")] == [
        False,
        False,
        True,
    ]
