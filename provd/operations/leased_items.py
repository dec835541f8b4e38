"""A router, a switch or another thing that provd does not boot, leased beside phones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import structlog

from provd.billing.days import local_date, zone_named
from provd.billing.plan import Plan, SubjectKind
from provd.billing.quote import Quote, quote
from provd.billing.subscription import ChangeKind, ItemKind, Parties, Slot, Subject
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.choosing import open_sites, plan_choices, plans_on_sale
from provd.operations.consequences import NOTHING, Consequences
from provd.operations.forms import PlanChoice, SiteChoice
from provd.operations.lease_finding import MANAGERS, LeaseFinding, begins, sides_of
from provd.operations.lease_views import LeaseRow, lease_fee
from provd.operations.referred import Referred
from provd.provisioning.journal import new_id
from provd.store.books import NewChange

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ItemForm:
    """A router, a switch or another thing that provd does not boot. It is leased from `on`, a day
    of the seller's; None: from now."""

    site_id: int
    plan_id: int
    item: ItemKind
    model: str
    serial: str
    name: str = ""
    on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ItemChoices:
    """What the form offers: plans that lease hardware, and sites that it can stand at."""

    sites: tuple[SiteChoice, ...]
    plans: tuple[PlanChoice, ...]


@dataclass(frozen=True, slots=True)
class LeaseDone:
    """The lease as it is afterwards; one step that was taken already changes nothing."""

    lease: LeaseRow
    changed: bool = True
    consequences: Consequences = NOTHING


class LeasedItems(LeaseFinding):
    """They begin when somebody says so: nothing of them ever boots."""

    def choices(self, actor: Actor) -> ItemChoices:
        actor.must_be(*MANAGERS)
        zone = zone_named(self._store.accounts.get(actor.account_id).time_zone)
        on_sale = plans_on_sale(
            self._store, actor, actor.account_id, local_date(self._clock(), zone)
        )
        leases = plan_choices(plan for plan in on_sale if lease_fee(plan) is not None)
        return ItemChoices(open_sites(self._store, actor), leases)

    def quote_item(self, actor: Actor, form: ItemForm) -> Quote:
        """What leasing it will cost. Raises InputError for whatever `add_item` would refuse."""
        taken = self._taken(actor, form.reason)
        plan, parties, slot = self._offered(actor, form, taken.at)
        self._check_new(actor, slot)
        return self._quoted(actor, plan, parties, self._starts(form, parties, taken.at))

    def add_item(self, actor: Actor, form: ItemForm) -> LeaseDone:
        """A slot for it, and the plan on it, which starts at once: nothing of it ever boots.

        Raises InputError with the form's field as `key`, or where a price is missing, ConflictError
        when a thing of this serial number is leased already.
        """
        taken = self._taken(actor, form.reason)
        with self._store.transaction():
            plan, parties, slot = self._offered(actor, form, taken.at)
            self._store.accounts.hold_open([parties.customer_id])
            # One after the other at a site, so that a form that is sent twice is found.
            self._store.sites.held(slot.site_id, actor.scope)
            self._check_new(actor, slot)
            starts = self._starts(form, parties, taken.at)
            self._quoted(actor, plan, parties, starts)
            made = self._store.books.create_slot(
                site_id=slot.site_id,
                name=slot.name,
                item=slot.item,
                model=slot.model,
                serial=slot.serial,
            )
            begun = self._store.books.create_subscription(
                plan_id=plan.id, subject=Subject(SubjectKind.SLOT, made.id), parties=parties
            )
            cause = taken.cause(new_id(), "delivered")
            start = NewChange(begun.id, ChangeKind.START, starts, taken.at, cause)
            costs = self._hook.record([start], taken.at)
            self._suspension.settle([begun.id], taken.at, cause)
        log.info("item_leased", by=actor.name, item=slot.item, serial=slot.serial)
        return LeaseDone(self._named(actor, f"#{made.id}"), consequences=costs.seen_by(actor))

    def _quoted(self, actor: Actor, plan: Plan, parties: Parties, starts: datetime) -> Quote:
        prices, sides = self._store.books.price_list(plan.id), set(sides_of(actor))
        return quote(plan, prices, parties, starts, sides=sides, waits=False)

    def _offered(self, actor: Actor, form: ItemForm, now: datetime) -> tuple[Plan, Parties, Slot]:
        """The plan, who pays whom, and the slot as it will be, without its number."""
        referred = Referred(self._store, actor.scope)
        site = referred.site(form.site_id)
        provider, reseller, customer = referred.accounts(site)
        seller = reseller or provider
        plan = referred.plans(seller.id).get(form.plan_id)
        begins_on = form.on or local_date(now, zone_named(seller.time_zone))
        if plan is None or not plan.sold_on(begins_on):
            raise InputError(f"this plan is not on offer on {begins_on}", key="plan_id")
        if lease_fee(plan) is None:
            raise InputError(
                f"plan “{plan.name}” leases nothing: it has no lease fee", key="plan_id"
            )
        if form.item is ItemKind.PHONE:
            raise InputError(
                "a phone is registered, with its plan", key="item",
                remedy="Use provd device add --plan",
            )  # fmt: skip
        parties = Parties(provider.id, seller.id, customer.id, provider.time_zone, seller.time_zone)
        model, serial = one_line(form.model, "model"), serial_number(form.serial)
        name = one_line(form.name, "name") or f"{form.item} {model or serial}"
        return plan, parties, Slot(0, site.id, name, None, form.item, model, serial)

    def _check_new(self, actor: Actor, slot: Slot) -> None:
        """Raises ConflictError when a thing of this serial number is leased already, as far as the
        actor can see; another reseller's is none of its business."""
        for row in self._rows(
            actor, self._store.books.placed_slots(actor.scope, called=slot.serial)
        ):
            one = row.slot.slot
            same = one.serial.casefold() == slot.serial.casefold() and one.item is slot.item
            if same and row.open(self._clock().date()):
                raise ConflictError(
                    f"{row.what} is leased already, at {row.slot.customer}, {row.slot.site}",
                    key="serial",
                    remedy="Compare it with the label",
                )

    def _starts(self, form: ItemForm, parties: Parties, now: datetime) -> datetime:
        return now if form.on is None else begins(form.on, parties)


def serial_number(text: str) -> str:
    """Raises InputError when there is none."""
    serial = one_line(text, "serial")
    if not serial:
        raise InputError("a serial number is needed", key="serial")
    return serial
