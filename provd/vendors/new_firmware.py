"""A new firmware image: copied into its vendor's folder, and entered in firmware.yaml.

Each of the two is there whole or not at all, the image first: an entry never lacks its file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import yaml
from pydantic import ValidationError

from provd.errors import ConflictError, InputError
from provd.vendors.archives import Archived
from provd.vendors.firmware import MANIFEST, Image, ImageRow, check_row, image, rows
from provd.vendors.images import PIECE_OCTETS, Progress, silently
from provd.vendors.registry import Registry

_READABLE = 0o644


def add(
    source: Path | Archived,
    folder: Path,
    registry: Registry,
    *,
    vendor: str,
    version: str,
    models: Sequence[str],
    progress: Progress = silently,
) -> Image:
    """`folder` holds the vendors' folders. Raises InputError; OSError for a file that can't be read
    or written."""
    known = registry.vendor(vendor)
    names = [known.model(name).name for name in models]
    place = folder / known.name
    manifest = place / MANIFEST
    row = _row(source, version, names)
    check_row(row, known.name, registry, str(source))
    if any(one.file == row.file for one in rows(manifest)):
        raise ConflictError(
            f"{row.file} is entered already",
            where=str(manifest),
            remedy="Give a new version a new name, or remove the old entry first",
        )
    place.mkdir(parents=True, exist_ok=True)
    digest = _copied(source, place / row.file, progress)
    row = row.model_copy(update={"sha256": digest})
    text = _with_entry(manifest, row)
    _replaced(manifest, lambda file: file.write(text.encode()))
    return image(row, place)


def _row(source: Path | Archived, version: str, models: list[str]) -> ImageRow:
    given = {"file": source.name, "version": version, "sha256": "0" * 64, "models": models}
    try:
        return ImageRow.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key, problem = str(first["loc"][0]), first["msg"].removeprefix("Value error, ")
        raise InputError(problem, where=str(source), key=key) from None


def _copied(source: Path | Archived, target: Path, progress: Progress) -> str:
    """The SHA-256 of what was copied."""
    digest = hashlib.sha256()

    def copy(written: BinaryIO) -> None:
        with source.open("rb") as read:
            while piece := read.read(PIECE_OCTETS):
                digest.update(piece)
                written.write(piece)
                progress(len(piece))

    _replaced(target, copy)
    return digest.hexdigest()


def _with_entry(manifest: Path, row: ImageRow) -> str:
    """The file's text with one entry more, behind whatever people wrote there; written anew where
    that can't be."""
    text = manifest.read_text("utf-8") if manifest.exists() else "images:\n"
    longer = text.rstrip("\n") + "\n" + _indented(_dumped([row.model_dump()]))
    wanted = {"images": [one.model_dump() for one in [*rows(manifest), row]]}
    with suppress(yaml.YAMLError):
        if yaml.safe_load(longer) == wanted:
            return longer
    return _dumped(wanted)


def _dumped(data: object) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000))


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _replaced(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """A reader, or a power cut, finds the old file or the new one, never a part."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            os.fchmod(file.fileno(), _READABLE)
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
