"""What an edit changes in phones' files, over a fleet: changes that are alike stand once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from provd.devices.device import Device
from provd.errors import RenderError
from provd.vendors.alignment import changes
from provd.vendors.encryption import FORM, KEY
from provd.vendors.masking import shown
from provd.vendors.registry import Registry
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor

MOST_CHANGES = 200
"""Different ones that are kept; of more only the number."""
EXAMPLES = 3
_CONTEXT = 2
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one kind of file on `devices` phones. `text` is a unified diff of the first
    of them, `examples` are some MACs. New files have no lines before."""

    text: str
    devices: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmade:
    """Phones of which a file could be made before the edit, and not after it."""

    problem: str
    devices: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """`devices` were looked at; in those of `touched` `files` files change. `more` changes are not
    among `changes`."""

    devices: int
    touched: int
    files: int
    changes: tuple[FileChange, ...]
    more: int
    unmade: tuple[Unmade, ...]


@dataclass(slots=True)
class _Group:
    text: str
    devices: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, mac: str) -> None:
        self.devices += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(mac)


class Comparison:
    """Takes one phone after another. Its memory is bounded, whatever their number."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._devices = self._touched = self._files = self._more = 0
        self._changes: dict[object, _Group] = {}
        self._unmade: dict[str, _Group] = {}

    def take(self, before: Phone | None, after: Phone) -> None:
        """Both masked; `before` None for a phone that there is not yet."""
        self._devices += 1
        if before == after:
            return
        changed = sum(
            self._taken(vendor, file, path, before, after)
            for vendor, file, path in self._paths(after)
        )
        self._files += changed
        self._touched += bool(changed)

    def fail(self, mac: str, problem: str) -> None:
        """A phone of which not even the settings can be made."""
        self._devices += 1
        self._note_unmade(mac, problem)

    def result(self) -> Compared:
        """The most frequent changes first."""
        ordered = sorted(self._changes.values(), key=lambda group: -group.devices)
        return Compared(
            self._devices,
            self._touched,
            self._files,
            tuple(FileChange(one.text, one.devices, tuple(one.examples)) for one in ordered),
            self._more,
            tuple(
                Unmade(problem, one.devices, tuple(one.examples))
                for problem, one in self._unmade.items()
            ),
        )

    def _paths(self, phone: Phone) -> Iterator[tuple[Vendor, FileKind, str]]:
        vendor = self._registry.vendor(phone.device.vendor)
        for name, path in vendor.paths(phone.model, phone.device.mac).items():
            file = vendor.file(name)
            if file.template is not None:
                yield vendor, file, path

    def _taken(
        self, vendor: Vendor, file: FileKind, path: str, before: Phone | None, after: Phone
    ) -> bool:
        old = _made(vendor, file, before) if before else []
        try:
            new = _lines(file, vendor.render(file, after))
        except RenderError as error:
            if old is not None:
                self._note_unmade(str(after.device.mac), str(error))
            return old is not None
        if old == new and not _rekeyed(file, before, after):
            return False
        old = [] if old is None else old
        self._note(vendor, file, path, after.device, old, new)
        return True

    def _note(
        self,
        vendor: Vendor,
        file: FileKind,
        path: str,
        device: Device,
        old: Sequence[str],
        new: Sequence[str],
    ) -> None:
        key = vendor.name, file.name, _alike(device, old, new)
        group = self._changes.get(key)
        if group is None:
            if len(self._changes) >= MOST_CHANGES:
                self._more += 1
                return
            group = self._changes[key] = _Group(_unified(path, old, new))
        group.add(str(device.mac))

    def _note_unmade(self, mac: str, problem: str) -> None:
        if problem in self._unmade or len(self._unmade) < MOST_CHANGES:
            self._unmade.setdefault(problem, _Group("")).add(mac)


def _rekeyed(file: FileKind, before: Phone | None, after: Phone) -> bool:
    """Whether the same content would be sent, encrypted otherwise."""
    if before is None:
        return False
    before_form, after_form = (_form(file, phone) for phone in (before, after))
    return before_form != after_form or (
        bool(after_form) and before.settings.get(KEY) != after.settings.get(KEY)
    )


def _form(file: FileKind, phone: Phone) -> str:
    """Empty where it is sent in clear."""
    how = file.encryption(phone.model, str(phone.settings.get(FORM) or ""))
    return how.form if how and phone.settings.get(KEY) is not None else ""


def _made(vendor: Vendor, file: FileKind, phone: Phone) -> list[str] | None:
    """None where it can't be made."""
    try:
        return _lines(file, vendor.render(file, phone))
    except RenderError:
        return None


def _lines(file: FileKind, content: bytes) -> list[str]:
    return content.decode(file.encoding).splitlines()


def _alike(device: Device, old: Sequence[str], new: Sequence[str]) -> int:
    """Equal for changes that differ in nothing but what a phone alone has: MAC, users, names. A
    digest of 64 bits, so that memory does not grow with the files."""
    own = {device.mac.digits, device.mac.digits.upper(), str(device.mac), device.label}
    for line in device.lines:
        own |= {line.user, line.auth_user, line.display_name, line.label, line.voicemail}
    longest = sorted((text for text in own if len(text) > 1), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest)))
    parts: list[str] = []
    for change in changes(old, new):
        gone, come = old[change.start : change.end], new[change.new_start : change.new_end]
        parts += [*(f"-{line}" for line in gone), *(f"+{line}" for line in come)]
    return hash(pattern.sub("\0", "\n".join(parts)))


def _unified(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    if old == new:
        return (
            f"--- {path}\n+++ {path}\n(the same content, encrypted with another key or not at all)"
        )
    before = path if old else "/dev/null"
    lines = difflib.unified_diff(old, new, before, path, n=_CONTEXT, lineterm="")
    return "\n".join(shown(line) for line in _bounded(lines))


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == _MOST_LINES:
            yield "(the rest of this change is not shown)"
            return
        yield line
