"""Opening a scenario's business: its accounts, sites and plans, before anything happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from provd.billing.plan import Side
from provd.devices.account import Account
from provd.errors import InputError, MoneyError
from provd.operations.plan_checks import FeePrices
from provd.scenario.document import (
    CustomerPart,
    FeePart,
    PhonePart,
    PlanPart,
    ResellerPart,
)
from provd.scenario.drafts import draft_of
from provd.scenario.house import House
from provd.scenario.opening_books import invoiced, on_terms
from provd.scenario.reading import Scenario
from provd.scenario.world import World, money
from provd.vendors.registry import Registry

_REGISTRAR = {"sip.registrar": "sip.example.net"}

Made = TypeVar("Made")


def opened(scenario: Scenario, house: House) -> World:
    """Raises InputError, with the line of what can't be."""
    given = scenario.business.provider
    provider = _placed(
        scenario,
        ("provider",),
        lambda: house.operations.setup.create_provider(
            given.name, currency=given.currency, time_zone=given.zone, settings=dict(_REGISTRAR)
        ),
    )
    phone = scenario.business.phone or _any_phone(house.registry)
    world = World(house, provider, phone, accounts={given.name: provider})
    _placed(scenario, ("provider",), lambda: invoiced(world, provider, given))
    for position, customer in enumerate(given.customers):
        way = ("provider", "customers", position)
        _placed(scenario, way, lambda it=customer: _customer(world, provider, it))  # type: ignore[misc]
    for position, reseller in enumerate(scenario.business.resellers):
        _reseller(scenario, world, reseller, position)
    for position, plan in enumerate(scenario.business.plans):
        _placed(scenario, ("plans", position), lambda it=plan: _plan(world, it))  # type: ignore[misc]
    return world


def _placed(scenario: Scenario, way: tuple[str | int, ...], step: Callable[[], Made]) -> Made:
    try:
        return step()
    except InputError as error:
        where = scenario.where(*way, *error.key.split("."))
        raise InputError(error.problem, where=where, key=error.key, remedy=error.remedy) from error
    except MoneyError as error:
        raise InputError(str(error), where=scenario.where(*way)) from error


def _any_phone(registry: Registry) -> PhonePart:
    """The first that is made for accounts: which one makes no difference to the books."""
    vendor = registry.vendors[0]
    return PhonePart(vendor=vendor.name, model=vendor.models[0].name)


def _reseller(scenario: Scenario, world: World, given: ResellerPart, position: int) -> None:
    def made() -> Account:
        _check_new(world, given.name)
        account = world.house.operations.setup.create_reseller(
            given.name, currency=given.currency, time_zone=given.zone
        )
        world.accounts[given.name] = account
        invoiced(world, account, given)
        on_terms(world, account, given)
        return account

    account = _placed(scenario, ("resellers", position), made)
    for number, customer in enumerate(given.customers):
        way = ("resellers", position, "customers", number)
        _placed(scenario, way, lambda it=customer: _customer(world, account, it))  # type: ignore[misc]


def _customer(world: World, above: Account, given: CustomerPart) -> None:
    _check_new(world, given.name)
    directory, seller = world.house.operations.directory, world.seller(above)
    customer = directory.create_customer(seller, given.name)
    world.accounts[given.name] = customer
    invoiced(world, customer, given)
    on_terms(world, customer, given)
    for site in given.sites:
        made = directory.create_site(seller, customer.id, site.name, "", site.zone or given.zone)
        world.sites[f"{given.name}/{site.name}"] = made
    if not given.sites:
        made = directory.create_site(seller, customer.id, given.name, "", given.zone)
        world.sites[f"{given.name}/{given.name}"] = made
    if len(given.sites) < 2:
        world.sites[given.name] = made


def _check_new(world: World, name: str) -> None:
    if name in world.accounts:
        raise InputError(
            f"two accounts are called “{name}”", key="name", remedy="Events name them: rename one"
        )


def _plan(world: World, given: PlanPart) -> None:
    if given.name in world.plans:
        raise InputError(f"two plans are called “{given.name}”", key="name")
    owner = world.account(given.owner) if given.owner else world.provider
    draft = draft_of(given, owner, [world.account(name).id for name in given.shared_with])
    # Where it is still the last month, too.
    since = given.valid_from or (world.today(world.provider) - timedelta(days=1)).replace(day=1)
    catalogue = world.house.operations.catalogue
    prices = [_fee_prices(fee, draft.currency) for fee in given.fees]
    plan = catalogue.make(world.administrator, draft, prices, valid_from=since).plan
    world.plans[given.name] = plan
    for fee, told in zip(plan.fees, given.fees, strict=True):
        for name, text in told.own.items():
            seller, amount = world.seller(world.account(name)), money(text, plan.currency)
            catalogue.set_price(seller, plan.id, fee.id, Side.RETAIL, amount, since)


def _fee_prices(given: FeePart, currency: str) -> FeePrices:
    return FeePrices(
        wholesale=None if given.wholesale is None else money(given.wholesale, currency),
        retail=None if given.retail is None else money(given.retail, currency),
    )
