"""What a template uses, found by looking through its text once.

The same text always gives the same answer, so it is looked through once in a process: a reload that
finds the folders as they were parses nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, nodes

_REFUSED = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)
_OF_TABLES = frozenset({"word", "in_words", "known", "zone_word"})

# Only the grammar counts here. What a vendor may use of the rest is judged by who asks.
_GRAMMAR = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701  parses only


class Sort(enum.Enum):
    """What a template can use."""

    BLOCK_AROUND = "a block that would pass values around the encoder"
    VARIABLE = "a variable that is read"
    OWN = "a variable that the template sets itself"
    FILTER = "a filter"
    TEST = "a test"
    TABLE = "a table of the vendor's words"
    ATTRIBUTE = "what a value is asked for"
    TEMPLATE = "a template that it includes"


@dataclass(frozen=True, slots=True)
class Use:
    """`name` is empty for a block. `value` is the variable that is looked up in a table; empty
    where it is something else."""

    sort: Sort
    name: str
    line: int
    value: str = ""


@lru_cache(maxsize=2048)
def uses(text: str) -> tuple[Use, ...]:
    """In the order of their lines. Raises jinja2.TemplateSyntaxError."""
    found = [use for node in _nodes(_GRAMMAR.parse(text)) for use in _uses(node)]
    return tuple(sorted(found, key=lambda use: use.line))


def _nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _uses(node: nodes.Node) -> Iterator[Use]:
    if isinstance(node, _REFUSED):
        yield Use(Sort.BLOCK_AROUND, "", node.lineno)
    elif isinstance(node, nodes.Name):
        yield Use(Sort.OWN if node.ctx == "store" else Sort.VARIABLE, node.name, node.lineno)
    elif isinstance(node, nodes.Getattr):
        yield Use(Sort.ATTRIBUTE, node.attr, node.lineno)
    elif isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const):
        yield Use(Sort.TEMPLATE, str(node.template.value), node.lineno)
    elif isinstance(node, nodes.Filter):
        yield Use(Sort.FILTER, node.name, node.lineno)
        yield from _table(node)
    elif isinstance(node, nodes.Test):
        yield Use(Sort.TEST, node.name, node.lineno)
        yield from _table(node)


def _table(node: nodes.Filter | nodes.Test) -> Iterator[Use]:
    named = node.args[0] if node.args else None
    if node.name in _OF_TABLES and isinstance(named, nodes.Const):
        value = node.node.name if isinstance(node.node, nodes.Name) else ""
        yield Use(Sort.TABLE, str(named.value), node.lineno, value)
