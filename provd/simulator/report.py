"""What a simulated boot reports."""

from __future__ import annotations

from dataclasses import dataclass

from provd.exchange import Transport
from provd.vendors.values import PhoneReading


@dataclass(frozen=True, slots=True)
class StepResult:
    """One request of the boot and what became of it.

    `at` and `duration` are seconds, `at` since the boot began. `path` is what the phone asks
    for, without the token. `file` is the kind of file, empty for one that the vendor's folder does
    not list. `answer` is the protocol's word ("200", "404", "OACK", "ERROR 1"), or empty when
    nothing came. `received` counts the body's bytes; `size` is what the server announced, None when
    it did not. `reason` says why there is no file, and is empty when there is one.
    """

    at: float
    duration: float
    transport: Transport
    method: str
    path: str
    file: str
    optional: bool
    note: str
    answer: str
    received: int
    size: int | None
    whole: bool
    reason: str

    @property
    def harmless(self) -> bool:
        """The file arrived, or the phone does well without."""
        return self.whole or (self.optional and bool(self.answer))


@dataclass(frozen=True, slots=True)
class BootReport:
    """One boot. `reading` is None when no file came, or none that could be read: `problem` says
    why. `missing` are the paths of files that the full configuration needs and that did not come.
    """

    steps: tuple[StepResult, ...]
    reading: PhoneReading | None
    missing: tuple[str, ...]
    problem: str = ""

    @property
    def ok(self) -> bool:
        """The phone has its full configuration."""
        return self.reading is not None and not self.missing and not self.problem
