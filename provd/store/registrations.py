"""Registering many devices by a few statements, whatever their number."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from provd.devices import device as values
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment, token_digest
from provd.store.bulk import among, insert, insert_returning, listed
from provd.store.device_rows import PASSWORD, TOKEN, keys_stored
from provd.store.failures import conflict
from provd.store.fields import to_json, to_microseconds
from provd.store.repository import Repository, new_uuid

_COLUMNS = (
    "uuid",
    "mac",
    "vendor",
    "model",
    "site_id",
    "order_id",
    "state",
    "profile",
    "label",
    "settings",
    "keys",
    "revision",
    "registered_at",
    "token",
    "token_digest",
    "open_until",
    "first_address",
)
_LINE_COLUMNS = (
    "uuid",
    "device_id",
    "number",
    "user",
    "auth_user",
    "password",
    "display_name",
    "label",
    "registrar",
    "voicemail",
)
_TOGETHER = 1_000
"""Devices for each statement: their rows as one JSON text take some hundred KiB."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device as it will be, but for its id, and how it will prove itself."""

    device: values.Device
    enrolment: Enrolment


class Registrations(Repository):
    """What `Devices.register` does, for thousands."""

    def register_all(self, new: Sequence[NewDevice]) -> dict[Mac, int]:
        """The ids of all of them, or none is registered. Raises ConflictError when a MAC is
        registered already, here or in another account."""
        found: dict[Mac, int] = {}
        with self._database.transaction():
            for start in range(0, len(new), _TOGETHER):
                found |= self._register(new[start : start + _TOGETHER])
            self._database.configuration_changed()
        return found

    def registered_among(self, macs: Collection[Mac]) -> dict[Mac, int]:
        """The ids of those that are registered, to whomever: for provd's own use."""
        text = f"""
            SELECT mac, id FROM device WHERE {among(self._database, "mac", "TEXT")}
            """  # noqa: S608  made of names in our code
        given = listed(self._database, {mac.digits for mac in macs})
        return {Mac(digits): id_ for digits, id_ in self._database.sql(text, (given,))}

    def _register(self, new: Sequence[NewDevice]) -> dict[Mac, int]:
        rows = [self._row(one) for one in new]
        with conflict("a MAC is registered already", key="mac"):
            made = insert_returning(self._database, "device", _COLUMNS, rows, "mac")
        ids = {Mac(mac): id_ for mac, id_ in made}
        lines = itertools.chain.from_iterable(
            self._line_rows(ids[one.device.mac], one.device.lines) for one in new
        )
        insert(self._database, "line", _LINE_COLUMNS, list(lines))
        return ids

    def _row(self, new: NewDevice) -> tuple[Any, ...]:
        """The values of _COLUMNS."""
        device, enrolment, uuid = new.device, new.enrolment, new_uuid()
        until = enrolment.open_until
        return (
            *(uuid, device.mac.digits, device.vendor, device.model),
            *(device.site_id, device.order_id, device.state, device.profile, device.label),
            to_json(self._sealed.seal_settings(device.settings, "device", uuid)),
            to_json(keys_stored(device.keys)),
            1,
            to_microseconds(device.registered_at),
            self._sealed.seal(enrolment.token, TOKEN, uuid),
            token_digest(enrolment.token.reveal()),
            None if until is None else to_microseconds(until),
            enrolment.first_address,
        )

    def _line_rows(self, device_id: int, lines: Sequence[values.Line]) -> Iterator[tuple[Any, ...]]:
        """The values of _LINE_COLUMNS."""
        for line in lines:
            uuid = new_uuid()
            password = self._sealed.seal(line.password, PASSWORD, uuid)
            yield (
                *(uuid, device_id, line.number, line.user, line.auth_user, password),
                *(line.display_name, line.label, line.registrar, line.voicemail),
            )
