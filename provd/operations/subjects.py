"""Whom and what a plan can be for, as far as an actor may see it, and between whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provd.billing.plan import PlanRole, SubjectKind
from provd.billing.subscription import ItemKind, Parties, Slot, Subject, Subscription
from provd.devices.account import Account
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.store import Store

BOOTED = frozenset({State.IN_SERVICE, State.SUSPENDED})
SHIPPED = BOOTED | {State.SHIPPED}
_GONE = frozenset({State.RETURNED, State.RETIRED})


@dataclass(frozen=True, slots=True)
class Found:
    """A subject with what there is to know of it. `seller` is the customer's reseller, or the
    provider where it sells itself."""

    subject: Subject
    name: str
    parties: Parties
    seller: Account
    customer: Account
    slot: Slot | None = None
    device: Device | None = None

    @property
    def is_item(self) -> bool:
        """A leased thing that provd does not boot."""
        return self.slot is not None and self.slot.item is not ItemKind.PHONE

    def must_be_there(self) -> None:
        """Raises InputError for a phone, or a phone's place, where there is none any more."""
        if self.subject.kind is SubjectKind.CUSTOMER or self.is_item:
            return
        if self.device is None or self.device.state in _GONE:
            raise InputError(f"there is no phone any more: {self.name}", key="subject")


def slot_for(store: Store, device: Device, at: datetime) -> Subject:
    """A slot of its own for a device that fills none, from `at` on."""
    name = device.label or f"{device.model} {device.mac}"
    slot = store.books.create_slot(site_id=device.site_id, name=name)
    store.books.assign(slot.id, device.id, at)
    return Subject(SubjectKind.SLOT, slot.id)


class Subjects:
    """Raises NotFoundError for what is outside of the actor's scope."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def found(self, actor: Actor, subject: Subject) -> Found:
        if subject.kind is SubjectKind.CUSTOMER:
            return self._of(actor, subject, subject.id, None, None)
        if subject.kind is SubjectKind.DEVICE:
            device = self._store.devices.get(subject.id, scope=actor.scope)
            site = self._store.sites.get(device.site_id, scope=actor.scope)
            slot = self._store.books.slot_of_device(device.id)
            return self._of(actor, subject, site.account_id, slot, device)
        place = self._store.books.slot(subject.id)
        site = self._store.sites.get(place.site_id, scope=actor.scope)
        inside = self._store.devices.get(place.device_id) if place.device_id else None
        return self._of(actor, subject, site.account_id, place, inside)

    def running(self, found: Found) -> list[Subscription]:
        """What is for the subject itself, whatever has become of it, the oldest first."""
        books, subject = self._store.books, found.subject
        if subject.kind is SubjectKind.CUSTOMER:
            return books.subscriptions_of(customer_ids=[subject.id])
        if subject.kind is SubjectKind.DEVICE:
            return books.subscriptions_of(device_ids=[subject.id])
        return books.subscriptions_of(slot_ids=[subject.id])

    def around(self, found: Found) -> list[Subscription]:
        """What is for it, for its device or slot, or for its customer."""
        return self._store.books.subscriptions_of(
            slot_ids=[found.slot.id] if found.slot else [],
            device_ids=[found.device.id] if found.device else [],
            customer_ids=[found.customer.id],
        )

    def check_main(self, found: Found) -> None:
        """Raises InputError unless there is a main plan that an add-on can add to."""
        going = [one for one in self.around(found) if one.ended_at is None]
        tariffs = self._store.books.tariffs({one.plan_id for one in going})
        if not any(tariffs[one.plan_id].plan.role is PlanRole.MAIN for one in going):
            raise InputError(
                f"{found.name} has no main plan that this one could add to",
                key="plan",
                remedy="Subscribe it, or its customer, to a main plan first",
            )

    def _of(
        self,
        actor: Actor,
        subject: Subject,
        account_id: int,
        slot: Slot | None,
        device: Device | None,
    ) -> Found:
        self._store.accounts.get(account_id, scope=actor.scope)
        provider, reseller, customer = self._store.accounts.chain(account_id)
        if customer is None:
            raise InputError("only a customer can subscribe to a plan", key="customer")
        seller = reseller or provider
        parties = Parties(provider.id, seller.id, customer.id, provider.time_zone, seller.time_zone)
        name = _name(subject, customer, slot, device)
        return Found(subject, name, parties, seller, customer, slot, device)


def _name(subject: Subject, customer: Account, slot: Slot | None, device: Device | None) -> str:
    if subject.kind is SubjectKind.CUSTOMER:
        return customer.name
    called = f"{device.model} {device.mac}" if device else ""
    if slot is None or subject.kind is SubjectKind.DEVICE:
        return f"{called}, {customer.name}"
    inside = called or f"{slot.model} {slot.serial}".strip()
    shown = f"{slot.name} ({inside})" if inside and inside not in slot.name else slot.name
    return f"{shown}, {customer.name}"
