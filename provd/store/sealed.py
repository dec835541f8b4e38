"""Secrets as rows hold them: sealed, and bound to table, column and row."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Protocol

from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX
from provd.errors import SealError, SettingError
from provd.store.fields import to_json

# A settings value that is sealed reads {"$sealed": "<base64>"} in the row's JSON.
SEALED_MARK = "$sealed"


class SealsSecrets(Protocol):
    """What the store is given to seal with; raises SealError when a secret does not open."""

    def seal(self, text: str, *, place: str) -> bytes: ...
    def open(self, sealed: bytes, *, place: str) -> str: ...


class Sealed:
    """Seals secrets for rows. `secret_keys` names the settings that are secrets. Vendors' own
    parameters are sealed, all of them: which ones are passwords changes with the folders."""

    def __init__(self, sealer: SealsSecrets, secret_keys: Collection[str]) -> None:
        self._sealer = sealer
        self._secret_keys = frozenset(secret_keys)

    def seal(self, secret: Secret, column: str, uuid: str) -> bytes:
        """`column` is "table.column", `uuid` the row's."""
        return self._sealer.seal(secret.reveal(), place=f"{column}:{uuid}")

    def open(self, sealed: bytes, column: str, uuid: str) -> Secret:
        return Secret(self._sealer.open(bytes(sealed), place=f"{column}:{uuid}"))

    def seal_settings(
        self, settings: Mapping[str, object], table: str, uuid: str
    ) -> dict[str, object]:
        """A settings layer as its row keeps it. Raises SettingError for a value that looks sealed
        already."""
        return {key: self._stored(key, value, table, uuid) for key, value in settings.items()}

    def open_settings(
        self, stored: Mapping[str, object], table: str, uuid: str
    ) -> dict[str, object]:
        """The reverse of `seal_settings`."""
        return {key: self._clear(key, value, table, uuid) for key, value in stored.items()}

    def _stored(self, key: str, value: object, table: str, uuid: str) -> object:
        if isinstance(value, Mapping) and SEALED_MARK in value:
            raise SettingError("a value may not be given in sealed form", key=key)
        if key not in self._secret_keys and not key.startswith(RAW_PREFIX):
            return value
        clear = value.reveal() if isinstance(value, Secret) else value
        sealed = self._sealer.seal(to_json(clear), place=_place(table, uuid, key))
        return {SEALED_MARK: base64.b64encode(sealed).decode()}

    def _clear(self, key: str, value: object, table: str, uuid: str) -> object:
        if not (isinstance(value, Mapping) and SEALED_MARK in value):
            return value
        place = _place(table, uuid, key)
        try:
            sealed = base64.b64decode(str(value[SEALED_MARK]), validate=True)
        except ValueError:
            raise SealError(f"what is stored at {place} is not a sealed secret") from None
        clear: object = json.loads(self._sealer.open(sealed, place=place))
        return clear


def _place(table: str, uuid: str, key: str) -> str:
    return f"{table}.settings:{uuid}:{key}"
