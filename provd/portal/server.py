"""What the portal is told of the server that it belongs to."""

from __future__ import annotations

from typing import Protocol

from provd.health import Health
from provd.vitals import Minute, Vitals


class Server(Protocol):
    """Asked on the portal's threads."""

    @property
    def vitals(self) -> Vitals: ...

    def minutes(self) -> tuple[Minute, ...]:
        """Of the last day; the one that runs stands last."""

    def health(self) -> Health:
        """Asks the database."""
