"""From a MAC, or a token, to a device and everything above it: what a request for a file needs.

One query by hand, because this is what stands between a phone and its file when memory does not
have it: one round trip, and no file made of a device's old row and its new lines.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_network
from typing import Any

from peewee import Model

from provd.devices.account import Account as AccountValue
from provd.devices.account import AccountKind, IPNetwork
from provd.devices.account import Site as SiteValue
from provd.devices.contact import Contact
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Placement, token_digest
from provd.devices.standing import TRUST_PREFIX, Standing, trust_settings
from provd.store.account_rows import account_from
from provd.store.bulk import among, listed
from provd.store.database import Database, Row
from provd.store.device_rows import device_from, enrolment_from, line_from
from provd.store.fields import InstantField, JsonField
from provd.store.phonebooks import entries_of
from provd.store.repository import Repository
from provd.store.sealed import SEALED_MARK, Sealed
from provd.store.sites import site_from
from provd.store.tables import Account, Device, Line, Site


class _Part:
    """One table's columns within a joined row."""

    def __init__(self, alias: str, table: type[Model], start: int) -> None:
        self.start = start
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

    def at(self, column: str) -> int:
        """Where the column stands in the joined row."""
        return next(at for at, name, _ in self._columns if name == column)

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
_ACCOUNT, _SITE_ALONE = _Part("", Account, 0), _Part("", Site, 0)
_REMEMBERED = 2_000
_BOOKS_REMEMBERED = 64
"""Phone books; one of a thousand contacts takes some 300 kB."""

_ID, _MAC, _VENDOR, _MODEL, _PROFILE, _STATE, _TOKEN_DIGEST, _OPEN_UNTIL, _FIRST_ADDRESS = (
    _DEVICE.at(column)
    for column in (
        "id", "mac", "vendor", "model", "profile", "state", "token_digest", "open_until",
        "first_address",
    )
)  # fmt: skip
_NETWORKS = _SITE.at("networks")
_SETTINGS = tuple(part.at("settings") for part in (_TOP, _ABOVE, _NEAR, _SITE, _DEVICE))
_CUSTOMER, _PHONEBOOK = _NEAR.at("id"), _NEAR.at("phonebook")
_SUSPENDED = tuple(part.at("suspended_at") for part in (_TOP, _ABOVE, _NEAR))
_INSTANT, _JSON = InstantField(), JsonField()

_PLACES = """
FROM device d
JOIN site s ON s.id = d.site_id
JOIN account c ON c.id = s.account_id
JOIN account a ON a.id = c.parent_id
LEFT JOIN account t ON t.id = a.parent_id
"""
_WITHOUT_LINES = f"""
SELECT {", ".join(part.selected for part in (_DEVICE, _SITE, _NEAR, _ABOVE, _TOP))}
{_PLACES}
"""  # made of the names of our own columns
_QUERY = f"""
SELECT {", ".join(part.selected for part in (_DEVICE, _SITE, _NEAR, _ABOVE, _TOP, _LINE))}
{_PLACES}
LEFT JOIN line l ON l.device_id = d.id
WHERE d.%s = ?
ORDER BY l.number
"""  # made of the names of our own columns
_ALL = _QUERY.partition("WHERE")[0]
_BY_MAC = _QUERY % "mac"
_BY_TOKEN = _QUERY % "token_digest"


ReadContacts = Callable[[int, str], tuple[Contact, ...]]
"""The phone book of the account of that id, as it is under that name (store.phonebooks)."""


class Found:
    """A device that was found, still closed: `standing` decides, `placement` opens its secrets."""

    def __init__(
        self, rows: Sequence[Sequence[Any]], sealed: Sealed, contacts: ReadContacts
    ) -> None:
        self._rows = rows
        self._sealed = sealed
        self._contacts = contacts
        self.standing = _standing(rows[0])

    def placement(self) -> Placement:
        """Raises SealError."""
        first, sealed = self._rows[0], self._sealed
        device = _DEVICE.read(first)
        # Without lines the outer join gives one row whose line is all NULL.
        lines = [line for row in self._rows if (line := _LINE.read(row))["id"] is not None]
        above = _account(_ABOVE, first, sealed)
        is_resold = above.kind is AccountKind.RESELLER
        return Placement(
            device=device_from(device, sealed, tuple(line_from(line, sealed) for line in lines)),
            site=_site(first, sealed),
            customer=_account(_NEAR, first, sealed),
            reseller=above if is_resold else None,
            provider=_account(_TOP, first, sealed) if is_resold else above,
            enrolment=enrolment_from(device, sealed),
            contacts=self._contacts(first[_CUSTOMER], book) if (book := first[_PHONEBOOK]) else (),
        )


def _standing(row: Sequence[Any]) -> Standing:
    """Nothing is read but what decides: the less, the less a stranger could measure."""
    state = State(row[_STATE])
    by_account = any(row[at] is not None for at in _SUSPENDED)
    return Standing(
        device_id=row[_ID],
        mac=Mac(row[_MAC]),
        vendor=row[_VENDOR],
        model=row[_MODEL],
        profile=row[_PROFILE],
        state=state,
        token_digest=row[_TOKEN_DIGEST],
        open_until=_INSTANT.python_value(row[_OPEN_UNTIL]),
        first_address=row[_FIRST_ADDRESS],
        networks=_networks(row[_NETWORKS]),
        trust=trust_settings(*(_trust(row[at]) for at in _SETTINGS)),
        suspended=by_account or state is State.SUSPENDED,
    )


def _account(part: _Part, row: Sequence[Any], sealed: Sealed) -> AccountValue:
    own = tuple(row[part.start : part.end])
    if SEALED_MARK in row[part.at("settings")]:  # opened secrets are not remembered
        return account_from(_ACCOUNT.read(own), sealed)
    return _account_of(own, sealed)


def _site(row: Sequence[Any], sealed: Sealed) -> SiteValue:
    own = tuple(row[_SITE.start : _SITE.end])
    if SEALED_MARK in row[_SITE.at("settings")]:
        return site_from(_SITE_ALONE.read(own), sealed)
    return _site_of(own, sealed)


@functools.lru_cache(maxsize=_REMEMBERED)
def _account_of(row: tuple[Any, ...], sealed: Sealed) -> AccountValue:
    """Thousands of phones have the same accounts above them. Remembered by the row as it stands in
    the database, so a change is another row."""
    return account_from(_ACCOUNT.read(row), sealed)


@functools.lru_cache(maxsize=_REMEMBERED)
def _site_of(row: tuple[Any, ...], sealed: Sealed) -> SiteValue:
    return site_from(_SITE_ALONE.read(row), sealed)


@functools.lru_cache(maxsize=10_000)
def _networks(stored: str) -> tuple[IPNetwork, ...]:
    return tuple(ip_network(network) for network in _JSON.python_value(stored))


def _trust(stored: str | None) -> dict[str, object]:
    """A layer of settings, empty where it says nothing of trust."""
    if not stored or f'"{TRUST_PREFIX}' not in stored:
        return {}
    layer: dict[str, object] = _JSON.python_value(stored)
    return layer


class Placements(Repository):
    """Looks devices up for serving."""

    def __init__(self, database: Database, sealed: Sealed) -> None:
        super().__init__(database, sealed)
        self._contacts = functools.lru_cache(maxsize=_BOOKS_REMEMBERED)(self._read_contacts)

    def find(self, mac: Mac) -> Found | None:
        """None when nobody registered that MAC."""
        return self._looked_up(_BY_MAC, mac.digits)

    def find_by_token(self, token: str) -> Found | None:
        """None when it is no device's token."""
        return self._looked_up(_BY_TOKEN, token_digest(token))

    def trusted_by(self, device_ids: Collection[int]) -> dict[int, Standing]:
        """What decides about each device's files, by device id; those that do not exist are
        missing. One query."""
        text = f"{_WITHOUT_LINES} WHERE {among(self._database, 'd.id')}"
        rows = self._database.sql(text, (listed(self._database, device_ids),))
        return {row[_ID]: _standing(row) for row in rows}

    def placement(self, mac: Mac) -> Placement | None:
        """None when nobody registered that MAC."""
        found = self.find(mac)
        return found.placement() if found else None

    def placement_by_token(self, token: str) -> Placement | None:
        """None when it is no device's token."""
        found = self.find_by_token(token)
        return found.placement() if found else None

    def placements(self, device_ids: Collection[int]) -> list[Placement]:
        """Of those that exist, by id. One query; of some hundreds at once."""
        text = f"{_ALL} WHERE {among(self._database, 'd.id')} ORDER BY d.id, l.number"
        rows = self._database.sql(text, (listed(self._database, device_ids),))
        return [
            Found(list(group), self._sealed, self._contacts).placement()
            for _, group in itertools.groupby(rows, key=lambda row: row[_ID])
        ]

    def _looked_up(self, query: str, value: str) -> Found | None:
        rows = self._database.sql(query, (value,))
        return Found(rows, self._sealed, self._contacts) if rows else None

    def _read_contacts(self, account_id: int, _: str) -> tuple[Contact, ...]:
        return tuple(entry.contact for entry in entries_of(self._database, account_id))
