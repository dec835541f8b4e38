"""Subscribing to plans by hand, and what becomes of that."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from provd.billing.plan import (
    Fee,
    FeeKind,
    LeaseTerms,
    Plan,
    PlanRole,
    Sharing,
    Side,
    SubjectKind,
)
from provd.billing.subscription import SetupFee, Subject, Subscription
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.life import Step
from provd.operations.plan_checks import FeePrices
from provd.operations.subscribing import Order, Subscribing
from provd.operations.subscription_views import Standing
from tests.conftest import PHONE, House
from tests.operations.conftest import Clock
from tests.operations.deliveries import delivery, device_of
from tests.operations.forms import registered, rows
from tests.operations.test_catalogue import DRAFT, euro

LEASED = replace(
    DRAFT,
    name="Leased phone",
    fees=(
        Fee(0, FeeKind.SETUP, "Setup", False),
        Fee(1, FeeKind.LEASE, "Phone lease", True, runs_suspended=True),
        Fee(2, FeeKind.UNRETURNED, "Phone kept", False),
    ),
    lease=LeaseTerms(12, 100, 14),
)
SERVICE = replace(
    DRAFT,
    name="Maintenance",
    subject=SubjectKind.CUSTOMER,
    fees=(Fee(0, FeeKind.SERVICE, "Maintenance", True),),
    lease=LeaseTerms(),
)


@pytest.fixture
def subscribing(house: House) -> Subscribing:
    return house.parts.operations.subscribing


def plan(house: House, draft: Plan, **changes: object) -> int:
    prices = [FeePrices(euro("4"), euro("6")) for _ in draft.fees]
    draft = replace(draft, **changes)  # type: ignore[arg-type]
    return house.parts.operations.catalogue.make(house.admin, draft, prices).plan.id


def customer(house: House) -> Subject:
    return Subject(SubjectKind.CUSTOMER, house.customer.account_id)


def slot(house: House) -> Subject:
    found = house.parts.store.books.slot_of_device(device_of(house.parts, PHONE).id)
    assert found is not None
    return Subject(SubjectKind.SLOT, found.id)


def charged(house: House, one: Subscription, side: Side = Side.RETAIL) -> list[str]:
    detail = house.parts.operations.subscriptions.shown(house.admin, one.id)
    return [f"{c.amount.figures} {c.text}" for c in detail.charges if c.side is side]


def boot(house: House, at: datetime) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, at)])


def test_a_customer_subscribes_at_once_and_is_charged_in_the_same_step(
    house: House, subscribing: Subscribing
) -> None:
    order = Order(plan(house, SERVICE), customer(house))
    quoted = subscribing.quote(house.reseller, order)
    one = subscribing.add(house.reseller, order)
    assert quoted.due_at_start(Side.RETAIL) == euro("3.87")
    assert charged(house, one) == ["3.87 Maintenance, 2026-08-12 to 2026-08-31"]
    assert one.start_cause is not None
    assert (one.start_cause.kind, one.start_cause.actor) == ("subscribed", house.reseller.name)


def test_a_slot_waits_for_its_phones_boot(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    assert one.start is None
    boot(house, clock.move(hours=1))
    begun = house.parts.store.books.subscription(one.id)
    assert begun.started_at == clock.now
    assert len(charged(house, one)) == 2


def test_a_slot_whose_phone_has_booted_begins_at_once(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    assert one.started_at == clock.now


def test_a_start_may_lie_behind_or_ahead(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    made = plan(house, SERVICE, repeatable=True)
    past = subscribing.add(house.reseller, Order(made, customer(house), date(2026, 8, 1)))
    assert charged(house, past) == ["6.00 Maintenance, 2026-08-01 to 2026-08-31"]
    ahead = subscribing.add(house.reseller, Order(made, customer(house), date(2026, 10, 1)))
    assert charged(house, ahead) == []
    house.parts.operations.billing.run(clock.move(days=60))
    assert charged(house, ahead) == ["6.00 Maintenance, 2026-10-01 to 2026-10-31"]


def test_only_a_repeatable_plan_is_had_twice(house: House, subscribing: Subscribing) -> None:
    once = Order(plan(house, SERVICE), customer(house))
    subscribing.add(house.reseller, once)
    with pytest.raises(ConflictError, match="has plan “Maintenance” already"):
        subscribing.add(house.reseller, once)
    again = Order(plan(house, SERVICE, name="User", repeatable=True), customer(house))
    assert subscribing.add(house.reseller, again) != subscribing.add(house.reseller, again)


def test_an_add_on_needs_a_main_plan(house: House, subscribing: Subscribing) -> None:
    add_on = plan(house, SERVICE, name="Hotline", role=PlanRole.ADD_ON)
    with pytest.raises(InputError, match="no main plan"):
        subscribing.add(house.reseller, Order(add_on, customer(house)))
    subscribing.add(house.reseller, Order(plan(house, SERVICE), customer(house)))
    assert subscribing.add(house.reseller, Order(add_on, customer(house))).started_at


def test_a_plan_fits_its_subject_and_is_on_sale(house: House, subscribing: Subscribing) -> None:
    with pytest.raises(InputError, match="is for a slot, not for a customer"):
        subscribing.add(house.reseller, Order(plan(house, LEASED), customer(house)))
    old = plan(house, SERVICE, name="Old", sold_until=date(2026, 8, 1))
    with pytest.raises(InputError, match="not on sale on 2026-08-12"):
        subscribing.add(house.reseller, Order(old, customer(house)))
    hidden = plan(house, SERVICE, name="Hidden", sharing=Sharing.NONE)
    with pytest.raises(NotFoundError):
        subscribing.add(house.reseller, Order(hidden, customer(house)))


def test_a_plan_without_its_prices_is_not_sold(house: House, subscribing: Subscribing) -> None:
    made = house.parts.operations.catalogue.make(
        house.reseller, SERVICE, [FeePrices(retail=euro("6"))]
    )
    before = rows(house)
    with pytest.raises(InputError, match="no wholesale price"):
        subscribing.add(house.reseller, Order(made.plan.id, customer(house)))
    assert rows(house) == before


def test_a_cancellation_shows_what_it_does(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    clock.move(days=5)
    quoted = subscribing.quote_cancel(house.reseller, one.id, None)
    retail = [charge for charge in quoted.charges if charge.side is Side.RETAIL]
    assert [(c.kind, str(c.amount)) for c in retail] == [
        ("lease", "-2.90 EUR"),
        ("termination", "71.03 EUR"),
    ]
    assert {charge.kind for charge in quoted.unreturned} == {FeeKind.UNRETURNED}
    done = subscribing.cancel(house.reseller, one.id, reason="moved away")
    assert [c.amount for c in done.charges] == [c.amount for c in quoted.charges]
    assert {c.cause.reason for c in done.charges} == {"moved away"}
    house.parts.operations.billing.run(clock.move(days=20))
    assert charged(house, one)[-1] == "6.00 Phone kept, not returned by 2026-08-31"


def test_an_end_ahead_is_withdrawn_as_if_it_had_never_been(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    subscribing.cancel(house.reseller, one.id, date(2026, 9, 10))
    row = house.parts.operations.subscriptions.shown(house.reseller, one.id).row
    assert (row.standing, row.ends_at) == (
        Standing.RUNNING,
        datetime.fromisoformat("2026-09-09T22:00Z"),
    )
    kept = subscribing.quote_keep(house.reseller, one.id)
    assert {c.text for c in kept.charges} == {"Phone lease, 2026-09-01 to 2026-09-30"}
    subscribing.keep(house.reseller, one.id)
    house.parts.operations.billing.run(clock.move(days=60))
    assert charged(house, one)[2:] == [
        "6.00 Phone lease, 2026-09-01 to 2026-09-30",
        "6.00 Phone lease, 2026-10-01 to 2026-10-31",
    ]
    with pytest.raises(InputError, match="no end that could be withdrawn"):
        subscribing.keep(house.reseller, one.id)


def test_another_plan_begins_where_the_first_one_ends(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    other = plan(house, LEASED, name="Better phone", trial_days=30)
    day = date(2026, 9, 10)
    quoted = subscribing.quote_change(house.reseller, one.id, other, day)
    assert [line.text for line in quoted.new.lines if line.side is Side.RETAIL][:1] == [
        "Phone lease, 2026-09-10 to 2026-09-30"
    ]
    new = subscribing.change_plan(house.reseller, one.id, other, day, reason="wants colour")
    assert new.term_from == date(2026, 8, 12)
    house.parts.operations.billing.run(clock.move(days=60))
    assert charged(house, one)[2:] == ["1.80 Phone lease, 2026-09-01 to 2026-09-09"]
    assert charged(house, new) == [
        "4.20 Phone lease, 2026-09-10 to 2026-09-30",
        "6.00 Phone lease, 2026-10-01 to 2026-10-31",
    ]
    with pytest.raises(InputError, match="another plan takes the place"):
        subscribing.keep(house.reseller, one.id)
    subscribing.cancel(house.reseller, new.id)
    (end,) = [line for line in charged(house, new) if "early" in line]
    assert end == "60.19 Phone lease, early end on 2026-10-11"


def test_a_change_to_a_plan_without_a_term_ends_the_lease_early(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    free = plan(house, LEASED, name="No term", lease=LeaseTerms())
    clock.move(days=1)
    subscribing.change_plan(house.reseller, one.id, free)
    assert any("early end" in line for line in charged(house, one))
    with pytest.raises(InputError, match="another plan takes the place"):
        subscribing.keep(house.reseller, one.id)


@pytest.mark.parametrize(("months", "percent", "early"), [(12, 100, 0), (6, 100, 1), (12, 50, 1)])
def test_a_lease_goes_on_in_a_plan_that_binds_as_much(
    house: House, subscribing: Subscribing, clock: Clock, months: int, percent: int, early: int
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    other = plan(house, LEASED, name="Other", lease=LeaseTerms(months, percent))
    clock.move(days=1)
    subscribing.change_plan(house.reseller, one.id, other)
    assert len([line for line in charged(house, one) if "early end" in line]) == early


def test_a_setup_fee_that_was_put_off_is_charged_when_asked_for(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    order = Order(plan(house, LEASED), slot(house), setup=SetupFee.LATER)
    one = subscribing.add(house.reseller, order)
    assert len(charged(house, one)) == 1
    assert len(charged(house, one, Side.WHOLESALE)) == 2
    assert house.parts.operations.subscriptions.shown(house.reseller, one.id).row.setup_waits
    clock.move(days=3)
    quoted = subscribing.quote_charge_setup(house.reseller, one.id)
    assert [str(charge.amount) for charge in quoted.charges] == ["6.00 EUR"]
    done = subscribing.charge_setup(house.reseller, one.id)
    assert [charge.amount for charge in done.charges] == [one.amount for one in quoted.charges]
    assert charged(house, one)[-1] == "6.00 Setup"
    with pytest.raises(InputError, match="no setup fee that waits"):
        subscribing.charge_setup(house.reseller, one.id)


def test_a_stranger_finds_and_changes_nothing(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    made = plan(house, LEASED)
    one = subscribing.add(house.reseller, Order(made, slot(house)))
    stranger, reader = house.stranger(), house.parts.operations.subscriptions
    before = rows(house)
    for step in (
        lambda: subscribing.add(stranger, Order(made, slot(house))),
        lambda: subscribing.quote(stranger, Order(made, slot(house))),
        lambda: subscribing.cancel(stranger, one.id),
        lambda: subscribing.keep(stranger, one.id),
        lambda: subscribing.charge_setup(stranger, one.id),
        lambda: subscribing.change_plan(stranger, one.id, made),
        lambda: subscribing.quote_cancel(stranger, one.id, None),
        lambda: reader.shown(stranger, one.id),
        lambda: reader.listed(stranger, account_id=house.customer.account_id),
        lambda: subscribing.cancel(house.customer, one.id),
        lambda: subscribing.add(house.warehouse, Order(made, slot(house))),
    ):
        with pytest.raises(NotFoundError):
            step()
    assert reader.listed(stranger) == []
    assert rows(house) == before


def test_a_customer_reads_its_own_and_no_wholesale(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    reader = house.parts.operations.subscriptions
    assert {row.customer for row in reader.listed(house.customer)} == {"Harbour Dental Practice"}
    assert {charge.side for charge in reader.shown(house.customer, one.id).charges} == {Side.RETAIL}
    assert {charge.side for charge in reader.shown(house.reseller, one.id).charges} == set(Side)


def test_those_that_have_ended_are_listed_when_asked_for(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), slot(house)))
    subscribing.cancel(house.reseller, one.id)
    clock.move(days=1)
    reader = house.parts.operations.subscriptions
    running = [row.subscription.id for row in reader.listed(house.reseller)]
    assert one.id not in running
    (last, *_) = reader.listed(house.reseller, ended=True)
    assert (last.subscription.id, last.standing) == (one.id, Standing.ENDED)
    assert "805e" not in last.subject
    page = reader.listed(house.reseller, ended=True, before_id=one.id, size=2)
    assert [row.subscription.id for row in page] == [one.id - 1, one.id - 2]


def test_a_device_subscribes_wherever_it_stands(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    boot(house, clock.now)
    device = Subject(SubjectKind.DEVICE, device_of(house.parts, PHONE).id)
    draft = replace(SERVICE, name="Phone care", subject=SubjectKind.DEVICE)
    one = subscribing.add(house.reseller, Order(plan(house, draft), device))
    assert one.started_at == clock.now
    charges = list(house.parts.store.books.charges(subscription_id=one.id))
    assert {charge.device_id for charge in charges} == {device.id}


def test_a_plan_for_a_slot_asked_for_a_phone_is_for_the_slot_that_it_fills(
    house: House, subscribing: Subscribing
) -> None:
    device = Subject(SubjectKind.DEVICE, device_of(house.parts, PHONE).id)
    one = subscribing.add(house.reseller, Order(plan(house, LEASED), device))
    assert one.subject == slot(house)


def test_a_phone_that_fills_no_slot_gets_one_with_the_plan_for_it(
    house: House, subscribing: Subscribing, clock: Clock
) -> None:
    phone = registered(house, label="Lobby")
    order, before = Order(plan(house, LEASED), Subject(SubjectKind.DEVICE, phone.id)), rows(house)
    subscribing.quote(house.reseller, order)
    assert rows(house) == before
    one = subscribing.add(house.reseller, order)
    filled = house.parts.store.books.slot_of_device(phone.id)
    assert filled is not None
    assert (filled.name, one.subject) == ("Lobby", Subject(SubjectKind.SLOT, filled.id))
    house.parts.operations.boots.book([delivery(house.parts, str(phone.mac), clock.now)])
    charges = list(house.parts.store.books.charges(subscription_id=one.id))
    assert {charge.device_id for charge in charges} == {phone.id}


def test_a_phone_that_is_gone_gets_no_slot(house: House, subscribing: Subscribing) -> None:
    phone = registered(house)
    house.parts.operations.life.take(house.reseller, str(phone.mac), Step.RETIRE, "")
    order, before = Order(plan(house, LEASED), Subject(SubjectKind.DEVICE, phone.id)), rows(house)
    for ask in (subscribing.quote, subscribing.add):
        with pytest.raises(InputError, match="no phone any more"):
            ask(house.reseller, order)
    assert rows(house) == before


def test_an_account_is_held_while_somebody_subscribes_for_it(
    house: House, subscribing: Subscribing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else subscribes to the same just before the account is held."""
    order = Order(plan(house, SERVICE), customer(house))
    accounts = house.parts.store.accounts
    held, others = accounts.held, [order]

    def meanwhile(account_id: int) -> object:
        while others:
            subscribing.add(house.reseller, others.pop())
        return held(account_id)

    monkeypatch.setattr(accounts, "held", meanwhile)
    with pytest.raises(ConflictError, match="has plan “Maintenance” already"):
        subscribing.add(house.reseller, order)
