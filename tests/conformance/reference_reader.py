"""A second reader of the scheme, written from ``docs/spec.md`` alone and sharing nothing with the library.

It cuts texts with string methods and counts with integers, for clarity and not for speed. It answers the vectors of the
levels core, patterns, selection and labels. ``mutants.py`` plants one mistake at a time in its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby, takewhile
from typing import Any, Final

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS: Final = "0123456789"
ALNUM: Final = LETTERS + DIGITS
# The characters that a label may hold after the first, and its longest length.
LABELS: Final = {
    "tag": ("_", 64),
    "architecture": ("_", 64),
    "encoder": ("_-", 64),
    "phase": ("-", 32),
    "metric": ("_", 64),
}
FIELDS: Final = ("epoch", "step", "metric", "value", "version")
# The forms of a checkpoint name in their order, each with the fields that it may have.
FORMS: Final[Mapping[str, Sequence[str]]] = {"best": FIELDS[2:], "epoch": FIELDS, "last": ()}
COMPRESSIONS: Final = {".tar": None, ".tar.gz": "gz", ".tar.zst": "zst", ".tar.xz": "xz"}
# In a glob a unit is one character or this.
DIGIT: Final = "[0-9]"


class RefusalError(ValueError):
    """The input is not in the scheme."""


def require(condition: bool) -> None:  # noqa: FBT001 - the condition is the subject
    if not condition:
        raise RefusalError


# --------------------------------------------------------------------------------------------------------------------
# Fields: from text, and to text.


def label(text: str, field: str) -> str:
    others, longest = LABELS[field]
    require(1 <= len(text) <= longest)
    require(text[0] in ALNUM)
    require(all(char in ALNUM + others for char in text[1:]))
    return text


def number(text: str, width: int) -> int:
    require(width <= len(text) <= 18)
    require(all(char in DIGITS for char in text))
    require(len(text) == width or text[0] != "0")
    return int(text)


def version_number(text: str) -> int:
    version = number(text, 1)
    require(version > 0)
    return version


def timestamp(text: str) -> str:
    """Return the timestamp of a name as ``YYYY-MM-DDTHH:MM:SS``."""
    require(len(text) == 15)
    require(text[8] == "_")
    require(all(char in DIGITS for char in text[:8] + text[9:]))
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[9:11]), int(text[11:13]), int(text[13:])
    require(year >= 1)
    require(1 <= month <= 12)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    february = 29 if leap else 28
    require(1 <= day <= (31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1])
    require(hour <= 23)
    require(minute <= 59)
    require(second <= 59)
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{text[13:]}"


def stamp(moment: str) -> str:
    """Return the timestamp that *moment*, ``YYYY-MM-DDTHH:MM:SS``, is in a name."""
    return moment.replace("-", "").replace(":", "").replace("T", "_")


def value(text: str) -> int:
    """Return a value in units of its fourth decimal."""
    negative = text.startswith("-")
    whole, _, decimals = text.removeprefix("-").partition(".")
    require(len(decimals) == 4)
    require(1 <= len(whole) <= 11)
    require(all(char in DIGITS for char in whole + decimals))
    require(len(whole) == 1 or whole[0] != "0")
    units = int(whole + decimals)
    require(not (negative and units == 0))
    return -units if negative else units


def rounded(text: str) -> int:
    """Return the double nearest to *text* in units of its fourth decimal, of two equally near the even one."""
    double = float(text)
    require(double - double == 0)  # neither infinite nor not a number
    units = round(Fraction(double) * 10_000)
    require(abs(units) < 10**15)
    return units


def decimal(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // 10_000}.{abs(units) % 10_000:04d}"


def integer(text: str, lowest: int) -> int:
    count = int(text)
    require(lowest <= count < 10**18)
    return count


# --------------------------------------------------------------------------------------------------------------------
# Names: from text.


def run_id(text: str) -> dict[str, Any]:
    require(text[-16:-15] == "_")
    head, moment = text[:-16], text[-15:]
    front, _, phase = head.rpartition("_")
    tag, _, model = front.partition("-")
    architecture, joined, encoder = model.partition("-")
    return {
        "tag": label(tag, "tag"),
        "architecture": label(architecture, "architecture"),
        "encoder": label(encoder, "encoder") if joined else None,
        "phase": label(phase, "phase"),
        "timestamp": timestamp(moment),
    }


def checkpoint_name(text: str) -> dict[str, Any]:
    """Return the form of a name and its five fields, None where the name has none."""
    stem, _, extension = text.rpartition(".")
    require(extension == "ckpt")
    name: dict[str, Any] = {"form": "last", **dict.fromkeys(FIELDS)}
    if stem == "last":
        return name
    front, _, end = stem.rpartition("_")
    if end.startswith("v") and "-" not in end:
        stem, name["version"] = front, version_number(end[1:])
    form, hyphen, rest = stem.partition("-")
    require(form in {"epoch", "best"})
    name["form"] = form
    measure = rest if hyphen else None
    if form == "epoch":
        epoch, _, rest = rest.partition("_")
        step, joiner, measure = rest.partition("_")
        require(step.startswith("step-"))
        name["epoch"], name["step"] = number(epoch, 2), number(step.removeprefix("step-"), 6)
        measure = measure if joiner else None
    if measure is not None:
        metric, _, score = measure.partition("-")
        name["metric"], name["value"] = label(metric, "metric"), value(score)
    return name


def run_directory(text: str) -> tuple[str | None, str]:
    root, slash, run = text.rpartition("/")
    run_id(run)
    require(not slash or root != "")
    require("\0" not in root)
    return (root if slash else None), run


def checkpoint_path(text: str) -> tuple[str | None, str, str]:
    directory, _, name = text.rpartition("/")
    front, _, folder = directory.rpartition("/")
    require(folder == "checkpoints")
    checkpoint_name(name)
    return (*run_directory(front), name)


def run_archive(text: str) -> tuple[str, str | None]:
    run, point, end = text.partition(".")
    run_id(run)
    require(point + end in COMPRESSIONS)
    return run, COMPRESSIONS[point + end]


# --------------------------------------------------------------------------------------------------------------------
# Names: to text, from fields as the vectors write them.

FIELD_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "tag": lambda text: label(text, "tag"),
    "architecture": lambda text: label(text, "architecture"),
    "encoder": lambda text: label(text, "encoder"),
    "phase": lambda text: label(text, "phase"),
    "timestamp": lambda text: timestamp(stamp(text)),
    "epoch": lambda text: integer(text, 0),
    "step": lambda text: integer(text, 0),
    "metric": lambda text: label(text, "metric"),
    "value": rounded,
    "version": lambda text: integer(text, 1),
}


def read_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are given, each as a name that has it is read."""
    return {
        field: None if given[field] is None else read(given[field])
        for field, read in FIELD_READERS.items()
        if field in given
    }


def run_text(given: Mapping[str, str | None]) -> str:
    fields = read_fields(given)
    model = fields["architecture"]
    if fields["encoder"] is not None:
        model += f"-{fields['encoder']}"
    return f"{fields['tag']}-{model}_{fields['phase']}_{stamp(fields['timestamp'])}"


def checkpoint_text(form: str, given: Mapping[str, str | None]) -> str:
    name: dict[str, Any] = {**dict.fromkeys(FIELDS), **read_fields(given)}
    require(all(name[field] is None for field in FIELDS if field not in FORMS[form]))
    require((name["metric"] is None) == (name["value"] is None))
    stem, joiner = form, "-"
    if form == "epoch":
        stem, joiner = f"epoch-{name['epoch']:02d}_step-{name['step']:06d}", "_"
    if name["metric"] is not None:
        stem += f"{joiner}{name['metric']}-{decimal(name['value'])}"
    if name["version"] is not None:
        stem += f"_v{name['version']}"
    return f"{stem}.ckpt"


def archive_text(run: str, compression: str | None) -> str:
    run_id(run)
    require(compression in COMPRESSIONS.values())
    return f"{run}.tar" if compression is None else f"{run}.tar.{compression}"


# --------------------------------------------------------------------------------------------------------------------
# Order and selection.


def known(field: Any) -> tuple[bool, Any]:  # noqa: ANN401 - a number, a text or None
    """Return a key that puts an absent field first."""
    return field is not None, field


def name_key(name: Mapping[str, Any]) -> tuple[Any, ...]:
    return list(FORMS).index(name["form"]), *(known(name[field]) for field in FIELDS)


def run_key(text: str) -> tuple[str, str]:
    return run_id(text)["timestamp"], text


def path_key(text: str) -> tuple[Any, ...]:
    root, run, name = checkpoint_path(text)
    return run_key(run), name_key(checkpoint_name(name)), known(root)


def readable(texts: Iterable[str], *forms: str) -> list[tuple[str, dict[str, Any], str]]:
    """Return directory, name and text of the checkpoints of those forms."""
    found: list[tuple[str, dict[str, Any], str]] = []
    for text in texts:
        directory, _, last = text.rpartition("/")
        try:
            name = checkpoint_name(last)
        except RefusalError:
            continue
        if name["form"] in forms:
            found.append((directory, name, text))
    return found


def furthest(texts: Sequence[str]) -> str | None:
    found = readable(texts, "epoch")
    require(len({directory for directory, _, _ in found}) <= 1)

    def progress(name: Mapping[str, Any]) -> tuple[Any, ...]:
        return name["epoch"], name["step"], known(name["version"]), name_key(name)

    return max(found, key=lambda entry: progress(entry[1]))[2] if found else None


def latest(texts: Sequence[str]) -> str | None:
    require(len({directory for directory, _, _ in readable(texts, "epoch", "last")}) <= 1)
    lasts = readable(texts, "last")
    return lasts[0][2] if lasts else furthest(texts)


def best(texts: Sequence[str], metric: str, mode: str) -> str | None:
    label(metric, "metric")
    require(mode in {"max", "min"})
    sign = -1 if mode == "max" else 1
    found = [entry for entry in readable(texts, "epoch", "best") if entry[1]["metric"] == metric]
    keys = [(sign * name["value"], name_key(name), directory, text) for directory, name, text in found]
    return min(keys)[-1] if keys else None


# --------------------------------------------------------------------------------------------------------------------
# Patterns.


def forms(pattern: Mapping[str, Any]) -> list[str]:
    """Return the forms of the checkpoint names that can agree with a pattern."""
    given = read_fields(pattern)
    needed = {field for field, content in given.items() if content is not None}
    if "value" in needed:
        require(given.get("metric", "") is not None)
    fit = [form for form, fields in FORMS.items() if pattern.get("kind", form) == form and needed <= set(fields)]
    require(fit != [])
    return fit


def check(pattern: Mapping[str, Any]) -> None:
    """Refuse a pattern with which no name can agree."""
    if pattern["of"] == "checkpoint":
        forms(pattern)
    read_fields(pattern)
    require(pattern.get("compression") in COMPRESSIONS.values())
    for part in ("run", "checkpoint"):
        if part in pattern:
            check(pattern[part])


def written(field: str, content: Any) -> str:  # noqa: ANN401 - a number or a text
    """Return a field as it stands in a name."""
    return decimal(content) if field == "value" else format(content, {"epoch": "02d", "step": "06d"}.get(field, ""))


def field_width(field: str, content: Any) -> int:  # noqa: ANN401 - a number, a text or None
    return 0 if content is None or field == "timestamp" else len(written(field, content))


def agrees(pattern: Mapping[str, Any], text: str, width: float) -> bool:
    """Return whether a name agrees with a pattern and its open fields have at most *width* characters."""
    if pattern["of"] == "path":
        root, run, name = checkpoint_path(text)
        return (
            pattern.get("root", root) == root
            and agrees(pattern["run"], run, width)
            and agrees(pattern["checkpoint"], name, width)
        )
    if pattern["of"] == "archive":
        run, compression = run_archive(text)
        return pattern.get("compression", compression) == compression and agrees(pattern["run"], run, width)
    fields: dict[str, Any] = run_id(text) if pattern["of"] == "run" else checkpoint_name(text)
    given = read_fields(pattern)
    form = fields.pop("form", None)
    return (
        pattern.get("kind", form) == form
        and all(fields[field] == content for field, content in given.items())
        and all(field in given or field_width(field, content) <= width for field, content in fields.items())
    )


def matches(pattern: Mapping[str, Any], text: str, width: float = float("inf")) -> bool:
    check(pattern)
    try:
        return agrees(pattern, text, width)
    except RefusalError:
        return False


def groups(pattern: Mapping[str, Any], text: str) -> dict[str, str] | None:
    """Return the text of each field of a name that agrees with a pattern, None for any other text."""
    if not matches(pattern, text):
        return None
    if pattern["of"] == "path":
        root, run, name = checkpoint_path(text)
        return {**({} if root is None else {"root": root}), **run_groups(run), **name_groups(name)}
    if pattern["of"] == "archive":
        run, compression = run_archive(text)
        return {**run_groups(run), **({} if compression is None else {"compression": compression})}
    return run_groups(text) if pattern["of"] == "run" else name_groups(text)


def run_groups(text: str) -> dict[str, str]:
    fields = {**run_id(text), "timestamp": text[-15:]}
    return {field: content for field, content in fields.items() if content is not None}


def name_groups(text: str) -> dict[str, str]:
    name = checkpoint_name(text)
    prefix = "best_" if name.pop("form") == "best" else ""
    return {prefix + field: written(field, content) for field, content in name.items() if content is not None}


def run_glob(pattern: Mapping[str, Any]) -> list[str]:
    """Return the glob of a run pattern as its units."""
    encoder = pattern.get("encoder", "")
    joined = ["*"] if encoder == "" else [] if encoder is None else ["-", *encoder]
    moment = stamp(pattern["timestamp"]) if "timestamp" in pattern else [DIGIT] * 8 + ["_"] + [DIGIT] * 6
    model = [*pattern.get("architecture", "*"), *joined]
    return [*pattern.get("tag", "*"), "-", *model, "_", *pattern.get("phase", "*"), "_", *moment]


def form_glob(form: str, pattern: Mapping[str, Any]) -> list[str]:
    """Return the glob of a checkpoint pattern for names of one form."""
    if form == "last":
        return list("last.ckpt")
    given = read_fields(pattern)
    units, joiner = list("best"), "-"
    if form == "epoch":
        epoch = f"{given['epoch']:02d}" if "epoch" in given else [DIGIT] * 2 + ["*"]
        step = f"{given['step']:06d}" if "step" in given else [DIGIT] * 6 + ["*"]
        units, joiner = [*"epoch-", *epoch, *"_step-", *step], "_"
    if "metric" not in given and "value" not in given:
        units += ["*"]
    elif given.get("metric", "") is not None:
        score = decimal(given["value"]) if "value" in given else ["*", DIGIT, ".", *[DIGIT] * 4]
        units += [joiner, *given.get("metric", "*"), "-", *score]
    if "version" not in given:
        units += ["*"]
    elif given["version"] is not None:
        units += f"_v{given['version']}"
    return [*units, *".ckpt"]


def common_start(globs: Sequence[Sequence[str]]) -> list[str]:
    return [units[0] for units in takewhile(lambda units: len(set(units)) == 1, zip(*globs, strict=False))]


def checkpoint_glob(pattern: Mapping[str, Any]) -> list[str]:
    globs = [form_glob(form, pattern) for form in forms(pattern)]
    start = common_start(globs)
    rests = [units[len(start) :] for units in globs]
    end = common_start([rest[::-1] for rest in rests])[::-1]
    between = ["*"] if any(len(rest) > len(end) for rest in rests) else []
    return start + between + end


def root_glob(root: str) -> list[str]:
    require(not any(char in "\\{}()" or ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in root))
    return [f"[{char}]" if char in "*?[" else char for char in root]


def glob(pattern: Mapping[str, Any]) -> str:
    check(pattern)
    if pattern["of"] == "path":
        start = "" if pattern["root"] is None else "".join(root_glob(pattern["root"])) + "/"
        return f"{start}{glob(pattern['run'])}/checkpoints/{glob(pattern['checkpoint'])}"
    units = run_glob(pattern) if pattern["of"] == "run" else checkpoint_glob(pattern)
    return "".join("*" if unit == "*" else "".join(group) for unit, group in groupby(units))


def in_globs(pattern: Mapping[str, Any], width: str, text: str) -> bool:
    """Return whether a text is in the set of globs, which holds the names that agree up to a width."""
    return matches(pattern, text, integer(width, 1))


# --------------------------------------------------------------------------------------------------------------------
# Labels from elsewhere.


def sanitized(text: str, field: str) -> str:
    others, longest = LABELS[field]
    try:
        return label(text, field)
    except RefusalError:
        pass
    require(any(char in ALNUM for char in text))
    joiner = "-" if field == "phase" else "_"
    runs = groupby(text, lambda char: char in ALNUM + others)
    return "".join("".join(run) if held else joiner for held, run in runs).strip("_-")[:longest]


def metric_name(key: str) -> str:
    front, loader, index = key.rpartition("/dataloader_idx_")
    if loader and index and all(char in DIGITS for char in index):
        key = f"{front}_dl{index}"
    return sanitized(key.rpartition("/")[2], "metric")


# --------------------------------------------------------------------------------------------------------------------
# The operations of the vectors.


def name_answer(text: str) -> dict[str, str | None]:
    name = checkpoint_name(text)
    fields = {field: name[field] for field in FORMS[name["form"]]}
    texts = {
        field: decimal(content) if field == "value" else str(content)
        for field, content in fields.items()
        if content is not None
    }
    return {"kind": name["form"], **dict.fromkeys(fields), **texts}


def path_answer(text: str) -> dict[str, str | None]:
    return dict(zip(("root", "run", "name"), checkpoint_path(text), strict=True))


def directory_answer(text: str) -> dict[str, str | None]:
    root, run = run_directory(text)
    folders = {folder: f"{text}/{folder}" for folder in ("checkpoints", "logs", "submissions")}
    return {"root": root, "run": run, **folders}


def archive_answer(text: str) -> dict[str, str | None]:
    run, compression = run_archive(text)
    return {"run": run, "compression": compression}


OPERATIONS: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    "parse_run_id": run_id,
    "parse_checkpoint_name": name_answer,
    "parse_checkpoint_path": path_answer,
    "parse_run_directory": directory_answer,
    "parse_run_archive": archive_answer,
    "format_run_id": lambda **given: {"text": run_text(given)},
    "format_checkpoint_name": lambda kind, **given: {"text": checkpoint_text(kind, given)},
    "format_run_archive": lambda run, compression: {"text": archive_text(run, compression)},
    "equal": lambda names: {"equal": checkpoint_name(names[0]) == checkpoint_name(names[1])},
    "sort_checkpoint_names": lambda names: {"names": sorted(names, key=lambda text: name_key(checkpoint_name(text)))},
    "sort_run_ids": lambda names: {"names": sorted(names, key=run_key)},
    "sort_checkpoint_paths": lambda names: {"names": sorted(names, key=path_key)},
    "latest": lambda names: {"name": latest(names)},
    "furthest": lambda names: {"name": furthest(names)},
    "best": lambda names, metric, mode: {"name": best(names, metric, mode)},
    "glob": lambda pattern: {"glob": glob(pattern)},
    "globs": lambda pattern, width, text: {"matches": in_globs(pattern, width, text)},
    "groups": lambda pattern, text: {"groups": groups(pattern, text)},
    "matches": lambda pattern, text: {"matches": matches(pattern, text)},
    "sanitize_label": lambda text, field: {"label": sanitized(text, field)},
    "metric_name_from_logged": lambda key: {"metric": metric_name(key)},
}


def answer(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to one operation of the vectors, or raise `RefusalError`."""
    return OPERATIONS[operation](**given)
