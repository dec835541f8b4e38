"""Jinja's sandbox, in which templates run, made quick for what is known of ours, and where in them
an error happened.

What a template includes is compiled into it, as if it stood there: each include would cost a copy
of all variables and every piece of text would pass one generator more
(docs/decisions/0042).
"""

from __future__ import annotations

from collections.abc import Iterable
from traceback import walk_tb
from types import TracebackType
from typing import Any, NoReturn

from jinja2 import Template, nodes
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from provd.devices.contact import Contact
from provd.devices.device import Key
from provd.vendors.timezones import Change, ZoneRule
from provd.vendors.tones import CountryTones, Tone
from provd.vendors.variables import PhoneLine, Server

_DATA = (PhoneLine, Server, Key, ZoneRule, Change, Contact, CountryTones, Tone)
_VALUES = {one: frozenset(one.__slots__) for one in _DATA} | {
    LoopContext: frozenset({"index", "index0", "first", "last", "length"})
}
"""Values that hold nothing but data, and what templates may ask them for."""

_LINES = 1 << 20
"""More than any template has: those of the third template begin at three times as many."""


class Sandbox(ImmutableSandboxedEnvironment):
    """It looks at every attribute's name and kind, which took half of the rendering. What the
    values above hold needs no looking at."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._names = [""]

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in _VALUES.get(type(obj), ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """As it is: `place` finds where it happened, which a made-up traceback would hide."""
        raise

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return self.parsed(source, name or "", ())

    def parsed(self, source: str, name: str, within: Iterable[str]) -> nodes.Template:
        """With what it includes, but for those `within` which it is included itself. Each line is
        counted as `_LINES` says."""
        tree = _Parser(self, source, name, {*within, name}).parse()
        if name not in self._names:
            self._names.append(name)
        before = self._names.index(name) * _LINES
        for node in tree.find_all(nodes.Node):
            if (node.lineno or _LINES) < _LINES:  # Jinja gives some of them none
                node.lineno += before
        return tree

    def source(self, name: str) -> str:
        """Raises jinja2.TemplateNotFound."""
        assert self.loader is not None  # noqa: S101  templates are files
        return self.loader.get_source(self, name)[0]

    def place(self, template: Template, line: int) -> tuple[str, int]:
        """The file of a line of the template's code, and the line there."""
        number, own = divmod(template.get_corresponding_lineno(line), _LINES)
        return self._names[number] or template.name or "", own


def place(traceback: TracebackType | None) -> tuple[str, int] | None:
    """The innermost template in which it happened, and the line there."""
    found = None
    for frame, line in walk_tb(traceback):
        template = frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and isinstance(template.environment, Sandbox):
            found = template.environment.place(template, line)
    return found


class _Parser(Parser):
    def __init__(self, sandbox: Sandbox, source: str, name: str, within: set[str]) -> None:
        super().__init__(sandbox, source, name)
        self._sandbox = sandbox
        self._within = within

    def parse_statement(self) -> nodes.Node | list[nodes.Node]:
        node = super().parse_statement()
        if not isinstance(node, nodes.Include) or not isinstance(node.template, nodes.Const):
            return node
        name = node.template.value
        if name in self._within or node.ignore_missing or not node.with_context:
            return node
        included = self._sandbox.parsed(self._sandbox.source(name), name, self._within)
        # What it sets is its own, as with any include.
        return nodes.Scope(included.body, lineno=node.lineno)
