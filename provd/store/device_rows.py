"""Between the rows of a device, with its lines, and the values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from provd.devices import device as values
from provd.devices.device import Key
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment
from provd.store.database import Database, Row
from provd.store.repository import new_uuid
from provd.store.sealed import Sealed
from provd.store.tables import Line

PASSWORD = "line.password"  # noqa: S105  # the name of a column
TOKEN = "device.token"  # noqa: S105  # the name of a column


def device_from(row: Row, sealed: Sealed, lines: tuple[values.Line, ...] = ()) -> values.Device:
    """The value of a row of `device`."""
    return values.Device(
        id=row["id"],
        mac=Mac(row["mac"]),
        vendor=row["vendor"],
        model=row["model"],
        site_id=row["site_id"],
        state=State(row["state"]),
        registered_at=row["registered_at"],
        lines=lines,
        keys=tuple(Key(**key) for key in row["keys"]),
        profile=row["profile"],
        settings=sealed.open_settings(row["settings"], "device", row["uuid"]),
        order_id=row["order_id"],
        label=row["label"],
        revision=row["revision"],
    )


def enrolment_from(row: Row, sealed: Sealed) -> Enrolment:
    """The enrolment in a row of `device`."""
    return Enrolment(
        token=sealed.open(row["token"], TOKEN, row["uuid"]),
        open_until=row["open_until"],
        first_address=row["first_address"],
    )


def line_from(row: Row, sealed: Sealed) -> values.Line:
    """The value of a row of `line`, its password opened."""
    return values.Line(
        number=row["number"],
        user=row["user"],
        password=sealed.open(row["password"], PASSWORD, row["uuid"]),
        auth_user=row["auth_user"],
        display_name=row["display_name"],
        label=row["label"],
        registrar=row["registrar"],
        voicemail=row["voicemail"],
    )


def keys_stored(keys: Iterable[Key]) -> list[dict[str, object]]:
    """Programmable keys as the column `keys` holds them."""
    return [dataclasses.asdict(key) for key in keys]


def lines_of(database: Database, sealed: Sealed, device_id: int) -> tuple[values.Line, ...]:
    """A device's lines by number."""
    query = Line.select().where(Line.device_id == device_id).order_by(Line.number)
    return tuple(line_from(row, sealed) for row in database.rows(query))


def insert_lines(
    database: Database, sealed: Sealed, device_id: int, lines: Sequence[values.Line]
) -> None:
    """Inserts them; a password is sealed for its new row."""
    for line in lines:
        uuid = new_uuid()
        database.insert(
            Line.insert(
                uuid=uuid,
                device_id=device_id,
                number=line.number,
                user=line.user,
                auth_user=line.auth_user,
                password=sealed.seal(line.password, PASSWORD, uuid),
                display_name=line.display_name,
                label=line.label,
                registrar=line.registrar,
                voicemail=line.voicemail,
            )
        )
