"""Templates, compiled once, and the rule that every value passes the format's encoder.

A file's values come in through `{{ value }}` alone. What would let one past the encoder, or through
it twice (macros, call, filter and set blocks), is refused when the folder is read; templates share
text by `{% include %}`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
)

from provd.devices.secret import Secret
from provd.errors import PluginError, RenderError
from provd.vendors.filters import FILTERS, Words, WordTables
from provd.vendors.formats import FORMATS
from provd.vendors.looking import Sort, Use, uses
from provd.vendors.sandbox import Sandbox, place
from provd.vendors.values import FileKind

_AROUND = "macro, call, filter and set blocks would pass values around the encoder"
_VARIABLES = "docs/adding-a-vendor.md lists the variables"

_REMEMBERED = 1_000
"""Texts as they are written in a format; none of them a secret."""


class Templates:
    """One vendor's templates/ folder."""

    def __init__(self, folder: Path, words: Words, reserved: tuple[str, ...]) -> None:
        self._folder = folder / "templates"
        self._name = "/".join(self._folder.parts[-3:])
        self._words = WordTables(words)
        self._reserved = reserved
        self._environments: dict[tuple[str, bool, str], Sandbox] = {}
        self._compiled: dict[str, Template] = {}

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that the templates use; what one sets, those that it includes may use."""
        return self._used(Sort.VARIABLE) - self._used(Sort.OWN)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """What the templates ask any of their values for: `shared` of `line.shared`."""
        return self._used(Sort.ATTRIBUTE)

    def tables(self, variable: str) -> frozenset[str]:
        """The tables of words in which the templates look that variable up."""
        looked_up = (use for use in self._uses() if use.sort is Sort.TABLE)
        return frozenset(use.name for use in looked_up if use.value == variable)

    def _used(self, sort: Sort) -> frozenset[str]:
        return frozenset(use.name for use in self._uses() if use.sort is sort)

    def _uses(self) -> Iterator[Use]:
        for path in self._files():
            yield from uses(path.read_text("utf-8"))

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.j2"))

    def compile(self, file: FileKind) -> Template:
        """The file's template, with those that it includes. A command needs few of them, so a file
        that nobody compiled is compiled when it is rendered."""
        compiled = self._compiled.get(file.name)
        return compiled or self._compile(file)

    def _compile(self, file: FileKind) -> Template:
        assert file.template is not None  # noqa: S101  only files with one are rendered
        written = (file.format, file.secret, file.encoding)
        environment = self._environments.get(written)
        if environment is None:
            environment = self._environments[written] = self._environment(file)
        compiled = environment.get_template(file.template)
        self._compiled[file.name] = compiled
        return compiled

    def render(self, file: FileKind, variables: Mapping[str, object]) -> bytes:
        """Raises RenderError that names the template's file and line."""
        try:
            text = self.compile(file).render(variables)
        except Exception as error:  # a vendor's template may fail in any way, for this phone only
            raise RenderError(_problem(error), where=self._where(error)) from None
        if file.line_end != "\n":
            text = text.replace("\n", file.line_end)
        return octets(text, file.encoding)

    def _environment(self, file: FileKind) -> Sandbox:
        """Format, secrecy and encoding decide how values are written; they are all that is used of
        `file`."""
        encoder = FORMATS[file.format].encode
        secret, reserved = file.secret, frozenset(self._reserved)
        encoding = file.encoding

        def written(value: object) -> str:
            text = encoder(value)
            if text in reserved:
                raise RenderError("the value means something else to this phone")
            return text

        # Most texts of a phone's files are those of all others.
        written_text = lru_cache(maxsize=_REMEMBERED)(written)

        def finalize(value: object) -> str:
            if type(value) is str:
                return written_text(value)
            if isinstance(value, StrictUndefined):
                return str(value)  # which raises, naming the variable
            if isinstance(value, Secret) and not secret:
                raise RenderError("a secret value in a file that is not declared secret")
            if isinstance(value, Secret) and _is_lost(value.reveal(), encoding):
                raise RenderError("a secret value has a letter that this phone can't read")
            return written(value)

        return self._bare_environment(finalize)

    def _bare_environment(self, finalize: Callable[[object], str]) -> Sandbox:
        environment = Sandbox(
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
        found: dict[str, tuple[Use, ...]] = {}
        for path in self._files():
            try:
                found[path.name] = uses(path.read_text("utf-8"))
            except TemplateSyntaxError as error:
                yield self._wrong(error.message or "wrong syntax", path.name, error.lineno)
        own = {use.name for all_ in found.values() for use in all_ if use.sort is Sort.OWN}
        there = {*own, *known, *environment.globals, "loop"}
        for name, all_ in found.items():
            for problem, line, remedy in self._said(all_, environment, there):
                yield self._wrong(problem, name, line, remedy)

    def _said(
        self, all_: Sequence[Use], environment: Sandbox, there: Collection[str]
    ) -> Iterator[tuple[str, int, str]]:
        """What is wrong with one template, each name once: the line, a remedy."""
        unknown: set[str] = set()
        for use in all_:
            match use.sort:
                case Sort.BLOCK_AROUND:
                    yield _AROUND, use.line, "Include a file instead"
                case Sort.VARIABLE if use.name not in there and use.name not in unknown:
                    unknown.add(use.name)
                    yield f"there is no variable {use.name}", use.line, _VARIABLES
                case Sort.FILTER if use.name not in environment.filters:
                    yield f"there is no filter {use.name}", use.line, _VARIABLES
                case Sort.TEST if use.name not in environment.tests:
                    yield f"there is no test {use.name}", use.line, _VARIABLES
                case Sort.TABLE if not self._words.has(use.name):
                    yield f"words has no table {use.name}", use.line, ""
                case Sort.TEMPLATE if not (self._folder / use.name).is_file():
                    yield f"there is no template {use.name}", use.line, ""

    def _wrong(self, said: str, name: str, line: int, remedy: str = "") -> PluginError:
        return PluginError(said, where=f"{self._name}/{name} line {line}", remedy=remedy)

    def _where(self, error: Exception) -> str:
        found = place(error.__traceback__)
        return f"{self._name}/{found[0]} line {found[1]}" if found else ""


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
