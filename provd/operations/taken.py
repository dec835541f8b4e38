"""Who takes a step in a device's life, why and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import Cause
from provd.operations.actor import Actor


@dataclass(frozen=True, slots=True)
class Taken:
    """`reason` is what the actor said, in one line; it may be empty."""

    actor: Actor
    reason: str
    at: datetime

    def cause(self, event_id: str, kind: str) -> Cause:
        """Of what becomes of subscriptions."""
        return Cause.by_person(event_id, kind, self.at, self.actor.name, self.reason)
