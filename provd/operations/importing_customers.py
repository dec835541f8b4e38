"""The customers of a YAML or JSON import file, with their sites: what is missing is planned, what
stands there otherwise is a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from provd.devices.account import Account, Role, Site
from provd.devices.contact import MOST_CONTACTS, NUMBER_KINDS, Contact, contact_from
from provd.devices.layers import flatten
from provd.devices.secret import Secret
from provd.devices.settings import setting
from provd.errors import ConflictError, InputError, SettingError
from provd.operations.actor import Actor
from provd.operations.importing_places import Places
from provd.operations.importing_schema import CustomerDocument, SiteDocument
from provd.operations.naming import named
from provd.operations.networks import networks_from
from provd.operations.zones import zone_from
from provd.store import Store

Found = TypeVar("Found")
_UNCHANGED = "An import changes no customer or site: change it there, or take it out here"


class CustomerCheck:
    """One check of one file's customers, in their order."""

    def __init__(self, store: Store, actor: Actor, places: Places) -> None:
        self._store = store
        self._of_any_size = actor.role is Role.ADMIN
        self._places = places

    def take(self, given: CustomerDocument) -> Sequence[InputError]:
        """Plans what is missing, and gives all that is wrong; keys are ways within the customer,
        counted from 1: .sites.1.networks."""
        found = _Findings()
        name = found.of("name", lambda: named(given.name))
        parent = found.of("reseller", lambda: self._places.parent(given.reseller))
        zone = found.of("time_zone", lambda: _zone(given.time_zone))
        settings = found.settings("settings", given.settings)
        contacts = [
            found.of(f"contacts.{at}", lambda one=one: _contact(one), within=True)  # type: ignore[misc]  # bound now
            for at, one in enumerate(given.contacts, start=1)
        ]
        sites = [self._site(one, f"sites.{at}", found) for at, one in enumerate(given.sites, 1)]
        if found.problems or name is None or parent is None:
            return found.problems
        book = tuple(one for one in contacts if one)
        found.of("contacts", lambda: _check_book(book))
        customer = self._places.customer(name, parent)
        if customer is None:
            customer = self._places.plan_customer(
                name, parent, time_zone=zone or "", settings=settings, contacts=book
            )
        else:
            wanted = {"time_zone": zone or None, "settings": settings or None}
            found.same(customer, wanted, customer.name)
            if book:
                found.of("contacts", lambda: self._check_contacts(customer, book))
        self._take_sites(customer, [site for site in sites if site], found)
        return found.problems

    def _take_sites(self, customer: Account, sites: Sequence[Site], found: _Findings) -> None:
        for at, wanted in enumerate(sites, start=1):
            standing = self._places.site_of(customer, wanted.name)
            if standing is None:
                self._places.plan_site(replace(wanted, account_id=customer.id))
                continue
            given = {
                "networks": wanted.networks or None,
                "time_zone": wanted.time_zone or None,
                "settings": wanted.settings or None,
            }
            found.same(standing, given, f"{customer.name}/{standing.name}", f"sites.{at}.")

    def _site(self, given: SiteDocument, way: str, found: _Findings) -> Site | None:
        known = len(found.problems)
        text = " ".join(given.networks)
        name = found.of(f"{way}.name", lambda: named(given.name))
        networks = found.of(
            f"{way}.networks", lambda: networks_from(text, of_any_size=self._of_any_size)
        )
        zone = found.of(f"{way}.time_zone", lambda: _zone(given.time_zone))
        settings = found.settings(f"{way}.settings", given.settings)
        if len(found.problems) > known:
            return None
        return Site(0, 0, name or "", networks or (), zone or "", settings)

    def _check_contacts(self, customer: Account, wanted: Sequence[Contact]) -> None:
        """Of a customer that there is: an import leaves its phone book alone."""
        entries = self._store.phonebooks.entries(customer.id) if customer.id > 0 else []
        if not {*wanted} <= {entry.contact for entry in entries}:
            raise ConflictError(
                f"{customer.name} is there already, with another phone book",
                remedy="provd phonebook import changes phone books",
            )


class _Findings:
    """What is wrong, with the way to it."""

    def __init__(self) -> None:
        self.problems: list[InputError] = []

    def of(self, way: str, step: Callable[[], Found], *, within: bool = False) -> Found | None:
        """What the step gives, None when it finds something wrong; `within`: its own key tells
        where, below that way."""
        try:
            return step()
        except InputError as error:
            key = f".{way}.{error.key}" if within and error.key else f".{way}"
            self.problems.append(InputError(error.problem, key=key, remedy=error.remedy))
            return None

    def settings(self, way: str, nested: Mapping[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in flatten(nested).items():
            checked = self.of(f"{way}.{key}", lambda key=key, value=value: _setting(key, value))  # type: ignore[misc]  # bound now
            if checked is not None:
                found[key] = checked
        return found

    def same(
        self, standing: Account | Site, wanted: Mapping[str, object], name: str, way: str = ""
    ) -> None:
        """`wanted` None: the file says nothing of it."""
        for field, value in wanted.items():
            if value is not None and _kept(field, getattr(standing, field)) != value:
                problem = f"{name} is there already, with other {field.replace('_', ' ')}"
                self.problems.append(
                    ConflictError(problem, key=f".{way}{field}", remedy=_UNCHANGED)
                )


def _kept(field: str, value: object) -> object:
    """Settings as a file's are once they are checked."""
    if field != "settings" or not isinstance(value, Mapping):
        return value
    return {key: setting(key).check(one) for key, one in value.items()}


def _setting(key: str, value: object) -> object:
    """Raises InputError; a password may not be shown from here on."""
    row = setting(key)
    if value is None:
        raise SettingError("there is no value", key=key, remedy="Give one, or leave it out")
    return row.check(Secret(value) if row.secret and isinstance(value, str) else value)


def _zone(text: str) -> str:
    return zone_from(text) if text else ""


def _contact(given: object) -> Contact:
    numbers = {kind: getattr(given, kind) for kind in NUMBER_KINDS}
    return contact_from(getattr(given, "name", ""), numbers)


def _check_book(contacts: Sequence[Contact]) -> None:
    if len(contacts) > MOST_CONTACTS:
        raise InputError(f"it has more than {MOST_CONTACTS} contacts", remedy="Take some away")
    names = [one.name.casefold() for one in contacts]
    for twice in _twice(names):
        raise InputError(f"“{twice}” stands there twice", remedy="Take one away")


def _twice(names: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)
