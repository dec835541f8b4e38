"""A server that says of itself what a test wants to see on a page."""

from __future__ import annotations

from dataclasses import dataclass, field

from provd.health import Health, Status
from provd.vitals import NOTHING, Counts, Minute, Now, Silenced


@dataclass
class FixedVitals:
    moment: Now = field(default_factory=Now)
    networks: tuple[Silenced, ...] = ()

    def counts(self) -> Counts:
        return NOTHING

    def now(self) -> Now:
        return self.moment

    def silenced(self) -> tuple[Silenced, ...]:
        return self.networks


@dataclass
class FixedServer:
    """Implements `provd.portal.server.Server`."""

    history: tuple[Minute, ...]
    vitals: FixedVitals = field(default_factory=FixedVitals)
    state: Health = field(default_factory=lambda: Health(Status.OK, (), 300))

    def minutes(self) -> tuple[Minute, ...]:
        return self.history

    def health(self) -> Health:
        return self.state
