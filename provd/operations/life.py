"""Suspending a device and resuming it; taking it back; writing it off."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import structlog

from provd.billing.subscription import ChangeKind, Subscription
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.errors import LifecycleError
from provd.operations.actor import Actor
from provd.operations.consequences import Consequences, ended
from provd.operations.device_steps import DeviceSteps, Done
from provd.operations.taken import Taken
from provd.store.books import NewChange

log = structlog.get_logger()


class Step(enum.StrEnum):
    """What may be done with a device where it is."""

    SUSPEND = "suspend"
    RESUME = "resume"
    RETURN = "return"
    RETIRE = "retire"


AFTER = {
    Step.SUSPEND: State.SUSPENDED,
    Step.RESUME: State.IN_SERVICE,
    Step.RETURN: State.RETURNED,
    Step.RETIRE: State.RETIRED,
}
_WORDS = {
    Step.SUSPEND: "suspended",
    Step.RESUME: "resumed",
    Step.RETURN: "returned",
    Step.RETIRE: "retired",
}
"""How causes of charges name it."""


class DeviceLife(DeviceSteps):
    """A device that is returned or retired leaves its slot, and what was paid for it and for the
    slot ends, by the rules of its lease. Then its secrets are others, and its MAC opens nothing
    (store.devices). A suspended one keeps both, and is told a configuration without accounts."""

    def take(self, actor: Actor, mac: str, step: Step, reason: str = "") -> Done:
        """One transaction. Taken again it changes nothing. Raises NotFoundError outside of the
        actor's scope, LifecycleError where the device can't take the step."""
        taken = self._taken(actor, reason)
        device = self._found(actor, mac)
        with self._store.transaction():
            done = self._take(device.id, step, taken)
        if done.changed:
            log.info("device_step", step=step, by=actor.name, mac=str(done.device.mac))
        return done

    def quote(self, actor: Actor, mac: str, step: Step) -> Done:
        """What `take` would do and cost now, as far as the actor may see it. Raises as `take`."""
        taken = self._taken(actor, "")
        device = self._found(actor, mac)
        return self._hook.tried(lambda: self._take(device.id, step, taken))

    def _take(self, device_id: int, step: Step, taken: Taken) -> Done:
        device = self._store.devices.held(device_id, taken.actor.scope)
        if device.state is AFTER[step]:
            return Done(device, device.state, changed=False)
        if step is Step.RESUME and device.state is not State.SUSPENDED:
            raise LifecycleError(f"a device that is {device.state} is not suspended")
        event_id = self._go(device, AFTER[step], taken)
        if step in {Step.SUSPEND, Step.RESUME}:
            return self._rested(device, step, taken, event_id)
        return self._left(device, step, taken, event_id)

    def _rested(self, device: Device, step: Step, taken: Taken, event_id: str) -> Done:
        cause = taken.cause(event_id, _WORDS[step])
        concerned = self._subscriptions(device, taken)
        self._suspension.settle({one.id for one in concerned}, taken.at, cause)
        placement = self._store.devices.placement(device.mac)
        assert placement is not None  # noqa: S101  it is held
        notes = [
            f"{account.name} is suspended, so its phones have no service either way"
            for account in (placement.customer, placement.reseller, placement.provider)
            if account and account.suspended_at
        ]
        tell = () if notes else (device.id,)
        return Done(placement.device, device.state, notes=tuple(notes), tell=tell)

    def _left(self, device: Device, step: Step, taken: Taken, event_id: str) -> Done:
        concerned = self._subscriptions(device, taken)
        consequences = self._ended(device, step, concerned, taken, event_id)
        if slot_id := self._slot_id(device):
            # After its charges, so that they are the device's.
            self._store.books.assign(slot_id, None, taken.at)
        self._store.devices.leave_order(device.id)
        left = self._store.devices.get(device.id)
        return Done(left, device.state, consequences=consequences.seen_by(taken.actor))

    def _ended(
        self,
        device: Device,
        step: Step,
        concerned: Sequence[Subscription],
        taken: Taken,
        event_id: str,
    ) -> Consequences:
        cause = taken.cause(event_id, _WORDS[step])
        new = ended(concerned, taken.at, cause)
        if step is Step.RETURN:
            back = {one.id for one in concerned} | set(self._store.books.removed_from(device.id))
            new += [
                NewChange(id_, ChangeKind.DEVICE_RETURNED, taken.at, taken.at, cause, device.id)
                for id_ in sorted(back)
            ]
        return self._hook.record(new, taken.at)
