"""What each choice of each setting, and each kind of key, changes in the files of a vendor's cases.

One text for a vendor, written by `provd vendor renew` and read by a person once: for each setting
that is a choice, or that the templates look up in a table of words, and for each of its values, the
lines of the case's own files that become others. A changed word is then a changed line there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from provd.devices.device import Key
from provd.devices.keys import KEY_KINDS
from provd.devices.layers import Layer, flatten
from provd.devices.setting import Setting
from provd.devices.settings import VOCABULARY
from provd.errors import RenderError
from provd.vendors.alignment import changes
from provd.vendors.cases import Case, phone_of, told
from provd.vendors.notes import noted
from provd.vendors.values import FileKind, Model, Phone
from provd.vendors.vendor import Vendor

NAME = "choices"
"""Of the file in tests/golden."""

_HEAD = """\
# What each choice changes in the files of the cases' phones, one case of each model. Lines with -
# are the case's own; those with + stand there instead. "Beside all else": it changes something only
# if what this phone has not set is set."""
SAME, NOTHING, NO_WORD = "as in the case", "nothing changes", "no word for it"
_BESIDE = "beside all else"
_CASE, _BODY = "  ", "    "

Outcome = tuple[str, ...]
"""Files' names and their lines that change, or a clause that tells why there are none."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A phone's files by kind; `wordless` are values for which there was no word."""

    files: Mapping[str, Sequence[str]]
    wordless: frozenset[str]


class _Tried:
    """A case's phone, and what becomes of its files."""

    def __init__(self, case: Case, vendor: Vendor, default: Layer) -> None:
        self.name = case.name
        self.phone = _lean(phone_of(case, vendor, default))
        self._model = vendor.model(case.model)
        self._vendor = vendor
        self._files = [
            file
            for file in vendor.files
            if file.template and not file.same_as and file.fits(self.phone.model)
        ]

    def of_setting(self, row: Setting, values: Sequence[object]) -> list[Outcome]:
        """For each value. Raises RenderError, naming the value without which a file can be made."""
        found = [self._outcome(self.phone, self._own, row, value) for value in values]
        if any(len(outcome) > 1 for outcome in found):
            return found
        found = [self._outcome(self._full, self._own_full, row, value) for value in values]
        return [(_BESIDE, *outcome) if len(outcome) > 1 else outcome for outcome in found]

    def of_keys(self, keys: Sequence[tuple[str, str]], module: int) -> list[Outcome]:
        """For each (kind, value), on the last key of the phone, or of its first expansion module;
        none where there is no such key."""
        position = self._model.module_keys if module else self._model.keys
        if not position or module > self._model.modules:
            return []
        model = replace(self._model, modules=module)
        place = (module, position)
        others = tuple(k for k in self.phone.device.keys if (k.module, k.position) != place)
        own = self._made(self._with_keys(model, others))
        found = []
        for kind, value in keys:
            key = Key(position, kind, value=value, label="x", module=module)
            made = self._made(self._with_keys(model, (*others, key)), f"key {kind}")
            found.append(_different(own, made) or (NOTHING,))
        return found

    def _outcome(self, phone: Phone, own: _Made, row: Setting, value: object) -> Outcome:
        parts = {str(part) for part in (value if isinstance(value, tuple) else (value,))}
        if phone.settings.get(row.key) == value:
            return (f"{SAME}, {NO_WORD}" if own.wordless & parts else SAME,)
        settings = phone.settings.replaced({row.key: value})
        made = self._made(replace(phone, settings=settings), f"{row.key} = {_text(value)}")
        unknown = (NO_WORD,) if made.wordless - (own.wordless - parts) else ()
        different = _different(own, made)
        return (*unknown, *different) or (NOTHING,)

    @cached_property
    def _own(self) -> _Made:
        return self._made(self.phone)

    @cached_property
    def _full(self) -> Phone:
        """With some value for all that is not set and is no choice."""
        settings = self.phone.settings
        values = {
            row.key: row.kind.samples[0]
            for row in VOCABULARY.values()
            if row.for_phones and not row.kind.words and settings.get(row.key) is None
        }
        return replace(self.phone, settings=settings.replaced(values))

    @cached_property
    def _own_full(self) -> _Made:
        return self._made(self._full)

    def _with_keys(self, model: Model, keys: tuple[Key, ...]) -> Phone:
        return replace(self.phone, model=model, device=replace(self.phone.device, keys=keys))

    def _made(self, phone: Phone, tried: str = "") -> _Made:
        try:
            with noted() as notes:
                files = {file.name: self._lines(file, phone) for file in self._files}
        except RenderError as error:
            raise RenderError(f"{tried or 'the case'}: {error}", where=self.name) from None
        return _Made(files, frozenset(note.value for note in notes))

    def _lines(self, file: FileKind, phone: Phone) -> list[str]:
        return (
            self._vendor.unstamped(file, told(file, phone, phone.model))
            .decode(file.encoding)
            .splitlines()
        )


def text_of(vendor: Vendor, cases: Sequence[Case], default: Layer) -> str:
    """What should stand in tests/golden/choices. Raises RenderError, naming the setting and the
    value, where a file can't be made, and what `phone_of` raises."""
    tried = [_Tried(case, vendor, default) for case in _richest(cases)]
    return "\n".join([_HEAD, *_settings(vendor, tried), *_keys(vendor, tried), ""])


def place(old: Sequence[str], new: Sequence[str], at: int) -> str:
    """Of two such texts, in lines, that differ first in that one, from 0: of which choice it tells,
    in whose file, and what."""
    new_line, old_line = (lines[at] if at < len(lines) else "" for lines in (new, old))
    line = new_line if new_line.startswith(_BODY) or not old_line.startswith(_BODY) else old_line
    said = [line.strip(), "" if line == new_line else "is gone"]
    above = [one for one in reversed(new[:at]) if one and not one.startswith(_BODY)]
    if line.startswith(_BODY):
        case = next((one.strip() for one in above if one.startswith(_CASE)), "")
        said = [case, *said]
    if line.startswith(_CASE):
        said = [next((one for one in above if not one.startswith(_CASE)), ""), *said]
    return ", ".join(part for part in said if part)


def _lean(phone: Phone) -> Phone:
    """With one line and no expansion modules, whose files are made in a third of the time: what
    more there is, the case's own files show."""
    device = phone.device
    keys = tuple(key for key in device.keys if not key.module and key.line == 1)
    device = replace(device, lines=device.lines[:1], keys=keys)
    return replace(phone, device=device, model=replace(phone.model, modules=0))


def _richest(cases: Sequence[Case]) -> list[Case]:
    """Of each model the case with the most settings, in the order of the cases."""
    found: dict[str, Case] = {}
    for case in cases:
        best = found.get(case.model)
        if best is None or len(flatten(case.settings or {})) > len(flatten(best.settings or {})):
            found[case.model] = case
    return [case for case in cases if case is found[case.model]]


def _settings(vendor: Vendor, tried: Sequence[_Tried]) -> Iterator[str]:
    """Of those that some template uses, so that a new row of the vocabulary changes no vendor that
    does not know it."""
    without = {*vendor.unsupported_settings}
    for row in VOCABULARY.values():
        if not row.for_phones or row.key in without or not (values := _values(vendor, row)):
            continue
        outcomes = {one.name: one.of_setting(row, values) for one in tried}
        for at, value in enumerate(values):
            each = {name: found[at] for name, found in outcomes.items()}
            yield _section(f"{row.key} = {_text(value)}", each)


def _keys(vendor: Vendor, tried: Sequence[_Tried]) -> Iterator[str]:
    kinds = [kind for kind in KEY_KINDS.values() if kind.name in vendor.key_kinds]
    keys = [(kind.name, value) for kind in kinds for value in kind.tries]
    for noun, module in (("key", 0), ("key of an expansion module", 1)):
        outcomes = {one.name: one.of_keys(keys, module) for one in tried}
        outcomes = {name: found for name, found in outcomes.items() if found}
        for at, (kind, value) in enumerate(keys if outcomes else ()):
            each = {name: found[at] for name, found in outcomes.items()}
            yield _section(f"{noun}: {kind} {value}".rstrip(), each)


def _values(vendor: Vendor, row: Setting) -> tuple[object, ...]:
    """The choices; where there are none, what the vendor's tables have words for."""
    if row.kind.words:
        return row.kind.samples
    found = []
    for word in vendor.looked_up(row.variable):
        try:
            found.append(row.kind.check(row.kind.read(word)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def _section(head: str, outcomes: Mapping[str, Outcome]) -> str:
    """Cases in which the same becomes of it stand together."""
    alike: dict[Outcome, list[str]] = {}
    for name, outcome in outcomes.items():
        alike.setdefault(outcome, []).append(name)
    lines = [head]
    for outcome, names in alike.items():
        lines.append(f"{_CASE}{', '.join(names)}: {outcome[0]}")
        lines += [f"{_BODY}{line}" for line in outcome[1:]]
    return "\n".join(lines)


def _different(own: _Made, made: _Made) -> Outcome:
    found: list[str] = []
    for name, lines in made.files.items():
        before = own.files[name]
        if before != lines:
            found += [name, *_exchanged(before, lines)]
    return tuple(found)


def _exchanged(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for change in changes(before, after):
        yield from (f"-{line}" for line in before[change.start : change.end])
        yield from (f"+{line}" for line in after[change.new_start : change.new_end])


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
