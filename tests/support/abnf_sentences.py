"""The ABNF of the specification: the texts that it accepts, by the ``abnf`` library, and sentences that it generates.

This module uses no pattern of the library, for the tests compare the patterns with the ABNF.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from abnf.parser import ABNFGrammarRule, LiteralNode, Node, ParseError, Rule
from hypothesis import strategies as st

from regular_languages import Chain, Chars, Choice, Expression, Name, Repeat

_SPEC: Final = Path(__file__).parents[2] / "docs" / "spec.md"


class Grammar(Rule):
    """The rules of the specification, as the ``abnf`` library parses with them."""


def _block() -> str:
    [block] = re.findall(r"^```abnf\n(.*?)^```$", _SPEC.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(block).replace("\n", "\r\n")


_LIST: Final = ABNFGrammarRule("rulelist").parse_all(_block())
Grammar.load_grammar(_block())

TEXTS: Final = {rule.children[0].value: rule.value for rule in _LIST.children if rule.name == "rule"}
"""Each rule as it is written, with its comment."""


# --------------------------------------------------------------------------------------------------------------------
# The comments of the ABNF.


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    return int(text[:2]) <= 23 and int(text[2:4]) <= 59 and int(text[4:]) <= 59


WORDS: Final[dict[str, Callable[[str], bool]]] = {
    "date": _is_day,
    "time": _is_time,
    "value": lambda text: text != "-0.0000",
}
"""The condition that the comment of a rule adds to the rule."""


def obeys_words(tree: Node | LiteralNode) -> bool:
    """Return whether every comment in the grammar holds for its part of a parsed text."""
    obeys = WORDS.get(tree.name)
    return (obeys is None or obeys(tree.value)) and all(obeys_words(child) for child in tree.children)


def accepts(rule: str, text: str) -> bool:
    """Return whether a rule, with its comments and those of the rules it names, accepts *text*."""
    try:
        return obeys_words(Grammar(rule).parse_all(text))
    except ParseError:
        return False


# --------------------------------------------------------------------------------------------------------------------
# The rules as expressions, and their sentences.


def _expression(node: Node) -> Expression:
    inner = [child for child in node.children if child.name not in {"c-wsp", "literal"}]
    match node.name:
        case "alternation":
            return Choice(tuple(map(_expression, inner)))
        case "concatenation":
            return Chain(tuple(map(_expression, inner)))
        case "option":
            return Repeat(_expression(inner[0]), 0, 1)
        case "repetition" if inner[0].name == "repeat":
            return _repeat(inner[0].value, _expression(inner[1]))
        case "rulename" | "char-val" | "num-val":
            return _terminal(node)
        case _:  # a node around another one
            return _expression(inner[0])


def _repeat(counts: str, item: Expression) -> Repeat:
    low, star, high = counts.partition("*")
    return Repeat(item, int(low or 0), int(high) if high else None if star else int(low))


def _terminal(node: Node) -> Expression:
    if node.name == "rulename":
        return Name(node.value)
    if node.name == "num-val":
        low, _, high = node.value.removeprefix("%x").partition("-")
        return Chars(((int(low, 16), int(high or low, 16)),))
    kind, _, text = node.value[:-1].partition('"')
    cases = (char if kind == "%s" else {char.lower(), char.upper()} for char in text)
    return Chain(tuple(Chars(tuple((ord(char), ord(char)) for char in sorted(case))) for case in cases))


CORE: Final[dict[str, Expression]] = {
    "ALPHA": Chars(((0x41, 0x5A), (0x61, 0x7A))),
    "DIGIT": Chars(((0x30, 0x39),)),
}
"""The rules that the specification takes from RFC 5234."""

RULES: Final[dict[str, Expression]] = {
    rule.children[0].value: _expression(rule.children[2]) for rule in _LIST.children if rule.name == "rule"
}
"""The rules without their comments."""

# Digits alone are a date as rarely as one time in thirty, and minus zero as rarely as one in a million.
_TELLING: Final = {
    "date": st.dates().map(lambda day: day.isoformat().replace("-", "")),
    "time": st.times().map(lambda time: time.isoformat("seconds").replace(":", "")),
    "value": st.just("-0.0000"),
}


@functools.cache
def sentences(rule: str) -> st.SearchStrategy[str]:
    """Return a strategy for texts of a rule, some of which break its comments."""
    written = _sentences((CORE | RULES)[rule])
    return st.one_of(_TELLING[rule], written) if rule in _TELLING else written


def _sentences(expression: Expression) -> st.SearchStrategy[str]:
    match expression:
        case Chars(ranges):
            return st.one_of(*(st.characters(min_codepoint=low, max_codepoint=high) for low, high in ranges))
        case Chain(parts):
            return st.tuples(*map(_sentences, parts)).map("".join)
        case Choice(options):
            return st.one_of(*map(_sentences, options))
        case Repeat(item, low, high):
            return st.lists(_sentences(item), min_size=low, max_size=high).map("".join)
        case Name(rule):
            return sentences(rule)
