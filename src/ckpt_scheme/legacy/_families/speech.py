"""The names of toolkits for the recognition of speech."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_espnet = partial(Format, framework="espnet", source="espnet/espnet:espnet2/train/trainer.py")
_espnet_average = partial(_espnet, kind="average", source="espnet/espnet:espnet2/main_funcs/average_nbest_models.py")
_espnet1 = partial(_espnet, source="espnet/espnet:espnet/asr/asr_utils.py")

_ESPNET: Final = (
    _espnet(
        format="epoch",
        kind="epoch",
        template="{epoch:plain}epoch.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("35epoch.pth", "1epoch.pth"),
    ),
    _espnet(format="latest", kind="last", template="latest.pth", examples=("latest.pth",)),
    _espnet(format="state", kind="last", template="checkpoint.pth", examples=("checkpoint.pth",)),
    _espnet(
        format="best",
        kind="best",
        template="{metric_name:criterion}.best.pth",
        examples=("valid.acc.best.pth", "train.loss.best.pth", "valid.cer_ctc.best.pth"),
    ),
    _espnet_average(
        format="average",
        template="{metric_name:criterion}.ave_{n_averaged:plain}best.pth",
        examples=("valid.acc.ave_10best.pth",),
    ),
    _espnet_average(
        format="average-until-epoch",
        template="{metric_name:criterion}.ave_{n_averaged:plain}best.till{epoch:plain}epoch.pth",
        epoch_base=1,
        counts="epochs",
        examples=("valid.acc.ave_10best.till50epoch.pth",),
    ),
    _espnet_average(format="average-link", template="{metric_name:criterion}.ave.pth", examples=("valid.acc.ave.pth",)),
    # ESPnet 1, which stood on Chainer, hung no extension on.
    _espnet1(
        format="v1-epoch",
        kind="epoch",
        template="snapshot.ep.{epoch:plain}",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("snapshot.ep.30",),
    ),
    _espnet1(
        format="v1-iteration",
        kind="step",
        template="snapshot.iter.{step:plain}",
        counts="iterations",
        steps_behind=0,
        examples=("snapshot.iter.10000",),
    ),
    _espnet1(
        format="v1-best",
        kind="best",
        template="model.{metric_name:espnet1_metric}.best",
        examples=("model.loss.best", "model.acc.best"),
    ),
    _espnet1(
        format="v1-average",
        kind="average",
        template="model.{role:espnet1_average}{n_averaged:plain}.avg.best",
        source="espnet/espnet:utils/average_checkpoints.py",
        examples=("model.last10.avg.best", "model.val5.avg.best"),
    ),
)

_speechbrain = partial(
    Format, framework="speechbrain", source="speechbrain/speechbrain:speechbrain/utils/checkpoints.py"
)

_SPEECHBRAIN: Final = (
    _speechbrain(
        format="timestamp",
        kind="index",
        template="CKPT+{timestamp:plus_time}+{save_index:padded2}",
        entry="directory",
        counts="saves of the same second",
        examples=("CKPT+2024-01-02+03-04-05+00",),
    ),
    _speechbrain(
        format="named",
        kind="fixed",
        template="CKPT+{prefix:speechbrain_name}",
        entry="directory",
        examples=("CKPT+latest", "CKPT+epoch_20"),
    ),
    _speechbrain(format="meta", kind="sidecar", template="CKPT.yaml", examples=("CKPT.yaml",)),
    # What is in such a directory. "model.ckpt" alone is everybody's.
    _speechbrain(
        format="model",
        kind="shard",
        template="CKPT+{timestamp:plus_time}+{save_index:padded2}/model.ckpt",
        source="speechbrain/speechbrain:speechbrain/core.py",
        examples=("CKPT+2024-01-02+03-04-05+00/model.ckpt",),
    ),
    _speechbrain(
        format="recoverable",
        kind="aux",
        template="{role:recoverable}.ckpt",
        source="speechbrain/speechbrain:speechbrain/core.py",
        folders=("CKPT+{timestamp:plus_time}+{save_index:padded2}/",),
        examples=("brain.ckpt", "counter.ckpt", "dataloader-TRAIN.ckpt", "optimizer.ckpt", "normalizer.ckpt"),
    ),
)

# icefall began with epoch 0 and begins with 1 today.
_icefall = partial(Format, framework="icefall", source="k2-fsa/icefall:icefall/checkpoint.py")
_recipe = partial(_icefall, source="k2-fsa/icefall:egs/librispeech/ASR/zipformer/train.py")
_wenet = partial(Format, framework="wenet", source="wenet-e2e/wenet:wenet/utils/checkpoint.py")
_wenet_train = partial(_wenet, source="wenet-e2e/wenet:wenet/bin/train.py")

_NEXT_GENERATION: Final = (
    _icefall(
        format="batches",
        kind="step",
        template="checkpoint-{step:plain}.pt",
        counts="batches",
        steps_behind=0,
        examples=("checkpoint-10000.pt",),
    ),
    _recipe(
        format="epoch", kind="epoch", template="epoch-{epoch:plain}.pt", counts="epochs", examples=("epoch-30.pt",)
    ),
    _recipe(
        format="best-valid",
        kind="best",
        template="best-valid-loss.pt",
        extras={"metric_name": "valid-loss"},
        examples=("best-valid-loss.pt",),
    ),
    _recipe(
        format="best-train",
        kind="best",
        template="best-train-loss.pt",
        extras={"metric_name": "train-loss"},
        examples=("best-train-loss.pt",),
    ),
    _recipe(
        format="bad-model",  # written when a loss is not finite
        kind="interrupted",
        template="bad-model-{rank:plain}.pt",
        examples=("bad-model-0.pt",),
    ),
    _recipe(
        format="bad-model-first-warning",
        kind="interrupted",
        template="bad-model-first-warning-{rank:plain}.pt",
        examples=("bad-model-first-warning-0.pt",),
    ),
    _icefall(
        format="exported",
        kind="release",
        template="pretrained.pt",
        source="k2-fsa/icefall:egs/librispeech/ASR/zipformer/export.py",
        examples=("pretrained.pt",),
    ),
    _icefall(
        format="exported-average",
        kind="average",
        template="pretrained-epoch-{epoch:plain}-avg-{n_averaged:plain}.pt",
        source="k2-fsa/icefall:egs/librispeech/ASR/RESULTS.md",
        counts="epochs",
        examples=("pretrained-epoch-30-avg-9.pt",),
    ),
    _wenet(
        format="epoch",
        kind="epoch",
        template="{epoch:up_to_999}.pt",
        source="wenet-e2e/wenet:wenet/bin/train.py at v2.2.0",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("0.pt", "129.pt"),
    ),
    _wenet(
        format="epoch-sidecar",
        kind="sidecar",
        template="{epoch:up_to_999}.yaml",
        source="wenet-e2e/wenet:wenet/bin/train.py at v2.2.0",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("0.yaml",),
    ),
    _wenet_train(
        format="tagged-epoch",
        kind="epoch",
        template="epoch_{epoch:plain}",
        extensions=(".pt", ""),
        entry="any",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("epoch_5.pt", "epoch_5"),
    ),
    _wenet_train(
        format="tagged-epoch-sidecar",
        kind="sidecar",
        template="epoch_{epoch:plain}.yaml",
        epoch_base=0,
        counts="epochs",
        epochs_behind=1,
        examples=("epoch_5.yaml",),
    ),
    _wenet_train(
        format="tagged-step",
        kind="step",
        template="step_{step:plain}",
        extensions=(".pt", ""),
        entry="any",
        counts="steps",
        steps_behind=0,
        examples=("step_10000.pt", "step_10000"),
    ),
    _wenet_train(
        format="tagged-step-sidecar",
        kind="sidecar",
        template="step_{step:plain}.yaml",
        counts="steps",
        steps_behind=0,
        examples=("step_10000.yaml",),
    ),
    _wenet_train(format="initial", kind="fixed", template="init.pt", examples=("init.pt",)),
    _wenet_train(format="final", kind="final", template="final.pt", examples=("final.pt",)),
    _wenet(
        format="average",
        kind="average",
        template="avg_{n_averaged:plain}.pt",
        source="wenet-e2e/wenet:examples/aishell/s0/run.sh",
        examples=("avg_30.pt",),
    ),
    _wenet(
        format="average-unnumbered",
        kind="average",
        template="avg.pt",
        source="wenet-e2e/wenet:wenet/bin/average_model.py",
        examples=("avg.pt",),
    ),
)

FORMATS: Final = (*_ESPNET, *_SPEECHBRAIN, *_NEXT_GENERATION)
