"""The names of NeMo, which joins the name of an experiment and what Lightning inserts with ``--``.

Its checkpoints are files, or directories without an extension; the count of samples is printed as a float. Its epochs
count from 0.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._reading import Kind

_RECIPES: Final = "NVIDIA/NeMo:nemo/collections/llm/recipes/log/default.py"
_MANAGER: Final = "NVIDIA/NeMo:nemo/utils/exp_manager.py"

_nemo = partial(
    declare,
    "nemo",
    source="NVIDIA/NeMo:nemo/utils/callbacks/nemo_model_checkpoint.py",
    entry="any",
    epoch_base=0,
    extensions=(".ckpt", "-v{version:count}.ckpt", "", "-v{version:count}"),
)

_RANKS: Final = (
    "mp_rank_{tp_rank:padded2}/",
    "tp_rank_{tp_rank:padded2}_pp_rank_{pp_rank:padded3}/",
)

_OLD: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("epoch", "epoch", "QuartzNet5x3_2e02_libri---val_wer=0.08-epoch=97.ckpt"),
    ("step", "step", "megatron_gpt---val_loss=2.50-step=500.ckpt"),
)

_ENDS: Final[tuple[tuple[str, Kind, str, dict[str, Any]], ...]] = (
    ("last", "last", "last", {}),
    ("end", "final", "end", {}),
    ("average", "average", "EMA", {"ema": True}),
    ("last-average", "average", "last-EMA", {"ema": True}),
)

FORMATS: Final = (
    _nemo(
        "named-epoch",
        "epoch",
        "{prefix:nemo_prefix}--{logged:logged_epoch}",
        *("QuartzNet15x5--val_wer=0.1234-epoch=49.ckpt", "llama3--val_loss=2.10-step=9-epoch=0", "m--epoch=3-v1.ckpt"),
    ),
    _nemo(
        "named-step",
        "step",
        "{prefix:nemo_prefix}--{logged:logged_step}",
        "megatron_gpt_prompt_tune--val_loss=3.401-step=500.ckpt",
        "megatron_gpt--val_loss=2.50-step=500-consumed_samples=128000.0.ckpt",
        "model_name=0--val_loss=2.50-step=500-consumed_samples=128000.0",
        counts="steps",
    ),
    *(
        _nemo(
            f"old-named-{what}",
            kind,
            f"{{prefix:nemo_prefix}}---{{logged:logged_{what}}}",
            example,
            source=_MANAGER,
        )
        for what, kind, example in _OLD
    ),
    _nemo(
        "named-measured",
        "metric",
        "{prefix:nemo_prefix}--{logged:measured}",
        "conformer--val_wer=0.0812.ckpt",
    ),
    # Without a name it is told from what Lightning itself writes by the count of samples.
    _nemo(
        "sampled-epoch",
        "epoch",
        "{logged:sampled_epoch}",
        "val_loss=1.25-step=10-epoch=0-consumed_samples=80.0.ckpt",
        source=_RECIPES,
    ),
    _nemo(
        "sampled-step",
        "step",
        "{logged:sampled_step}",
        "val_loss=-1.25-step=10-consumed_samples=1000000000.0.ckpt",
        source=_RECIPES,
        counts="steps",
    ),
    # The last, the last of a run that ended, the average of weights, each by what stands at the very end.
    *(
        _nemo(
            f"{what}-{name}",
            kind,
            f"{start}-{end}",
            *(f"{example}-{end}.ckpt" for example in examples),
            extras=extras,
        )
        for what, kind, end, extras in _ENDS
        for name, start, examples in (
            (
                "named",
                "{prefix:nemo_prefix}--{logged:logged}",
                (
                    "QuartzNet15x5--val_wer=0.1234-epoch=49",
                    "megatron_gpt--val_loss=5.01-step=1000-consumed_samples=16000.0",
                ),
            ),
            ("logged", "{logged:logged}", ("step=16-epoch=1", "epoch=0-step=8")),
            ("only-named", "{prefix:nemo_prefix}-", ("mymodel-",)),
        )
    ),
    _nemo(
        "last-hyphenated",
        "last",
        "{prefix:label}-last",
        "mp_autoresume-last.ckpt",
        source="NVIDIA/NeMo:docs/source/nlp/megatron.rst",
        extensions=(".ckpt",),
        entry="file",
    ),
    # A marker beside a checkpoint that must not be used.
    *(
        _nemo(
            f"unfinished-{name}",
            "pointer",
            f"{template}-unfinished",
            f"{example}-unfinished",
            source="NVIDIA/NeMo:nemo/utils/callbacks/nemo_model_checkpoint.py",
            extensions=(),
            extras={"incomplete": True},
            entry="file",
        )
        for name, template, example in (
            ("last", "{prefix:nemo_prefix}--last", "mymodel--last"),
            ("named", "{prefix:nemo_prefix}--{logged:logged}", "megatron_gpt--val_loss=2.50-step=500"),
            ("named-last", "{prefix:nemo_prefix}--{logged:logged}-last", "megatron_gpt--val_loss=2.50-step=500-last"),
            ("logged", "{logged:logged}", "step=16-epoch=1"),
            ("logged-last", "{logged:logged}-last", "step=16-epoch=1-last"),
        )
    ),
    # One rank's part, in a directory of that rank.
    *(
        _nemo(
            f"rank-{name}",
            "shard",
            f"{rank}{template}",
            f"{example}{file}",
            source=_MANAGER,
            extensions=(".ckpt",),
            entry="file",
        )
        for what, rank, example in (
            ("tensor", _RANKS[0], "mp_rank_01/"),
            ("pipeline", _RANKS[1], "tp_rank_00_pp_rank_001/"),
        )
        for name, template, file in (
            (what, "{prefix:nemo_prefix}--{logged:logged}", "megatron_gpt--val_loss=2.50-step=500.ckpt"),
            (
                f"{what}-last",
                "{prefix:nemo_prefix}--{logged:logged}-last",
                "megatron_gpt--val_loss=2.50-step=500-consumed_samples=128000.0-last.ckpt",
            ),
        )
    ),
    # The archive of a run that ended; an older one of the same name is moved out of the way.
    _nemo(
        "archive",
        "final",
        "{prefix:name}",
        *("megatron_gpt.nemo", "megatron_gpt-v1.nemo"),
        extensions=(".nemo", "-v{version:count}.nemo"),
        entry="file",
    ),
)
