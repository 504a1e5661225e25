"""The commands ``migrate`` and ``prune``."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, cast

import click

import ckpt_scheme
from ckpt_scheme._cli import output, plans, reports, shared, streams
from ckpt_scheme._grammar import CHECKPOINTS, has_extension
from ckpt_scheme.catalog import _local
from ckpt_scheme.catalog._folder import join
from ckpt_scheme.errors import PATH_SHOWN, OperationError, SchemeError

if TYPE_CHECKING:
    from ckpt_scheme.migration import KeepBest, Mode, Plan, Policy, Report

_T = TypeVar("_T")


def _read_best(_context: click.Context, _parameter: click.Parameter, text: str | None) -> KeepBest | None:
    if text is None:
        return None
    metric, _, rest = text.partition(":")
    count, _, mode = rest.partition(":")
    try:
        return ckpt_scheme.migration.KeepBest(metric, int(count or 1), cast("Mode", mode or "max"))
    except ValueError as error:
        if metric and isinstance(error, SchemeError) and error.kind == "keep_best metric":
            raise click.BadParameter(output.visible(str(error))) from error
        raise click.BadParameter(f"{text!r} is not METRIC[:N[:MODE]], with max or min as its mode") from error


_COUNT: Final = click.IntRange(min=0)

_rules: Final = (
    click.option("--keep-last", type=_COUNT, metavar="N", help="Keep the N furthest checkpoints of each run."),
    click.option(
        "--keep-best",
        metavar="METRIC[:N[:MODE]]",
        callback=_read_best,
        help="Keep the N best by METRIC (1 if not given); MODE is max (if not given) or min.",
    ),
    click.option("--keep-every", type=click.IntRange(min=1), metavar="N", help="Keep the epochs that N divides."),
    click.option(
        "--keep-younger-than",
        metavar="AGE",
        callback=shared.read_age,
        help="Keep the checkpoints that were written to within AGE, such as 36h or 7d.",
    ),
)
_reports: Final = (
    click.option("--recursive", is_flag=True, help="Plan for checkpoints in any folder, not only in RUN/checkpoints."),
    click.option("--apply", "is_applied", is_flag=True, help="Carry out the plan; without this, nothing changes."),
    click.option("--dry-run", is_flag=True, help="Change nothing, which is the default, even with --apply."),
    click.option("--verbose", "-v", is_flag=True, help="Also print the checkpoints that stay, and the reasons."),
    click.option("--summary", is_flag=True, help="Print only the number of checkpoints for each act."),
    reports.trust_option,
    click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON or, with --apply, the result."),
)


def _with(*options: Callable[[Any], Any]) -> Callable[[_T], _T]:
    def decorate(command: _T) -> _T:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command(
    epilog=shared.examples(
        "ckpt-scheme migrate outputs",
        "ckpt-scheme migrate outputs --apply",
        "ckpt-scheme migrate outputs --delete-old --keep-min-epoch 10 --apply",
        "ckpt-scheme migrate outputs --json > plan.json",
        "ckpt-scheme migrate --plan plan.json --apply",
        "aws s3 ls --recursive s3://team/ | ckpt-scheme migrate --listing - --json",
    )
)
@click.argument("root", required=False, shell_complete=shared.complete_path)
@click.option("--delete-old", is_flag=True, help="Discard the checkpoints of early epochs, into a trash.")
@click.option(
    "--keep-min-epoch",
    type=_COUNT,
    metavar="N",
    help="With --delete-old, the first epoch that is not early.  [default: 10]",
)
@_with(*_rules)
@click.option("--drop", multiple=True, metavar="FIELD", help="Drop FIELD, for which canonical names have no place.")
@click.option("--framework", "frameworks", multiple=True, metavar="NAME", help="Also rename the names that NAME wrote.")
@click.option(
    "--format", "formats", multiple=True, metavar="NAME/FORMAT", help="Also rename the names that NAME/FORMAT reads."
)
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    shell_complete=shared.complete_path,
    help="Use the plan that --json printed.",
)
@click.option(
    "--listing",
    metavar="FILE",
    shell_complete=shared.complete_path,
    help="Plan for the listing of an object store; - is stdin.",
)
@_with(*_reports)
def migrate(
    *,
    root: str | None,
    delete_old: bool,
    keep_min_epoch: int | None,
    keep_last: int | None,
    keep_best: KeepBest | None,
    keep_every: int | None,
    keep_younger_than: int | None,
    drop: tuple[str, ...],
    frameworks: tuple[str, ...],
    formats: tuple[str, ...],
    plan_file: str | None,
    listing: str | None,
    recursive: bool,
    is_applied: bool,
    dry_run: bool,
    verbose: bool,
    summary: bool,
    trust_state: bool,
    as_json: bool,
) -> None:
    """Give checkpoints in ROOT/RUN/checkpoints canonical names.

    Prints the plan and changes nothing; --apply carries it out. A conflict is a file whose new name cannot be decided
    from its old one; migrate leaves it alone. No file is ever replaced, and undo reverses the operation.

    Exits with 0 if all acts were done, 1 if an act failed, 3 if conflicts are left, and 75 if another operation is
    running below ROOT.
    """
    shared.exclusive({"ROOT": root, "--listing": listing})
    shared.exclusive({"--plan": plan_file, "--listing": listing})
    rules = {
        "--keep-min-epoch": keep_min_epoch,
        "--keep-last": keep_last,
        "--keep-best": keep_best,
        "--keep-every": keep_every,
        "--keep-younger-than": keep_younger_than,
    }
    view = plans.View(is_verbose=verbose, is_summary=summary, as_json=as_json)
    is_applied = is_applied and not dry_run
    if plan_file is not None:
        choices = {"--framework": frameworks or None, "--format": formats or None, "--recursive": recursive}
        misplaced = shared.given({"--delete-old": delete_old, "--drop": drop or None, **choices, **rules})
        if misplaced:
            raise click.UsageError(f"{misplaced[0]} and --plan exclude each other: a plan has its own policy")
        _carry_out(plan_file, root, view, is_applied=is_applied, trust_state=trust_state)
    unused = shared.given(rules)
    if unused and not delete_old:
        raise click.UsageError(f"{unused[0]} is for --delete-old: without it nothing is discarded")
    _check_known(frameworks, formats)
    policy = shared.or_exit(
        lambda: ckpt_scheme.migration.Policy(
            delete_old=delete_old,
            keep_min_epoch=10 if keep_min_epoch is None else keep_min_epoch,
            keep_last=keep_last or 0,
            keep_best=keep_best,
            keep_every=keep_every,
            keep_younger_than=keep_younger_than,
            drop=drop,
            frameworks=frameworks,
            formats=formats,
            recursive=recursive,
        )
    )
    if listing is not None:
        if is_applied:
            raise click.UsageError("--apply is not for --listing: only a disk can be changed, by --apply with ROOT")
        now_ns = time.time_ns()
        objects = shared.or_exit(
            lambda: ckpt_scheme.migration.read_objects(streams.lines(listing), now_ns, recursive=recursive)
        )
        printer, plan = streams.Printer(), ckpt_scheme.migration.make_plan(objects, policy, shared.registry())
        view.show(printer, plan)
        _note_unused(printer, plan)
        reports.close(printer, plan)
    else:
        _migrate(shared.directory(root), policy, view, is_applied=is_applied, trust_state=trust_state)


@click.command(
    epilog=shared.examples(
        "ckpt-scheme prune outputs --keep-last 3 --keep-best hmean",
        "ckpt-scheme prune outputs --keep-last 3 --keep-younger-than 7d --apply",
    )
)
@click.argument("root", shell_complete=shared.complete_path)
@click.option("--keep-min-epoch", type=_COUNT, metavar="N", help="Keep epoch N and all later epochs.")
@_with(*_rules, *_reports)
def prune(
    *,
    root: str,
    keep_min_epoch: int | None,
    keep_last: int | None,
    keep_best: KeepBest | None,
    keep_every: int | None,
    keep_younger_than: int | None,
    recursive: bool,
    is_applied: bool,
    dry_run: bool,
    verbose: bool,
    summary: bool,
    trust_state: bool,
    as_json: bool,
) -> None:
    """Move the checkpoints that no rule keeps to the trash.

    prune judges only canonical names of epochs in ROOT/RUN/checkpoints. It always keeps best and last checkpoints, the
    targets of links, files that are being written, and at least one checkpoint of each run. It prints the plan; --apply
    carries the plan out. The command undo takes files out of the trash, and trash empties it.
    """
    if (keep_min_epoch, keep_last or None, keep_best, keep_every, keep_younger_than or None) == (None,) * 5:
        raise click.UsageError("give at least one --keep option: checkpoints that no rule keeps are discarded")
    policy = shared.or_exit(
        lambda: ckpt_scheme.migration.Policy(
            rename=False,
            delete_old=True,
            keep_min_epoch=keep_min_epoch,
            keep_last=keep_last or 0,
            keep_best=keep_best,
            keep_every=keep_every,
            keep_younger_than=keep_younger_than,
            recursive=recursive,
        )
    )
    view = plans.View(is_verbose=verbose, is_summary=summary, as_json=as_json)
    is_applied = is_applied and not dry_run
    _migrate(shared.directory(root), policy, view, is_applied=is_applied, trust_state=trust_state)


def _check_known(frameworks: tuple[str, ...], formats: tuple[str, ...]) -> None:
    """Raise a usage error unless all frameworks and formats are known."""
    known = shared.registry()
    all_formats = {f"{declared.framework}/{declared.format}" for declared in known.formats}
    for option, others, names, allowed in (
        ("--framework", "--format", frameworks, known.frameworks),
        ("--format", "--framework", formats, all_formats),
    ):
        for name in names:
            if name not in allowed:
                is_other = name in all_formats or name in known.frameworks
                meant = f"for {others}, not for {option}" if is_other else "no known framework or format"
                raise click.UsageError(f"{output.escaped(name)} is {meant}")


def _note_unused(printer: streams.Printer, plan: Plan) -> None:
    """Say which fields of the policy no rename drops: one may be misspelt."""
    if not plan.policy.drop:
        return
    from ckpt_scheme.legacy._upgrade import LOSABLE  # noqa: PLC0415 - `migrate --help` does not need it

    dropped = {field for rename in plan.renames for field in rename.losses}
    for field in plan.policy.drop:
        if field not in dropped and field not in LOSABLE:
            printer.note(f"--drop {output.escaped(field)}: no new name here drops this field")


def _migrate(root: str, policy: Policy, view: plans.View, *, is_applied: bool, trust_state: bool) -> NoReturn:
    """Print the plan or, if it is applied, its result; and exit."""
    migration = ckpt_scheme.migration
    registry = shared.registry()

    def preview() -> Plan:
        return migration.make_plan(migration.observe(root, recursive=policy.recursive), policy, registry)

    def work() -> tuple[Plan, Report]:
        label = "migrate" if policy.rename else "prune"
        with migration.Session(root, trust_state=trust_state) as session, reports.progress(label) as progress:
            return session.migrate(policy, progress, registry)

    plan, printer = reports.or_status(preview), streams.Printer()
    if not plan.items and _is_inside_run(root):
        streams.complain(f"{output.escaped(root)} is a run itself: ROOT is the folder above the folders of runs")
    elif not plan.items and policy.rename:
        _note_others(root)
    has_state = reports.or_status(lambda: migration.has_state(root))
    if not is_applied:
        view.show(printer, plan)
        if has_state:
            _complain_of_state(printer, root, trust_state=trust_state)
    elif has_state or _has_acts(plan):
        # Plan again under the lock, when no other operation is running and a stopped one is finished.
        plan, report = reports.or_status(work)
        view.show_result(printer, plan, report)
    else:  # no operation, because the first one makes the state directory
        view.show_result(printer, plan, migration.Report())
    _note_unused(printer, plan)
    reports.close(printer, plan)


def _note_others(root: str) -> None:
    """Say how many checkpoints below *root* have names that no migration changes."""

    def ignore(_path: str, _error: Exception) -> None:
        """Pass over what cannot be read: the plan lists it."""

    runs = ckpt_scheme.catalog.scan(root, on_error=ignore)
    count = sum(not has_extension(found.path) for run in runs for found in run.checkpoints)
    if count:
        one = "checkpoint, whose name does not end in .ckpt, stays"
        stay = one if count == 1 else "checkpoints, whose names do not end in .ckpt, stay"
        streams.complain(f"{count:,} {stay}: see ckpt-scheme ls {output.escaped(shlex.quote(root))}")


def _complain_of_state(printer: streams.Printer, root: str, *, trust_state: bool) -> None:
    """Print the faults of the state directory, which do not change the plan."""
    try:
        found = ckpt_scheme.migration.operations(root, trust_state=trust_state)
    except (OperationError, OSError) as error:
        printer.complain(str(error))
    else:
        reports.complain_of_damage(printer, reports.damaged_numbers(found))


def _has_acts(plan: Plan) -> bool:
    return any(item.do in ("rename", "discard") for item in plan.items)


def _carry_out(path: str, root: str | None, view: plans.View, *, is_applied: bool, trust_state: bool) -> NoReturn:
    """Print the plan in a file or, if it is applied, its result; and exit."""
    migration = ckpt_scheme.migration
    plan = reports.or_status(lambda: migration.Plan.from_json(streams.content(path)))
    if not plan.root:
        raise click.UsageError("the plan was made from a listing, and only a disk can be changed")
    if root is not None and _local.location(root) != plan.root:
        raise click.UsageError(f"the plan is for {output.escaped(plan.root[:PATH_SHOWN])}")
    shared.directory(plan.root)

    def work() -> Report:
        with reports.progress("migrate") as progress:
            return migration.apply(plan, progress, shared.registry(), trust_state=trust_state)

    printer = streams.Printer()
    if is_applied:
        view.show_result(printer, plan, reports.or_status(work))
    else:
        view.show(printer, plan)
    reports.close(printer, plan)


def _is_inside_run(root: str) -> bool:
    """Return whether *root* is the folder of one run or of its checkpoints, and not a folder of runs."""
    is_checkpoints = _local.location(root).rpartition("/")[2] == CHECKPOINTS
    return is_checkpoints or _local.exists(join(root, CHECKPOINTS))
