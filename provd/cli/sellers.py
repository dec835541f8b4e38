"""In whose name plans and subscriptions are managed, and how their figures are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from provd.app import Provd
from provd.billing.charge import Charge
from provd.billing.days import zone_named
from provd.cli.shared import OPERATOR, Command, console, operator, table, visible
from provd.devices.account import Account, AccountKind, Role
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.consequences import Consequences

DAY = click.DateTime(["%Y-%m-%d"])


def reseller_option(command: Command) -> Command:
    """`--reseller NAME`."""
    return click.option("--reseller", default="", help="Do it in the name of this reseller.")(
        command
    )


def day_option(name: str, description: str, key: str) -> Callable[[Command], Command]:
    """An option that takes a day."""
    return click.option(name, key, type=DAY, metavar="YYYY-MM-DD", help=description)


def day_of(given: datetime | None) -> date | None:
    return given.date() if given else None


def seller(parts: Provd, reseller: str) -> Actor:
    """The operator, or a reseller of that name. Raises InputError."""
    actor = operator(parts)
    if not reseller:
        return actor
    return Actor(OPERATOR, Role.RESELLER, reseller_named(parts, reseller).id)


def reseller_named(parts: Provd, name: str) -> Account:
    """Raises InputError that names those there are."""
    scope = operator(parts).scope
    found = parts.store.accounts.below(scope, kind=AccountKind.RESELLER)
    for one in found:
        if one.name.casefold() == name.strip().casefold():
            return one
    known = ", ".join(one.name for one in found) or "none"
    raise InputError(f"there is no reseller “{name}”", key="reseller", remedy=f"There are: {known}")


def zone(parts: Provd) -> ZoneInfo:
    """In which the operator reads days."""
    provider = parts.operations.setup.provider()
    return zone_named(provider.time_zone if provider else "UTC")


def print_foreseen(parts: Provd, found: Consequences) -> None:
    """What a step will cost and give back, and when."""
    out, local = console(), zone(parts)
    if found.charges:
        rows = table("side", "charge", "amount", "on", "calculation", wraps="charge")
        for one in found.charges:
            rows.add_row(*_row(one, local))
        out.print(rows)
    for one in found.unreturned:
        day = one.due_at.astimezone(local).date()
        out.print(
            visible(f"Should the hardware not be back, {one.side} from {day}: {one.amount}"),
            soft_wrap=True,
        )
    for problem in found.problems:
        out.print(Text(visible(f"Not computed: {problem}"), "red"), soft_wrap=True)
    if not found.costs and not found.problems:
        out.print("It costs nothing and gives nothing back.")


def print_charged(parts: Provd, charges: Sequence[Charge]) -> None:
    """What has just been charged."""
    local = zone(parts)
    for one in charges:
        day = one.due_at.astimezone(local).date()
        console().print(visible(f"Charged {one.side}: {one.amount}, {one.text}, due {day}"))


def _row(one: Charge, local: ZoneInfo) -> tuple[str | Text, ...]:
    amount = Text(str(one.amount), justify="right")
    day = str(one.due_at.astimezone(local).date())
    return one.side.value, visible(one.text), amount, day, one.calculation
