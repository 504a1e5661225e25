"""The names that PyTorch Lightning's `ModelCheckpoint` writes, and those of the projects that only set its template.

A template of the user's is known by what Lightning inserts, ``key=value``. Its epochs count from 0; up to 1.6 the step
was one less than the number of optimizer steps, and a checkpoint may be written within an epoch, so how many epochs or
steps were completed is certain for none of them.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._reading import Kind

_REPOSITORY: Final = "Lightning-AI/pytorch-lightning:src/lightning/pytorch"
_VERSIONED: Final = (".ckpt", "-v{version:count}.ckpt")

# Sharded strategies write a directory of the same name.
_saved = partial(declare, entry="any", folders=("{run:component}/checkpoints/",), epoch_base=0)
_lightning = partial(_saved, "lightning", source=f"{_REPOSITORY}/callbacks/model_checkpoint.py")
_hydra_template = partial(
    _saved, "lightning-hydra-template", source="ashleve/lightning-hydra-template:configs/callbacks/default.yaml"
)
_parseq = partial(_saved, "parseq", source="baudm/parseq:train.py")

_CONSOLIDATED: Final[tuple[tuple[str, Kind, str, tuple[str, ...]], ...]] = (
    ("epoch", "epoch", "{logged:logged_epoch}", ("epoch=0-step=3.ckpt.consolidated",)),
    ("step", "step", "{logged:logged_step}", ("step=300.ckpt.consolidated",)),
    ("last", "last", "last", ("last.ckpt.consolidated",)),
    ("best", "best", "best", ("best.ckpt.consolidated",)),
)

FORMATS: Final = (
    # What it writes unless it is told otherwise.
    _lightning(
        "default",
        "epoch",
        "epoch={epoch:count}-step={step:count}.ckpt",
        *("epoch=67-step=18564.ckpt", "epoch=0-step=0.ckpt", "epoch=8-step=1845.ckpt"),
        *("epoch=999-step=87999.ckpt", "version_3/checkpoints/epoch=1-step=20.ckpt"),
        counts="steps",
    ),
    _lightning(
        "default-versioned",
        "epoch",
        "epoch={epoch:count}-step={step:count}-v{version:count}.ckpt",
        *("epoch=3-step=1200-v1.ckpt", "epoch=22-step=1932-v12.ckpt"),
        counts="steps",
    ),
    _lightning(
        "epoch-only",  # the default before 1.1
        "epoch",
        "epoch={epoch:count}.ckpt",
        *("epoch=28.ckpt", "epoch=10.ckpt", "epoch=003.ckpt", "version_1986332/checkpoints/epoch=415.ckpt"),
        counts="epochs",
    ),
    _lightning(
        "epoch-only-versioned", "epoch", "epoch={epoch:count}-v{version:count}.ckpt", "epoch=0-v1.ckpt", counts="epochs"
    ),
    _lightning(
        "last-versioned",  # versions began at 0 before 1.2
        "last",
        "last-v{version:count}.ckpt",
        *("last-v1.ckpt", "last-v0.ckpt", "last-v3.ckpt"),
    ),
    # What the user's template makes of it.
    _lightning(
        "step-only",
        "step",
        "step={step:count}",
        *("step=1000000.ckpt", "step=500-v1.ckpt"),
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "step-first",
        "epoch",
        "step={step:count}-epoch={epoch:count}",
        "step=16-epoch=1.ckpt",
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "underscored",
        "epoch",
        "epoch={epoch:count}_step={step:count}",
        *("epoch=28_step=23722.ckpt", "epoch=3_step=1200-v2.ckpt"),
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "measured-epoch",
        "epoch",
        "{logged:measured_epoch}",
        *("epoch=03-val_loss=0.12.ckpt", "epoch=3-lr=9.999999747378752e-06.ckpt", "epoch=3-acc=nan.ckpt"),
        *("epoch=3-neg=-0.25.ckpt", "epoch=3-lr=1.0e-05.ckpt", "epoch=003-epoch_test=003.ckpt"),
        *("epoch=3-step=1200-val_loss=0.12345600128173828.ckpt", "val_loss=0.30-epoch=7.ckpt"),
        *("epoch=4_val/loss=0.03000.ckpt", "epoch=02-val_loss=0.32-val_acc=0.91-v1.ckpt"),
        extensions=_VERSIONED,
    ),
    _lightning(
        "measured-step",
        "step",
        "{logged:measured_step}",
        *("step=2000-val_loss=1.50.ckpt", "val_loss=1.50-step=2000-v1.ckpt"),
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "measured",
        "metric",
        "{logged:measured}",
        *("mAP@0.50=0.2000.ckpt", "val_loss=0.12-val_acc=0.90.ckpt", "val/hmean=0.8920.ckpt"),
        extensions=_VERSIONED,
    ),
    # A word of the user's in front; where it joins with "_", only an epoch or a step shows where it ends.
    _lightning(
        "prefixed-epoch",
        "epoch",
        "{prefix:label}-{logged:logged_epoch}",
        *("sample-mnist-epoch=02-val_loss=0.32.ckpt", "model-epoch=3.ckpt", "unet-epoch=3-step=120-v1.ckpt"),
        extensions=_VERSIONED,
    ),
    _lightning(
        "prefixed-step",
        "step",
        "{prefix:label}-{logged:logged_step}",
        "model-step=2000-val_loss=1.50.ckpt",
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "prefixed-measured",
        "metric",
        "{prefix:label}-{logged:measured}",
        "model-val_loss=0.12.ckpt",
        extensions=_VERSIONED,
    ),
    _lightning(
        "prefixed-underscored",
        "epoch",
        "{prefix:label}_epoch={epoch:count}",
        *("model_epoch=3.ckpt", "model_epoch=3-v1.ckpt"),
        extensions=_VERSIONED,
        counts="epochs",
    ),
    *(
        _lightning(
            f"prefixed-underscored-{what}",
            "epoch",
            f"{{prefix:label}}_epoch={{epoch:count}}{joiner}{{logged:{logged}}}",
            *examples,
            extensions=_VERSIONED,
        )
        for what, joiner, logged, examples in (
            ("measured", "_", "logged_rest", ("model_epoch=3_step=120.ckpt", "model_epoch=3_val_loss=0.12.ckpt")),
            ("hyphenated", "-", "logged_rest", ("model_epoch=3-step=120.ckpt", "model_epoch=3-val_loss=0.12-v1.ckpt")),
        )
    ),
    # A label in the template and the same label inserted.
    _lightning(
        "doubled",
        "epoch",
        "epoch_epoch={epoch:count}_step_step={step:count}",
        *("epoch_epoch=03_step_step=001200.ckpt", "epoch_epoch=03_step_step=001200-v1.ckpt"),
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "doubled-hyphenated",
        "epoch",
        "epoch_epoch={epoch:count}-step_step={step:count}",
        "epoch_epoch=03-step_step=001200.ckpt",
        extensions=_VERSIONED,
        counts="steps",
    ),
    _lightning(
        "doubled-epoch",
        "epoch",
        "epoch_epoch={epoch:count}",
        "epoch_epoch=03.ckpt",
        extensions=_VERSIONED,
        counts="epochs",
    ),
    # The best and the last, by a word of the template or by `CHECKPOINT_NAME_LAST`, which may be a template too.
    *(
        _lightning(f"{kind}-{what}", kind, template, *examples, extensions=_VERSIONED)
        for kind in ("best", "last")
        for what, template, examples in (
            (
                "logged",
                f"{kind}-{{logged:logged_unsampled}}",
                (f"{kind}-epoch=2.ckpt", f"{kind}-epoch=2-val_loss=0.31.ckpt", f"{kind}-val_loss=0.31-v1.ckpt"),
            ),
            (
                "logged-underscored",
                f"{kind}_{{logged:logged_unsampled}}",
                (f"{kind}_epoch=2-step=300.ckpt", f"{kind}_val_loss=0.31.ckpt"),
            ),
            (
                "after-logged",
                f"{{logged:logged_unsampled}}-{kind}",
                (
                    f"epoch=3-{kind}.ckpt",
                    f"epoch=3-step=120-val_loss=0.31-{kind}-v1.ckpt",
                    f"val/hmean=0.8-{kind}.ckpt",
                ),
            ),
            ("after-logged-underscored", f"{{logged:logged_unsampled}}_{kind}", (f"epoch=3_{kind}.ckpt",)),
            (
                "prefixed",
                f"{kind}-{{prefix:label}}-{{logged:logged_unsampled}}",
                (f"{kind}-checkpoint-epoch=196-val/loss=8.83.ckpt",),
            ),
            (
                "prefixed-underscored",
                f"{kind}_{{prefix:label}}-{{logged:logged_unsampled}}",
                (f"{kind}_model-epoch=19-val_loss=0.31.ckpt",),
            ),
            (
                "prefixed-underscores",
                f"{kind}_{{prefix:label}}_epoch={{epoch:count}}",
                (f"{kind}_model_epoch=19.ckpt", f"{kind}_model_epoch=19-v1.ckpt"),
            ),
            (
                "prefixed-underscores-logged",
                f"{kind}_{{prefix:label}}_epoch={{epoch:count}}_{{logged:logged_rest}}",
                (f"{kind}_model_epoch=19_val_loss=0.31.ckpt",),
            ),
            (
                "prefixed-underscores-hyphenated",
                f"{kind}_{{prefix:label}}_epoch={{epoch:count}}-{{logged:logged_rest}}",
                (f"{kind}_model_epoch=19-val_loss=0.31.ckpt",),
            ),
        )
    ),
    _lightning("best-versioned", "best", "best-v{version:count}.ckpt", "best-v1.ckpt"),
    _lightning("fixed-versioned", "fixed", "{prefix:label}-v{version:count}.ckpt", "test-v2.ckpt", "my_model-v1.ckpt"),
    # One file made of a sharded checkpoint.
    *(
        _lightning(
            f"consolidated-{what}",
            kind,
            f"{template}.ckpt.consolidated",
            *examples,
            extras={"suffix": "consolidated"},
            entry="file",
        )
        for what, kind, template, examples in _CONSOLIDATED
    ),
    # What is written when a run is interrupted, and what the tuner leaves behind.
    _lightning(
        "on-exception",
        "interrupted",
        "on_exception",
        *("on_exception.ckpt", "on_exception-v1.ckpt"),
        source=f"{_REPOSITORY}/callbacks/on_exception_checkpoint.py",
        extensions=_VERSIONED,
        folders=(),
    ),
    _lightning(
        "pre-emption",
        "interrupted",
        "hpc_ckpt_{save_index:count}.ckpt",
        "hpc_ckpt_3.ckpt",
        source=f"{_REPOSITORY}/trainer/connectors/checkpoint_connector.py",
        folders=(),
        counts="saves",
    ),
    *(
        _lightning(
            what.replace("_", "-"),
            "temp",
            f".{what}_{{uuid:uuid}}.ckpt",
            f".{what}_6f1c0e9a-3c5e-4d0b-9a57-0d9b9c1d2f11.ckpt",
            source=f"{_REPOSITORY}/tuner/{module}.py",
            folders=(),
            entry="file",
        )
        for what, module in (("lr_find", "lr_finder"), ("scale_batch_size", "batch_size_scaling"))
    ),
    _lightning(
        "hyperparameters",
        "sidecar",
        "hparams.yaml",
        *("hparams.yaml", "version_3/hparams.yaml"),
        source="Lightning-AI/pytorch-lightning:src/lightning/pytorch/core/saving.py",
        folders=("{run:component}/",),
        entry="file",
    ),
    _lightning(
        "logger",
        "run_dir",
        "version_{version:count}",
        "version_3",
        source="Lightning-AI/pytorch-lightning:src/lightning/pytorch/loggers/tensorboard.py",
        folders=(),
        entry="directory",
    ),
    # Projects that set the template.
    _hydra_template(
        "epoch",
        "epoch",
        "epoch_{epoch:padded3}",
        *("epoch_003.ckpt", "epoch_012-v1.ckpt"),
        extensions=_VERSIONED,
        folders=(),
        counts="epochs",
    ),
    _parseq(
        "accuracy",
        "epoch",
        "epoch={epoch:count}-step={step:count}-val_accuracy={val_accuracy:number}-val_NED={val_NED:number}",
        *("epoch=10-step=5000-val_accuracy=95.1234-val_NED=97.5000.ckpt",),
        extensions=_VERSIONED,
        metrics=("val_accuracy", "val_NED"),
        counts="steps",
    ),
)
