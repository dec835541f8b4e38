"""Sites and plans by their names, and what is shown before something that costs money."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.text import Text

from provd.billing.charge import Charge
from provd.billing.quote import Quote
from provd.cli.shared import console, table, visible
from provd.errors import InputError
from provd.operations.consequences import Consequences
from provd.operations.forms import PlanChoice, SiteChoice


def site_id(sites: Sequence[SiteChoice], name: str) -> int:
    """Raises InputError that names those there are."""
    wanted = name.strip().casefold()
    found = [
        site.id
        for site in sites
        if wanted in {site.name.casefold(), f"{site.customer}/{site.name}".casefold()}
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{site.customer}/{site.name}" for site in sites) or "none"
    problem = "there is no site" if not found else "there are several sites"
    raise InputError(f"{problem} “{name}”", key="site", remedy=f"There are: {known}")


def plan_id(plans: Sequence[PlanChoice], name: str) -> int:
    """Raises InputError that names those there are."""
    for plan in plans:
        if plan.name.casefold() == name.strip().casefold():
            return plan.id
    known = ", ".join(plan.name for plan in plans) or "none"
    raise InputError(f"there is no plan “{name}”", key="plan", remedy=f"There are: {known}")


def print_quote(quote: Quote) -> None:
    rows = table("side", "charge", "amount", "when", wraps="when")
    for line in quote.lines:
        rows.add_row(line.side, line.text, Text(str(line.amount), justify="right"), line.when)
    out = console()
    out.print(quote.introduction, soft_wrap=True)
    out.print(rows)
    for condition in dict.fromkeys(text for _, text in quote.conditions):
        sides = [side for side, text in quote.conditions if text == condition]
        whose = "" if len(sides) == len(quote.days) else f"{sides[0].capitalize()}: "
        out.print(visible(f"{whose}{condition}"), soft_wrap=True)


def print_charges(charges: Sequence[Charge]) -> None:
    rows = table("side", "charge", "amount", "calculation", wraps="charge")
    for charge in charges:
        amount = Text(str(charge.amount), justify="right")
        rows.add_row(charge.side, charge.text, amount, charge.calculation)
    console().print(rows)


def print_consequences(found: Consequences) -> None:
    """What a step would cost at once, and what hardware that never comes back would."""
    out = console()
    if found.charges:
        out.print("Charged at once:")
        print_charges(found.charges)
    for charge in found.unreturned:
        out.print(
            visible(f"Unless it comes back: {charge.amount} ({charge.side}), {charge.text}"),
            soft_wrap=True,
        )
    for problem in found.problems:
        out.print(Text(visible(f"Not computed: {problem}"), "red"), soft_wrap=True)
    if not found.costs and not found.problems:
        out.print("It costs nothing.")


def agreed(question: str, *, yes: bool) -> None:
    """Raises click.Abort unless somebody says yes."""
    if not yes:
        click.confirm(question, abort=True, err=True)
