"""`provd plan add`: a plan from options, or plans from a file."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import click

from provd.app import Provd
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import FeeKind, PlanRole, Sharing, Side, StartsOn, SubjectKind
from provd.cli.sellers import reseller_named, reseller_option, seller
from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.devices.account import Account
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.plan_checks import FeePrices
from provd.operations.plan_views import CatalogueEntry
from provd.scenario.document import FeePart, LeasePart, PlanPart
from provd.scenario.drafts import draft_of
from provd.scenario.reading import read_plans
from provd.scenario.world import money

PRICES = "WHOLESALE/RETAIL"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_COUNT = click.IntRange(min=0)
FEES = {
    "setup_prices": (FeeKind.SETUP, "Setup", "Once, as 12.00/25.00."),
    "lease_prices": (FeeKind.LEASE, "Hardware lease", "Per period, as 3.90/6.50."),
    "base_prices": (FeeKind.BASE, "Base fee", "Per period."),
    "service_prices": (FeeKind.SERVICE, "Service", "Per period, as for maintenance."),
    "delivery_prices": (FeeKind.DELIVERY, "Delivery", "Once."),
    "buy_out_prices": (FeeKind.BUY_OUT, "Hardware bought", "Once, if it is bought."),
    "unreturned_prices": (FeeKind.UNRETURNED, "Hardware kept", "Once, if it is not returned."),
}


def _words(
    name: str, words: type[StrEnum], default: StrEnum, description: str
) -> Callable[[Decorated], Decorated]:
    """An option that takes one of the values, as they are written."""
    return click.option(
        name,
        type=click.Choice([word.value for word in words]),
        default=default.value,
        show_default=True,
        help=description,
    )


def _fee_options(command: Decorated) -> Decorated:
    for key, (kind, _, description) in reversed(FEES.items()):
        command = click.option(f"--{kind.value}", key, metavar=PRICES, help=description)(command)
    return command


@click.command("add", short_help="Add a plan, or all plans of a file.")
@data_option
@click.argument("name", default="")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="YAML, with the keys that a scenario's plans have: see docs/billing-rules.md.",
)
@_fee_options
@_words("--starts-on", StartsOn, StartsOn.BOOTED, "What starts it.")
@_words("--cycle", Cycle, Cycle.CALENDAR, "Where periods begin.")
@_words("--interval", Interval, Interval.MONTH, "How long they are.")
@_words("--timing", Timing, Timing.ADVANCE, "When they are due.")
@_words("--for", SubjectKind, SubjectKind.SLOT, "What it is for.")
@_words("--sharing", Sharing, Sharing.ALL, "Which resellers may sell it; see also share.")
@click.option("--add-on", is_flag=True, help="Sold only to who has a main plan.")
@click.option("--repeatable", is_flag=True, help="It may be had several times.")
@click.option("--trial-days", type=_COUNT, default=0, help="Days before retail begins.")
@click.option("--minimum-months", type=_COUNT, default=0, help="How long a lease binds.")
@click.option(
    "--termination",
    type=click.IntRange(0, 100),
    default=0,
    metavar="PERCENT",
    help="Of the lease's rest, owed by who ends it sooner.",
)
@click.option("--return-days", type=_COUNT, help="Within which hardware is to be back.")
@reseller_option
@click.pass_obj
def add(shared: Shared, /, name: str, file: Path | None, reseller: str, **told: Any) -> None:
    """Add a plan NAME of the provider's with its fees, or all plans of a file.

    With --reseller it is that reseller's own: only it sells and manages it, and the provider says
    what it takes for it: provd plan price.
    """
    with opened(shared) as parts:
        actor = seller(parts, reseller)
        if file is not None:
            made = _from_file(parts, actor, file)
        else:
            made = [_make(parts, actor, _part(name, told))]
    for entry in made:
        console().print(f"Plan {entry.plan.name} added.")


def _from_file(parts: Provd, actor: Actor, file: Path) -> list[CatalogueEntry]:
    """All or none."""
    found = read_plans(file.read_bytes(), file.name)
    with parts.store.transaction():
        return [_make(parts, actor, one) for one in found]


def _part(name: str, told: dict[str, Any]) -> PlanPart:
    fees = [
        _fee(kind, title, told[key])
        for key, (kind, title, _) in FEES.items()
        if told[key] is not None
    ]
    if not fees:
        raise InputError("a plan needs a fee", remedy="Give --setup, --lease or both")
    return PlanPart(
        name=name or " ",
        fees=fees,
        starts_on=StartsOn(told["starts_on"]),
        cycle=Cycle(told["cycle"]),
        interval=Interval(told["interval"]),
        timing=Timing(told["timing"]),
        subject=SubjectKind(told["for"]),
        role=PlanRole.ADD_ON if told["add_on"] else PlanRole.MAIN,
        repeatable=told["repeatable"],
        trial_days=told["trial_days"],
        sharing=Sharing(told["sharing"]),
        lease=LeasePart(
            minimum_months=told["minimum_months"],
            termination_percent=told["termination"],
            return_days=told["return_days"],
        ),
    )


def _fee(kind: FeeKind, title: str, prices: str) -> FeePart:
    wholesale, slash, retail = prices.partition("/")
    if not slash:
        raise InputError(
            f"“{prices}” is not two prices", key=kind.value, remedy="Write 12.00/25.00"
        )
    return FeePart(name=title, kind=kind, wholesale=wholesale or None, retail=retail or None)


def _make(parts: Provd, actor: Actor, given: PlanPart) -> CatalogueEntry:
    owner = _owner(parts, actor, given)
    shared_with = [reseller_named(parts, name).id for name in given.shared_with]
    draft = draft_of(given, owner, shared_with)
    prices = [
        FeePrices(_money(fee.wholesale, draft.currency), _money(fee.retail, draft.currency))
        for fee in given.fees
    ]
    catalogue = parts.operations.catalogue
    made = catalogue.make(actor, draft, prices, valid_from=given.valid_from)
    day = given.valid_from or catalogue.today(actor).replace(day=1)
    for fee, told in zip(made.plan.fees, given.fees, strict=True):
        for name, amount in told.own.items():
            own = money(amount, draft.currency)
            by = seller(parts, name)
            catalogue.set_price(by, made.plan.id, fee.id, Side.RETAIL, own, day)
    return made


def _owner(parts: Provd, actor: Actor, given: PlanPart) -> Account:
    if given.owner and given.owner != parts.store.accounts.get(actor.account_id).name:
        return reseller_named(parts, given.owner)
    return parts.store.accounts.get(actor.account_id, scope=operator(parts).scope)


def _money(text: str | None, currency: str) -> Money | None:
    return None if text is None else money(text, currency)
