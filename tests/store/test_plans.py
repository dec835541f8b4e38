"""Plans and prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Plan, Side, StartsOn
from provd.billing.prices import Price
from provd.errors import InputError, MoneyError, NotFoundError
from provd.store import Store
from provd.store.books import Closure
from tests.store.people import NOW, People, phone
from tests.store.till import FEES, euros, lease, plan, priced_plan

JANUARY = date(2026, 1, 1)
MARCH = date(2026, 3, 1)


def test_a_plan_keeps_all_that_it_was_given(store: Store, people: People) -> None:
    made = plan(store, people.provider)
    assert store.books.plan(made.id) == made
    assert made == Plan(
        id=made.id,
        owner_id=people.provider.id,
        name="Leased desk phone",
        currency="EUR",
        starts_on=StartsOn.BOOTED,
        cycle=Cycle.CALENDAR,
        interval=Interval.MONTH,
        timing=Timing.ADVANCE,
        prorate_first=True,
        prorate_last=False,
        fees=tuple(replace(given, id=fee.id) for fee, given in zip(made.fees, FEES, strict=True)),
    )


def test_a_reseller_is_offered_its_own_plans_and_those_above(store: Store, people: People) -> None:
    shared = plan(store, people.provider, "Shared")
    alices = plan(store, people.alice, "Alice's own")
    plan(store, people.charlie, "Charlie's own")
    offered = store.books.plans(owner_ids=[people.alice.id, people.provider.id])
    assert offered == [alices, shared]
    assert len(store.books.plans()) == 3


def test_prices_come_back_exactly(store: Store, people: People) -> None:
    fee = plan(store, people.provider).fees[1]
    price = Price(fee.id, Side.WHOLESALE, euros("6.123456"), JANUARY, people.provider.id)
    kept = store.books.set_price(price, NOW)
    assert kept == replace(price, known_at=NOW)
    assert store.books.price_list(store.books.plans()[0].id).prices == (kept,)


def test_a_price_of_the_same_day_is_replaced_and_others_stay(store: Store, people: People) -> None:
    made = plan(store, people.provider)
    fee, seller = made.fees[0].id, people.provider.id
    for amount, since in (("1.00", JANUARY), ("2.00", MARCH), ("3.00", MARCH)):
        store.books.set_price(Price(fee, Side.RETAIL, euros(amount), since, seller), NOW)
    prices = store.books.price_list(made.id)
    assert prices.price(fee, Side.RETAIL, seller, JANUARY) == euros("1.00")
    assert prices.price(fee, Side.RETAIL, seller, MARCH) == euros("3.00")


def test_tariffs_are_plans_with_everybodys_prices(store: Store, people: People) -> None:
    first = priced_plan(store, people)
    second = plan(store, people.alice, "Another")
    tariffs = store.books.tariffs([first.id, second.id, 999])
    assert {id_: tariff.plan for id_, tariff in tariffs.items()} == {
        first.id: first,
        second.id: second,
    }
    assert tariffs[first.id].prices == store.books.price_list(first.id)
    assert tariffs[second.id].prices.prices == ()


def test_a_price_list_can_be_narrowed_to_some_sellers(store: Store, people: People) -> None:
    made = priced_plan(store, people)
    fee = made.fees[0].id
    for seller, amount in ((people.alice, "30.00"), (people.charlie, "40.00")):
        price = Price(fee, Side.RETAIL, euros(amount), JANUARY, seller.id)
        store.books.set_price(price, NOW)
    alices = store.books.price_list(made.id, [people.provider.id, people.alice.id])
    assert alices.price(fee, Side.RETAIL, people.alice.id, JANUARY) == euros("30.00")
    with pytest.raises(InputError):
        alices.price(fee, Side.RETAIL, people.charlie.id, JANUARY)
    assert len(store.books.price_list(made.id).prices) == 6


def test_a_price_in_another_currency_is_refused(store: Store, people: People) -> None:
    made = plan(store, people.provider)
    francs = Money(Decimal("5.00"), "CHF")
    with pytest.raises(MoneyError, match="EUR"):
        store.books.set_price(
            Price(made.fees[0].id, Side.RETAIL, francs, JANUARY, people.provider.id), NOW
        )


def test_what_does_not_exist_is_not_found(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.books.plan(999)
    with pytest.raises(NotFoundError):
        store.books.set_price(Price(999, Side.RETAIL, euros("1"), JANUARY, people.alice.id), NOW)


def test_a_price_that_is_entered_after_books_were_closed_ahead_is_known_after_that(
    store: Store, people: People
) -> None:
    made = priced_plan(store, people)
    device = phone(store, people.alice_site)
    one = lease(store, made, device, people.alice_site, people, people.alice).subscription
    ahead = NOW + timedelta(days=40)
    store.books.close_books([Closure(one.id, None, ahead, None)])
    for side, known_at in ((Side.RETAIL, ahead + timedelta(microseconds=1)), (Side.WHOLESALE, NOW)):
        price = Price(made.fees[1].id, side, euros("9"), MARCH, people.provider.id)
        assert store.books.set_price(price, NOW).known_at == known_at
