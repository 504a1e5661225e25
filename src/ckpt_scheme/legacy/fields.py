"""The types that a field of a template can have: what texts it takes, and what they are worth.

`parse` reads what its own field types allow, and that is too much for names: a plain field takes any text and stops at
the first chance, ``:d`` takes ``0x16``, ``+2`` and a blank before the number. So every field of a template has one of
the types below, each a pattern that neither its neighbours nor a reader can mistake. None of them repeats a repetition
without something between that only one of the two can be, so a match takes a time linear in the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, final

import attrs

from ckpt_scheme import _grammar


@final
@attrs.frozen
class FieldType:
    """What a field of a template can hold.

    Args:
        pattern: Its texts; without groups.
        longest: None of them is longer.
        convert: What makes a value of the text, or None where the text is the value. Where the value is a mapping, it
            is one of several fields, whose names and values it holds; where it is None, the text is no such field.
        shape: The one `shape` that all of them have, or None where they have several.
        slashes: No text holds more of them.
        is_free: Whether the user or the run chooses the text, so that another format may well have written it.
    """

    pattern: str
    longest: int
    convert: Callable[[str], Any] | None = None
    shape: str | None = None
    slashes: int = 0
    is_free: bool = False


def shape(text: str) -> str:
    """Return *text* with one ``0`` for each run of digits: what the names of a format have in common."""
    return re.sub("[0-9]+", "0", text)


def _padded(width: int) -> FieldType:
    """Return the type of a number that is padded with zeros to *width* digits, and only grows longer if it must."""
    pattern = rf"(?:[0-9]{{{width}}}|[1-9][0-9]{{{width},{_grammar.MAX_DIGITS - 1}}})"
    return FieldType(pattern, _grammar.MAX_DIGITS, int, "0")


# What Python prints for a number: nan, inf and exponents with it.
_NUMBER: Final = r"(?:-?(?:[0-9]{1,22}(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?|inf)|nan)"
_NUMBER_LONGEST: Final = 59

# A "-" is what joins, so no name of a metric holds one here.
_KEY: Final = r"[A-Za-z][0-9A-Za-z_.@]{0,63}"
_WHOLE: Final = r"[0-9]{1,18}"
_PARTS: Final = 8


def _logged(text: str) -> dict[str, Any] | None:
    """Return what a list such as ``epoch=3-val_loss=0.12`` says, by field, or None if it says something twice."""
    said: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    for key, value in _LOGGED_PART.findall(text):
        if key in said or key in metrics:
            return None
        if key in ("epoch", "step"):
            said[key] = int(value)
        elif key == "consumed_samples":
            said[key] = float(value)
        elif key.endswith(("epoch", "step")) and value.isdecimal():
            return None  # a label of the user in front of the framework's, as in "model_epoch=3" and "epoch_epoch=3"
        else:
            metrics[key] = float(value)
    return {**said, "metrics": metrics}


def _that(
    has: tuple[str, ...], lacks: tuple[str, ...] = (), *, is_measured: bool = False
) -> Callable[[str], dict[str, Any] | None]:
    """Return `_logged`, which refuses a list without one of the fields *has*, or with one of those that it *lacks*."""

    def convert(text: str) -> dict[str, Any] | None:
        said = _logged(text)
        if said is None or not all(key in said for key in has) or any(key in said for key in lacks):
            return None
        if is_measured and (not said["metrics"] or text.startswith(("best_", "last_"))):
            return None  # a checkpoint that is called so
        return said

    return convert


# The first name of a metric in a list may hold a "/", that is, be split over two parts of a path, only where the first
# part is a word that names data: any other folder is a folder.
_SPLIT: Final = "(?:train|val|valid|validation|test|eval|dev)/"
_NUMBERED: Final = rf"(?:epoch|step)={_WHOLE}"
_FIRST: Final = rf"(?:{_NUMBERED}|(?!(?:epoch|step)=)(?:{_SPLIT})?{_KEY}={_NUMBER})"
_NEXT: Final = rf"(?:[-_](?:{_NUMBERED}|(?!(?:epoch|step)=){_KEY}(?:/{_KEY})?={_NUMBER}))"
_LIST: Final = rf"{_FIRST}{_NEXT}{{0,{_PARTS - 1}}}"
_LOGGED_LONGEST: Final = 11 + 64 + 1 + _NUMBER_LONGEST + (_PARTS - 1) * (1 + 64 + 1 + 64 + 1 + _NUMBER_LONGEST)
_LOGGED_PART: Final = re.compile(rf"(?:^|[-_])([A-Za-z][0-9A-Za-z_.@/]*)=({_NUMBER})(?=[-_]|$)")


def _owner(text: str) -> dict[str, Any]:
    """Return whose sidecar it is, and what the numbers in its name are."""
    numbers = {key: int(number) for key, number in re.findall(r"(?<![A-Za-z])(epoch|step)[=_-]([0-9]{1,18})", text)}
    return {"of": f"{text}.ckpt", **numbers}


def _dated(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d/%H-%M-%S")  # noqa: DTZ007 - what a name says is naive
    except ValueError:  # no such day
        return None


def _list(convert: Callable[[str], dict[str, Any] | None]) -> FieldType:
    return FieldType(_LIST, _LOGGED_LONGEST, convert, slashes=_PARTS, is_free=True)


def _one_of(*texts: str) -> FieldType:
    """Return the type of one of several words."""
    shapes = {shape(text) for text in texts}
    pattern = f"(?:{'|'.join(map(re.escape, texts))})"
    return FieldType(pattern, max(map(len, texts)), shape=shapes.pop() if len(shapes) == 1 else None)


def _moment(*units: str) -> datetime | None:
    """Return the time of year, month, day, hour, minute, second and microsecond, or None if there is none such."""
    day, time, fraction = "-".join(units[:3]), ":".join(units[3:6]), "".join(units[6:])
    try:
        return datetime.fromisoformat(f"{day}T{time or '00'}{'.' if fraction else ''}{fraction}")
    except ValueError:
        return None


def _spelled_moment(text: str) -> datetime | None:
    """Return the time whose units are the numbers of *text*, the largest first."""
    return _moment(*re.findall("[0-9]+", text))


def _coqui_moment(text: str) -> datetime | None:
    """Return the time of such as ``October-12-2023_02+15PM``, whatever the locale."""
    month, day, year, hour, minute = re.split("[-_+]", text)
    hours = int(hour) % 12 + 12 * minute.endswith("PM")
    return _moment(year, f"{_MONTHS.index(month) + 1:02}", day, f"{hours:02}", minute[:2])


def _day(text: str) -> datetime | None:
    return _moment(text[:4], text[4:6], text[6:])


def _hyphenated_stamp(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("-", "_"))


def _minute(text: str) -> datetime | None:
    return _moment(text[:4], text[4:6], text[6:8], text[9:11], text[11:])


def _dataset_minute(text: str) -> dict[str, Any]:
    """Return the run and its time, of such as ``coco20171029T2315``."""
    return {"run": text, "timestamp": _minute(text[-13:])}


def _unsaid(_: str) -> dict[str, Any]:
    """Return no field at all: the text says nothing that is not said elsewhere."""
    return {}


_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _digits(width: int) -> FieldType:
    return FieldType(rf"[0-9]{{{width}}}", width, int, "0")


def _hex(width: int) -> FieldType:
    return FieldType(rf"[0-9a-f]{{{width}}}", width)


_DATED: Final = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3])-[0-5][0-9]-[0-5][0-9]"
_NAME: Final = "[0-9A-Za-z_.+-]"


def _free(pattern: str, longest: int) -> FieldType:
    return FieldType(pattern, longest, is_free=True)


# What only one framework writes, or a few. A prefix that the user chooses is bounded by what may not be in it, so that
# no two formats of a framework read the same name, and where every file ends so, by what it must hold.
_OF_FRAMEWORKS: Final[Mapping[str, FieldType]] = {
    # Numbers.
    "digits3": _digits(3),
    "digits4": _digits(4),
    "digits5": _digits(5),
    "digits6": _digits(6),
    "digits8": _digits(8),
    "digits6to9": FieldType(r"[0-9]{6,9}", 9, int, "0"),
    "digits20": FieldType(r"[0-9]{1,20}", 20, None, "0"),
    "zero": FieldType("0", 1, int, "0"),
    "positive": FieldType(rf"[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}}", _grammar.MAX_DIGITS, int, "0"),
    "negative": FieldType(rf"-[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}}", _grammar.MAX_DIGITS + 1, int, "-0"),
    "digits1to4": FieldType(r"[0-9]{1,4}", 4, int, "0"),
    "up_to_999": FieldType(r"(?:0|[1-9][0-9]{0,2})", 3, int, "0"),
    "up_to_999999": FieldType(r"(?:0|[1-9][0-9]{0,5})", 6, int, "0"),
    "vits_step": FieldType(
        rf"(?!2333333(?![0-9]))(?:0|[1-9][0-9]{{0,{_grammar.MAX_DIGITS - 1}}})", _grammar.MAX_DIGITS, int, "0"
    ),
    "rvc_sentinel": FieldType("2333333", 7, int, "0"),
    "decimals2to3": FieldType(r"-?[0-9]{1,11}\.[0-9]{2,3}", 16, float),
    "tie": FieldType(r"[0-9]{1,2}", 2, None, "0"),  # written behind the decimals of a value
    "hex6": _hex(6),
    "hex7to10": FieldType("[0-9a-f]{7,10}", 10),
    "hex8": _hex(8),
    "hex32": _hex(32),
    # Times.
    "day": FieldType(_grammar.DATE, 8, _day, "0"),
    "dashed_time": FieldType(f"{_DATED}-{_CLOCK}", 19, _spelled_moment, "0-0-0-0-0-0"),
    "plus_time": FieldType(rf"{_DATED}\+{_CLOCK}", 19, _spelled_moment, "0-0-0+0-0-0"),
    "ray_second": FieldType(f"{_DATED}_{_CLOCK}", 19, _spelled_moment, "0-0-0_0-0-0"),
    "ray_time": FieldType(rf"{_DATED}_{_CLOCK}\.[0-9]{{6}}", 26, _spelled_moment, "0-0-0_0-0-0.0"),
    "hyphenated_stamp": FieldType(f"{_grammar.DATE}-{_grammar.TIME}", 15, _hyphenated_stamp, "0-0"),
    "coqui_time": FieldType(
        rf"(?:{'|'.join(_MONTHS)})-(?:0[1-9]|[12][0-9]|3[01])-20[0-9]{{2}}_(?:0[1-9]|1[0-2])\+[0-5][0-9][AP]M",
        25,
        _coqui_moment,
    ),
    "minute": FieldType(rf"{_grammar.DATE}T(?:[01][0-9]|2[0-3])[0-5][0-9]", 13, _minute, "0T0"),
    "dataset_minute": FieldType(
        rf"[A-Za-z][A-Za-z_-]{{0,31}}{_grammar.DATE}T(?:[01][0-9]|2[0-3])[0-5][0-9]", 45, _dataset_minute, is_free=True
    ),
    # Words.
    "joiner": FieldType("[-_]", 1, _unsaid),
    "unsaid": FieldType(r"[0-9]{1,8}", 8, _unsaid, "0"),
    "net_role": FieldType(r"[A-Z][0-9A-Za-z_]{0,15}", 16),
    "net": FieldType(r"net_[a-z][0-9A-Za-z]{0,15}(?:_[0-9A-Za-z]{1,16})?", 37),
    "fairseq_part": FieldType("(?:model_part|rank)", 10, _unsaid),
    "opennmt_prefix": _free(rf"(?!checkpoint|ckpt|epoch|last|best|global)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "averaged": _one_of("averaged_model", "checkpoint_avg", "checkpoint_ave", "model_avg"),
    "unfinished_fairseq": FieldType(
        r"(?:[0-9]{1,9}|_best|_last|_[0-9]{1,9}_[0-9]{1,18}|\.best_[0-9A-Za-z_.-]{1,64})", 70
    ),
    "criterion": FieldType(r"(?:train|valid)\.[A-Za-z][0-9A-Za-z_]{0,47}", 54),
    "espnet1_metric": _one_of("loss", "acc", "cer", "wer", "cer_ctc", "loss_ctc", "l1"),
    "espnet1_average": _one_of("last", "val", "val_cer"),
    "recoverable": FieldType(
        "(?:brain|counter|optimizer|normalizer|tokenizer|scheduler|lr_annealing|dataloader-(?:TRAIN|VALID|TEST))", 16
    ),
    "speechbrain_name": _free(r"(?![0-9]{4}-[0-9])[0-9A-Za-z][0-9A-Za-z_.=-]{0,63}", 64),
    "measure": _free(r"(?!model_)[0-9A-Za-z][0-9A-Za-z_.@:%-]{0,63}", 64),
    "vision_metric": FieldType(
        r"(?:(?:coco_)?(?:bbox|segm|keypoints|proposal)_mAP(?:_[0-9a-z]{1,3})?|mAP|mIoU|mDice|mAcc|aAcc|PCK|AP|AR@[0-9]{1,4}"
        "|NME|AUC|EPE|top[15]_acc|accuracy_top-[15])",
        24,
    ),
    "letters": _free(r"[A-Za-z][A-Za-z_-]{0,31}", 32),
    "four_modules": _free(r"[A-Za-z]{1,16}(?:-[A-Za-z]{1,16}){3}", 67),
    "seeded_run": _free(r"(?:[A-Za-z]{1,16}-){4}Seed[0-9]{1,9}", 81),
    # Prefixes.
    "released": _free(
        rf"(?!(?:epoch|iter|step|best|lit)[-_]|checkpoint|model_)[A-Za-z](?:(?!_[0-9]{{8}}-){_NAME}){{0,95}}", 96
    ),
    "darknet_model": _free(
        rf"(?=(?:tiny-)?(?:yolo|darknet|resnet|densenet|extraction|vgg|csresnext)){_NAME}{{1,64}}", 64
    ),
    "darknet_release": _free(
        rf"(?=(?:tiny-)?(?:yolo|darknet|resnet|densenet|extraction|vgg|csresnext))(?:(?!_(?:[0-9]{{1,18}}|last|final|best)\.){_NAME}){{1,64}}",
        64,
    ),
    "caffe_release": _free(rf"[0-9A-Za-z](?:(?!_iter_){_NAME}){{0,63}}", 64),
    "ultralytics_run": _free("(?:train|exp|val|predict|track)-?(?:[2-9]|[1-9][0-9]{1,5})", 14),
    "yolo": _free(rf"(?=(?:v[12]-)?(?:tiny-)?yolo){_NAME}{{1,64}}", 64),
    "adapter": _free(
        "(?!(?i:epoch|step|best|last)[-_]|checkpoint|ckpt|cp-|bad-model|pretrained|(?:epoch|at|iter|step|network-snapshot|training-state|state)-)"
        rf"[A-Za-z]{_NAME}{{0,63}}",
        64,
    ),
    "named_adapter": _free(
        rf"(?={_NAME}{{0,63}}?(?:[Ll][Oo][Rr][Aa]|[Ll][Oo][Cc][Oo][Nn]|[Ll][Oo][Hh][Aa]|[Ll][Oo][Kk][Rr]|[Ll][Yy][Cc][Oo]"
        rf"|[Dd]reambooth|[Tt]extual_[Ii]nversion))(?!{_NAME}{{0,63}}-(?:[0-9]{{6}}|step[0-9]{{8}})\.)[A-Za-z]{_NAME}{{0,63}}",
        64,
    ),
    "trained": _free(rf"[A-Za-z](?:(?!-(?:[0-9]{{6}}|step[0-9]{{8}})-state){_NAME}){{0,63}}", 64),
    "tf_ckpt": _free(rf"(?!cp-[0-9])[0-9A-Za-z]{_NAME}{{0,63}}\.ckpt", 69),
    "tf_saver": _free(rf"(?!ckpt-[0-9]|train_ds-)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "keras_stem": _free(
        "(?:[A-Za-z][0-9A-Za-z]{0,31}[-_]){0,2}(?:model|weights|checkpoint|ckpt|cp|net|generator|discriminator)", 79
    ),
    "keras_fixed": _one_of("checkpoint", "checkpoint.model", "ckpt", "model", "weights", "my_model", "final_model"),
    "orbax_prefix": _one_of("checkpoint", "step", "ckpt"),
    "orbax_item": _free(rf"[A-Za-z]{_NAME}{{0,63}}", 64),
    "orbax_unnumbered": _free(rf"[A-Za-z_](?:(?!_[0-9]{{1,18}}\.orbax){_NAME}){{0,63}}", 64),
    "rl_games_name": _free(rf"(?!last_)[0-9A-Za-z]{_NAME}{{0,63}}", 64),
    "booster": _free("(?:[A-Za-z][0-9A-Za-z]{0,31}[-_])?(?:model|xgb|xgboost|booster|bst)", 40),
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
    "number": FieldType(_NUMBER, _NUMBER_LONGEST, float),
    # Times.
    "timestamp": FieldType(_grammar.TIMESTAMP, 15, datetime.fromisoformat, "0_0"),
    # Texts.
    "token": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}", 64, is_free=True),
    "tokens": FieldType(r"[A-Za-z][0-9A-Za-z-]{0,63}(?:_[0-9A-Za-z-]{1,64}){2,8}", 584, is_free=True),
    "word": FieldType(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}", 64, is_free=True),
    "encoder": FieldType(r"[A-Za-z][0-9A-Za-z_-]{0,63}", 64, is_free=True),
    "prefix": FieldType(r"(?!best_|epoch_)[A-Za-z](?:(?!_epoch_)[0-9A-Za-z_-]){0,63}", 64, is_free=True),
    "key": FieldType(_KEY, 64, is_free=True),
    "name": FieldType(r"[0-9A-Za-z][0-9A-Za-z_.+-]{0,95}", 96, is_free=True),
    "component": FieldType(r"[^/\x00-\x1f]{1,96}", 96, is_free=True),
    "hex": FieldType(r"[0-9a-f]{6,40}", 40),
    "label": FieldType(r"(?!(?:best|last|epoch|step)[-_]|on_exception-)[0-9A-Za-z](?:[0-9A-Za-z_.]|-(?!-)){0,63}", 64, is_free=True),
    "score": FieldType(rf"(?!(?:final_)?(?:epoch|iteration)=){_KEY}", 64, is_free=True),
    "tokens_seen": FieldType(r"[0-9]{1,9}[KMBT]", 10, shape=None),
    "nemo_prefix": FieldType(r"(?:model_name=0|[0-9A-Za-z](?:[0-9A-Za-z_.-]{0,94}[0-9A-Za-z_.])?)", 96, is_free=True),
    "mktemp": FieldType(r"(?![0-9]{8}(?![0-9A-Za-z_]))[0-9a-z_]{8}", 8),
    "trial": FieldType(r"run-[0-9A-Za-z_-]{1,64}", 68, is_free=True),
    "stage": FieldType(r"(?!(?:model|runner)\.)[A-Za-z](?:[0-9A-Za-z]|[-_](?![0-9])){0,63}", 64, is_free=True),
    "other_prefix": FieldType(r"(?!best_)[A-Za-z][0-9A-Za-z_-]{0,63}", 64, is_free=True),
    "actor_critic": _one_of("actor", "critic", "reward_model"),
    "run_of_composer": FieldType(r"(?:(?!ep[0-9]{1,18}-)[0-9A-Za-z_.+-]){1,96}", 96, is_free=True),
    "padded6to7": FieldType(r"(?:[0-9]{6}|[1-9][0-9]{6})", 7, int, "0"),
    "lit_adapter": _one_of("lora", "adapter", "adapter_v2"),
    "uuid": FieldType(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 36),
    # Lists of what was logged, as in "epoch=3-val_loss=0.12", by what they say. The measured ones hold a metric, the
    # sampled ones a count of samples, which none of the others does.
    "logged": _list(_that(())),
    "logged_epoch": _list(_that(("epoch",))),
    "logged_unsampled": _list(_that((), ("consumed_samples",))),
    "logged_rest": _list(_that((), ("epoch",))),
    "logged_step": _list(_that(("step",), ("epoch",))),
    "measured": _list(_that((), ("epoch", "step", "consumed_samples"), is_measured=True)),
    "measured_epoch": _list(_that(("epoch",), ("consumed_samples",), is_measured=True)),
    "measured_step": _list(_that(("step",), ("epoch", "consumed_samples"), is_measured=True)),
    "sampled_epoch": _list(_that(("epoch", "consumed_samples"))),
    "sampled_step": _list(_that(("step", "consumed_samples"), ("epoch",))),
    **_OF_FRAMEWORKS,
    # What one project wrote.
    "owner": FieldType(r"(?:best|last|epoch)[0-9A-Za-z_=-]{0,120}", 125, _owner, is_free=True),
    "run_index": FieldType(r"[0-9]{1,9}", 9, lambda text: {"run": text, "run_index": int(text)}, "0"),
    "dated": FieldType(f"{_DATED}/{_CLOCK}", 19, _dated, "0-0-0/0-0-0", slashes=1),
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
