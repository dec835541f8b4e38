"""Files that are either whole or not there, and readable by their owner only where they must be."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

PRIVATE = 0o600
PUBLIC = 0o644
_TRIAL_OCTETS = 64 << 10


def write_atomically(path: Path, content: bytes, *, mode: int) -> None:
    """Replaces `path`: a reader, or a power cut, finds the old content or the new, never a part."""
    temporary = _write_beside(path, content, mode)
    temporary.replace(path)
    _sync_folder(path.parent)


def create_once(path: Path, content: bytes, *, mode: int) -> bool:
    """Creates `path` whole, or leaves what is there. False: another process was first."""
    temporary = _write_beside(path, content, mode)
    try:
        # A link, unlike a rename, fails when the name is taken.
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def obstacle(folder: Path) -> str:
    """Why nothing can be written there, as the system says it; empty where it can. Leaves nothing
    behind."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as trial:
            trial.write(bytes(_TRIAL_OCTETS))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _write_beside(path: Path, content: bytes, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask took away
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink()
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
