"""What a registration will cost, shown before it is confirmed: to whom it concerns."""

from datetime import date, timedelta

from provd.billing.plan import Side, StartsOn
from provd.billing.quote import Quote
from provd.operations import Actor
from tests.conftest import House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import delivery, told
from tests.operations.forms import NEW, demonstration_plan, form, plan_on_offer, registered, rows


def quoted(house: House, actor: Actor, plan: int) -> Quote:
    quote = house.parts.operations.registration.quote(actor, form(house, plan_id=plan))
    assert quote is not None
    return quote


def test_it_itemises_setup_the_first_piece_and_the_full_months(house: House) -> None:
    quote = quoted(house, house.reseller, demonstration_plan(house))
    lines = [(line.side, line.text.split(",")[0], str(line.amount)) for line in quote.lines]
    assert sorted(lines) == [
        (Side.RETAIL, "Hardware lease", "4.19 EUR"),
        (Side.RETAIL, "Hardware lease", "6.50 EUR"),
        (Side.RETAIL, "Setup of a phone", "25.00 EUR"),
        (Side.WHOLESALE, "Hardware lease", "2.52 EUR"),
        (Side.WHOLESALE, "Hardware lease", "3.90 EUR"),
        (Side.WHOLESALE, "Setup of a phone", "12.00 EUR"),
    ]


def test_it_promises_what_the_boot_of_the_same_day_charges(house: House) -> None:
    plan = demonstration_plan(house)
    quote = quoted(house, house.reseller, plan)
    registered(house, plan_id=plan)
    at = START + timedelta(hours=2)
    house.parts.operations.boots.book([delivery(house.parts, NEW, at)])
    promised = [
        (line.side, line.kind, str(line.amount)) for line in quote.lines if not line.recurring
    ]
    assert sorted(promised) == told(house.parts)


def test_the_day_is_that_of_the_place(house: House, clock: Clock) -> None:
    clock.move(hours=14)  # 23:00 UTC: tomorrow in Berlin
    assert quoted(house, house.reseller, demonstration_plan(house)).days == {
        Side.WHOLESALE: date(2026, 8, 13),
        Side.RETAIL: date(2026, 8, 13),
    }


def test_it_says_what_starts_the_plan(house: House) -> None:
    quote = quoted(house, house.reseller, plan_on_offer(house, StartsOn.SHIPPED))
    assert "the day the device is shipped" in quote.introduction


def test_without_a_plan_there_is_none(house: House) -> None:
    assert house.parts.operations.registration.quote(house.reseller, form(house)) is None


def test_a_quote_writes_nothing(house: House) -> None:
    plan = demonstration_plan(house)
    before = rows(house)
    filled = form(house, plan_id=plan, order_reference="A-7")
    house.parts.operations.registration.quote(house.reseller, filled)
    assert rows(house) == before


def test_reseller_and_administrator_see_both_sides(house: House) -> None:
    plan = demonstration_plan(house)
    for actor in (house.reseller, house.admin):
        assert {line.side for line in quoted(house, actor, plan).lines} == set(Side)
