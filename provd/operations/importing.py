"""Importing phones from a CSV, YAML or JSON file: checked in full, quoted, then registered all at
once or not at all. The rules are those of the form, in provd/operations/checking.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import structlog

from provd.billing.plan import StartsOn
from provd.billing.subscription import Cause
from provd.devices.account import Role
from provd.devices.lifecycle import LifecycleEvent, State
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.checking import CheckedForm, FormCheck
from provd.operations.importing_check import FileCheck
from provd.operations.importing_costs import Cost, check_costs, costs_of
from provd.operations.importing_customers import CustomerCheck
from provd.operations.importing_making import make
from provd.operations.importing_places import NO_PLACES, NewPlaces, Places
from provd.operations.importing_remarks import Remark, remarks_of
from provd.operations.importing_rows import Found, Mistake, cells_of
from provd.operations.importing_text import MOST_OCTETS, Source, buffered
from provd.operations.referred import Referred
from provd.provisioning.files import Files
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.store.books import Lease
from provd.store.registrations import NewDevice
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

__all__ = ["MOST_ROWS", "CheckedFile", "Importing", "Mistake"]

log = structlog.get_logger()

MANAGERS = (Role.ADMIN, Role.RESELLER)
MOST_ROWS = 20_000
"""They are written under one lock, within some seconds: what else writes waits for five."""
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was checked, of `rows` phones. `new` are to be registered, `unchanged` stand
    there already as the file has them. Of the mistakes, `more_mistakes` are only counted; `noun` is
    what their place is called, row or line. `places` are customers and sites to be made, `remarks`
    tell what of the phones' settings their models can't take as it is."""

    rows: int
    new: tuple[CheckedForm, ...]
    unchanged: int
    mistakes: tuple[Mistake, ...]
    more_mistakes: int
    costs: tuple[Cost, ...]
    referred: Referred
    noun: str = "row"
    places: NewPlaces = NO_PLACES
    remarks: tuple[Remark, ...] = ()

    @property
    def mistaken(self) -> int:
        return len(self.mistakes) + self.more_mistakes

    @property
    def has_news(self) -> bool:
        """Whether anything is left to be done."""
        return bool(self.new or self.places)


class Importing:
    """For the command line and the portal."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        form_check: FormCheck,
        charging: Charging,
        *,
        files: Files,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._form_check = form_check
        self._charging = charging
        self._files = files
        self._clock = clock

    def check(
        self,
        actor: Actor,
        source: Source,
        *,
        most_rows: int = MOST_ROWS,
        most_octets: int = MOST_OCTETS,
        create_missing: bool = False,
        told: Callable[[int], object] = lambda _: None,
    ) -> CheckedFile:
        """All that is wrong with the file, or what registering it will do and cost. With
        `create_missing` phones may name customers and sites that there are not yet. `told` hears
        how many octets have been read.

        Raises InputError for a file that can't be read as a table, and for a larger one.
        """
        actor.must_be(*MANAGERS)
        now = self._clock()
        places = Places(self._store, actor, create_missing=create_missing)
        check = FileCheck(
            self._store, self._registry, self._profiles, self._form_check, actor, now, places
        )
        customers = CustomerCheck(self._store, actor, places)
        opened = buffered(source, most=most_octets, told=told)
        found = Found()
        cells = cells_of(opened, found, most_rows, customers.take)
        while some := list(islice(cells, _TOGETHER)):
            for one in check.check(some):
                found.take(one)
        costs = costs_of(self._store, actor, found.new, now, found.wrong)
        new = tuple(form for _, form in found.new)
        sound = not found.mistakes
        return CheckedFile(
            rows=found.rows,
            new=new,
            unchanged=found.unchanged,
            mistakes=tuple(sorted(found.mistakes, key=lambda one: one.row)),
            more_mistakes=found.more,
            costs=costs,
            referred=check.referred,
            noun=found.noun,
            places=places.planned(),
            remarks=remarks_of(self._registry, self._files, new) if sound else (),
        )

    def register(self, actor: Actor, checked: CheckedFile) -> int:
        """Customers and sites that are missing; devices, lines, slots, subscriptions, orders and
        enrolment windows of all new phones, or nothing at all. How many phones there are.

        Raises InputError when there were mistakes, ConflictError when what the file refers to, or
        what is charged at once, has changed since it was checked, or somebody else has registered
        one of the MACs.
        """
        actor.must_be(*MANAGERS)
        if checked.mistaken:
            raise InputError("the file has mistakes", remedy="Mend them and check it again")
        if not checked.has_news:
            return 0
        now = self._clock()
        with self._store.transaction():
            if not checked.referred.unchanged():
                raise ConflictError(
                    "accounts, sites, plans or orders of this file have changed meanwhile",
                    remedy="Check it again",
                )
            check_costs(self._store, actor, checked.new, checked.costs, now)
            made = make(self._store, checked.places)
            forms = [made.placed(form) for form in checked.new]
            self._store.accounts.hold_open({form.placement.customer.id for form in forms})
            self._register(actor, forms, now)
        new, places = checked.new, checked.places
        counts = {"customers": len(places.customers), "sites": len(places.sites)}
        log.info("imported", by=actor.name, devices=len(new), **counts)
        return len(checked.new)

    def _register(self, actor: Actor, forms: Sequence[CheckedForm], now: datetime) -> None:
        orders = self._orders(forms, now)
        ids = self._store.devices.register_all([_new(form, orders, now) for form in forms])
        events = {
            id_: LifecycleEvent(new_id(), id_, State.DISCOVERED, State.REGISTERED, now, actor.name)
            for id_ in ids.values()
        }
        self._store.events.record_all(list(events.values()))
        leased = [(ids[form.placement.device.mac], form) for form in forms if form.plan]
        self._store.books.lease([_lease(id_, form) for id_, form in leased], now)
        self._charging.registered(
            {
                id_: Cause(events[id_].id, "registered", now, "", "", 0, "")
                for id_, form in leased
                if form.plan and form.plan.starts_on is StartsOn.REGISTERED
            }
        )

    def _orders(self, forms: Iterable[CheckedForm], now: datetime) -> dict[tuple[int, str], int]:
        """Ids by site and folded reference; the new ones are made."""
        found: dict[tuple[int, str], int] = {}
        for form in forms:
            key = _order_key(form)
            if form.order_reference and key not in found:
                order = form.order or self._store.orders.create(
                    site_id=key[0], reference=form.order_reference, created_at=now
                )
                found[key] = order.id
        return found


def _new(form: CheckedForm, orders: dict[tuple[int, str], int], now: datetime) -> NewDevice:
    """As if it had been checked just now."""
    device, enrolment = form.placement.device, form.placement.enrolment
    waited = now - device.registered_at
    until = enrolment.open_until and enrolment.open_until + waited
    order_id = orders.get(_order_key(form))
    return NewDevice(
        replace(device, registered_at=now, order_id=order_id), replace(enrolment, open_until=until)
    )


def _order_key(form: CheckedForm) -> tuple[int, str]:
    return form.placement.site.id, form.order_reference.casefold()


def _lease(device_id: int, form: CheckedForm) -> Lease:
    device = form.placement.device
    assert form.plan is not None  # noqa: S101  only leased ones are asked for
    name = device.label or f"{device.model} {device.mac}"
    return Lease(device_id, device.site_id, name, form.plan.id, form.parties)
