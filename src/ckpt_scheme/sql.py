"""The names of the scheme in SQL: text that defines functions and views in one of six dialects.

An exact regular expression decides whether a text is a name, and cuts at separators take it apart; see `_columns`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from ckpt_scheme import _coerce, _columns
from ckpt_scheme._columns import Cut, Operation, Record, Type
from ckpt_scheme.errors import FieldError

__all__ = ["Dialect", "macros"]

Dialect: TypeAlias = Literal["bigquery", "clickhouse", "duckdb", "postgres", "spark", "trino"]
"""A dialect of SQL that `macros` writes."""

_RECORDS: Final = (_columns.RUN_ID, _columns.CHECKPOINT_NAME, _columns.CHECKPOINT_PATH)


def macros(dialect: Dialect, table: str | None = None) -> str:
    """Return SQL statements that define functions of a text and, over a table of keys, views.

    The functions:

    - ``ckpt_is_run_id``, ``ckpt_is_checkpoint_name`` and ``ckpt_is_checkpoint_path`` return whether the text is valid.
    - ``ckpt_run_id``, ``ckpt_checkpoint_name`` and ``ckpt_checkpoint_path`` return a struct of the fields, or null for
      a text that is not valid. In ClickHouse, which has no null struct, each field is null then. In PostgreSQL these
      three return a table of one row, for ``FROM``, and its fields are null then.

    The views:

    - ``checkpoint_paths``: each valid key, its size, the text of its run, and its fields.
    - ``latest_per_run``: for each root and run, the checkpoint to resume from (CKS-048, CKS-049).
    - ``best_per_run``: for each root, run and metric, the checkpoint with the best value (CKS-043, CKS-107, CKS-108).
      The column ``mode`` is ``max`` or ``min``, and each has its rows.
    - ``size_per_run``: for each root and run, the number of checkpoints and their size in all.

    Times have no zone, and in ClickHouse they are in UTC, so the time zone of a session changes no answer. For BigQuery
    and Trino only the syntax is tested, and the first line says so.

    Args:
        dialect: The dialect.
        table: The name of a table or view with the columns ``key``, a text, and ``size``, a number. It becomes part of
            the statements as it is. None for functions without views.

    Returns:
        Statements, each of which ends in ``;`` and a newline.

    Raises:
        FieldError: If *dialect* is another word, or *table* is no text.

    Examples:
        >>> print(macros("duckdb").partition(" AS ")[0])
        CREATE OR REPLACE MACRO ckpt_is_run_id(s)
    """
    try:
        engine = _ENGINES[dialect]
    except (KeyError, TypeError):
        raise FieldError("SQL dialect", dialect, f"one of {', '.join(get_args(Dialect))}") from None
    statements = [statement for record in _RECORDS for statement in _functions(engine, record)]
    if table is not None:
        statements += _views(engine, _coerce.plain_text("SQL table", table, "a str or None"))
    return engine.note + "".join(f"{statement};\n" for statement in statements)


# --------------------------------------------------------------------------------------------------------------------
# The dialects.


class _Engine(NamedTuple):
    """The spellings of a dialect. In a template, ``{0}`` is the first argument.

    Attributes:
        types: The types of a text, an integer, a double, and a time without a zone.
        matches: The condition that a text matches an anchored pattern.
        find: The place of a separator in a text, from 1; 0 without a separator.
        first: The text before the first separator; the whole text without a separator.
        last: The text after the last separator; the whole text without a separator.
        predicate: A function with its name and its body, a condition on the text ``s``.
        function: A function with its name, the type of its struct, and its body.
        struct_type: The type of a struct of the fields.
        field: A field in this type, with its name and its type.
        struct: A struct of the members, with its type.
        member: A member of a struct, with its name and its value.
        view: The beginning of a view, with its name.
        let: An expression in which a variable has a value: the variable, its value, the expression. A dialect without
            `let` nests queries.
        guard: A struct that is null if a text is null: the text, the struct.
        fence: The end of a query that the planner must not merge into the query around it.
        anchors: The anchors around the pattern in `matches`.
        local_time: A time from the text ``YYYYMMDD_HHMMSS``, with its type.
        text_order: A text for comparison by code points.
        note: A comment at the beginning.
    """

    types: tuple[str, str, str, str]
    matches: str
    find: str
    first: str
    last: str
    predicate: str
    function: str
    struct_type: str
    field: str
    struct: str
    member: str
    view: str = "CREATE OR REPLACE VIEW {0} AS"
    let: str = ""
    guard: str = "CASE WHEN {0} IS NOT NULL THEN {1} END"
    fence: str = ""
    anchors: str = _columns.FULL_MATCH
    local_time: str = (
        "CAST(substr({0}, 1, 4) || '-' || substr({0}, 5, 2) || '-' || substr({0}, 7, 2) || ' ' || "
        "substr({0}, 10, 2) || ':' || substr({0}, 12, 2) || ':' || substr({0}, 14, 2) AS {1})"
    )
    text_order: str = "{0}"
    note: str = ""

    def type(self, field: Type) -> str:
        text, integer, real, local_time = self.types
        types: Mapping[Type, str] = {"integer": integer, "real": real, "local_time": local_time}
        return types.get(field, text)


_CAST: Final = "CAST({0} AS {1})"
_SYNTAX_ONLY: Final = "-- These statements were checked for syntax only. They have never run in {0}.\n"

_ENGINES: Final[Mapping[str, _Engine]] = {
    "duckdb": _Engine(
        types=("VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP"),
        matches="regexp_full_match({0}, '{1}')",
        find="strpos({0}, '{1}')",
        first="split_part({0}, '{1}', 1)",
        last="split_part({0}, '{1}', -1)",
        predicate="CREATE OR REPLACE MACRO {0}(s) AS {1}",
        function="CREATE OR REPLACE MACRO {0}(s) AS ({2})",
        struct_type="",
        field="",
        struct="struct_pack({0})",
        member="{0} := {1}",
        local_time="strptime({0}, '%Y%m%d_%H%M%S')",
    ),
    "postgres": _Engine(
        types=("text", "bigint", "double precision", "timestamp"),
        matches="{0} ~ '{1}'",
        find="strpos({0}, '{1}')",
        first="split_part({0}, '{1}', 1)",
        last="split_part({0}, '{1}', -1)",
        predicate="CREATE OR REPLACE FUNCTION {0}(s text) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS\n"
        "$$ SELECT {1} $$",
        function="CREATE OR REPLACE FUNCTION {0}(s text) RETURNS {1} ROWS 1 IMMUTABLE PARALLEL SAFE LANGUAGE sql AS\n"
        "$$ {2} $$",
        struct_type="TABLE ({0})",
        field='"{0}" {1}',
        struct="{0}",
        member="{1} AS {0}",
        guard="{1}",
        fence=" OFFSET 0",
        anchors=_columns.FULL_MATCH_POSTGRES,
        local_time="make_timestamp(CAST(substr({0}, 1, 4) AS int), CAST(substr({0}, 5, 2) AS int), "
        "CAST(substr({0}, 7, 2) AS int), CAST(substr({0}, 10, 2) AS int), CAST(substr({0}, 12, 2) AS int), "
        "CAST(substr({0}, 14, 2) AS int))",
        text_order='{0} COLLATE "C"',
    ),
    "clickhouse": _Engine(
        types=("Nullable(String)", "Nullable(Int64)", "Nullable(Float64)", "Nullable(DateTime64(6, 'UTC'))"),
        matches="match({0}, $${1}$$)",
        find="position({0}, '{1}')",
        first="nullif(splitByString('{1}', ifNull({0}, ''))[1], '')",
        last="nullif(splitByString('{1}', ifNull({0}, ''))[-1], '')",
        predicate="CREATE OR REPLACE FUNCTION {0} AS (s) -> {1}",
        function="CREATE OR REPLACE FUNCTION {0} AS (s) -> {2}",
        struct_type="Tuple({0})",
        field="{0} {1}",
        struct="CAST(({0}) AS {1})",
        member="{1}",
        let="arrayMap({0} -> {2}, [{1}])[1]",
        guard="{1}",
    ),
    "spark": _Engine(
        types=("STRING", "BIGINT", "DOUBLE", "TIMESTAMP_NTZ"),
        matches="{0} RLIKE r'{1}'",
        find="instr({0}, '{1}')",
        first="substring_index({0}, '{1}', 1)",
        last="substring_index({0}, '{1}', -1)",
        predicate="CREATE OR REPLACE TEMPORARY FUNCTION {0}(s STRING) RETURNS BOOLEAN RETURN {1}",
        function="CREATE OR REPLACE TEMPORARY FUNCTION {0}(s STRING) RETURNS {1} RETURN {2}",
        struct_type="STRUCT<{0}>",
        field="{0}: {1}",
        struct="named_struct({0})",
        member="'{0}', {1}",
        view="CREATE OR REPLACE TEMPORARY VIEW {0} AS",
        let="transform(array({1}), {0} -> {2})[0]",
    ),
    "bigquery": _Engine(
        types=("STRING", "INT64", "FLOAT64", "DATETIME"),
        matches="REGEXP_CONTAINS({0}, r'{1}')",
        find="STRPOS({0}, '{1}')",
        first="SPLIT({0}, '{1}')[SAFE_OFFSET(0)]",
        last="ARRAY_REVERSE(SPLIT({0}, '{1}'))[SAFE_OFFSET(0)]",
        predicate="CREATE TEMP FUNCTION {0}(s STRING) AS ({1})",
        function="CREATE TEMP FUNCTION {0}(s STRING) AS (({2}))",
        struct_type="",
        field="",
        struct="STRUCT({0})",
        member="{1} AS {0}",
        note=_SYNTAX_ONLY.format("BigQuery"),
    ),
    "trino": _Engine(
        types=("varchar", "bigint", "double", "timestamp(6)"),
        matches="regexp_like({0}, '{1}')",
        find="strpos({0}, '{1}')",
        first="split_part({0}, '{1}', 1)",
        last="element_at(split({0}, '{1}'), -1)",
        predicate="CREATE OR REPLACE FUNCTION {0}(s varchar) RETURNS boolean RETURN {1}",
        function="CREATE OR REPLACE FUNCTION {0}(s varchar) RETURNS {1} RETURN {2}",
        struct_type="ROW({0})",
        field="{0} {1}",
        struct="CAST(ROW({0}) AS {1})",
        member="{1}",
        let="transform(ARRAY[{1}], {0} -> {2})[1]",
        note=_SYNTAX_ONLY.format("Trino"),
    ),
}


# --------------------------------------------------------------------------------------------------------------------
# Cuts.


_VALUES: Final[Mapping[Operation, str]] = {
    "before_first": "{first}",
    "after_first": "substr({text}, nullif({place}, 0) + {count})",
    "before_last": "CASE WHEN {end} <> {text} THEN {before_end} END",
    "after_last": "{last}",
    "after_prefix": "CASE WHEN substr({text}, 1, {count}) = '{argument}' THEN substr({text}, {count} + 1) END",
    "drop_end": "substr({text}, 1, length({text}) - {argument})",
    "keep_end": "substr({text}, length({text}) - {argument} + 1)",
    "version": "CASE WHEN {is_version} THEN {end} END",
    "without_version": "CASE WHEN {is_version} THEN {before_end} ELSE {text} END",
    "or_else": "coalesce({text}, {other})",
}

_FROM_END: Final = ("before_last", "version", "without_version")


def _cuts(engine: _Engine, record: Record) -> dict[str, str]:
    """Return the expression of each cut, with the names of its sources in braces. It is null for null.

    The text after the last separator is costly in most engines, so the cuts that need it share one expression.
    """
    ends = {(cut.source, cut.argument): cut.name for cut in record.cuts if cut.operation == "after_last"}
    found: dict[str, str] = {}
    for cut in record.cuts:
        key = cut.source, cut.argument
        if cut.operation in _FROM_END and key not in ends:
            ends[key] = f"{cut.source}_end"
            found[ends[key]] = engine.last.format(f"{{{cut.source}}}", cut.argument)
        found[cut.name] = _expression(engine, cut, f"{{{ends.get(key)}}}")
    return found


def _expression(engine: _Engine, cut: Cut, end: str) -> str:
    """Return the expression of a cut; *end* is the text after the last separator."""
    text, argument = f"{{{cut.source}}}", cut.argument
    return _VALUES[cut.operation].format(
        text=text,
        argument=argument,
        other=f"{{{argument}}}",
        count=len(argument),
        first=engine.first.format(text, argument),
        last=engine.last.format(text, argument),
        place=engine.find.format(text, argument),
        end=end,
        before_end=f"substr({text}, 1, length({text}) - length({end}) - {len(argument)})",
        # The text after the last marker is a version of digits only, or ends a metric, which has a decimal point.
        is_version=f"{end} <> {text} AND {engine.find.format(end, '.')} = 0",
    )


def _fields(engine: _Engine, record: Record) -> dict[str, str]:
    """Return the expression of each field, cast to its type, with the name of its cut in braces."""
    casts: Mapping[Type, str] = {"integer": _CAST, "real": _CAST, "local_time": engine.local_time}
    return {
        name: casts.get(type_, "{0}").format(f"{{{name}}}", engine.type(type_)) for name, type_ in record.fields.items()
    }


def _sources(expression: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", expression)


# --------------------------------------------------------------------------------------------------------------------
# Statements.


def _matches(engine: _Engine, record: Record, text: str) -> str:
    return engine.matches.format(text, engine.anchors.format(record.pattern))


def _functions(engine: _Engine, record: Record) -> Iterator[str]:
    is_valid = f"ckpt_is_{record.text}"
    yield engine.predicate.format(is_valid, _matches(engine, record, "s"))
    members = [engine.member.format(name, value) for name, value in _fields(engine, record).items()]
    fields = [engine.field.format(name, engine.type(type_)) for name, type_ in record.fields.items()]
    type_ = engine.struct_type.format(", ".join(fields))
    struct = engine.guard.format(f"{{{record.text}}}", engine.struct.format(", ".join(members), type_))
    valid = f"CASE WHEN {is_valid}(s) THEN s END"
    cuts = _cuts(engine, record)
    if engine.let:
        body = _with_variables(engine, {record.text: valid, **cuts}, struct)
    else:
        rows = _nested(engine, record.text, cuts, f"SELECT {valid} AS {record.text}")
        body = f"SELECT {_named(struct)} FROM {rows}"
    yield engine.function.format(f"ckpt_{record.text}", type_, body)


def _with_variables(engine: _Engine, cuts: Mapping[str, str], body: str) -> str:
    """Return *body* with the values of *cuts*, and a variable for each cut that is used more than once.

    Spark needs minutes for an expression with a variable for every cut.
    """
    uses = Counter(name for expression in (*cuts.values(), body) for name in _sources(expression))
    values: dict[str, str] = {}
    variables: dict[str, str] = {}
    for name, expression in cuts.items():
        value = expression.format_map(values)
        values[name] = value if uses[name] == 1 else name
        if uses[name] > 1:
            variables[name] = value
    body = body.format_map(values)
    for name, value in reversed(variables.items()):
        body = engine.let.format(name, value, body)
    return body


def _nested(engine: _Engine, text: str, cuts: Mapping[str, str], query: str) -> str:
    """Return a query, in parentheses, that adds *cuts* to *query*, which has the column *text*."""
    depths = {text: 0}
    levels: defaultdict[int, list[str]] = defaultdict(list)
    for name, expression in cuts.items():
        depths[name] = depth = 1 + max(depths[source] for source in _sources(expression))
        levels[depth].append(f"{_named(expression)} AS {name}")
    for _, values in sorted(levels.items()):
        query = f"SELECT *, {', '.join(values)} FROM ({query}{engine.fence}) AS t"
    return f"({query}{engine.fence}) AS t"


def _named(expression: str) -> str:
    """Return *expression* without braces, so that its names are columns."""
    return re.sub(r"[{}]", "", expression)


def _views(engine: _Engine, table: str) -> Iterator[str]:
    record = _columns.CHECKPOINT_PATH
    fields = "".join(f", {_named(value)} AS {name}" for name, value in _fields(engine, record).items())
    keys = f"SELECT key, size, key AS {record.text} FROM {table} WHERE {_matches(engine, record, 'key')}"
    paths = f"SELECT key, size, run_id AS run{fields} FROM {_nested(engine, record.text, _cuts(engine, record), keys)}"
    columns = ", ".join(("key", "size", "run", *record.fields))
    metric = engine.text_order.format("metric")
    number = f"epoch DESC, step DESC, version DESC NULLS LAST, {metric} DESC NULLS LAST, value DESC NULLS LAST"

    def first(condition: str, group: str, order: str, more: str = "") -> str:
        place = f"row_number() OVER (PARTITION BY root, run{group} ORDER BY {order}) AS place"
        inner = f"SELECT *, {place} FROM checkpoint_paths WHERE {condition}"
        return f"SELECT {columns}{more} FROM ({inner}) AS t WHERE place = 1"

    def best(mode: str, order: str) -> str:
        ties = "kind, epoch, step, version NULLS FIRST"
        return first("metric IS NOT NULL", ", metric", f"value {order}, {ties}", f", '{mode}' AS mode")

    latest = first("kind <> 'best'", "", f"kind DESC, {number}")
    size = "SELECT root, run, count(*) AS checkpoints, sum(size) AS total_size FROM checkpoint_paths GROUP BY root, run"
    for name, query in (
        ("checkpoint_paths", paths),
        ("latest_per_run", latest),
        ("best_per_run", f"{best('max', 'DESC')} UNION ALL {best('min', 'ASC')}"),
        ("size_per_run", size),
    ):
        yield f"{engine.view.format(name)}\n{query}"
