"""Off, a while, on: and on in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from provd.errors import PowerError

Wait = Callable[[float], object]
"""Waits so many seconds; it may come back early when somebody wants it over."""

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each attempt to switch on: a switch that restarts a port may be busy."""


@dataclass(frozen=True, slots=True)
class PortState:
    """`enabled`: the port may give power. `delivers`: something takes it."""

    enabled: bool
    delivers: bool


class Switch(Protocol):
    """One port of a switch. Both raise PowerError; whether it was done is unknown then."""

    def read(self) -> PortState: ...
    def turn(self, *, on: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Cycled:
    """`fed`: the port gave power to something before."""

    fed: bool


def power_cycle(switch: Switch, off_for: float, wait: Wait) -> Cycled:
    """Whatever goes wrong between, the port is switched on at the end, again and again.

    Raises PowerError: nothing was done, where the switch can't be asked or the port is off already;
    else it says whether the port is on.
    """
    before = switch.read()
    if not before.enabled:
        raise PowerError("The port is switched off already: somebody meant it, so it stays so")
    try:
        switch.turn(on=False)
        wait(off_for)
    finally:
        _switch_on(switch, wait)
    return Cycled(before.delivers)


def _switch_on(switch: Switch, wait: Wait) -> None:
    reasons = []
    for pause in PAUSES:
        if pause:
            wait(pause)
        try:
            switch.turn(on=True)
            if switch.read().enabled:
                return
            reasons.append("the switch says that it is off")
        except PowerError as error:
            reasons.append(str(error))
    raise PowerError(
        f"THE PORT MAY BE OFF: it could not be switched on again ({reasons[-1]}). "
        "Switch it on at the switch"
    )
