"""Who takes a step in a device's life, why and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import Cause
from provd.devices.lifecycle import LifecycleEvent, State
from provd.operations.actor import Actor
from provd.provisioning.journal import new_id


@dataclass(frozen=True, slots=True)
class Taken:
    """`reason` is what the actor said, in one line; it may be empty."""

    actor: Actor
    reason: str
    at: datetime

    def cause(self, event_id: str, kind: str) -> Cause:
        """Of what becomes of subscriptions."""
        return Cause.by_person(event_id, kind, self.at, self.actor.name, self.reason)

    def event(
        self, device_id: int, before: State, after: State, left_site_id: int | None
    ) -> LifecycleEvent:
        """Of what becomes of a device, with an id of its own."""
        return LifecycleEvent(
            id=new_id(),
            device_id=device_id,
            before=before,
            after=after,
            at=self.at,
            actor=self.actor.name,
            reason=self.reason,
            left_site_id=left_site_id,
        )
