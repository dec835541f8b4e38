"""Settings by their names: the vocabulary's, those of a line, and a vendor's own parameters.

`raw.<vendor>.<parameter>` lets a vendor's own parameter through, checked like any other value.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from provd.devices.device import Line
from provd.devices.kinds import Kind, host, secret, text
from provd.devices.raw_secrets import tells_secret
from provd.devices.secret import Secret
from provd.devices.setting import Setting
from provd.devices.vocabulary import DIALLED, ROWS
from provd.errors import SettingError

__all__ = [
    "LINE_FIELDS",
    "RAW_PREFIX",
    "VOCABULARY",
    "Setting",
    "check_line",
    "raw_setting",
    "setting",
]

RAW_PREFIX = "raw."

_RAW_KEY = re.compile(r"raw\.[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_.\[\]/@ -]*(?<! )")
_TYPED = 40
"""Characters of a key that somebody may have typed."""
_USER_WANTED = "Give it without a domain, blanks and quotes, at most 64 characters"

_OWN_HOST = Kind(
    lambda value: value and host().check(value),
    host().wanted,
    samples=host().samples,
    schema=host().schema,
)

VOCABULARY: Mapping[str, Setting] = MappingProxyType({row.key: row for row in ROWS})
"""Dotted key -> row, in the order in which people read about them."""

LINE_FIELDS: Mapping[str, Setting] = MappingProxyType(
    {
        row.key: row
        for row in (
            Setting("user", text(64, pattern=r"[^\s@<>\"]+", wanted=_USER_WANTED),
                    "The SIP user, without a domain"),
            Setting("password", secret(), "The SIP password"),
            Setting("auth_user", text(64), "The SIP user for authentication, where it differs"),
            Setting("display_name", text(64), "What the called party sees"),
            Setting("label", text(64), "What the phone's own display shows"),
            Setting("registrar", _OWN_HOST, "This line's own registrar"),
            Setting("voicemail", text(32, pattern=DIALLED), "This line's own message number"),
        )
    }
)  # fmt: skip
"""Field of a Line -> row. Empty text is allowed in all but `user`."""


def setting(key: str, *, where: str = "") -> Setting:
    """The row of a key, or one made for a raw.<vendor>.<parameter>.

    Raises SettingError, naming the nearest key there is.
    """
    if key in VOCABULARY:
        return VOCABULARY[key]
    if _RAW_KEY.fullmatch(key):
        return raw_setting(key, secret=tells_secret(key.split(".", 2)[2]))
    raise SettingError("there is no such setting", where=where, key=key, remedy=_nearest(key))


def raw_setting(key: str, *, secret: bool) -> Setting:
    """The row of a raw.<vendor>.<parameter>."""
    return Setting(key, _RAW_SECRET if secret else _RAW, "A vendor's own parameter, let through")


def check_line(line: Line) -> Line:
    """The line, each field checked. Raises SettingError whose key is the field's name."""
    where = f"line {line.number}"
    fields = {
        name: row.check(getattr(line, name), where=where) for name, row in LINE_FIELDS.items()
    }
    return dataclasses.replace(line, **fields)  # type: ignore[arg-type]  # each row keeps its type


@lru_cache(maxsize=1024)
def _nearest(key: str) -> str:
    """Among the keys that have a part in common with it: a file may hold thousands."""
    if key.startswith(RAW_PREFIX):
        return "A raw parameter is written raw.<vendor>.<parameter>, in the vendor's own letters"
    parts = set(key.split("."))
    akin = [one for one in VOCABULARY if not parts.isdisjoint(one.split("."))]
    known = akin or (VOCABULARY if len(key) <= _TYPED else ())
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else "profiles/default.yaml names them all"


def _check_raw(value: object) -> object:
    """A raw value may be any scalar; whether it is right only the vendor knows."""
    if isinstance(value, bool | int | Secret):
        return value
    return text(1024).check(value)


_RAW = Kind(
    _check_raw,
    "Give one line of text, a whole number, true or false",
    samples=("Sample", "7"),
    schema={"type": ["string", "integer", "boolean"], "maxLength": 1024},
)


def _check_raw_secret(value: object) -> object:
    """A switch (show_password) is no secret; digits are."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Secret):
        value = value.reveal()
    return Secret(str(value if isinstance(value, int) else text(1024).check(value)))


_RAW_SECRET = Kind(
    _check_raw_secret,
    "Give one line of text, in quotes",
    secret=True,
    samples=(Secret("Sample"), Secret("7")),
    schema=_RAW.schema,
)
