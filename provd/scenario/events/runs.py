"""Billing runs, and what people do about them."""

from __future__ import annotations

from typing import Literal

from provd.scenario.parts import Moment, Name, Part


class Bill(Part):
    """A billing run up to `until`, else up to the moment itself. With `every` it is repeated at the
    same time of day, for the last time at `until` or before."""

    until: Moment | None = None
    every: Literal["day", "week"] | None = None


class Unpark(Part):
    customer: Name


EVENTS: dict[str, type[Part]] = {"bill": Bill, "unpark": Unpark}
