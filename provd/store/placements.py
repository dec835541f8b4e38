"""From a MAC, or a token, to a device and everything above it: what a request for a file needs.

One query by hand, because this is what stands between a phone and its file when memory does not
have it: one round trip, and no file made of a device's old row and its new lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from peewee import Model

from provd.devices.account import AccountKind
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Placement, token_digest
from provd.devices.standing import Standing, trust_settings
from provd.store.accounts import account_from
from provd.store.database import Row
from provd.store.device_rows import device_from, enrolment_from, line_from
from provd.store.fields import InstantField, JsonField
from provd.store.repository import Repository
from provd.store.sealed import Sealed
from provd.store.sites import site_from
from provd.store.tables import Account, Device, Line, Site


class _Part:
    """One table's columns within a joined row."""

    def __init__(self, alias: str, table: type[Model], start: int) -> None:
        fields = table._meta.sorted_fields
        self.selected = ", ".join(f'{alias}."{field.column_name}"' for field in fields)
        self.end = start + len(fields)
        self._columns = [
            (
                start + offset,
                field.column_name,
                field.python_value if isinstance(field, InstantField | JsonField) else None,
            )
            for offset, field in enumerate(fields)
        ]

    def read(self, row: Sequence[Any]) -> Row:
        return {
            name: convert(row[at]) if convert else row[at] for at, name, convert in self._columns
        }


_DEVICE = _Part("d", Device, 0)
_SITE = _Part("s", Site, _DEVICE.end)
_NEAR = _Part("c", Account, _SITE.end)
_ABOVE = _Part("a", Account, _NEAR.end)
_TOP = _Part("t", Account, _ABOVE.end)
_LINE = _Part("l", Line, _TOP.end)

_QUERY = f"""
SELECT {", ".join(part.selected for part in (_DEVICE, _SITE, _NEAR, _ABOVE, _TOP, _LINE))}
FROM device d
JOIN site s ON s.id = d.site_id
JOIN account c ON c.id = s.account_id
JOIN account a ON a.id = c.parent_id
LEFT JOIN account t ON t.id = a.parent_id
LEFT JOIN line l ON l.device_id = d.id
WHERE d.%s = ?
ORDER BY l.number
"""  # noqa: S608  # made of the names of our own columns
_BY_MAC = _QUERY % "mac"
_BY_TOKEN = _QUERY % "token_digest"


class Found:
    """A device that was found, still closed: `standing` decides, `placement` opens its secrets."""

    def __init__(self, rows: Sequence[Sequence[Any]], sealed: Sealed) -> None:
        self._rows = rows
        self._sealed = sealed
        device = self._device = _DEVICE.read(rows[0])
        site = _SITE.read(rows[0])
        accounts = [part.read(rows[0])["settings"] or {} for part in (_TOP, _ABOVE, _NEAR)]
        self.standing = Standing(
            device_id=device["id"],
            mac=Mac(device["mac"]),
            vendor=device["vendor"],
            model=device["model"],
            profile=device["profile"],
            state=State(device["state"]),
            token_digest=device["token_digest"],
            open_until=device["open_until"],
            first_address=device["first_address"],
            networks=tuple(ip_network(network) for network in site["networks"]),
            trust=trust_settings(*accounts, site["settings"], device["settings"]),
        )

    def placement(self) -> Placement:
        """Raises SealError."""
        first, sealed = self._rows[0], self._sealed
        # Without lines the outer join gives one row whose line is all NULL.
        lines = [line for row in self._rows if (line := _LINE.read(row))["id"] is not None]
        above, top = account_from(_ABOVE.read(first), sealed), _TOP.read(first)
        is_resold = above.kind is AccountKind.RESELLER
        return Placement(
            device=device_from(
                self._device, sealed, tuple(line_from(line, sealed) for line in lines)
            ),
            site=site_from(_SITE.read(first), sealed),
            customer=account_from(_NEAR.read(first), sealed),
            reseller=above if is_resold else None,
            provider=account_from(top, sealed) if is_resold else above,
            enrolment=enrolment_from(self._device, sealed),
        )


class Placements(Repository):
    """Looks devices up for serving."""

    def find(self, mac: Mac) -> Found | None:
        """None when nobody registered that MAC."""
        return self._looked_up(_BY_MAC, mac.digits)

    def find_by_token(self, token: str) -> Found | None:
        """None when it is no device's token."""
        return self._looked_up(_BY_TOKEN, token_digest(token))

    def placement(self, mac: Mac) -> Placement | None:
        """None when nobody registered that MAC."""
        found = self.find(mac)
        return found.placement() if found else None

    def placement_by_token(self, token: str) -> Placement | None:
        """None when it is no device's token."""
        found = self.find_by_token(token)
        return found.placement() if found else None

    def _looked_up(self, query: str, value: str) -> Found | None:
        rows = self._database.sql(query, (value,))
        return Found(rows, self._sealed) if rows else None
