"""What comes out for a vendor's own cases, and what is kept of it in tests/golden.

Whoever writes a vendor writes no test code: it is kept byte for byte, read by a person once, and
from then on a changed byte is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provd.devices.layers import Layer
from provd.errors import ProvdError
from provd.vendors import choices
from provd.vendors.cases import phone_of, read_cases, rendered
from provd.vendors.vendor import Vendor


def results(vendor: Vendor, default: Layer) -> Iterator[tuple[Path, bytes | ProvdError]]:
    """Where each golden file lies, and what should stand in it, or why it can't be made. Raises
    PluginError for the first case that is wrong in itself."""
    cases, wrong = read_cases(vendor.folder)
    if wrong:
        raise wrong[0]
    for case in cases:
        for kind in case.files:
            golden = vendor.folder / "tests" / "golden" / f"{case.name}.{kind}"
            try:
                file = vendor.file(kind)
                golden = golden.with_name(golden.name + Path(file.pattern).suffix)
                yield golden, rendered(vendor, file, phone_of(case, vendor, default))
            except ProvdError as error:
                yield golden, error
    golden = vendor.folder / "tests" / "golden" / choices.NAME
    try:
        yield golden, choices.text_of(vendor, cases, default).encode()
    except ProvdError as error:
        yield golden, error


def renew(vendor: Vendor, default: Layer) -> list[Path]:
    """Writes the golden files anew and removes those that no case has. Returns what changed.
    Raises what keeps a file from being made, before anything is written."""
    wanted: dict[Path, bytes] = {}
    for golden, content in results(vendor, default):
        if isinstance(content, ProvdError):
            raise content
        wanted[golden] = content
    folder = vendor.folder / "tests" / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    there = {path: path.read_bytes() for path in folder.iterdir()}
    for path in there.keys() - wanted.keys():
        path.unlink()
    changed = [path for path, content in wanted.items() if there.get(path) != content]
    for path in changed:
        path.write_bytes(wanted[path])
    return sorted({*changed, *(there.keys() - wanted.keys())})


def difference(name: str, old: bytes, new: bytes) -> str:
    """Where what comes out differs first from the golden file of that name, as a clause."""
    mine, theirs = old.split(b"\n"), new.split(b"\n")
    pairs = zip(mine, theirs, strict=False)
    first = (at for at, (a, b) in enumerate(pairs) if a != b)
    at = next(first, min(len(mine), len(theirs)))
    said = f"is not what comes out; line {at + 1} differs first"
    if name != choices.NAME:
        return said
    texts = [[line.decode(errors="replace") for line in lines] for lines in (mine, theirs)]
    return f"{said}: {choices.place(texts[0], texts[1], at)}"
