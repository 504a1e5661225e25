"""The parsers and formatters that the library is measured against, each behind one small interface.

Every peer is spelt in the way that favours it: one template where one will do, the commonest form first where several
are tried, and what a template cannot say (the two parts of a model) is taken apart outside the time.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs
from corpus import CheckpointFields, PathFields, RunFields

from ckpt_scheme import CheckpointName, CheckpointPath, EpochCheckpoint, LastCheckpoint, RunId, _grammar
from ckpt_scheme.checkpoint_name import AnyCheckpoint

Fields: TypeAlias = RunFields | CheckpointFields | PathFields


@attrs.frozen
class Peer:
    """One way to read a text.

    Args:
        label: What stands in the tables.
        parse: What is timed. It refuses by raising or by returning None.
        fields: What makes plain fields of its result, to be compared; not timed.
    """

    label: str
    parse: Callable[[str], Any]
    fields: Callable[[Any], Fields]

    def read(self, text: str) -> Fields | None:
        """Return the fields of *text*, or None if the peer refuses it."""
        try:
            result = self.parse(text)
        except Exception:  # noqa: BLE001 - whatever a peer raises is its way to refuse
            return None
        return None if result is None else self.fields(result)

    def accepts(self, text: str) -> bool:
        """Return whether the peer reads *text* as anything at all."""
        return self.read(text) is not None


def available(makers: Iterable[Callable[[], list[Peer]]]) -> list[Peer]:
    """Return what the makers make, and print a line for each whose package is not installed."""
    return [peer for maker in makers for peer in _made(maker)]


def _made(maker: Callable[[], list[Peer]]) -> list[Peer]:
    try:
        return maker()
    except ModuleNotFoundError as error:
        _skipped(error.name)
        return []


@functools.cache  # several rows may want one package
def _skipped(package: str | None) -> None:
    print(f"skipped: {package} is not installed", file=sys.stderr)


def _module(name: str) -> Any:  # noqa: ANN401 - some of these packages have no types
    return importlib.import_module(name)


def _as_it_is(fields: Fields) -> Fields:
    return fields


# --------------------------------------------------------------------------------------------------------------------
# Run ids


def _own_run_fields(run: RunId) -> RunFields:
    return run.tag, run.architecture, run.encoder, run.phase, run.timestamp


def own_run_id() -> list[Peer]:
    """The library."""
    return [Peer("`RunId.parse`", RunId.parse, _own_run_fields)]


_from_iso: Final = datetime.fromisoformat
_MAX_LABEL: Final = _grammar.MAX_LABEL


def floor_run_id(text: str) -> RunFields | None:
    """Read a run id into a plain tuple: what strict parsing costs in Python without any object at the end."""
    match = _grammar.match_run_id(text)
    if match is None:
        return None
    tag, architecture, encoder, phase, stamp = match.groups()
    if len(architecture) > _MAX_LABEL or (encoder is not None and len(encoder) > _MAX_LABEL):
        return None
    return tag, architecture, encoder, phase, _from_iso(stamp)


def floor_run_ids() -> list[Peer]:
    """The floor."""
    return [Peer("floor: typed tuple", floor_run_id, _as_it_is)]


_PLAIN_RUN: Final = "{tag}-{model}_{phase}_{timestamp:%Y%m%d_%H%M%S}"
_TYPED_RUN: Final = "{tag:word}-{model:model}_{phase:phase}_{timestamp:stamp}"


def _split_model(named: Mapping[str, Any]) -> RunFields:
    architecture, dash, encoder = named["model"].partition("-")
    return named["tag"], architecture, encoder if dash else None, named["phase"], named["timestamp"]


def parse_plain_run_id() -> list[Peer]:
    """`parse` with the template that one would write first."""
    compiled = _module("parse").compile(_PLAIN_RUN, case_sensitive=True)
    return [Peer("`parse`, plain fields", compiled.parse, lambda result: _split_model(result.named))]


def parse_typed_run_id() -> list[Peer]:
    """`parse` with a pattern for every field."""
    compiled = _module("parse").compile(_TYPED_RUN, _parse_types(), case_sensitive=True)
    return [Peer("`parse`, typed fields", compiled.parse, lambda result: _typed_run(result.named))]


def _typed_run(named: Mapping[str, Any]) -> RunFields:
    return named["tag"], *named["model"], named["phase"], named["timestamp"]


def _parse_types() -> dict[str, Callable[[str], Any]]:
    """Return the converters that make `parse` strict."""
    with_pattern: Callable[[str], Callable[[Callable[[str], Any]], Callable[[str], Any]]] = _module(
        "parse"
    ).with_pattern

    @with_pattern(r"[0-9A-Za-z][0-9A-Z_a-z]{0,63}")
    def word(text: str) -> str:
        return text

    @with_pattern(r"[0-9A-Za-z][0-9A-Z_a-z]{0,63}(?:-[0-9A-Za-z][0-9A-Z_a-z-]{0,63})?")
    def model(text: str) -> tuple[str, str | None]:
        architecture, dash, encoder = text.partition("-")
        return architecture, encoder if dash else None

    @with_pattern(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}")
    def phase(text: str) -> str:
        return text

    @with_pattern(r"[0-9]{8}_(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
    def stamp(text: str) -> datetime:
        return _from_iso(text)

    @with_pattern(r"(?:[0-9]{2}|[1-9][0-9]{2,17})")
    def epoch(text: str) -> int:
        return int(text)

    @with_pattern(r"(?:[0-9]{6}|[1-9][0-9]{6,17})")
    def step(text: str) -> int:
        return int(text)

    @with_pattern(r"(?!-0\.0000)-?(?:0|[1-9][0-9]{0,10})\.[0-9]{4}")
    def value(text: str) -> float:
        return float(text)

    @with_pattern(r"[1-9][0-9]{0,17}")
    def version(text: str) -> int:
        return int(text)

    @with_pattern(r"[^/]+")
    def component(text: str) -> str:
        return text

    return {
        "word": word,
        "model": model,
        "phase": phase,
        "stamp": stamp,
        "epoch": epoch,
        "step": step,
        "value": value,
        "version": version,
        "component": component,
    }


def trollsift_run_id() -> list[Peer]:
    """Trollsift, whose templates are those of `str.format`."""
    return [Peer("trollsift", _module("trollsift").Parser(_PLAIN_RUN).parse, _split_model)]


RUN_IDS: Final = (own_run_id, floor_run_ids, parse_plain_run_id, parse_typed_run_id, trollsift_run_id)


# --------------------------------------------------------------------------------------------------------------------
# Checkpoint names


def _own_checkpoint_fields(name: AnyCheckpoint) -> CheckpointFields:
    if isinstance(name, LastCheckpoint):
        return "last", None, None, None, None, None
    metric, value = (None, None) if name.metric is None else (name.metric.name, name.metric.value)
    if isinstance(name, EpochCheckpoint):
        return "epoch", name.epoch, name.step, metric, value, name.version
    return "best", None, None, metric, value, name.version


def own_checkpoint_name() -> list[Peer]:
    """The library."""
    return [Peer("`CheckpointName.parse`", CheckpointName.parse, _own_checkpoint_fields)]


_LAST: Final[CheckpointFields] = ("last", None, None, None, None, None)


def floor_checkpoint_name(text: str) -> CheckpointFields | None:
    """Read a checkpoint name into a plain tuple."""
    match = _grammar.match_checkpoint_name(text)
    if match is None:
        return None
    epoch, step, metric, value, version = match.groups()
    number = None if value is None else float(value)
    last = None if version is None else int(version)
    if epoch is not None:
        return "epoch", int(epoch), int(step), metric, number, last
    if text.startswith("best"):
        return "best", None, None, metric, number, last
    return _LAST


def floor_checkpoint_names() -> list[Peer]:
    """The floor."""
    return [Peer("floor: typed tuple", floor_checkpoint_name, _as_it_is)]


# What a template can hold is one form, so a reader of all names tries several, the commonest first. `:02d` and `:06d`
# would refuse what these very templates write once a number outgrows its padding, so widths are left out.
_PLAIN_CHECKPOINTS: Final = (
    "epoch-{epoch:d}_step-{step:d}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_{metric}-{value:f}.ckpt",
    "best-{metric}-{value:f}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_v{version:d}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_{metric}-{value:f}_v{version:d}.ckpt",
    "best-{metric}-{value:f}_v{version:d}.ckpt",
)
_TYPED_CHECKPOINTS: Final = tuple(
    template.replace("{epoch:d}", "{epoch:epoch}")
    .replace("{step:d}", "{step:step}")
    .replace("{metric}", "{metric:word}")
    .replace("{value:f}", "{value:value}")
    .replace("{version:d}", "{version:version}")
    for template in _PLAIN_CHECKPOINTS
)


def _named_checkpoint(named: Mapping[str, Any]) -> CheckpointFields:
    kind = "epoch" if "epoch" in named else "best" if "metric" in named else "last"
    epoch, step, metric, value, version = (named.get(key) for key in ("epoch", "step", "metric", "value", "version"))
    return kind, epoch, step, metric, value, version


def _first_result(parsers: Iterable[Callable[[str], Any]]) -> Callable[[str], Any]:
    """Return a function that tries parsers which refuse by None."""
    in_turn = tuple(parsers)

    def parse(text: str) -> Any:  # noqa: ANN401 - a result of an untyped package
        if text == "last.ckpt":
            return _LAST
        for parser in in_turn:
            result = parser(text)
            if result is not None:
                return result
        return None

    return parse


def _first_success(parsers: Iterable[Callable[[str], Any]]) -> Callable[[str], Any]:
    """Return a function that tries parsers which refuse by ValueError."""
    in_turn = tuple(parsers)

    def parse(text: str) -> Any:  # noqa: ANN401 - a result of another package
        if text == "last.ckpt":
            return _LAST
        for parser in in_turn:
            try:
                return parser(text)
            except ValueError:
                continue
        return None

    return parse


def _checkpoint_of_result(result: Any) -> CheckpointFields:  # noqa: ANN401 - a result of an untyped package
    return _LAST if result is _LAST else _named_checkpoint(result.named)


def _checkpoint_of_dict(result: Any) -> CheckpointFields:  # noqa: ANN401 - a dict, or the tuple for the last one
    return _LAST if result is _LAST else _named_checkpoint(result)


def parse_plain_checkpoint_name() -> list[Peer]:
    """`parse` with templates for each form."""
    parse = _module("parse")
    compiled = [parse.compile(template, case_sensitive=True).parse for template in _PLAIN_CHECKPOINTS]
    return [Peer("`parse`, plain fields", _first_result(compiled), _checkpoint_of_result)]


def parse_typed_checkpoint_name() -> list[Peer]:
    """`parse` with templates for each form and a pattern for every field."""
    parse, types = _module("parse"), _parse_types()
    compiled = [parse.compile(template, types, case_sensitive=True).parse for template in _TYPED_CHECKPOINTS]
    return [Peer("`parse`, typed fields", _first_result(compiled), _checkpoint_of_result)]


def trollsift_checkpoint_name() -> list[Peer]:
    """Trollsift with templates for each form."""
    parser = _module("trollsift").Parser
    parsers = [parser(template).parse for template in _PLAIN_CHECKPOINTS]
    return [Peer("trollsift", _first_success(parsers), _checkpoint_of_dict)]


CHECKPOINT_NAMES: Final = (
    own_checkpoint_name,
    floor_checkpoint_names,
    parse_plain_checkpoint_name,
    parse_typed_checkpoint_name,
    trollsift_checkpoint_name,
)


# --------------------------------------------------------------------------------------------------------------------
# Paths


def own_path() -> list[Peer]:
    """The library."""
    return [
        Peer(
            "`CheckpointPath.parse`",
            CheckpointPath.parse,
            lambda path: (path.root, _own_run_fields(path.run), _own_checkpoint_fields(path.name)),
        )
    ]


def floor_path(text: str) -> PathFields | None:
    """Read a path into plain tuples."""
    head, _, last = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, slash, run = directory.rpartition("/")
    if folder != _grammar.CHECKPOINTS or (slash and (not root or "\0" in root)):
        return None
    run_fields = floor_run_id(run)
    name_fields = floor_checkpoint_name(last)
    return None if run_fields is None or name_fields is None else (root or None, run_fields, name_fields)


def floor_paths() -> list[Peer]:
    """The floor."""
    return [Peer("floor: typed tuples", floor_path, _as_it_is)]


def parse_plain_path() -> list[Peer]:
    """`parse` with one template for the path, the checkpoint's name left as text."""
    template = f"{{root}}/{_PLAIN_RUN}/checkpoints/{{name}}"
    compiled = _module("parse").compile(template, case_sensitive=True)
    return [Peer("`parse`, plain fields, name as text", compiled.parse, lambda result: _named_path(result.named))]


def parse_typed_path() -> list[Peer]:
    """`parse` with one template of typed fields for the path, the checkpoint's name left as text."""
    template = f"{{root}}/{_TYPED_RUN}/checkpoints/{{name:component}}"
    compiled = _module("parse").compile(template, _parse_types(), case_sensitive=True)
    return [
        Peer(
            "`parse`, typed fields, name as text",
            compiled.parse,
            lambda result: (result["root"], _typed_run(result.named), floor_checkpoint_name(result["name"])),
        )
    ]


def trollsift_path() -> list[Peer]:
    """Trollsift with one template for the path, the checkpoint's name left as text."""
    parser = _module("trollsift").Parser(f"{{root}}/{_PLAIN_RUN}/checkpoints/{{name}}")
    return [Peer("trollsift, name as text", parser.parse, _named_path)]


# What a peer leaves as text is read by the floor before it is compared: outside the time, and in the peer's favour.
def _named_path(named: Mapping[str, Any]) -> PathFields:
    return named["root"], _split_model(named), floor_checkpoint_name(named["name"])


PATHS: Final = (own_path, floor_paths, parse_plain_path, parse_typed_path, trollsift_path)


# --------------------------------------------------------------------------------------------------------------------
# Parsers of other languages of names, for scale: they have nothing to be right or wrong about here.


def packaging_wheel() -> list[Peer]:
    """A wheel's file name."""
    parse = _module("packaging.utils").parse_wheel_filename
    return [Peer("packaging `parse_wheel_filename` (wheel names)", parse, _as_it_is)]


def package_url() -> list[Peer]:
    """A package URL."""
    return [Peer("packageurl `from_string` (purls)", _module("packageurl").PackageURL.from_string, _as_it_is)]


def semantic_version() -> list[Peer]:
    """A semantic version."""
    return [Peer("semver `Version.parse` (versions)", _module("semver").Version.parse, _as_it_is)]


def orbax_step() -> list[Peer]:
    """The name of a step's directory; one int and no check of its padding."""
    parse = _module("orbax.checkpoint.path").step.step_from_checkpoint_name
    return [Peer("Orbax `step_from_checkpoint_name` (steps)", parse, _as_it_is)]


# --------------------------------------------------------------------------------------------------------------------
# Formatters


@attrs.frozen
class Writer:
    """One way to write a name: what is timed, and what turns an object of the library into its argument."""

    label: str
    write: Callable[[Any], str]
    prepare: Callable[[Any], Any] = attrs.field(default=lambda value: value)
    is_of_the_scheme: bool = True


def available_writers(makers: Iterable[Callable[[], Writer]]) -> list[Writer]:
    """Return what the makers make, and print a line for each whose package is not installed."""
    writers: list[Writer] = []
    for maker in makers:
        try:
            writers.append(maker())
        except ModuleNotFoundError as error:
            _skipped(error.name)
    return writers


def _strftime(run: RunId) -> str:
    if run.encoder is None:
        return f"{run.tag}-{run.architecture}_{run.phase}_{run.timestamp:%Y%m%d_%H%M%S}"
    return f"{run.tag}-{run.architecture}-{run.encoder}_{run.phase}_{run.timestamp:%Y%m%d_%H%M%S}"


def _two_integers(run: RunId) -> str:
    time = run.timestamp
    date = time.year * 10_000 + time.month * 100 + time.day
    clock = time.hour * 10_000 + time.minute * 100 + time.second
    if run.encoder is None:
        return f"{run.tag}-{run.architecture}_{run.phase}_{date:08d}_{clock:06d}"
    return f"{run.tag}-{run.architecture}-{run.encoder}_{run.phase}_{date:08d}_{clock:06d}"


def _percent(run: RunId) -> str:
    time = run.timestamp
    model = run.architecture if run.encoder is None else f"{run.architecture}-{run.encoder}"
    return "%s-%s_%s_%04d%02d%02d_%02d%02d%02d" % (  # noqa: UP031 - the operator is what is measured
        run.tag,
        model,
        run.phase,
        time.year,
        time.month,
        time.day,
        time.hour,
        time.minute,
        time.second,
    )


def _trollsift_compose() -> Writer:
    compose = _module("trollsift").Parser(_PLAIN_RUN).compose

    def prepare(run: RunId) -> dict[str, Any]:
        return {"tag": run.tag, "model": run.model, "phase": run.phase, "timestamp": run.timestamp}

    return Writer("trollsift `compose`", compose, prepare)


RUN_ID_WRITERS: Final[tuple[Callable[[], Writer], ...]] = (
    lambda: Writer("`str(RunId)`", str),
    lambda: Writer("f-string, `:%Y%m%d_%H%M%S`", _strftime),
    lambda: Writer("f-string, two integers `:08d` and `:06d`", _two_integers),
    lambda: Writer("`%` formatting", _percent),
    _trollsift_compose,
)


def _formats(name: AnyCheckpoint) -> str:
    if isinstance(name, LastCheckpoint):
        return "last.ckpt"
    version = "" if name.version is None else f"_v{name.version}"
    metric = name.metric
    if isinstance(name, EpochCheckpoint):
        tail = "" if metric is None else f"_{metric.name}-{metric.value:.4f}"
        return f"epoch-{name.epoch:02d}_step-{name.step:06d}{tail}{version}.ckpt"
    return f"best{'' if metric is None else f'-{metric.name}-{metric.value:.4f}'}{version}.ckpt"


def _step(name: AnyCheckpoint) -> int:
    return name.step if isinstance(name, EpochCheckpoint) else 0


def _orbax_build_name() -> Writer:
    name_format = _module("orbax.checkpoint.path").step.standard_name_format(
        step_prefix="step", step_format_fixed_length=6
    )
    return Writer("Orbax `build_name` (steps)", name_format.build_name, _step, is_of_the_scheme=False)


def _lightning_format() -> Writer:
    callback = _module("lightning.pytorch.callbacks").ModelCheckpoint
    callbacks: dict[str, Any] = {}

    def prepare(name: AnyCheckpoint) -> tuple[Callable[..., str], dict[str, Any], str | None]:
        kind, epoch, step, metric, value, _ = _own_checkpoint_fields(name)
        template = "best" if kind == "best" else "epoch-{epoch:02d}_step-{step:06d}"
        if metric is not None:
            template += f"{'-' if kind == 'best' else '_'}{metric}-{{{metric}:.4f}}"
        if template not in callbacks:
            callbacks[template] = callback(filename=template, auto_insert_metric_name=False)
        metrics = {"epoch": epoch or 0, "step": step or 0} | ({} if metric is None else {metric: value})
        return callbacks[template].format_checkpoint_name, metrics, "last" if kind == "last" else None

    return Writer("Lightning `format_checkpoint_name`, floats", lambda given: given[0](given[1], given[2]), prepare)


CHECKPOINT_WRITERS: Final[tuple[Callable[[], Writer], ...]] = (
    lambda: Writer("`str(CheckpointName)`", str),
    lambda: Writer("f-string, `:02d`, `:06d` and `:.4f`", _formats),
    _orbax_build_name,
    _lightning_format,
)
