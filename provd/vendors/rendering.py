"""Templates, compiled once, and the rule that every value passes the format's encoder.

A file's values come in through `{{ value }}` alone. What would let one past the encoder, or through
it twice (macros, call, filter and set blocks), is refused when the folder is read; templates share
text by `{% include %}`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, TypeGuard

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    meta,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from provd.devices.contact import Contact
from provd.devices.device import Key
from provd.devices.secret import Secret
from provd.errors import PluginError, RenderError
from provd.vendors.filters import FILTERS, Words, WordTables
from provd.vendors.formats import FORMATS
from provd.vendors.timezones import Change, ZoneRule
from provd.vendors.values import FileKind
from provd.vendors.variables import PhoneLine, Server

_REFUSED = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)

_OF_TABLES = {"word", "in_words", "known", "zone_word"}
_AROUND = "macro, call, filter and set blocks would pass values around the encoder"
_VARIABLES = "docs/adding-a-vendor.md lists the variables"

_DATA = (PhoneLine, Server, Key, ZoneRule, Change, Contact)
_VALUES = {one: frozenset(one.__slots__) for one in _DATA}
"""Values of our own that hold nothing but data, and what templates may ask them for."""


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox looks at every attribute's name and kind, which took half of the rendering. What
    the values above hold needs no looking at."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in _VALUES.get(type(obj), ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class Templates:
    """One vendor's templates/ folder."""

    def __init__(self, folder: Path, words: Words, reserved: tuple[str, ...]) -> None:
        self._folder = folder / "templates"
        self._name = "/".join(self._folder.parts[-3:])
        self._words = WordTables(words)
        self._reserved = reserved
        self._environments: dict[tuple[str, bool, str], _Environment] = {}
        self._compiled: dict[str, Template] = {}

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that the templates use; what one sets, those that it includes may use."""
        environment = self._bare_environment(str)
        used: set[str] = set()
        own: set[str] = set()
        for path in self._folder.glob("*.j2"):
            tree = environment.parse(path.read_text("utf-8"), path.name)
            used |= meta.find_undeclared_variables(tree)
            own |= _set_by(tree)
        return frozenset(used - own)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """What the templates ask any of their values for: `shared` of `line.shared`."""
        environment = self._bare_environment(str)
        trees = [environment.parse(path.read_text("utf-8")) for path in self._folder.glob("*.j2")]
        return frozenset(node.attr for tree in trees for node in tree.find_all(nodes.Getattr))

    def compile(self, file: FileKind) -> Template:
        """The file's template, and with the first of its kind those that it may include. A command
        needs few of them, so a file that nobody compiled is compiled when it is rendered."""
        compiled = self._compiled.get(file.name)
        return compiled or self._compile(file)

    def _compile(self, file: FileKind) -> Template:
        assert file.template is not None  # noqa: S101  only files with one are rendered
        written = (file.format, file.secret, file.encoding)
        environment = self._environments.get(written)
        if environment is None:
            environment = self._environments[written] = self._environment(file)
            for path in self._folder.glob("*.j2"):
                environment.get_template(path.name)  # what is included is compiled now, too
        compiled = environment.get_template(file.template)
        self._compiled[file.name] = compiled
        return compiled

    def render(self, file: FileKind, variables: Mapping[str, object]) -> bytes:
        """Raises RenderError that names the template's file and line."""
        try:
            text = self.compile(file).render(variables)
        except Exception as error:  # a vendor's template may fail in any way, for this phone only
            raise RenderError(_problem(error), where=self._where(error.__traceback__)) from None
        if file.line_end != "\n":
            text = text.replace("\n", file.line_end)
        return octets(text, file.encoding)

    def _environment(self, file: FileKind) -> _Environment:
        """Format, secrecy and encoding decide how values are written; they are all that is used of
        `file`."""
        encoder = FORMATS[file.format].encode
        secret, reserved = file.secret, frozenset(self._reserved)
        encoding = file.encoding

        def finalize(value: object) -> str:
            if isinstance(value, StrictUndefined):
                return str(value)  # which raises, naming the variable
            if isinstance(value, Secret) and not secret:
                raise RenderError("a secret value in a file that is not declared secret")
            if isinstance(value, Secret) and _is_lost(value.reveal(), encoding):
                raise RenderError("a secret value has a letter that this phone can't read")
            text = encoder(value)
            if text in reserved:
                raise RenderError("the value means something else to this phone")
            return text

        return self._bare_environment(finalize)

    def _bare_environment(self, finalize: Callable[[object], str]) -> _Environment:
        environment = _Environment(
            loader=FileSystemLoader(self._folder),
            undefined=StrictUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        harmless = {name: environment.filters[name] for name in _HARMLESS}
        words = {"word": self._words.word, "in_words": self._words.in_words}
        words |= {"zone_word": self._words.zone_word}
        environment.filters = harmless | FILTERS | words
        environment.tests["known"] = self._words.known
        return environment

    def problems(self, known: Collection[str]) -> Iterator[PluginError]:
        """Everything that is wrong with the templates, with file and line: syntax, what would pass
        a value around its encoder, and names that are no variable, of the `known` or of their own.
        """
        environment = self._bare_environment(str)
        found: dict[str, list[nodes.Node]] = {}
        for path in sorted(self._folder.glob("*.j2")):
            try:
                found[path.name] = _all(environment.parse(path.read_text("utf-8"), path.name))
            except TemplateSyntaxError as error:
                yield self._wrong(error.message or "wrong syntax", path.name, error.lineno)
        own = {one.name for all_ in found.values() for one in all_ if _is_set(one)}
        there = {*own, *known, *environment.globals, "loop"}
        for name, all_ in found.items():
            for problem, line, remedy in self._said(all_, environment, there):
                yield self._wrong(problem, name, line, remedy)

    def _said(
        self, all_: Sequence[nodes.Node], environment: _Environment, there: Collection[str]
    ) -> Iterator[tuple[str, int, str]]:
        """What is wrong with the nodes of one template, each name once: the line, a remedy."""
        unknown: set[str] = set()
        for node in all_:
            if isinstance(node, _REFUSED):
                yield _AROUND, node.lineno, "Include a file instead"
            elif (
                isinstance(node, nodes.Name)
                and node.name not in there
                and (node.name not in unknown)
            ):
                unknown.add(node.name)
                yield f"there is no variable {node.name}", node.lineno, _VARIABLES
            elif isinstance(node, nodes.Filter) and node.name not in environment.filters:
                yield f"there is no filter {node.name}", node.lineno, _VARIABLES
            elif isinstance(node, nodes.Test) and node.name not in environment.tests:
                yield f"there is no test {node.name}", node.lineno, _VARIABLES
            elif (table := _table(node)) is not None and not self._words.has(table):
                yield f"words has no table {table}", node.lineno, ""

    def _wrong(self, said: str, name: str, line: int, remedy: str = "") -> PluginError:
        return PluginError(said, where=f"{self._name}/{name} line {line}", remedy=remedy)

    def _where(self, traceback: TracebackType | None) -> str:
        own = [
            frame for frame in extract_tb(traceback) if Path(frame.filename).parent == self._folder
        ]
        return f"{self._name}/{Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""


def _all(tree: nodes.Node) -> list[nodes.Node]:
    """The tree's nodes in the order of their lines. One walk: looking for each kind by itself, and
    compiling to find unknown names, took four times as long for two hundred templates."""
    found: list[nodes.Node] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(node.iter_child_nodes())
    return sorted(found, key=lambda node: node.lineno or 0)


def _is_set(node: nodes.Node) -> TypeGuard[nodes.Name]:
    return isinstance(node, nodes.Name) and node.ctx == "store"


def _set_by(tree: nodes.Template) -> set[str]:
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}


def _table(node: nodes.Node) -> str | None:
    """The words table that a filter or test names."""
    if not isinstance(node, nodes.Filter | nodes.Test):
        return None
    named = node.args[0] if node.args else None
    if node.name in {"word", "in_words", "known", "zone_word"} and isinstance(named, nodes.Const):
        return str(named.value)
    return None


def octets(text: str, encoding: str) -> bytes:
    """Letters that an older encoding lacks lose their accents: no file is withheld for a name."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_nearest(character, encoding) for character in text).encode(encoding)


def _is_lost(text: str, encoding: str) -> bool:
    """A password without its accents would be another one."""
    return octets(text, encoding).decode(encoding) != text


def _nearest(character: str, encoding: str) -> str:
    for text in (character, unicodedata.normalize("NFKD", character)):
        kept = text.encode(encoding, "ignore").decode(encoding)
        # What decomposes into more than a letter and its accents might decompose into syntax.
        if kept and (text is character or kept.isalnum()):
            return kept
    return "?"


_HARMLESS = (
    "default",
    "first",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "replace",
    "upper",
)
"""The filters of Jinja that templates may use; the others are not needed, or mark text as safe."""


def _problem(error: Exception) -> str:
    """What to tell: of an unexpected error only its kind, because its text might hold a value."""
    if isinstance(error, RenderError):
        return error.problem
    if isinstance(error, TemplateError):
        return error.message or type(error).__name__
    return f"the template failed ({type(error).__name__})"
