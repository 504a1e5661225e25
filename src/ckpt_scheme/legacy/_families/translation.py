"""The names of toolkits for text, most of all for translation: fairseq, AllenNLP, OpenNMT."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# fairseq counts epochs from 1 and updates as they are done. What sharded training writes is named as the checkpoint
# that it is a shard of; the parts of a model that is split by layers are parts, and nothing else.
_fairseq = partial(Format, framework="fairseq", source="facebookresearch/fairseq:fairseq/checkpoint_utils.py")
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
    # Up to 0.10, nothing stood behind the value.
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
    *(
        _average(format=f"average-{name}", template=f"{word}.pt", examples=(f"{word}.pt",))
        for name, word in (("model", "averaged_model"), ("unnumbered", "checkpoint_avg"), ("ave", "checkpoint_ave"))
    ),
    # Parts of one model.
    _part(
        format="epoch-part",
        template="checkpoint{epoch:plain}-{part:fairseq_part}-{rank:plain}.pt",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("checkpoint12-model_part-0.pt", "checkpoint12-rank-3.pt"),
    ),
    _part(
        format="updates-part",
        template="checkpoint_{epoch:plain}_{step:plain}-{part:fairseq_part}-{rank:plain}.pt",
        epoch_base=1,
        counts="updates",
        steps_behind=0,
        examples=("checkpoint_3_1000-model_part-0.pt",),
    ),
    _part(
        format="best-part",
        template="checkpoint_best-{part:fairseq_part}-{rank:plain}.pt",
        examples=("checkpoint_best-rank-1.pt",),
    ),
    _part(
        format="last-part",
        template="checkpoint_last-{part:fairseq_part}-{rank:plain}.pt",
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
_allennlp = partial(Format, framework="allennlp", source="allenai/allennlp:allennlp/training/checkpointer.py")
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

_opennmt = partial(Format, framework="opennmt-py", source="OpenNMT/OpenNMT-py:onmt/models/model_saver.py")
_opennmt_2018 = partial(
    _opennmt, source="OpenNMT/OpenNMT-py:onmt/Trainer.py at 0.1", epoch_base=1, counts="epochs", epochs_behind=0
)

_OPENNMT: Final = (
    _opennmt(
        format="step",
        kind="step",
        template="{prefix:opennmt_prefix}_step_{step:plain}",
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

FORMATS: Final = (*_FAIRSEQ, *_ALLENNLP, *_OPENNMT)
