"""What the models of a scenario's file are made of. Amounts and times are read as people write
them, with or without quotes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from provd.errors import InputError
from provd.operations.zones import zone_from


class Part(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _text(given: object) -> object:
    """YAML takes 20.00 for a number; what it stands for is exact all the same."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ValueError("is no amount")
    return given if isinstance(given, str) else f"{Decimal(str(given)).normalize():f}"


def _no_number(given: object) -> object:
    """Pydantic would count a number as seconds since 1970."""
    if isinstance(given, bool | int | float):
        raise ValueError("is no time")
    return given


Name = Annotated[str, Field(min_length=1)]
Amount = Annotated[str, BeforeValidator(_text)]
"""A decimal, with or without its currency: 20, 20.00, 20.00 EUR."""
Moment = Annotated[datetime, BeforeValidator(_no_number)]
"""ISO 8601. Without an offset it is the provider's local time, a day alone its midnight."""
Day = Annotated[date, BeforeValidator(_no_number)]


def _known_zone(name: str) -> str:
    try:
        return name and zone_from(name)
    except InputError as error:
        raise ValueError(f"{error.problem}. {error.remedy}") from None


Zone = Annotated[str, AfterValidator(_known_zone)]
"""IANA's name of a time zone, or nothing."""


def _positive(days: int) -> int:
    if days < 0:
        raise ValueError("is below zero")
    return days


Count = Annotated[int, AfterValidator(_positive)]
