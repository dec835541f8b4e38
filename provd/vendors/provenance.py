"""Whence each line of a rendered file comes, found by trying: one thing of the phone is changed at
a time, and the lines that change with it depend on it.

So it holds for every vendor and every template, without marks in them; docs/decisions/0028 says
what it can't see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from provd.devices.device import Key, Line
from provd.devices.settings import VOCABULARY, setting
from provd.errors import RenderError
from provd.vendors import joint, variants
from provd.vendors.alignment import changes
from provd.vendors.notes import Note
from provd.vendors.values import FileKind, Phone
from provd.vendors.variants import Origin
from provd.vendors.vendor import Vendor

_EACH = 64
"""So many lines or keys are tried one by one; of more it is only told that it is one of them."""


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line of a file, and what it depends on; nothing: it is the template's own."""

    text: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A file. `reaching` is all that another value of would change it, be it by a line that it has
    not now; `notes` are the values that the vendor has no words for. Unless it is `whole`, there
    was not time enough to try all that a line may depend on."""

    lines: tuple[TracedLine, ...]
    reaching: frozenset[Origin]
    notes: tuple[Note, ...]
    whole: bool = True


def trace(
    vendor: Vendor,
    file: FileKind,
    phone: Phone,
    *,
    only: str = "",
    enough: Callable[[], bool] = lambda: False,
) -> Traced:
    """With `only`, a setting's key, nothing else is tried. Once `enough` says so nothing more is
    tried: a base of 250 lines takes minutes. Raises RenderError when the file can't be made as the
    phone is."""
    return _Trace(vendor, file, phone, enough).traced(only)


class _Trace:
    """One file of one phone."""

    def __init__(
        self, vendor: Vendor, file: FileKind, phone: Phone, enough: Callable[[], bool]
    ) -> None:
        self._vendor = vendor
        self._file = file
        self._phone = phone
        self._bytes, self._notes = vendor.render_noted(file, phone)
        self._text = self._split(self._bytes)
        self._origins: list[dict[Origin, None]] = [{} for _ in self._text]
        self._reaching: set[Origin] = set()
        self._fixed: set[str] = set()
        self._unmade = False
        self._enough = enough
        self._whole = True

    def traced(self, only: str) -> Traced:
        without = frozenset(self._vendor.unsupported_settings)
        for one in variants.of_settings(self._phone, self._vendor.name, without, only):
            self._unmade = False
            self._note(one.origin, self._touched(one.phone))
            if self._unmade:
                self._fixed.add(one.origin.setting)
        if only in ("", variants.FIRMWARE):
            for one in variants.of_firmware(self._phone):
                self._note(one.origin, self._touched(one.phone))
        if not only:
            self._lines()
            self._keys()
            for one in variants.of_the_rest(self._phone, self._vendor.models):
                self._note(one.origin, self._touched(one.phone))
        if only:
            self._hanging_on(only)
        else:
            self._together()
        lines = zip(self._text, self._origins, strict=True)
        return Traced(
            tuple(TracedLine(text, tuple(origins)) for text, origins in lines),
            frozenset(self._reaching),
            self._notes,
            self._whole,
        )

    def _together(self) -> None:
        """The lines that hang on several settings at once, as far as nothing else explains them."""
        texts = enumerate(self._text)
        unexplained = {at for at, text in texts if text.strip() and not self._origins[at]}
        grounds = joint.grounds(self._phone, self._keys_tried(), self._fixed)
        for some, lines in joint.combinations(grounds, unexplained, self._touched_with):
            for key in sorted(some):
                self._note(Origin(key, key), lines, reach=False)

    def _hanging_on(self, key: str) -> None:
        """The lines that stay while all else is changed, and go with that setting."""
        keys = self._keys_tried()
        if key not in keys:
            return
        for other in (one for one in keys if self._phone.settings.get(one) is not None):
            self._unmade = False
            self._touched_with({other: None})
            if self._unmade:
                self._fixed.add(other)
        for ground in joint.grounds(self._phone, keys, self._fixed):
            around = {name: value for name, value in ground.items() if name != key}
            staying = self._touched_with(around) or set()
            for sample in (None, *setting(key).kind.samples):
                gone = self._touched_with({**around, key: sample}) or set()
                self._note(Origin(key, key), gone - staying, reach=False)

    def _keys_tried(self) -> list[str]:
        without = {*self._vendor.unsupported_settings}
        return [row.key for row in VOCABULARY.values() if row.for_phones and row.key not in without]

    def _touched_with(self, changed: joint.Changed) -> set[int] | None:
        settings = self._phone.settings.replaced(changed)
        return self._touched(replace(self._phone, settings=settings))

    def _lines(self) -> None:
        """Which fields of which line: by what changes with the line, and what with the field."""
        lines = self._phone.device.lines
        touched = self._by_each(
            lines[:_EACH],
            lambda line: (
                variants.with_other_line(self._phone, line),
                variants.without_line(self._phone, line),
            ),
        )
        fields = [
            (name, self._touched(phone)) for name, phone in variants.lines_of_fields(self._phone)
        ]
        self._note_each("line", [(_line_name(line), found) for line, found in touched], fields)

    def _keys(self) -> None:
        keys, kinds = self._phone.device.keys, self._vendor.key_kinds
        touched = self._by_each(
            keys[:_EACH],
            lambda key: (
                variants.with_other_key(self._phone, key, kinds),
                variants.without_key(self._phone, key),
            ),
        )
        fields = [
            (name, self._touched(phone))
            for name, phone in variants.keys_of_fields(self._phone, kinds)
        ]
        self._note_each("key", [(_key_name(key), found) for key, found in touched], fields)

    def _by_each(
        self,
        some: Sequence[Line] | Sequence[Key],
        tried: Callable[..., Iterable[Phone]],
    ) -> list[tuple[Line | Key, set[int]]]:
        found = []
        for one in some:
            touched: set[int] = set()
            for phone in tried(one):
                touched |= self._touched(phone) or set()
            found.append((one, touched))
        return found

    def _note_each(
        self,
        noun: str,
        each: Sequence[tuple[str, set[int]]],
        fields: Sequence[tuple[str, set[int] | None]],
    ) -> None:
        """A line of the file that changes with a field, and with one of the lines (or keys), hangs
        on that one's field; with one of them but with no field, on its being there."""
        by_field = set().union(*(found for _, found in fields if found)) if fields else set()
        for name, touched in each:
            for field, found in fields:
                self._note(Origin(f"{name}, {field}"), touched & (found or set()), reach=False)
            self._note(Origin(name), touched - by_field, reach=False)
        told = set().union(*(touched for _, touched in each)) if each else set()
        for field, found in fields:
            rest = (found or set()) - told
            self._note(Origin(f"some {noun}, {field}"), rest, reach=False)

    def _note(self, origin: Origin, touched: set[int] | None, *, reach: bool = True) -> None:
        """`touched` None: it changes nothing at all."""
        if touched is None:
            return
        if reach:
            self._reaching.add(origin)
        for at in touched:
            if self._text[at].strip():
                self._origins[at][origin] = None

    def _touched(self, phone: Phone) -> set[int] | None:
        """The lines that are others, or gone, in this phone's file: empty where it only has more.
        None when it has the same file, or none, or when it is not tried any more."""
        self._whole = self._whole and not self._enough()
        if not self._whole:
            return None
        try:
            made = self._vendor.render(self._file, phone)
        except RenderError:
            self._unmade = True
            return None
        if made == self._bytes:
            return None
        return set(self._gone(self._split(made)))

    def _gone(self, other: Sequence[str]) -> Iterator[int]:
        for change in changes(self._text, other):
            yield from range(change.start, change.end)

    def _split(self, content: bytes) -> list[str]:
        return content.decode(self._file.encoding).splitlines()


def _line_name(line: Line | Key) -> str:
    assert isinstance(line, Line)  # noqa: S101  our own
    return f"line {line.number}"


def _key_name(key: Line | Key) -> str:
    assert isinstance(key, Key)  # noqa: S101  our own
    return f"key {key.position}" + (f" of module {key.module}" if key.module else "")
