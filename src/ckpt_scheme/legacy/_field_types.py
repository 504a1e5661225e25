"""The types that a field of a template can have: what texts it takes, and what they are worth.

`parse` reads what its own field types allow, and that is too much for names: a plain field takes any text and stops at
the first chance, ``:d`` takes ``0x16``, ``+2`` and a blank before the number. So every field of a template has one of
the types below, each a pattern that neither its neighbours nor a reader can mistake. None of them repeats a repetition
without something between that only one of the two can be, so a match takes a time linear in the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ckpt_scheme import _grammar
from ckpt_scheme.legacy._field_type import FieldType, digits, free, hexadecimal, one_of
from ckpt_scheme.legacy._logged import KEY, LISTS, NUMBER, NUMBER_LONGEST
from ckpt_scheme.legacy._moments import COQUI_TIME, TIMES


def _padded(width: int) -> FieldType:
    """Return the type of a number that is padded with zeros to *width* digits, and only grows longer if it must."""
    pattern = rf"(?:[0-9]{{{width}}}|[1-9][0-9]{{{width},{_grammar.MAX_DIGITS - 1}}})"
    return FieldType(pattern, _grammar.MAX_DIGITS, int, "0")


def _owner(text: str) -> dict[str, Any]:
    """Return whose sidecar it is, and what the numbers in its name are."""
    numbers = {key: int(number) for key, number in re.findall(r"(?<![A-Za-z])(epoch|step)[=_-]([0-9]{1,18})", text)}
    return {"of": f"{text}.ckpt", **numbers}


# The evaluators of OpenMMLab, by the word that they put before the "/" of each metric.
_EVALUATORS: Final = re.compile(
    "^(acc|accuracy|cityscapes|coco_panoptic|coco-wholebody|coco|crowd_human|crowdpose|icdar|kie|lvis|multi-label"
    "|openimages|pascal_voc|recog|retrieval|single-label|test)_"
)


def _evaluated(text: str) -> str:
    """Return the metric's name with its "/", for which MMEngine writes "_", where the evaluator is known."""
    return _EVALUATORS.sub(r"\1/", text)


def _unsaid(_: str) -> dict[str, Any]:
    """Return no field at all: the text says nothing that is not said elsewhere."""
    return {}


_NAME: Final = "[0-9A-Za-z_.+-]"

# What only one framework writes, or a few. A prefix that the user chooses is bounded by what may not be in it, so that
# no two formats of a framework read the same name, and where every file ends so, by what it must hold.
_OF_FRAMEWORKS: Final[Mapping[str, FieldType]] = {
    # Numbers.
    "digits4": digits(4),
    "digits5": digits(5),
    "digits6": digits(6),
    "digits7": digits(7),
    "digits8": digits(8),
    "digits6to9": FieldType(r"[0-9]{6,9}", 9, int, "0"),
    "digits20": FieldType(r"[0-9]{1,20}", 20, None, "0"),
    "zero": FieldType("0", 1, int, "0"),
    "positive": FieldType(rf"[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}}", _grammar.MAX_DIGITS, int, "0"),
    "negative": FieldType(rf"-[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}}", _grammar.MAX_DIGITS + 1, int, "-0"),
    "second": FieldType(r"(?:[2-9]|[1-9][0-9]{1,5})", 6, int, "0"),  # or later
    "digits1to4": FieldType(r"[0-9]{1,4}", 4, int, "0"),
    "up_to_999": FieldType(r"(?:0|[1-9][0-9]{0,2})", 3, int, "0"),
    "up_to_999999": FieldType(r"(?:0|[1-9][0-9]{0,5})", 6, int, "0"),
    "vits_step": FieldType(
        rf"(?!2333333(?![0-9]))(?:0|[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}})", _grammar.MAX_DIGITS, int, "0"
    ),
    "rvc_sentinel": FieldType("2333333", 7, int, "0"),
    "decimals2to3": FieldType(r"-?[0-9]{1,11}\.[0-9]{2,3}", 16, float),
    "tie": FieldType(r"[0-9]{1,2}", 2, None, "0"),  # written behind the decimals of a value
    "hex6": hexadecimal(6),
    "hex7to10": FieldType("[0-9a-f]{7,10}", 10),
    "hex8": hexadecimal(8),
    "hex32": hexadecimal(32),
    # Words.
    "joiner": FieldType("[-_]", 1, _unsaid),
    "unsaid": FieldType(r"[0-9]{1,8}", 8, _unsaid, "0"),
    "net_role": FieldType(r"[A-Z][0-9A-Za-z_]{0,15}", 16),
    "net": FieldType(r"net_[a-z][0-9A-Za-z]{0,15}(?:_[0-9A-Za-z]{1,16})?", 37),
    "fairseq_part": FieldType("(?:model_part|rank)", 10, _unsaid),
    "opennmt_prefix": free(rf"(?!checkpoint|ckpt|epoch|last|best|global)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "unfinished_fairseq": FieldType(
        r"(?:[0-9]{1,9}|_best|_last|_[0-9]{1,9}_[0-9]{1,18}|\.best_[0-9A-Za-z_.-]{1,64})", 70
    ),
    "criterion": FieldType(r"(?:train|valid)\.[A-Za-z][0-9A-Za-z_]{0,47}", 54),
    "espnet1_metric": one_of("loss", "acc", "cer", "wer", "cer_ctc", "loss_ctc", "l1"),
    "espnet1_average": one_of("last", "val", "val_cer"),
    "recoverable": FieldType(
        "(?:brain|counter|optimizer|normalizer|tokenizer|scheduler|lr_annealing|dataloader-(?:TRAIN|VALID|TEST))", 16
    ),
    "coqui_run": free(rf"{_NAME}{{1,96}}-{COQUI_TIME}-[0-9a-f]{{7,10}}", 133),
    "speechbrain_name": free(r"(?![0-9]{4}-[0-9])[0-9A-Za-z][0-9A-Za-z_.=-]{0,63}", 64),
    "measure": free(r"(?!model_)[0-9A-Za-z][0-9A-Za-z_.@:%-]{0,63}", 64),
    "evaluated": FieldType(r"(?!model_)[0-9A-Za-z][0-9A-Za-z_.@:%-]{0,63}", 64, _evaluated, is_free=True),
    "vision_metric": FieldType(
        r"(?:(?:coco_)?(?:bbox|segm|keypoints|proposal)_mAP(?:_[0-9a-z]{1,3})?|mAP|mIoU|mDice|mAcc|aAcc|PCK|AP|AR@[0-9]{1,4}"
        "|NME|AUC|EPE|top[15]_acc|accuracy_top-[15])",
        22,
    ),
    "letters": free(r"[A-Za-z][A-Za-z_-]{0,31}", 32),
    "four_modules": free(r"[A-Za-z]{1,16}(?:-[A-Za-z]{1,16}){3}", 67),
    "seeded_run": free(r"(?:[A-Za-z]{1,16}-){4}Seed[0-9]{1,9}", 81),
    # Prefixes.
    "released": free(
        rf"(?!(?:epoch|iter|step|best|lit)[-_]|checkpoint|model_)[A-Za-z](?:(?!_[0-9]{{8}}-){_NAME}){{0,95}}", 96
    ),
    "darknet_model": free(
        rf"(?=(?:tiny-)?(?:yolo|darknet|resnet|densenet|extraction|vgg|csresnext)){_NAME}{{1,64}}", 64
    ),
    "darknet_release": free(
        rf"(?=(?:tiny-)?(?:yolo|darknet|resnet|densenet|extraction|vgg|csresnext))(?:(?!_(?:[0-9]{{1,18}}|last|final|best)\.){_NAME}){{1,64}}",
        64,
    ),
    "caffe_release": free(rf"[0-9A-Za-z](?:(?!_iter_){_NAME}){{0,63}}", 64),
    "not_a_detector": free(rf"(?!(?:v[12]-)?(?:tiny-)?yolo)[0-9A-Za-z]{_NAME}{{0,95}}", 96),
    "yolo": free(rf"(?=(?:v[12]-)?(?:tiny-)?yolo){_NAME}{{1,64}}", 64),
    "adapter": free(
        "(?!(?i:epoch|step|best|last)[-_]|checkpoint|ckpt|cp-|bad-model|pretrained|(?:epoch|at|iter|step|network-snapshot|training-state|state)-)"
        rf"[A-Za-z]{_NAME}{{0,63}}",
        64,
    ),
    "named_adapter": free(
        rf"(?={_NAME}{{0,63}}?(?:[Ll][Oo][Rr][Aa]|[Ll][Oo][Cc][Oo][Nn]|[Ll][Oo][Hh][Aa]|[Ll][Oo][Kk][Rr]|[Ll][Yy][Cc][Oo]"
        rf"|[Dd]reambooth|[Tt]extual_[Ii]nversion))(?!{_NAME}{{0,63}}-(?:[0-9]{{6}}|step[0-9]{{8}})\.)[A-Za-z]{_NAME}{{0,63}}",
        64,
    ),
    "trained": free(rf"[A-Za-z](?:(?!-(?:[0-9]{{6}}|step[0-9]{{8}})-state){_NAME}){{0,63}}", 64),
    "tf_ckpt": free(rf"(?!cp-[0-9])[0-9A-Za-z]{_NAME}{{0,63}}\.ckpt", 69),
    "tf_saver": free(rf"(?!ckpt-[0-9]|train_ds-)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "tf_named": free(rf"(?!ckpt-[0-9]|train_ds-|{_NAME}{{0,63}}\.ckpt-)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "keras_stem": free(
        "(?:[A-Za-z][0-9A-Za-z]{0,31}[-_]){0,2}(?:model|weights|checkpoint|ckpt|cp|net|generator|discriminator)", 79
    ),
    "keras_fixed": one_of("checkpoint", "checkpoint.model", "ckpt", "model", "weights", "my_model", "final_model"),
    "orbax_prefix": one_of("checkpoint", "step", "ckpt"),
    "orbax_item": free(rf"[A-Za-z]{_NAME}{{0,63}}", 64),
    "orbax_unnumbered": free(rf"[A-Za-z_](?:(?!_[0-9]{{1,18}}\.orbax){_NAME}){{0,63}}", 64),
    "rl_games_name": free(rf"(?!last_)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "booster": free("(?:[A-Za-z][0-9A-Za-z]{0,31}[-_])?(?:model|xgb|xgboost|booster|bst)", 40),
}


FIELD_TYPES: Final[Mapping[str, FieldType]] = {
    # Numbers.
    "count": FieldType(rf"[0-9]{{1,{_grammar.MAX_DIGITS}}}", _grammar.MAX_DIGITS, int, "0"),
    "plain": FieldType(rf"(?:0|[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}})", _grammar.MAX_DIGITS, int, "0"),
    **{f"padded{width}": _padded(width) for width in range(2, 11)},
    "digits": FieldType(r"[0-9]{1,18}", 18, None, "0"),
    "decimal": FieldType(r"-?[0-9]{1,11}\.[0-9]{1,17}", 30, float),
    "decimal2": FieldType(r"-?[0-9]{1,11}\.[0-9]{2}", 15, float),
    "decimal3": FieldType(r"-?[0-9]{1,11}\.[0-9]{3}", 16, float),
    "decimal4": FieldType(r"-?[0-9]{1,11}\.[0-9]{4}", 17, float),
    "number": FieldType(NUMBER, NUMBER_LONGEST, float),
    # Times.
    "timestamp": FieldType(_grammar.TIMESTAMP, 15, datetime.fromisoformat, "0_0"),
    # Texts.
    "token": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}", 64, is_free=True),
    "tokens": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}(?:_[0-9A-Za-z-]{1,64}){2,8}", 584, is_free=True),
    "word": FieldType(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64, is_free=True),
    "encoder": FieldType(r"[A-Za-z][0-9A-Za-z_-]{0,63}", 64, is_free=True),
    "prefix": FieldType(r"(?!best_|epoch_)[A-Za-z](?:(?!_epoch_)[0-9A-Za-z_-]){0,63}", 64, is_free=True),
    "key": FieldType(KEY, 64, is_free=True),
    "name": FieldType(r"[0-9A-Za-z][0-9A-Za-z_.+-]{0,95}", 96, is_free=True),
    "component": FieldType(r"[^/\x00-\x1f]{1,96}", 96, is_free=True),
    "hex": FieldType(r"[0-9a-f]{6,40}", 40),
    "label": FieldType(
        r"(?!(?:best|last|epoch|step)[-_]|on_exception-)[0-9A-Za-z](?:-?[0-9A-Za-z_.+]){0,63}", 127, is_free=True
    ),
    "score": FieldType(rf"(?!(?:final_)?(?:epoch|iteration)=){KEY}", 64, is_free=True),
    "tokens_seen": FieldType(r"[0-9]{1,9}[KMBT]", 10, shape=None),
    "nemo_prefix": FieldType(r"(?:model_name=0|[0-9A-Za-z](?:[0-9A-Za-z_.-]{0,94}[0-9A-Za-z_.])?)", 96, is_free=True),
    "mktemp": FieldType(r"(?![0-9]{8}(?![0-9A-Za-z_]))[0-9a-z_]{8}", 8),
    "trial": FieldType(r"run-[0-9A-Za-z_-]{1,64}", 68, start="run-", is_free=True),
    # No version, such as "v1" in "v1.5".
    "stage": FieldType(
        r"(?!(?:model|runner)\.|[0-9A-Za-z_-]{0,60}[vV][0-9]{1,3}\.)[A-Za-z](?:[0-9A-Za-z]|[-_](?![0-9])){0,63}",
        64,
        is_free=True,
    ),
    "other_prefix": FieldType(r"(?!best_)[A-Za-z][0-9A-Za-z_-]{0,63}", 64, is_free=True),
    "actor_critic": one_of("actor", "critic", "reward_model"),
    "run_of_composer": FieldType(r"(?:(?!ep[0-9]{1,18}-)[0-9A-Za-z_.+-]){1,96}", 96, is_free=True),
    "padded6to7": FieldType(r"(?:[0-9]{6}|[1-9][0-9]{6})", 7, int, "0"),
    "lit_adapter": one_of("lora", "adapter", "adapter_v2"),
    "uuid": FieldType(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 36),
    **LISTS,
    **TIMES,
    **_OF_FRAMEWORKS,
    # What one project wrote.
    "owner": FieldType(r"(?:best|last|epoch)[0-9A-Za-z_=-]{0,120}", 125, _owner, is_free=True),
    "run_index": FieldType(r"[0-9]{1,9}", 9, lambda text: {"run": text, "run_index": int(text)}, "0"),
    "known_encoder": FieldType(r"(?!unknown_)[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64, is_free=True),
    "hyphenated": FieldType(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}(?:-[0-9A-Za-z_]{1,64}){1,3}", 259, is_free=True),
    "tag": FieldType(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}", 128, is_free=True),
    "known_model": FieldType(r"(?!unknown_)[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64, is_free=True),
    "phase": FieldType(_grammar.PHASE, 32, is_free=True),
    "val_loss": FieldType(r"val[_/]loss", 8, slashes=1),
    "hmean": FieldType(r"(?:val/)?hmean", 9, slashes=1),
    "val_f1": FieldType(r"val_f1", 6, shape="val_f0"),
    "loss": FieldType(r"loss", 4, shape="loss"),
}
"""The types that a field of a template can have: ``{epoch:count}``."""
