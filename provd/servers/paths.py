"""From the octets of a requested name to a path that a backend may look up, or to no path at all.

This module knows no file system: a path here is a key.
"""

from __future__ import annotations

import re

_LONGEST_PATH_CHARACTERS = 1024
_plain = re.compile(rb"/?([A-Za-z0-9][A-Za-z0-9._-]{0,255})").fullmatch


def requested_path(name: bytes) -> str | None:
    """Decode `name` (UTF-8, else latin-1) to `a/b/c`; None when it may name no file of ours.

    Leading, doubled and trailing slashes and `.` parts go; backslashes are slashes, as some phones
    write them. A `..` part, a control character or an over-long name is no such file.
    """
    if plain := _plain(name):  # as nearly all are: a third of the work
        return plain[1].decode("ascii")
    text = _decoded(name).replace("\\", "/")
    if len(text) > _LONGEST_PATH_CHARACTERS or not text.isprintable():
        return None
    parts = [part for part in text.split("/") if part not in ("", ".")]
    return None if ".." in parts else "/".join(parts)


def last_part(path: str | None) -> str:
    """What may be logged of a path: the folders before the last part can hold a phone's token."""
    return (path or "").rsplit("/", 1)[-1]


def _decoded(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")
