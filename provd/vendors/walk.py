"""The requests of one boot, in the phone's order, each following from the answers before it.

Nothing is fetched here: whoever drives the walk fetches, and sends back what came.

    walk = vendor.walk(model, mac)
    step = next(walk)
    while True:
        step = walk.send(content)   # None when the file is missing; StopIteration ends the boot
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from provd.devices.mac import Mac
from provd.vendors.manifest import StepRow
from provd.vendors.patterns import PathPattern
from provd.vendors.values import BootStep, FileKind, Model, fits

Walk = Generator[BootStep, bytes | None, None]
NamedFiles = Callable[[bytes, Model, str], Sequence[str]]

_MOST_NAMED_FILES = 100


def walk(
    boot: Sequence[StepRow],
    files: Mapping[str, FileKind],
    named_files: NamedFiles,
    model: Model,
    mac: Mac,
) -> Walk:
    """`named_files` reads from a file of a step with `follow` what the phone
    fetches next, given the MAC as 12 lower-case digits."""
    came: set[str] = set()
    for row in boot:
        file = files[row.file]
        if not (file.fits(model) and fits(row.when, model)) or came.intersection(row.unless):
            continue
        path = PathPattern.compile(file.pattern).path(mac, model)
        if path is None:
            continue
        content = yield BootStep(path, row.method, file.optional, file.note, file.name)
        if content is None:
            continue
        came.add(file.name)
        if row.follow:
            for name in named_files(content, model, mac.digits)[:_MOST_NAMED_FILES]:
                yield _named(name, files, model, path)


def _named(name: str, files: Mapping[str, FileKind], model: Model, by: str) -> BootStep:
    # Families may have files of their own by one path.
    for file in sorted(files.values(), key=lambda each: not each.fits(model)):
        if PathPattern.compile(file.pattern).match(name):
            return BootStep(name, "GET", file.optional, f"named in {by}", file.name)
    return BootStep(name, "GET", False, f"named in {by}", "")
