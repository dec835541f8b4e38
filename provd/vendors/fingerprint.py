"""A number for all that a phone's files are made of, for phones that take a file only when the
version within it is another than the one they have."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping

from provd.devices.secret import Secret

_DIGITS = 10


def fingerprint(variables: Mapping[str, object]) -> str:
    """Ten digits that follow from the values of a template's variables, passwords among them: the
    same at every start, others as soon as one value differs."""
    text = json.dumps(variables, default=_plain, sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return str(int.from_bytes(digest) % 10**_DIGITS).zfill(_DIGITS)


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    if not dataclasses.is_dataclass(value):
        return str(value)
    # What is not compared, as the day for which a zone was asked, makes no other value.
    return {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.compare}
