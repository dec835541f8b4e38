"""A new vendor's folder: the documented example under another name, which works at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from provd.devices.layers import Layer
from provd.errors import ConflictError, InputError
from provd.vendors.golden import renew
from provd.vendors.vendor import Vendor

SKELETON = Path(__file__).parent / "skeleton"
_NAME, _TITLE = "acme", "Acme"


def create(plugins: Path, name: str, title: str, default: Layer) -> list[Path]:
    """Writes plugins/<name> and returns its files. Raises InputError for a name that can't be one,
    ConflictError where there is such a folder; then nothing is written."""
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise InputError(
            f"“{name}” can't be a vendor's name",
            key="name",
            remedy="Use small letters, digits and _, a letter first",
        )
    if re.search(r"[^\w .&+-]", title) or not title.strip():
        raise InputError(
            f"“{title}” can't be a title", key="title", remedy="Use letters and digits"
        )
    folder = plugins / name
    if folder.exists():
        raise ConflictError("there is such a folder", where=str(folder), remedy="Choose another")
    try:
        _write(folder, name, title)
        renew(Vendor(folder), default)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write(folder: Path, name: str, title: str) -> None:
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        path = folder / source.relative_to(SKELETON)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text("utf-8").replace(_TITLE, title)
        path.write_text(re.sub(rf"\b{_NAME}\b", name, text), "utf-8")
