"""What fetching one file comes to, whatever the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from provd.sip.failures import known

Seconds = Callable[[], float]
"""A clock that only goes forward, as time.monotonic."""

MOST_BYTES = 64 * 2**20
"""No configuration or firmware that we simulate is larger; more is a server gone mad."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a phone waits, in seconds: for the next packet or bytes, and for a whole file."""

    silence: float = 5.0
    file: float = 120.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """`content` is None when no file came; the other fields are explained at StepResult."""

    answer: str
    content: bytes | None = None
    received: int = 0
    size: int | None = None
    reason: str = ""

    @property
    def is_answered(self) -> bool:
        """The server spoke, if only to refuse."""
        return bool(self.answer)


class GaveUp(Exception):
    """Reading stopped: too long or too much. It never leaves this package."""


def why(error: OSError) -> str:
    """One sentence for a person."""
    return known(error) or error.strerror or str(error)
