"""The names of toolkits for speech and text: translation, recognition, synthesis, conversion."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy.formats import LegacyFormat

# fairseq counts epochs from 1 and updates as they are done. What sharded training writes is named as the checkpoint
# that it is a shard of; the parts of a model that is split by layers are parts, and nothing else.
_fairseq = partial(LegacyFormat, framework="fairseq", source="facebookresearch/fairseq:fairseq/checkpoint_utils.py")
_average = partial(_fairseq, kind="average", source="facebookresearch/fairseq:scripts/average_checkpoints.py")
_part = partial(_fairseq, kind="shard", source="facebookresearch/fairseq:fairseq/distributed/utils.py")

_FAIRSEQ: Final = (
    _fairseq(
        format="epoch",
        kind="epoch",
        template="checkpoint{epoch:plain}.pt",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("checkpoint12.pt", "checkpoint1.pt"),
    ),
    _fairseq(
        format="epoch-shard",
        kind="epoch",
        template="checkpoint{epoch:plain}-shard{shard:plain}.pt",
        source="facebookresearch/fairseq:fairseq/trainer.py",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("checkpoint12-shard0.pt",),
    ),
    _fairseq(
        format="updates",
        kind="step",
        template="checkpoint_{epoch:plain}_{step:plain}.pt",
        epoch_base=1,
        counts="updates",
        steps_behind=0,
        examples=("checkpoint_3_1000.pt", "checkpoint_1_5000.pt"),
    ),
    _fairseq(
        format="updates-shard",
        kind="step",
        template="checkpoint_{epoch:plain}_{step:plain}-shard{shard:plain}.pt",
        source="facebookresearch/fairseq:fairseq/trainer.py",
        epoch_base=1,
        counts="updates",
        steps_behind=0,
        examples=("checkpoint_3_1000-shard0.pt",),
    ),
    _fairseq(format="best", kind="best", template="checkpoint_best.pt", examples=("checkpoint_best.pt",)),
    _fairseq(
        format="best-shard",
        kind="best",
        template="checkpoint_best-shard{shard:plain}.pt",
        source="facebookresearch/fairseq:fairseq/trainer.py",
        examples=("checkpoint_best-shard0.pt",),
    ),
    _fairseq(format="last", kind="last", template="checkpoint_last.pt", examples=("checkpoint_last.pt",)),
    _fairseq(
        format="last-shard",
        kind="last",
        template="checkpoint_last-shard{shard:plain}.pt",
        source="facebookresearch/fairseq:fairseq/trainer.py",
        examples=("checkpoint_last-shard1.pt",),
    ),
    # Behind the three decimals of the value stands a random number that tells equal values apart.
    _fairseq(
        format="kept-best",
        kind="best",
        template="checkpoint.best_{metric:key}_{value:decimal3}{tie_digits:tie}.pt",
        examples=("checkpoint.best_loss_2.3502.pt", "checkpoint.best_bleu_27.1002.pt"),
    ),
    _fairseq(
        format="kept-best-shard",
        kind="best",
        template="checkpoint.best_{metric:key}_{value:decimal3}{tie_digits:tie}-shard{shard:plain}.pt",
        examples=("checkpoint.best_loss_4.1006-shard0.pt",),
    ),
    # Before 0.11, nothing stood behind the value.
    _fairseq(
        format="kept-best-untied",
        kind="best",
        template="checkpoint.best_{metric:key}_{value:decimals2to3}.pt",
        source="facebookresearch/fairseq:fairseq/checkpoint_utils.py at v0.10.0",
        examples=("checkpoint.best_bleu_27.10.pt",),
    ),
    _fairseq(
        format="crash",
        kind="interrupted",
        template="crash.pt",
        source="facebookresearch/fairseq:fairseq/trainer.py",
        examples=("crash.pt",),
    ),
    _fairseq(
        format="unfinished",
        kind="temp",
        template="checkpoint{suffix:unfinished_fairseq}.pt.tmp",
        extras={"incomplete": True},
        examples=("checkpoint_last.pt.tmp", "checkpoint12.pt.tmp"),
    ),
    # The user names an average; these are the names that the documentation uses.
    _average(format="average", template="checkpoint.avg{n_averaged:plain}.pt", examples=("checkpoint.avg10.pt",)),
    _average(
        format="average-underscored",
        template="checkpoint_ave_{n_averaged:plain}.pt",
        examples=("checkpoint_ave_10.pt",),
    ),
    _average(
        format="average-unnumbered",
        template="{prefix:averaged}.pt",
        examples=("averaged_model.pt", "checkpoint_avg.pt", "model_avg.pt"),
    ),
    # Parts of one model.
    _part(
        format="epoch-part",
        template="checkpoint{epoch:plain}-{role:fairseq_part}-{rank:plain}.pt",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("checkpoint12-model_part-0.pt", "checkpoint12-rank-3.pt"),
    ),
    _part(
        format="updates-part",
        template="checkpoint_{epoch:plain}_{step:plain}-{role:fairseq_part}-{rank:plain}.pt",
        epoch_base=1,
        counts="updates",
        steps_behind=0,
        examples=("checkpoint_3_1000-model_part-0.pt",),
    ),
    _part(
        format="best-part",
        template="checkpoint_best-{role:fairseq_part}-{rank:plain}.pt",
        examples=("checkpoint_best-rank-1.pt",),
    ),
    _part(
        format="last-part",
        template="checkpoint_last-{role:fairseq_part}-{rank:plain}.pt",
        examples=("checkpoint_last-model_part-0.pt",),
    ),
    _part(
        format="loaded-part",
        template="{prefix:word}_part{shard:plain}.pt",
        source="facebookresearch/fairseq:fairseq/checkpoint_utils.py",
        examples=("checkpoint_last_part0.pt", "model_part1.pt"),
    ),
)

# AllenNLP 2 writes the epochs that are done and the batches of the next; before, the epoch that was just done.
_allennlp = partial(LegacyFormat, framework="allennlp", source="allenai/allennlp:allennlp/training/checkpointer.py")
_allennlp_v1 = partial(_allennlp, source="allenai/allennlp:allennlp/training/checkpointer.py at v1.0.0", epoch_base=0)

_ALLENNLP: Final = (
    _allennlp(
        format="epoch",
        kind="epoch",
        template="model_state_e{epoch:plain}_b{step:zero}.th",
        counts="epochs done, then batches of the next",
        epochs_behind=0,
        extras={"step_scope": "in_epoch"},
        examples=("model_state_e3_b0.th",),
    ),
    _allennlp(
        format="batch",
        kind="step",
        template="model_state_e{epoch:plain}_b{step:positive}.th",
        counts="epochs done, then batches of the next",
        epochs_behind=0,
        extras={"step_scope": "in_epoch"},
        examples=("model_state_e3_b500.th",),
    ),
    _allennlp(
        format="shard",
        kind="shard",
        template="model_state_e{epoch:plain}_b{step:plain}_w{rank:plain}.th",
        counts="epochs done, then batches of the next",
        epochs_behind=0,
        extras={"step_scope": "in_epoch"},
        examples=("model_state_e3_b500_w1.th",),
    ),
    _allennlp(
        format="training-state",
        kind="aux",
        template="training_state_e{epoch:plain}_b{step:plain}.th",
        counts="epochs done, then batches of the next",
        epochs_behind=0,
        extras={"step_scope": "in_epoch"},
        examples=("training_state_e3_b0.th",),
    ),
    _allennlp(
        format="training-state-shard",
        kind="aux",
        template="training_state_e{epoch:plain}_b{step:plain}_w{rank:plain}.th",
        counts="epochs done, then batches of the next",
        epochs_behind=0,
        extras={"step_scope": "in_epoch"},
        examples=("training_state_e3_b0_w1.th",),
    ),
    _allennlp_v1(
        format="v1-epoch",
        kind="epoch",
        template="model_state_epoch_{epoch:plain}.th",
        counts="epochs",
        epochs_behind=1,
        examples=("model_state_epoch_3.th",),
    ),
    _allennlp_v1(
        format="v1-training-state",
        kind="aux",
        template="training_state_epoch_{epoch:plain}.th",
        counts="epochs",
        epochs_behind=1,
        examples=("training_state_epoch_3.th",),
    ),
    # Within an epoch the time is written, and the epoch is the one that goes on.
    _allennlp_v1(
        format="v1-time",
        kind="epoch",
        template="model_state_epoch_{epoch:plain}.{timestamp:dashed_time}.th",
        counts="epochs",
        examples=("model_state_epoch_3.2020-05-01-12-00-00.th",),
    ),
    _allennlp_v1(
        format="v1-time-training-state",
        kind="aux",
        template="training_state_epoch_{epoch:plain}.{timestamp:dashed_time}.th",
        counts="epochs",
        examples=("training_state_epoch_3.2020-05-01-12-00-00.th",),
    ),
    _allennlp(format="best", kind="best", template="best.th", examples=("best.th",)),
    _allennlp(
        format="released-weights",
        kind="best",
        template="weights.th",
        source="allenai/allennlp:allennlp/models/archival.py",
        examples=("weights.th",),
    ),
    _allennlp(
        format="archive",
        kind="release",
        template="model.tar.gz",
        source="allenai/allennlp:allennlp/models/archival.py",
        examples=("model.tar.gz",),
    ),
)

_espnet = partial(LegacyFormat, framework="espnet", source="espnet/espnet:espnet2/train/trainer.py")
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

_opennmt = partial(LegacyFormat, framework="opennmt-py", source="OpenNMT/OpenNMT-py:onmt/models/model_saver.py")
_opennmt_2018 = partial(
    _opennmt, source="OpenNMT/OpenNMT-py:onmt/Trainer.py at 0.1", epoch_base=1, counts="epochs", epochs_behind=0
)

_OPENNMT: Final = (
    _opennmt(
        format="step",
        kind="step",
        template="{prefix:name}_step_{step:plain}",
        extensions=(".pt", ".safetensors"),
        counts="steps",
        steps_behind=0,
        examples=("model-lm_step_1000000.pt", "wmt14.en-de_step_50000.pt", "model_step_10000.safetensors"),
    ),
    _opennmt_2018(
        format="epoch",
        kind="epoch",
        template="{prefix:name}_acc_{acc:number}_ppl_{ppl:number}_e{epoch:plain}.pt",
        metrics=("acc", "ppl"),
        examples=("wmt14.en-de_acc_69.22_ppl_4.33_e9.pt",),
    ),
    _opennmt_2018(
        format="released-epoch",
        kind="release",
        template="{prefix:name}_acc_{acc:number}_ppl_{ppl:number}_e{epoch:plain}.light.pt",
        metrics=("acc", "ppl"),
        extras={"suffix": "light"},
        examples=("wmt14.en-de_acc_69.22_ppl_4.33_e9.light.pt",),
    ),
)

_coqui = partial(LegacyFormat, framework="coqui-tts", source="coqui-ai/Trainer:trainer/io.py")
_PTH: Final = (".pth", ".pth.tar")

_COQUI: Final = (
    _coqui(
        format="step",
        kind="step",
        template="checkpoint_{step:plain}",
        extensions=_PTH,
        counts="steps",
        steps_behind=0,
        examples=("checkpoint_1000.pth", "checkpoint_260000.pth.tar"),
    ),
    _coqui(
        format="best-step",
        kind="best",
        template="best_model_{step:plain}",
        extensions=_PTH,
        counts="steps",
        steps_behind=0,
        examples=("best_model_1000.pth",),
    ),
    _coqui(
        format="best",
        kind="best",
        template="best_model",
        extensions=_PTH,
        examples=("best_model.pth", "best_model.pth.tar"),
    ),
    _coqui(
        format="run",
        kind="run_dir",
        template="{run_name:name}-{timestamp:coqui_time}-{commit:hex7}",
        source="coqui-ai/Trainer:trainer/generic_utils.py",
        entry="directory",
        examples=("ljspeech-October-12-2023_02+15PM-0000000",),
    ),
)

_speechbrain = partial(
    LegacyFormat, framework="speechbrain", source="speechbrain/speechbrain:speechbrain/utils/checkpoints.py"
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
    # What is in such a directory. "model.ckpt" is there too, but that is everybody's.
    _speechbrain(
        format="recoverable",
        kind="aux",
        template="{role:recoverable}.ckpt",
        source="speechbrain/speechbrain:speechbrain/core.py",
        examples=("brain.ckpt", "counter.ckpt", "dataloader-TRAIN.ckpt", "optimizer.ckpt", "normalizer.ckpt"),
    ),
)

# icefall began with epoch 0 and begins with 1 today.
_icefall = partial(LegacyFormat, framework="icefall", source="k2-fsa/icefall:icefall/checkpoint.py")
_recipe = partial(_icefall, source="k2-fsa/icefall:egs/librispeech/ASR/zipformer/train.py")
_wenet = partial(LegacyFormat, framework="wenet", source="wenet-e2e/wenet:wenet/utils/checkpoint.py")
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

# VITS writes a generator and a discriminator. RVC does too, and if it keeps one only, under a number that is no step.
_vits = partial(LegacyFormat, framework="vits", source="jaywalnut310/vits:train.py", counts="steps", steps_behind=0)
_rvc = partial(
    LegacyFormat,
    framework="rvc",
    source="RVC-Project/Retrieval-based-Voice-Conversion-WebUI:infer/modules/train/train.py",
    counts="steps",
)

_CONVERSION: Final = (
    _vits(
        format="generator",
        kind="step",
        template="G_{step:vits_step}.pth",
        extras={"role": "generator"},
        examples=("G_10000.pth", "G_0.pth"),
    ),
    _vits(
        format="discriminator",
        kind="aux",
        template="D_{step:vits_step}.pth",
        extras={"role": "discriminator"},
        examples=("D_10000.pth",),
    ),
    _vits(
        format="duration-discriminator",
        kind="aux",
        template="DUR_{step:vits_step}.pth",
        source="fishaudio/Bert-VITS2:train_ms.py",
        extras={"role": "duration discriminator"},
        examples=("DUR_10000.pth",),
    ),
    _rvc(
        format="generator",
        kind="step",
        template="G_{step:vits_step}.pth",
        steps_behind=0,
        extras={"role": "generator"},
        examples=("G_10000.pth",),
    ),
    _rvc(
        format="discriminator",
        kind="aux",
        template="D_{step:vits_step}.pth",
        steps_behind=0,
        extras={"role": "discriminator"},
        examples=("D_10000.pth",),
    ),
    _rvc(
        format="only-generator",
        kind="last",
        template="G_{sentinel_step:rvc_sentinel}.pth",
        extras={"role": "generator"},
        examples=("G_2333333.pth",),
    ),
    _rvc(
        format="only-discriminator",
        kind="aux",
        template="D_{sentinel_step:rvc_sentinel}.pth",
        extras={"role": "discriminator"},
        examples=("D_2333333.pth",),
    ),
    _rvc(
        format="weights",
        kind="epoch",
        template="{prefix:name}_e{epoch:plain}_s{step:plain}.pth",
        epoch_base=1,
        epochs_behind=0,
        steps_behind=0,
        examples=("myvoice_e100_s2500.pth",),
    ),
)

FORMATS: Final = (
    *_FAIRSEQ,
    *_ALLENNLP,
    *_ESPNET,
    *_OPENNMT,
    *_COQUI,
    *_SPEECHBRAIN,
    *_NEXT_GENERATION,
    *_CONVERSION,
)
