"""The billing run, and what its results are read by."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provd.billing.charge import Charge
from provd.billing.export import charges_csv, charges_jsonl
from provd.billing.plan import FeeKind, Side
from provd.billing.prices import Price
from provd.billing.subscription import Cause, ChangeKind
from provd.devices.account import Role
from provd.errors import NotFoundError
from provd.operations import Actor
from provd.operations.billing import month_bounds
from provd.operations.setup import NewFee, price
from provd.store.database import Database
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import charges, delivery, told
from tests.operations.forms import NEW, demonstration_plan, registered, rows, without_retail_prices

AT = START + timedelta(hours=2)
SPRING = datetime(2027, 3, 31, 21, 59, tzinfo=UTC)
"""The last minute of March in Berlin."""


@pytest.fixture(autouse=True)
def _booted(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])


def second_phone(house: House) -> None:
    """With a plan whose retail price is missing."""
    euro = price("1.00", "EUR")
    fees = [NewFee(FeeKind.LEASE, "Lease", True, euro, euro)]
    plan = house.parts.operations.setup.create_plan(1, "Unpriced", fees)
    registered(house, plan_id=plan.id)
    without_retail_prices(house, plan.fees[0].id)
    house.parts.operations.boots.book([delivery(house.parts, NEW, AT)])


def test_a_run_until_the_end_of_march_charges_seven_more_months_on_both_sides(
    house: House,
) -> None:
    report = house.parts.operations.billing.run(SPRING)
    assert (report.subscriptions, report.new_charges) == (1, 14)
    assert [(side, str(sum_)) for side, sum_ in report.totals] == [
        (Side.RETAIL, "45.50 EUR"),
        (Side.WHOLESALE, "27.30 EUR"),
    ]
    assert len(charges(house.parts)) == 18


def test_a_second_run_charges_nothing(house: House) -> None:
    house.parts.operations.billing.run(SPRING)
    before = rows(house)
    report = house.parts.operations.billing.run(SPRING)
    assert (report.subscriptions, report.new_charges, report.totals) == (0, 0, ())
    assert rows(house) == before


def test_what_falls_due_at_the_next_midnight_is_not_charged(house: House) -> None:
    house.parts.operations.billing.run(SPRING)
    assert max(one.due_at for one in charges(house.parts)) == datetime(2027, 2, 28, 23, tzinfo=UTC)
    report = house.parts.operations.billing.run(SPRING + timedelta(minutes=1))
    assert report.new_charges == 2


def test_runs_that_come_late_give_what_daily_runs_give(house: House) -> None:
    until = AT + timedelta(days=75)
    for day in range(76):
        house.parts.operations.billing.run(AT + timedelta(days=day))
    with_daily = charges(house.parts)
    fresh = _undo_all_but_the_boot(house)
    assert len(fresh) == 4
    house.parts.operations.billing.run(until)
    assert charges(house.parts) == with_daily


def _undo_all_but_the_boot(house: House) -> list[Charge]:
    """As if nobody had ever run it. Charges can't be deleted, so the guard goes first."""
    sql = house.parts.store.books._database.sql
    for (name,) in sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        sql(f"DROP TRIGGER {name}")
    sql("UPDATE subscription SET wholesale_until = NULL, retail_until = NULL, next_due = 0")
    late = [(one.key,) for one in charges(house.parts) if one.due_at > AT]
    for key in late:
        ids = sql("SELECT id FROM ledger_transaction WHERE charge_key = ?", key)
        sql("DELETE FROM ledger_entry WHERE transaction_id = ?", ids[0])
        sql("DELETE FROM ledger_transaction WHERE charge_key = ?", key)
        sql("DELETE FROM charge WHERE key = ?", key)
    return charges(house.parts)


def test_progress_counts_subscriptions_to_their_number(house: House) -> None:
    second_phone(house)
    seen: list[tuple[int, int]] = []
    house.parts.operations.billing.run(SPRING, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 2)]


def test_a_subscription_that_can_not_be_charged_is_told_and_the_others_go_on(house: House) -> None:
    second_phone(house)
    report = house.parts.operations.billing.run(SPRING)
    (sick,) = report.uncharged
    assert sick.reason.startswith("retail: prices:")
    assert "Enter one that is valid" in sick.reason
    by_side = {side: str(amount) for side, amount in report.totals}
    assert by_side == {Side.RETAIL: "45.50 EUR", Side.WHOLESALE: "34.30 EUR"}


def test_a_parked_customer_is_passed_over_and_named(house: House) -> None:
    house.parts.store.books.park(house.customer.account_id, "17 charges", AT)
    report = house.parts.operations.billing.run(SPRING)
    assert (report.subscriptions, report.new_charges) == (0, 0)
    (parked,) = report.parked
    assert (parked.name, parked.reason) == ("Harbour Dental Practice", "17 charges")


def test_somebody_who_has_looked_lets_a_parked_customer_go_on(house: House) -> None:
    house.parts.store.books.park(house.customer.account_id, "17 charges", AT)
    billing = house.parts.operations.billing
    with pytest.raises(NotFoundError):
        billing.unpark(house.reseller, "Harbour Dental Practice")
    with pytest.raises(NotFoundError, match="no customer “Harbour” is parked"):
        billing.unpark(house.admin, "Harbour")
    billing.unpark(house.admin, "harbour dental practice")
    assert billing.run(SPRING).new_charges == 14


def test_a_run_without_anything_to_bill_is_empty(house: House) -> None:
    house.parts.operations.billing.run(AT)
    assert house.parts.operations.billing.run(AT - timedelta(days=1)).new_charges == 0


def test_exports_hold_a_line_for_each_charge_with_names_and_reason(house: House) -> None:
    billing = house.parts.operations.billing
    names = billing.names(house.admin)
    lines = charges_csv(billing.charges(house.admin), names)
    records = list(csv.DictReader(io.StringIO("".join(lines), newline="")))
    assert [(one["issuer"], one["debtor"]) for one in records if one["side"] == "retail"] == [
        ("Bluebird Telephony", "Harbour Dental Practice")
    ] * 2
    assert {one["cause_file"] for one in records} == {"805ec0000001.cfg"}
    objects = [json.loads(line) for line in charges_jsonl(billing.charges(house.admin), names)]
    assert [one["key"] for one in objects] == [one["key"] for one in records]
    assert {one["amount"] for one in objects} == {"12.00", "25.00", "2.52", "4.19"}


def test_charges_are_cut_by_due_date(house: House) -> None:
    billing = house.parts.operations.billing
    billing.run(SPRING)
    october = [
        one.period.start.isoformat()
        for one in billing.charges(
            house.admin,
            since=datetime(2026, 9, 30, 22, tzinfo=UTC),
            until=datetime(2026, 10, 31, 23, tzinfo=UTC),
        )
        if one.period
    ]
    assert october == ["2026-10-01"] * 2


def sides(house: House, actor: Actor) -> set[Side]:
    return {one.side for one in house.parts.operations.billing.charges(actor)}


def test_a_customer_sees_retail_only_and_a_reseller_both(house: House) -> None:
    assert sides(house, house.customer) == {Side.RETAIL}
    assert sides(house, house.reseller) == sides(house, house.admin) == set(Side)
    assert sides(house, house.stranger()) == set()


def test_the_fulfilment_house_sees_no_charges(house: House) -> None:
    with pytest.raises(NotFoundError):
        house.parts.operations.billing.charges(house.warehouse)
    with pytest.raises(NotFoundError):
        house.parts.operations.billing.month(house.warehouse, 2026, 8)


def test_names_reach_no_further_than_the_actors_own_branch(house: House) -> None:
    house.stranger()
    names = house.parts.operations.billing.names(house.reseller)
    assert sorted(names.values()) == [
        "Bluebird Telephony",
        "Harbour Dental Practice",
        "Meridian Carrier",
    ]


def test_a_month_has_revenue_cost_and_margin(house: House) -> None:
    month = house.parts.operations.billing.month(house.reseller, 2026, 8)
    assert (str(month.retail), str(month.wholesale)) == ("29.19 EUR", "14.52 EUR")
    assert str(month.margin) == "14.67 EUR"
    assert len(month.charges) == 4


def test_a_customers_month_has_no_cost_and_no_margin(house: House) -> None:
    month = house.parts.operations.billing.month(house.customer, 2026, 8)
    assert str(month.retail) == "29.19 EUR"
    assert (month.wholesale, month.margin) == (None, None)
    assert {one.side for one in month.charges} == {Side.RETAIL}


def test_a_month_begins_and_ends_where_the_account_is(house: House) -> None:
    assert month_bounds(2026, 12, "Europe/Berlin") == (
        datetime(2026, 11, 30, 23, tzinfo=UTC),
        datetime(2026, 12, 31, 23, tzinfo=UTC),
    )
    house.parts.operations.billing.run(SPRING)
    month = house.parts.operations.billing.month(house.reseller, 2026, 9)
    assert str(month.retail) == "6.50 EUR"


def test_what_has_been_charged_does_not_change_with_the_price(house: House) -> None:
    books = house.parts.store.books
    before = told(house.parts)
    for one in books.price_list(demonstration_plan(house)).prices:
        books.set_price(replace(one, amount=one.amount * 2), AT)
    house.parts.operations.billing.run(AT)
    assert told(house.parts) == before


@pytest.mark.parametrize("role", [Role.RESELLER, Role.CUSTOMER])
def test_charges_of_another_branch_are_nobodys_business(house: House, role: Role) -> None:
    stranger = Actor("s", role, house.stranger().account_id)
    assert list(house.parts.operations.billing.charges(stranger)) == []


def test_runs_that_come_late_write_what_runs_that_saw_each_change_as_it_came_write(
    house: House,
) -> None:
    books, billing = house.parts.store.books, house.parts.operations.billing
    (subscription,) = books.subscriptions([1])
    end = Cause.by_person("end", "ended", AT, "bob")
    for day in range(0, 60, 7):
        billing.run(AT + timedelta(days=day))
        if day == 21:
            at = AT + timedelta(days=day)
            books.record_change(subscription.id, ChangeKind.END, at, at, end)
    for day in range(60, 120, 30):
        billing.run(AT + timedelta(days=day))
    weekly = charges(house.parts)
    assert any(one.amount.amount < 0 for one in weekly)
    _undo_all_but_the_boot(house)
    billing.run(AT + timedelta(days=120))
    assert charges(house.parts) == weekly


def test_a_run_looks_at_a_subscription_only_when_something_may_be_due(house: House) -> None:
    billing = house.parts.operations.billing
    assert billing.run(AT + timedelta(days=2)).subscriptions == 0
    september = datetime(2026, 8, 31, 22, tzinfo=UTC)
    assert billing.run(september).new_charges == 2
    assert billing.run(september + timedelta(days=2)).subscriptions == 0


def test_what_could_not_be_charged_is_looked_at_by_each_run(house: House) -> None:
    second_phone(house)
    house.parts.operations.billing.run(SPRING)
    report = house.parts.operations.billing.run(SPRING)
    assert (report.subscriptions, len(report.uncharged)) == (1, 1)
    plan = next(one for one in house.parts.store.books.plans() if one.name == "Unpriced")
    missing = Price(plan.fees[0].id, Side.RETAIL, price("2", "EUR"), AT.date().replace(day=1), 1)
    house.parts.store.books.set_price(missing, SPRING)
    report = house.parts.operations.billing.run(SPRING)
    assert (report.subscriptions, report.new_charges, report.uncharged) == (1, 8, ())


def test_a_run_asks_the_database_as_often_for_many_subscriptions_as_for_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        mac = f"80:5e:c0:00:01:{number:02}"
        registered(house, mac=mac, plan_id=demonstration_plan(house))
        house.parts.operations.boots.book([delivery(house.parts, mac, AT)])
    sql, asked = type(house.parts.store.books._database).sql, []

    def counted(database: Database, text: str, parameters: tuple[object, ...] = ()) -> object:
        asked.append(text)
        return sql(database, text, parameters)

    monkeypatch.setattr(Database, "sql", counted)
    assert house.parts.operations.billing.run(SPRING).subscriptions == 5
    # In fifties, as SQLite gets them: 70 charges and their 70 transactions.
    assert len(asked) < 20
