"""Reading subscriptions: how they stand, and why each of their charges is what it is."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.plan import Plan, Side, SubjectKind
from provd.billing.subscription import Change, ChangeKind, SetupFee, Subject, Subscription
from provd.devices.account import Role, Scope
from provd.errors import InputError, MoneyError, NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

_A_YEAR = timedelta(days=400)
"""The longest period, and some days."""
READERS = (Role.ADMIN, Role.RESELLER, Role.CUSTOMER)


class Standing(enum.StrEnum):
    """How a subscription stands now."""

    WAITING = "waiting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """`subject` names what it is for; `standing` is as of now, while `ends_at` may lie ahead.
    `setup_waits`: its setup fee was put off and nobody has asked for it."""

    subscription: Subscription
    plan: Plan
    customer: str
    subject: str
    standing: Standing
    starts_at: datetime | None
    ends_at: datetime | None
    setup_waits: bool


@dataclass(frozen=True, slots=True)
class SubjectChoice:
    """Whom or what a plan may be for, and how people call it."""

    subject: Subject
    name: str


@dataclass(frozen=True, slots=True)
class SubscriptionDetail:
    """With all that has become of it, and its charges as far as the reader may see them.
    `upcoming` is what falls due next, all of it at one instant, as far as is known now."""

    row: SubscriptionRow
    changes: tuple[Change, ...]
    charges: tuple[Charge, ...]
    upcoming: tuple[Charge, ...] = ()


class SubscriptionReader:
    """A customer sees its own, and no wholesale."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def listed(
        self,
        actor: Actor,
        *,
        account_id: int | None = None,
        ended: bool = False,
        before_id: int | None = None,
        size: int = 200,
    ) -> list[SubscriptionRow]:
        """The newest first, of an account and all below it or of all that the actor sees; those
        that have ended only with `ended`. `before_id` goes on from the last of a page. Raises
        NotFoundError."""
        actor.must_be(*READERS)
        scope = actor.scope
        if account_id is not None:
            scope = Scope(self._store.accounts.get(account_id, scope=actor.scope).id)
        running_at = None if ended else self._clock()
        found = self._store.books.subscriptions_in(
            scope, running_at=running_at, before_id=before_id, size=size
        )
        return self._rows(found)

    def shown(self, actor: Actor, subscription_id: int) -> SubscriptionDetail:
        """Raises NotFoundError."""
        actor.must_be(*READERS)
        one = self._store.books.subscription(subscription_id)
        try:
            self._store.accounts.get(one.parties.customer_id, scope=actor.scope)
        except NotFoundError:
            raise NotFoundError("there is no such subscription", key="subscription") from None
        side = None if actor.sees_wholesale else Side.RETAIL
        charges = self._store.books.charges(
            scope=actor.scope, side=side, subscription_id=subscription_id
        )
        return SubscriptionDetail(
            self._rows([one])[0], one.changes, tuple(charges), self._upcoming(one, side)
        )

    def _upcoming(self, one: Subscription, side: Side | None) -> tuple[Charge, ...]:
        """After what is charged already, of that side or of both."""
        tariff, now = self._store.books.tariffs({one.plan_id})[one.plan_id], self._clock()
        sides = [side] if side else list(one.parties.sides)
        found: list[Charge] = []
        for each in sides:
            since = max(now, one.billed_until(each) or now)
            with suppress(InputError, MoneyError):  # a price is missing: a billing run tells
                found += due_charges(
                    tariff.plan, tariff.prices, one, since + _A_YEAR, since=since, sides={each}
                )
        first = min((charge.due_at for charge in found), default=None)
        return tuple(charge for charge in found if charge.due_at == first)

    def subjects(self, actor: Actor, customer_id: int) -> list[SubjectChoice]:
        """The customer itself, then the places at its sites and the devices there, by name. Raises
        NotFoundError."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        customer = self._store.accounts.get(customer_id, scope=actor.scope)
        sites = {one.id: one.name for one in self._store.sites.in_scope(Scope(customer.id))}
        slots = [
            SubjectChoice(Subject(SubjectKind.SLOT, one.id), f"{sites[one.site_id]}: {one.name}")
            for one in self._store.books.slots_at(sites)
        ]
        devices = [
            SubjectChoice(
                Subject(SubjectKind.DEVICE, one.device.id),
                f"{one.site}: {one.device.label or one.device.model} ({one.device.mac})",
            )
            for one in self._store.devices.search(Scope(customer.id), size=1000)[0]
        ]
        whole = SubjectChoice(Subject(SubjectKind.CUSTOMER, customer.id), customer.name)
        return [whole, *slots, *devices]

    def _rows(self, found: list[Subscription]) -> list[SubscriptionRow]:
        books = self._store.books
        tariffs = books.tariffs({one.plan_id for one in found})
        names = books.subject_names({one.id for one in found})
        now = self._clock()
        return [
            SubscriptionRow(
                subscription=one,
                plan=tariffs[one.plan_id].plan,
                customer=names[one.id].customer,
                subject=names[one.id].subject,
                standing=_standing(one, now),
                starts_at=one.started_at,
                ends_at=one.ended_at,
                setup_waits=_setup_waits(one),
            )
            for one in found
        ]


def _standing(one: Subscription, now: datetime) -> Standing:
    if one.ended_at is not None and one.ended_at <= now:
        return Standing.ENDED
    if one.started_at is None or one.started_at > now:
        return Standing.WAITING
    told = [
        change
        for change in one.changes
        if change.kind in {ChangeKind.SUSPEND, ChangeKind.RESUME}
        and change.effective_at is not None
        and change.effective_at <= now
    ]
    last = max(told, key=lambda change: (change.effective_at, change.id), default=None)
    suspended = last is not None and last.kind is ChangeKind.SUSPEND
    return Standing.SUSPENDED if suspended else Standing.RUNNING


def _setup_waits(one: Subscription) -> bool:
    asked = any(change.kind is ChangeKind.CHARGE_SETUP for change in one.changes)
    return one.setup is SetupFee.LATER and not asked
