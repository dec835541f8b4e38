"""How plans, their terms and their prices are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from provd.billing.money import Money
from provd.billing.plan import Fee, FeeTerms, Plan, Sharing
from provd.cli.shared import console, table
from provd.operations.plan_views import CatalogueEntry, PricedFee


def print_list(entries: Sequence[CatalogueEntry]) -> None:
    """One row for each fee; the plan stands with its first."""
    rows = table("plan", "for", "fee", "wholesale", "retail", "charged", wraps="fee")
    for entry in entries:
        name, for_ = _name(entry), f"{entry.plan.subject}{_add_on(entry.plan)}"
        for fee in entry.fees:
            charged = _charged(entry.plan, fee.fee)
            rows.add_row(
                name, for_, fee.fee.name, _money(fee.wholesale), _money(fee.retail), charged
            )
            name = for_ = ""
    console().print(rows if entries else "There are no plans. Add one: provd plan add")


def print_plan(entry: CatalogueEntry) -> None:
    out, plan = console(), entry.plan
    out.print(Text(_name(entry), "bold"))
    for line in _terms(entry):
        out.print(f"  {line}", soft_wrap=True)
    for fee in entry.fees:
        tax = "" if fee.fee.tax_category == "standard" else f", tax {fee.fee.tax_category}"
        out.print(f"{fee.fee.name} ({fee.fee.kind}): {_charged(plan, fee.fee)}{tax}")
        _print_prices(entry, fee)


def _print_prices(entry: CatalogueEntry, fee: PricedFee) -> None:
    rows = table()
    for price in fee.history:
        whose = "recommended" if price.seller_id == entry.plan.owner_id else "own"
        side = price.side if price.side == "wholesale" else f"{price.side}, {whose}"
        rows.add_row(f"  {side}", _money(price.amount), f"from {price.valid_from}")
    if fee.history:
        console().print(rows)
    else:
        console().print("  no price yet: provd plan price")


def _terms(entry: CatalogueEntry) -> Iterator[str]:
    plan, lease = entry.plan, entry.plan.lease
    repeatable = ", may be had several times" if plan.repeatable else ""
    yield f"For a {plan.subject}{_add_on(plan)}{repeatable}, in {plan.currency}, by {entry.owner}."
    if plan.subject != "customer":
        yield f"Starts when the device is {plan.starts_on}."
    if plan.trial_days:
        whose = "for both sides" if plan.wholesale_trial else "in retail"
        yield f"Trial of {plan.trial_days} days, {whose}."
    if lease.minimum_months:
        yield (
            f"Leases bind for {lease.minimum_months} months; an earlier end costs "
            f"{lease.termination_percent} % of the rest."
        )
    if lease.return_days is not None:
        yield f"Hardware is to be back within {lease.return_days} days."
    shared = {Sharing.ALL: "all resellers", Sharing.NONE: "no reseller"}.get(plan.sharing)
    if entry.managed:
        yield f"Shared with {shared or ', '.join(entry.shared_with) or 'some resellers'}."
    if plan.sold_from or plan.sold_until:
        since = f" from {plan.sold_from}" if plan.sold_from else ""
        until = f" until before {plan.sold_until}" if plan.sold_until else ""
        yield f"Sold{since}{until}."


def _name(entry: CatalogueEntry) -> str:
    return entry.plan.name if entry.on_sale else f"{entry.plan.name} (not sold)"


def _add_on(plan: Plan) -> str:
    return ", add-on" if plan.role == "add-on" else ""


def _charged(plan: Plan, fee: Fee) -> str:
    if not fee.recurring:
        return "once"
    return _rhythm(plan.terms_of(fee))


def _rhythm(terms: FeeTerms) -> str:
    how = "in advance" if terms.timing == "advance" else "in arrears"
    since = ", from the day it starts" if terms.cycle == "anniversary" else ""
    return f"every {terms.interval} {how}{since}"


def _money(amount: Money | None) -> Text:
    return Text(str(amount) if amount is not None else "-", justify="right")
