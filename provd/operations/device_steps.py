"""What all steps in a device's life share: the device is found within the actor's scope, held
while it changes, and each step leaves an event that tells who took it and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import Subscription
from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.lifecycle import State, check_arrow
from provd.devices.mac import Mac
from provd.devices.text import one_line
from provd.errors import InputError, MacError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.consequences import NOTHING, Consequences, Hook
from provd.operations.suspension import Suspension
from provd.operations.taken import Taken
from provd.store import Store

MANAGERS = (Role.ADMIN, Role.RESELLER)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step. `device` is as it is afterwards, `before` its state until then; a step
    that was taken already changes nothing. `notes` are sentences for people, without a full stop.
    The devices `tell` are to be told, after the commit, to fetch their files."""

    device: Device
    before: State
    changed: bool = True
    consequences: Consequences = NOTHING
    notes: tuple[str, ...] = ()
    tell: tuple[int, ...] = ()


class DeviceSteps:
    """`clock` tells when a step is taken."""

    def __init__(self, store: Store, hook: Hook, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._hook = hook
        self._suspension = Suspension(store)
        self._clock = clock

    def _taken(self, actor: Actor, reason: str) -> Taken:
        actor.must_be(*MANAGERS)
        return Taken(actor, one_line(reason, "reason", longest=LONGEST_REASON), self._clock())

    def _found(self, actor: Actor, text: str) -> Device:
        """Raises NotFoundError for what is no MAC of a device in the scope."""
        try:
            device = self._store.devices.by_mac(Mac.parse(text), scope=actor.scope)
        except MacError:
            device = None
        if device is None:
            raise NotFoundError("there is no such device", key="mac")
        return device

    def _slot_id(self, device: Device) -> int | None:
        slot = self._store.books.slot_of_device(device.id)
        return slot.id if slot else None

    def _subscriptions(self, device: Device, taken: Taken) -> list[Subscription]:
        """Of the device itself and of its slot, those that have not ended."""
        return self._hook.subscriptions(device.id, self._slot_id(device), taken.at)

    def _go(
        self,
        device: Device,
        after: State,
        taken: Taken,
        *,
        before: State | None = None,
        left_site_id: int | None = None,
    ) -> str:
        """Takes the arrow. Returns the event's id. Raises LifecycleError where there is none."""
        before = before or device.state
        if before is not after:
            check_arrow(before, after)
            if not self._store.devices.change_state(device.id, before, after):
                raise InputError(
                    f"{device.mac} was changed by somebody else just now",
                    key="mac",
                    remedy="Look at it again",
                )
        event = taken.event(device.id, before, after, left_site_id)
        self._store.events.record(event)
        return event.id
