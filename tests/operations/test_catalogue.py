"""Who makes, sees, shares, prices and withdraws a plan."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, LeaseTerms, Plan, Sharing, Side, StartsOn
from provd.errors import ConflictError, InputError, MoneyError, NotFoundError
from provd.operations import Actor
from provd.operations.catalogue import Catalogue
from provd.operations.plan_checks import FeePrices
from provd.operations.setup import price
from tests.conftest import House
from tests.operations.conftest import START, Clock
from tests.operations.forms import demonstration_plan, registered, rows

DRAFT = Plan(
    id=0,
    owner_id=0,
    name="Switch",
    currency="EUR",
    starts_on=StartsOn.BOOTED,
    cycle=Cycle.CALENDAR,
    interval=Interval.MONTH,
    timing=Timing.ADVANCE,
    prorate_first=True,
    prorate_last=True,
    fees=(Fee(0, FeeKind.LEASE, "Switch lease", True), Fee(1, FeeKind.SETUP, "Setup", False)),
    lease=LeaseTerms(24, 100, 14),
)
TODAY = START.date()


def euro(amount: str) -> Money:
    return price(amount, "EUR")


PRICES = (FeePrices(euro("3"), euro("5")), FeePrices(euro("10"), euro("20")))
RETAIL = (FeePrices(retail=euro("5")), FeePrices(retail=euro("20")))


@pytest.fixture
def catalogue(house: House) -> Catalogue:
    return house.parts.operations.catalogue


@pytest.fixture
def made(house: House, catalogue: Catalogue) -> int:
    return catalogue.make(house.admin, DRAFT, PRICES).plan.id


def names(house: House, actor: Actor) -> list[str]:
    return [one.plan.name for one in house.parts.operations.catalogue.plans(actor)]


def test_a_plan_of_the_providers_has_its_terms_and_prices(house: House, made: int) -> None:
    entry = house.parts.operations.catalogue.plan(house.admin, made)
    assert (entry.plan.lease, entry.owner, entry.managed) == (
        LeaseTerms(24, 100, 14),
        "Meridian Carrier",
        True,
    )
    lease = entry.fees[0]
    assert (lease.wholesale, lease.recommended, lease.own) == (euro("3"), euro("5"), None)
    assert entry.fee("switch LEASE") == entry.fee("lease") == entry.plan.fees[0]
    with pytest.raises(InputError, match="It has: Switch lease"):
        entry.fee("delivery")


def test_a_reseller_sells_a_shared_plan_at_its_own_price_from_a_day_on(
    house: House, catalogue: Catalogue, made: int, clock: Clock
) -> None:
    fee = catalogue.plan(house.reseller, made).plan.fees[0].id
    later = TODAY + timedelta(days=30)
    catalogue.set_price(house.reseller, made, fee, Side.RETAIL, euro("7"), later)
    assert catalogue.plan(house.reseller, made).fees[0].retail == euro("5")
    entry = catalogue.plan(house.reseller, made, later)
    assert (entry.fees[0].own, entry.fees[0].retail, entry.managed) == (euro("7"), euro("7"), False)
    assert len(entry.fees[0].history) == 3
    stranger = catalogue.plan(house.stranger(), made, later)
    assert stranger.fees[0].retail == euro("5")
    assert len(stranger.fees[0].history) == 2


def test_a_reseller_sets_no_wholesale_price_and_changes_nothing_of_the_providers(
    house: House, catalogue: Catalogue, made: int
) -> None:
    fee = catalogue.plan(house.reseller, made).plan.fees[0].id
    before = rows(house)
    with pytest.raises(InputError, match="wholesale prices are the provider's"):
        catalogue.set_price(house.reseller, made, fee, Side.WHOLESALE, euro("0"), TODAY)
    with pytest.raises(InputError, match="managed by Meridian Carrier"):
        catalogue.rename(house.reseller, made, "Mine")
    with pytest.raises(InputError, match="managed by Meridian Carrier"):
        catalogue.withdraw(house.reseller, made)
    with pytest.raises(NotFoundError):
        catalogue.share(house.reseller, made, None)
    assert rows(house) == before


def test_a_resellers_own_plan_waits_for_its_wholesale_price(
    house: House, catalogue: Catalogue
) -> None:
    entry = catalogue.make(house.reseller, replace(DRAFT, name="Bluebird switch"), RETAIL)
    fee = entry.plan.fees[0].id
    assert (entry.owner, entry.managed) == ("Bluebird Telephony", True)
    assert (entry.fees[0].wholesale, entry.fees[0].recommended) == (None, euro("5"))
    with pytest.raises(InputError, match="retail prices of “Bluebird switch” are Bluebird"):
        catalogue.set_price(house.admin, entry.plan.id, fee, Side.RETAIL, euro("1"), TODAY)
    catalogue.set_price(house.admin, entry.plan.id, fee, Side.WHOLESALE, euro("2"), TODAY)
    assert catalogue.plan(house.reseller, entry.plan.id).fees[0].wholesale == euro("2")
    with pytest.raises(InputError, match="wholesale prices are the provider's"):
        catalogue.make(house.reseller, replace(DRAFT, name="Cheap"), PRICES)


def test_nobody_else_sees_a_resellers_plan(house: House, catalogue: Catalogue) -> None:
    entry = catalogue.make(house.reseller, replace(DRAFT, name="Bluebird switch"), RETAIL)
    stranger = house.stranger()
    assert "Bluebird switch" not in names(house, stranger)
    with pytest.raises(NotFoundError):
        catalogue.plan(stranger, entry.plan.id)
    with pytest.raises(NotFoundError):
        catalogue.rename(stranger, entry.plan.id, "Mine")
    assert "Bluebird switch" in names(house, house.admin)
    for actor in (house.customer, house.warehouse):
        with pytest.raises(NotFoundError):
            catalogue.plans(actor)


def test_a_plan_is_offered_to_those_with_whom_it_is_shared(
    house: House, catalogue: Catalogue
) -> None:
    draft = replace(DRAFT, sharing=Sharing.NONE)
    made = catalogue.make(house.admin, draft, PRICES).plan.id
    stranger = house.stranger()
    assert "Switch" not in names(house, house.reseller)
    catalogue.share(house.admin, made, [house.reseller.account_id])
    assert "Switch" in names(house, house.reseller)
    assert "Switch" not in names(house, stranger)
    assert catalogue.plan(house.admin, made).shared_with == ("Bluebird Telephony",)
    assert catalogue.plan(house.reseller, made).shared_with == ()
    catalogue.share(house.admin, made, None)
    assert "Switch" in names(house, stranger)
    catalogue.unshare(house.admin, made, [stranger.account_id])
    assert "Switch" not in names(house, stranger)
    assert "Switch" in names(house, house.reseller)
    catalogue.unshare(house.admin, made, None)
    assert "Switch" not in names(house, house.reseller)
    with pytest.raises(InputError, match="is no reseller"):
        catalogue.share(house.admin, made, [house.customer.account_id])


def test_what_is_not_offered_is_not_registered_with(house: House, catalogue: Catalogue) -> None:
    plan = demonstration_plan(house)
    catalogue.withdraw(house.admin, plan, TODAY + timedelta(days=1))
    assert demonstration_plan(house) == plan
    catalogue.withdraw(house.admin, plan)
    assert house.parts.operations.registration.choices(house.reseller).plans == ()
    with pytest.raises(InputError, match="not on offer"):
        registered(house, plan_id=plan)
    catalogue.sell(house.admin, plan, None, None)
    catalogue.unshare(house.admin, plan, None)
    with pytest.raises(InputError, match="not on offer"):
        registered(house, plan_id=plan)


def test_a_name_is_an_owners_own(house: House, catalogue: Catalogue, made: int) -> None:
    with pytest.raises(ConflictError, match="there is a plan “Switch” already"):
        catalogue.make(house.admin, DRAFT, PRICES)
    mine = catalogue.make(house.reseller, DRAFT, RETAIL).plan.id
    assert catalogue.named(house.reseller, "switch").plan.id == mine
    assert catalogue.named(house.admin, "switch").plan.id == made
    catalogue.rename(house.admin, made, "Switch")
    catalogue.rename(house.admin, made, "Network switch")
    assert catalogue.named(house.admin, "Network switch").plan.id == made
    with pytest.raises(NotFoundError, match="There are: "):
        catalogue.named(house.reseller, "nonsense")


@pytest.mark.parametrize(
    ("draft", "prices", "key"),
    [
        (replace(DRAFT, fees=()), (), "fees"),
        (DRAFT, PRICES[:1], "fees"),
        (replace(DRAFT, name=" "), PRICES, "name"),
        (DRAFT, (FeePrices(Money(Decimal(-1), "EUR")), FeePrices()), "price"),
        (replace(DRAFT, fees=(DRAFT.fees[0], replace(DRAFT.fees[0], id=1))), PRICES, "fees"),
    ],
)
def test_a_plan_that_can_not_be_is_refused(
    house: House, catalogue: Catalogue, draft: Plan, prices: tuple[FeePrices, ...], key: str
) -> None:
    before = rows(house)
    with pytest.raises(InputError) as refused:
        catalogue.make(house.admin, draft, prices)
    assert refused.value.key == key
    assert rows(house) == before


def test_a_price_in_another_currency_or_of_another_plan_is_refused(
    house: House, catalogue: Catalogue, made: int
) -> None:
    plan = catalogue.plan(house.admin, made).plan
    francs = price("3", "CHF")
    with pytest.raises(MoneyError):
        catalogue.set_price(house.admin, made, plan.fees[0].id, Side.RETAIL, francs, TODAY)
    with pytest.raises(NotFoundError):
        catalogue.set_price(house.admin, made, 999, Side.RETAIL, euro("3"), TODAY)


def test_what_was_sold_before_a_price_changed_stays(house: House, catalogue: Catalogue) -> None:
    plan = catalogue.plan(house.admin, demonstration_plan(house)).plan
    device = registered(house, plan_id=plan.id)
    assert device.id
    catalogue.set_price(
        house.admin, plan.id, plan.fees[0].id, Side.RETAIL, euro("99"), date(2020, 1, 1)
    )
    entry = catalogue.plan(house.admin, plan.id)
    assert entry.fees[0].recommended != euro("99")
