"""What single families of a vendor's phones can't be told of a setting that others can.

A table of words tells what a vendor has words for; a family may lack some of them, or the parameter
altogether. Such a phone is told what it can take, and the value is noted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from provd.devices.layers import Settings
from provd.vendors.notes import note
from provd.vendors.values import Fact, Model, fits

TRANSPORT = "sip.transport"
_PLAIN = "udp"


class LimitRow(BaseModel):
    """Phones of these families take only these `values` of the setting; the first of them stands
    for all others. `when` limits the row to models: column -> words."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    setting: str
    values: Annotated[list[str], Field(min_length=1)]
    when: dict[str, Annotated[list[Fact], Field(min_length=1)]] = {}


class Limits:
    """A vendor's rows. Where none tells what of `sip.transport` a family takes, it takes
    `transports`, UDP alone where there are none. So the port that follows from the transport is
    that of one which the file can name."""

    def __init__(self, rows: Iterable[LimitRow], transports: Iterable[str]) -> None:
        words = sorted(transports, key=lambda word: word != _PLAIN) or [_PLAIN]
        self._rows = (*rows, LimitRow(setting=TRANSPORT, values=words))

    def within(self, settings: Settings, model: Model | None) -> Settings:
        """As such a phone can be told them: the first row of each setting counts. What it can't is
        noted."""
        instead: dict[str, object] = {}
        limited: set[str] = set()
        for row in self._rows:
            if row.setting in limited or not fits(row.when, model):
                continue
            limited.add(row.setting)
            value = settings.get(row.setting)
            if value is not None and value not in row.values:
                used = row.values[0]
                note(value, row.setting, f"this model does not take {value}; {used} is used")
                instead[row.setting] = used
        return settings.replaced(instead) if instead else settings
