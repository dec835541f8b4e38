"""From a file's octets to a scenario. Whatever is wrong is told with its line, key and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from provd.billing.days import zone_named
from provd.errors import InputError, PluginError
from provd.scenario.document import BusinessPart, PlanPart
from provd.scenario.events import EVENTS
from provd.scenario.events.runs import Bill
from provd.scenario.parts import Moment, Part
from provd.vendors.yamlfile import Document, Location, read_foreign_yaml

_MOST_VALUES = 100_000
_DEEPEST = 12
_MOST_RUNS = 10_000

Model = TypeVar("Model", bound=Part)


class _At(Part):
    at: Moment


@dataclass(frozen=True, slots=True)
class Event:
    """What happens `at` (UTC). `where` is the file's name and line."""

    at: datetime
    name: str
    what: Part
    where: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """Events stand in order of time; of those at one moment, in the order of the file."""

    business: BusinessPart
    events: tuple[Event, ...]
    document: Document

    def where(self, *way: str | int) -> str:
        return self.document.where(way)


def read_scenario(octets: bytes, name: str) -> Scenario:
    """`name` is what errors call the file. Raises InputError."""
    try:
        document = read_foreign_yaml(octets, name, most=_MOST_VALUES, deepest=_DEEPEST)
    except PluginError as error:
        raise InputError(error.problem, where=error.where, key=error.key) from None
    if not isinstance(document.data, dict):
        raise InputError("it is no scenario", where=name, remedy="It has plans: and events:")
    given = dict(document.data)
    events = given.pop("events", [])
    business = _checked(BusinessPart, given, document, ())
    return Scenario(business, tuple(_events(events, business, document)), document)


def read_plans(octets: bytes, name: str) -> list[PlanPart]:
    """The plans of a scenario's file, of one that has no more than `plans`, or of one that is a
    single plan. Raises InputError."""
    try:
        document = read_foreign_yaml(octets, name, most=_MOST_VALUES, deepest=_DEEPEST)
    except PluginError as error:
        raise InputError(error.problem, where=error.where, key=error.key) from None
    given = document.data
    if not isinstance(given, dict):
        raise InputError("it has no plan", where=name, remedy="Give plans: a list of them")
    if "plans" not in given:
        return [_checked(PlanPart, given, document, ())]
    if not isinstance(given["plans"], list):
        raise InputError("it is not a list", where=document.where(("plans",)), key="plans")
    return [
        _checked(PlanPart, one, document, ("plans", position))
        for position, one in enumerate(given["plans"])
    ]


def in_utc(moment: datetime, zone: str) -> datetime:
    """A time without an offset is local in the zone."""
    local = moment.replace(tzinfo=zone_named(zone)) if moment.tzinfo is None else moment
    return local.astimezone(UTC)


def _events(given: object, business: BusinessPart, document: Document) -> Sequence[Event]:
    if not isinstance(given, list):
        raise InputError("it is not a list", where=document.where(("events",)), key="events")
    found = [
        event
        for position, one in enumerate(given)
        for event in _event(one, business.provider.zone, document, ("events", position))
    ]
    return sorted(found, key=lambda event: event.at)


def _event(given: object, zone: str, document: Document, way: Location) -> Sequence[Event]:
    where = document.where(way)
    if not isinstance(given, dict):
        raise InputError("it is no event", where=where, key="events", remedy=_FORM)
    names = [name for name in given if name != "at"]
    if len(names) != 1:
        told = " and ".join(map(str, names)) or "nothing"
        raise InputError(f"{told} happens", where=where, key="events", remedy=_FORM)
    [name] = names
    if name not in EVENTS:
        raise InputError(
            "nothing of this name can happen",
            where=document.where((*way, str(name))),
            key=str(name)[:60],
            remedy=f"There are {', '.join(EVENTS)}",
        )
    at = _checked(_At, {key: value for key, value in given.items() if key == "at"}, document, way)
    what = _checked(EVENTS[name], given[name] or {}, document, (*way, name))
    moment = in_utc(at.at, zone)
    if isinstance(what, Bill) and what.every:
        return _repeated(moment, name, what, zone, where)
    return [Event(moment, name, what, where)]


def _repeated(first: datetime, name: str, bill: Bill, zone: str, where: str) -> Sequence[Event]:
    if bill.until is None:
        raise InputError("it would never end", where=where, key=f"{name}.until", remedy="Add it")
    step, until = timedelta(days=7 if bill.every == "week" else 1), in_utc(bill.until, zone)
    count = (until - first) // step + 1
    if count > _MOST_RUNS:
        raise InputError(f"these are {count} runs", where=where, key=f"{name}.until")
    return [Event(first + number * step, name, type(bill)(), where) for number in range(count)]


_FORM = "Give at: and one thing that happens then, such as bill:"


def _checked(model: type[Model], given: object, document: Document, way: Location) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        _refuse(error, document, way)


def _refuse(error: ValidationError, document: Document, way: Location) -> NoReturn:
    """The first thing that is wrong, and how many more there are."""
    first, *others = error.errors(include_url=False, include_context=False)
    kind, inner = first["type"], tuple(first["loc"])
    problem, remedy = _FORMS.get(kind, (_sentence(first["msg"]), ""))
    if kind == "enum":
        problem, remedy = "it is none of those there are", _sentence(first["msg"])
    also = f"{len(others)} more mistakes follow" if others else ""
    raise InputError(
        problem,
        where=document.where((*way, *inner)),
        key=".".join(str(one + 1) if isinstance(one, int) else one for one in (*way, *inner)),
        remedy=". ".join(part for part in (remedy, also) if part),
    ) from None


def _sentence(message: Any) -> str:
    return str(message).removeprefix("Value error, ").removeprefix("Input ")


_FORMS = {
    "extra_forbidden": ("there is no such key", ""),
    "missing": ("it is missing", "Add it"),
    "invalid_key": ("the key is no text", "Put it in quotes: YAML takes on and off for yes and no"),
    "string_type": ("it is not text", "Put it in quotes"),
    "list_type": ("it is not a list", "Begin each item with -"),
    "dict_type": ("it has no keys", "Write key: value below it"),
    "model_type": ("it has no keys", "Write key: value below it"),
    "too_short": ("it is empty", "Add one at least"),
    "string_too_short": ("it is empty", "Name it"),
}
