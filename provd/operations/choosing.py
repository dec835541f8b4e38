"""What forms offer to choose from: the sites that something can go to, the plans that are sold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from provd.billing.plan import Plan
from provd.operations.actor import Actor
from provd.operations.forms import PlanChoice, SiteChoice
from provd.operations.referred import Referred
from provd.store import Store


def open_sites(store: Store, actor: Actor) -> tuple[SiteChoice, ...]:
    """Those of customers whose account is open, as far as the actor sees them."""
    customers = {
        account.id: account.name
        for account in store.accounts.below(actor.scope)
        if account.closed_at is None
    }
    return tuple(
        SiteChoice(site.id, site.name, customers[site.account_id])
        for site in store.sites.in_scope(actor.scope)
        if site.account_id in customers
    )


def plans_on_sale(store: Store, actor: Actor, account_id: int, on: date) -> list[Plan]:
    """Main plans for slots that are on sale on that day: the account's own and those that the
    accounts above it share with it."""
    plans = Referred(store, actor.scope).plans(account_id).values()
    return [plan for plan in plans if plan.sold_on(on)]


def plan_choices(plans: Iterable[Plan]) -> tuple[PlanChoice, ...]:
    return tuple(PlanChoice(plan.id, plan.name) for plan in plans)
