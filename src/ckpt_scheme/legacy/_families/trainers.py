"""The names of the general trainers for PyTorch: Catalyst, Composer, fastai, skorch."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._reading import Kind

# Catalyst: parts are joined by dots.
_catalyst = partial(declare, "catalyst", source="catalyst-team/catalyst:catalyst/callbacks/checkpoint.py")
_catalyst_before = partial(_catalyst, source="catalyst-team/catalyst:catalyst/callbacks/checkpoint.py at v20.12")

_CATALYST: Final = (
    *(
        part
        for mode in ("model", "runner")
        for part in (
            _catalyst(
                f"{mode}-epoch",
                "epoch",
                f"{mode}.{{epoch:padded4}}.pth",
                f"{mode}.0004.pth",
                counts="epochs",
                epoch_base=1,
                epochs_behind=0,
            ),
            _catalyst(f"{mode}-best", "best", f"{mode}.best.pth", f"{mode}.best.pth"),
            _catalyst(f"{mode}-last", "last", f"{mode}.last.pth", f"{mode}.last.pth"),
            _catalyst(f"{mode}-storage", "sidecar", f"{mode}.storage.json", f"{mode}.storage.json"),
        )
    ),
    _catalyst_before(
        "stage",
        "epoch",
        "{stage:stage}.{epoch:plain}.pth",
        "train.3.pth",
        counts="epochs",
    ),
    _catalyst_before(
        "stage-full",
        "epoch",
        "{stage:stage}.{epoch:plain}_full.pth",
        "train.3_full.pth",
        counts="epochs",
        extras={"suffix": "full"},
    ),
    *(_catalyst_before(kind, kind, f"{kind}.pth", f"{kind}.pth") for kind in ("best", "last")),
    *(
        _catalyst_before(
            f"{kind}-full",
            kind,
            f"{kind}_full.pth",
            f"{kind}_full.pth",
            extras={"suffix": "full"},
        )
        for kind in ("best", "last")
    ),
    _catalyst_before(
        "iteration",
        "step",
        "{stage:stage}.epoch.{epoch:plain}.iter.{step:plain}.pth",
        "train.epoch.2.iter.100.pth",
        counts="steps",
    ),
    _catalyst_before(
        "exception",
        "interrupted",
        "{stage:stage}.{epoch:plain}.exception_{exception:word}.pth",
        "train.3.exception_KeyboardInterrupt.pth",
        counts="epochs",
    ),
)

# Composer: it counts the epochs and batches that were completed, and compresses by the extension.
_composer = partial(declare, "composer", source="mosaicml/composer:composer/callbacks/checkpoint_saver.py")

_ARCHIVES: Final = (
    "",
    ".pt",
    ".pt.bz2",
    ".pt.gz",
    ".pt.lz4",
    ".pt.xz",
    ".pt.zst",
    ".tar",
    ".tgz",
    ".tar.gz",
    ".pt.tar",
)
_RUN: Final = ("{run_name:component}/checkpoints/",)
_MOMENTS: Final[tuple[tuple[str, Kind, str, str], ...]] = (
    ("batch-of-epoch", "epoch", "ep{epoch:plain}-ba{step:plain}", "ep2-ba4"),
    ("epoch", "epoch", "ep{epoch:plain}", "ep2"),
    ("batch", "step", "ba{step:plain}", "ba4"),
)
_DONE: Final[dict[str, Any]] = {"epochs_behind": 0, "steps_behind": 0, "folders": _RUN}


def _numbered(kind: Kind) -> dict[str, Any]:
    return {"counts": "epochs" if kind == "epoch" else "batches", **_DONE}


_COMPOSER: Final = (
    *(
        part
        for moment, kind, template, example in _MOMENTS
        for part in (
            _composer(
                moment,
                kind,
                template,
                *(f"{example}.pt", example),
                extensions=_ARCHIVES,
                entry="any",
                **_numbered(kind),
            ),
            _composer(
                f"{moment}-rank",
                kind,
                f"{template}-rank{{rank:plain}}",
                *(f"{example}-rank0.pt", f"{example}-rank0.tgz", f"blazing-unicorn/checkpoints/{example}-rank0.pt"),
                extensions=_ARCHIVES,
                **_numbered(kind),
            ),
            _composer(
                f"{moment}-shards",
                kind,
                f"{template}-shards",
                f"{example}-shards",
                entry="directory",
                **_numbered(kind),
            ),
            _composer(
                f"{moment}-symlink",
                "pointer",
                f"{template}-rank{{rank:plain}}.pt.symlink",
                f"{example}-rank0.pt.symlink",
            ),
            _composer(
                f"{moment}-rank-run",
                kind,
                f"{{run_name:run_of_composer}}-{template}-rank{{rank:plain}}",
                f"blazing-unicorn-{example}-rank0.pt",
                extensions=_ARCHIVES,
                **{**_numbered(kind), "folders": ()},
            ),
            _composer(
                f"{moment}-underscored-rank",
                kind,
                f"{template}_rank{{rank:plain}}.pt",
                f"{example}_rank0.pt",
                source="mosaicml/composer:tests/trainer/test_fsdp_checkpoint.py",
                **_numbered(kind),
            ),
        )
    ),
    _composer(
        "token-of-epoch",
        "epoch",
        "{run_name:run_of_composer}-ep{epoch:plain}-batch{step:plain}-tie{token_in_epoch:plain}-rank{rank:plain}.pt",
        "blazing-unicorn-ep1-batch3-tie6-rank0.pt",
        source="mosaicml/composer:tests/utils/test_file_helpers.py",
        counts="epochs",
        epochs_behind=0,
    ),
    _composer(
        "all-counters",
        "epoch",
        "{run_name:run_of_composer}-ep{epoch:plain}-b{step:plain}-s{sample:plain}-t{token:plain}"
        "-bie{batch_in_epoch:plain}-sie{sample_in_epoch:plain}-tie{token_in_epoch:plain}.pt",
        "charging-chungus-ep1-b3-s6-t12-bie0-sie0-tie0.pt",
        source="mosaicml/composer:tests/utils/test_file_helpers.py",
        counts="epochs",
        epochs_behind=0,
    ),
    _composer(
        "latest",
        "last",
        "latest-rank{rank:plain}",
        *("latest-rank0.pt", "latest-rank0"),
        extensions=_ARCHIVES,
        folders=_RUN,
    ),
    _composer(
        "latest-symlink",
        "pointer",
        "latest-rank{rank:plain}.pt.symlink",
        "latest-rank0.pt.symlink",
        folders=_RUN,
    ),
    _composer(
        "shard",
        "shard",
        "ep{epoch:plain}-ba{step:plain}/__{rank:plain}_{shard:plain}.distcp",
        "ep0-ba2/__0_0.distcp",
        counts="epochs",
    ),
    _composer("bare-shard", "shard", "__{rank:plain}_{shard:plain}.distcp", "__0_0.distcp"),
)

_fastai = partial(declare, "fastai", source="fastai/fastai:fastai/callback/tracker.py")

_FASTAI: Final = (
    _fastai("best", "best", "model.pth", "model.pth"),
    _fastai(
        "epoch",
        "epoch",
        "model_{epoch:plain}.pth",
        "model_5.pth",
        counts="epochs",
        epoch_base=0,
        epochs_behind=1,
    ),
)

_skorch = partial(declare, "skorch", source="skorch-dev/skorch:skorch/callbacks/training.py")

_SKORCH: Final = (
    _skorch("best", "best", "params.pt", "params.pt"),
    _skorch(
        "epoch",
        "epoch",
        "params_{epoch:plain}.pt",
        "params_1.pt",
        counts="epochs",
        epoch_base=1,
        epochs_behind=0,
    ),
    _skorch("final", "final", "train_end_params.pt", "train_end_params.pt"),
    *(
        part
        for name in ("optimizer", "criterion")
        for part in (
            _skorch(name, "aux", f"{name}.pt", f"{name}.pt"),
            _skorch(f"final-{name}", "aux", f"train_end_{name}.pt", f"train_end_{name}.pt"),
        )
    ),
    _skorch("history", "sidecar", "history.json", "history.json"),
    _skorch("final-history", "sidecar", "train_end_history.json", "train_end_history.json"),
)

FORMATS: Final = (*_CATALYST, *_COMPOSER, *_FASTAI, *_SKORCH)
