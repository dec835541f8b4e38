"""Paying first: a customer is asked, somebody confirms that it has paid, and then it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from provd.billing.ledger import receivable
from provd.billing.period import Cycle
from provd.billing.plan import Side, StartsOn
from provd.billing.request import Advance, PaymentRequest, RequestState, Start
from provd.billing.subscription import Subject
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations import Actor, WantedRequests
from provd.operations.life import Step
from provd.operations.payment_requests import PaymentRequests
from provd.operations.payments import PaymentForm
from provd.operations.request_confirming import ConfirmForm
from provd.operations.request_drafting import AskForm
from provd.operations.requesting import Requesting
from tests.conftest import PHONE, House
from tests.operations.conftest import Clock
from tests.operations.invoices import CUSTOMER, RESELLER, settle
from tests.operations.test_catalogue import euro
from tests.operations.test_subscribing import LEASED, SERVICE, boot, charged, customer, plan, slot

MONTHLY = replace(SERVICE, cycle=Cycle.ANNIVERSARY)
BY_BANK = ConfirmForm("bank")
ALL = 4
"""Subscriptions that the demonstration has, one for each of its phones."""


@pytest.fixture
def requesting(house: House) -> Requesting:
    settle(house)
    return house.parts.operations.requesting


@pytest.fixture
def steps(requesting: Requesting) -> PaymentRequests:
    return requesting.steps


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing pages takes a second, and is tried in tests/documents."""
    drawn = "provd.operations.request_papers.request_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")


def start(house: House, **changes: object) -> Start:
    return Start(plan(house, replace(MONTHLY, **changes)), customer(house))  # type: ignore[arg-type]


def owed(house: House) -> str:
    found = house.parts.store.books.balance(receivable(RESELLER, CUSTOMER))
    return str(found["EUR"].rounded()) if found else "nothing"


def state(house: House, number: int) -> RequestState:
    return house.parts.operations.requesting.reading.row(house.reseller, number).state


def running(house: House, requests: PaymentRequests) -> tuple[PaymentRequest, int]:
    """A request that is paid, and the subscription that it made."""
    made = requests.ask(house.reseller, start(house))
    done = requests.confirm(house.reseller, made.id, BY_BANK)
    assert done.subscription is not None
    return made, done.subscription.id


def test_it_asks_for_the_first_period_with_its_tax_and_books_nothing(
    house: House, steps: PaymentRequests
) -> None:
    made = steps.ask(house.reseller, start(house))
    (line,) = made.paper.lines
    assert (line.text, str(line.period)) == ("Maintenance", "2026-08-12 to 2026-09-11")
    assert (str(made.paper.net), str(made.paper.tax), str(made.total)) == (
        "6.00 EUR",
        "1.14 EUR",
        "7.14 EUR",
    )
    assert (made.issued_on, made.pay_by) == (date(2026, 8, 12), date(2026, 8, 26))
    assert made.reference == "RF7400000001"
    assert owed(house) == "nothing"
    assert len(house.parts.store.books.subscriptions_below([CUSTOMER])) == ALL


def test_what_is_asked_for_starts_as_previewed_when_paid_and_ends_with_what_was_paid(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    made = steps.ask(house.reseller, start(house))
    clock.move(days=3)
    told = steps.preview(house.reseller, made.id, BY_BANK)
    assert told.subscription
    assert [str(one.amount) for one in told.charges] == ["6.00 EUR"]
    assert (str(told.before), str(told.after)) == ("0.00 EUR", "-1.14 EUR")
    assert state(house, made.id) is RequestState.OPEN, "a preview does nothing"
    assert owed(house) == "nothing"
    done = steps.confirm(house.reseller, made.id, BY_BANK)
    assert done.new
    assert done.payment
    assert done.subscription
    assert (done.payment.reference, str(done.payment.amount)) == ("RF7400000001", "7.14 EUR")
    assert done.subscription.started_at == clock.now
    assert str(done.subscription.ended_at) == "2026-09-14 22:00:00+00:00"
    assert [str(charge.amount) for charge in done.charges] == ["6.00 EUR"]
    assert state(house, made.id) is RequestState.PAID
    assert owed(house) == "-1.14 EUR"  # the tax, until the invoice


def test_confirming_twice_changes_nothing(house: House, steps: PaymentRequests) -> None:
    made = steps.ask(house.reseller, start(house))
    keyed = replace(BY_BANK, key="transfer-1")
    first = steps.confirm(house.reseller, made.id, keyed)
    for form in (keyed, BY_BANK):
        again = steps.confirm(house.reseller, made.id, form)
        assert not again.new
        assert again.subscription == first.subscription
    assert owed(house) == "-1.14 EUR"
    with pytest.raises(ConflictError, match="is paid already"):
        steps.confirm(house.reseller, made.id, replace(BY_BANK, key="transfer-2"))
    with pytest.raises(ConflictError, match="names another payment"):
        steps.confirm(house.reseller, made.id, replace(keyed, amount=euro("9")))


def test_less_than_was_asked_for_is_booked_and_nothing_runs_until_the_rest_comes(
    house: House, steps: PaymentRequests
) -> None:
    made = steps.ask(house.reseller, start(house))
    part = steps.confirm(house.reseller, made.id, replace(BY_BANK, amount=euro("5")))
    assert (part.subscription, str(part.request.rest)) == (None, "2.14 EUR")
    assert state(house, made.id) is RequestState.OPEN
    assert owed(house) == "-5.00 EUR"
    assert part.payment is not None
    house.parts.operations.payments.reverse(house.reseller, part.payment.number, "bounced")
    assert str(house.parts.store.books.request(made.id).rest) == "7.14 EUR"
    steps.confirm(house.reseller, made.id, replace(BY_BANK, amount=euro("5")))
    done = steps.confirm(house.reseller, made.id, replace(BY_BANK, amount=euro("3")))
    assert done.subscription is not None
    assert owed(house) == "-2.00 EUR"  # 0.86 too much, and the tax


def test_what_can_not_run_any_more_books_nothing(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    wanted = start(house)
    made = steps.ask(house.reseller, wanted)
    house.parts.operations.catalogue.sell(house.admin, wanted.plan_id, None, date(2026, 8, 13))
    clock.move(days=1)
    with pytest.raises(InputError, match="is not on sale on 2026-08-13"):
        steps.confirm(house.reseller, made.id, BY_BANK)
    assert owed(house) == "nothing"
    assert state(house, made.id) is RequestState.OPEN


def test_a_phone_that_is_gone_is_neither_asked_for_nor_paid(
    house: House, steps: PaymentRequests
) -> None:
    what = Start(plan(house, replace(LEASED, cycle=Cycle.ANNIVERSARY)), slot(house))
    made = steps.ask(house.reseller, what)
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETIRE, "broken")
    for act in (
        lambda: steps.confirm(house.reseller, made.id, BY_BANK),
        lambda: steps.quote(house.reseller, what),
    ):
        with pytest.raises(InputError, match="there is no phone any more"):
            act()
    assert owed(house) == "nothing"


def test_while_it_is_open_no_payment_goes_past_it_and_its_account_is_not_closed(
    house: House, requesting: Requesting
) -> None:
    made, payments = requesting.steps.ask(house.reseller, start(house)), house.parts.operations
    found = house.parts.operations.closing.outlook(house.reseller, CUSTOMER).obstacles
    assert any("payment request 1 of 7.14 EUR" in one.problem for one in found)
    form = PaymentForm(euro("7.14"), "bank", reference="rf74 0000 0001")
    with pytest.raises(InputError, match="provd request confirm 1"):
        payments.payments.pay(house.reseller, CUSTOMER, form)
    requesting.steps.confirm(house.reseller, made.id, BY_BANK)
    assert payments.payments.pay(house.reseller, CUSTOMER, form).new


def test_an_expired_one_runs_only_when_somebody_says_so_and_is_not_listed_for_ever(
    house: House, requesting: Requesting, clock: Clock
) -> None:
    steps = requesting.steps
    made = steps.ask(house.reseller, start(house), AskForm(pay_by=date(2026, 8, 13)))
    clock.move(days=2)
    assert state(house, made.id) is RequestState.EXPIRED
    with pytest.raises(InputError, match=r"expired on 2026-08-13\. Confirm it as late"):
        steps.confirm(house.reseller, made.id, BY_BANK)
    for days, listed in ((88, 1), (10, 0)):
        clock.move(days=days)
        assert len(requesting.reading.listed(house.reseller)) == listed
    assert len(requesting.reading.listed(house.reseller, WantedRequests(closed=True))) == 1
    assert steps.confirm(house.reseller, made.id, replace(BY_BANK, late=True)).subscription


def test_a_withdrawn_one_is_not_confirmed_and_keeps_why(
    house: House, steps: PaymentRequests
) -> None:
    made = steps.ask(house.reseller, start(house))
    with pytest.raises(InputError, match="say why"):
        steps.withdraw(house.reseller, made.id, " ")
    gone = steps.withdraw(house.reseller, made.id, "changed its mind")
    assert gone.events[-1].reason == "changed its mind"
    for step in (
        lambda: steps.confirm(house.reseller, made.id, BY_BANK),
        lambda: steps.withdraw(house.reseller, made.id, "again"),
    ):
        with pytest.raises(ConflictError, match="is withdrawn"):
            step()


def test_the_same_is_asked_for_once_at_a_time(house: House, steps: PaymentRequests) -> None:
    wanted = start(house)
    form = AskForm(key="form-1")
    made = steps.ask(house.reseller, wanted, form)
    assert steps.ask(house.reseller, wanted, form).id == made.id
    with pytest.raises(ConflictError, match="by payment request 1"):
        steps.ask(house.reseller, wanted)
    steps.withdraw(house.reseller, made.id, "wrong day")
    assert steps.ask(house.reseller, wanted).id == made.id + 1


def test_on_calendar_months_it_reaches_beyond_the_last_day_for_paying(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    """Or who pays on that day would have paid for days that are gone."""
    clock.move(days=13)  # 25 August; to be paid by 8 September
    made = steps.ask(house.reseller, start(house, cycle=Cycle.CALENDAR))
    assert str(made.paper.period) == "2026-08-25 to 2026-09-30"
    assert str(made.paper.net) == "7.35 EUR"
    clock.move(days=10)  # 4 September
    done = steps.confirm(house.reseller, made.id, BY_BANK)
    assert done.subscription
    assert str(done.subscription.ended_at) == "2026-09-30 22:00:00+00:00"
    assert [str(one.amount) for one in done.charges] == ["5.40 EUR"]


def test_a_start_that_is_past_is_asked_for_with_all_that_has_run_since(
    house: House, steps: PaymentRequests
) -> None:
    past = replace(start(house), starts=date(2026, 8, 1))
    made = steps.ask(house.reseller, past, AskForm(pay_by=date(2026, 9, 10)))
    assert str(made.paper.period) == "2026-08-01 to 2026-09-30"
    assert str(made.paper.net) == "12.00 EUR"
    done = steps.confirm(house.reseller, made.id, BY_BANK)
    assert done.subscription
    assert str(done.subscription.ended_at) == "2026-09-30 22:00:00+00:00"


def test_a_paid_phone_is_paid_from_its_first_boot_on(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    draft = replace(LEASED, cycle=Cycle.ANNIVERSARY, starts_on=StartsOn.BOOTED)
    made = steps.ask(house.reseller, Start(plan(house, draft), slot(house)))
    assert str(made.paper.net) == "12.00 EUR"
    waiting = steps.confirm(house.reseller, made.id, BY_BANK).subscription
    assert waiting is not None
    assert waiting.start is None
    boot(house, clock.move(days=20))
    begun = house.parts.store.books.subscription(waiting.id)
    assert begun.started_at == clock.now
    assert str(begun.ended_at) == "2026-09-30 22:00:00+00:00"
    assert charged(house, begun) == [
        "6.00 Setup",
        "6.00 Phone lease, 2026-09-01 to 2026-09-30",
    ]


def test_a_renewal_moves_the_end_and_is_charged_as_if_it_had_run_all_along(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    _, number = running(house, steps)
    clock.move(days=20)
    renewal = steps.ask(house.reseller, number)
    assert str(renewal.paper.period) == "2026-09-12 to 2026-10-11"
    assert renewal.pay_by == date(2026, 9, 11)
    done = steps.confirm(house.reseller, renewal.id, BY_BANK)
    assert done.subscription
    assert str(done.subscription.ended_at) == "2026-10-11 22:00:00+00:00"
    assert done.charges == ()  # it is charged when its days begin
    house.parts.operations.billing.run(clock.move(days=90))
    assert charged(house, done.subscription) == [
        "6.00 Maintenance, 2026-08-12 to 2026-09-11",
        "6.00 Maintenance, 2026-09-12 to 2026-10-11",
    ]


def test_what_nobody_renews_ends_and_costs_nothing_further(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    _, number = running(house, steps)
    house.parts.operations.billing.run(clock.move(days=90))
    one = house.parts.store.books.subscription(number)
    assert charged(house, one) == ["6.00 Maintenance, 2026-08-12 to 2026-09-11"]
    assert charged(house, one, Side.WHOLESALE) == ["4.00 Maintenance, 2026-08-12 to 2026-09-11"]


def test_a_late_renewal_leaves_no_gap(house: House, steps: PaymentRequests, clock: Clock) -> None:
    _, number = running(house, steps)
    renewal = steps.ask(house.reseller, number)
    house.parts.operations.billing.run(clock.move(days=35))
    done = steps.confirm(house.reseller, renewal.id, replace(BY_BANK, late=True))
    assert [f"{one.amount} {one.text}" for one in done.charges] == [
        "6.00 EUR Maintenance, 2026-09-12 to 2026-10-11, added: ends 2026-10-12"
    ]


def test_a_renewal_that_costs_more_by_now_is_refused(
    house: House, steps: PaymentRequests, clock: Clock
) -> None:
    _, number = running(house, steps)
    renewal = steps.ask(house.reseller, number)
    fee = house.parts.store.books.plan(house.parts.store.books.subscription(number).plan_id).fees[0]
    plan_id = house.parts.store.books.subscription(number).plan_id
    house.parts.operations.catalogue.set_price(
        house.reseller, plan_id, fee.id, Side.RETAIL, euro("8"), date(2026, 9, 1)
    )
    with pytest.raises(ConflictError, match=r"costs 8\.00 EUR before tax by now"):
        steps.confirm(house.reseller, renewal.id, BY_BANK)
    assert state(house, renewal.id) is RequestState.OPEN


@pytest.mark.parametrize("step", ["cancel", "keep"])
def test_somebodys_own_decision_ends_the_renewing(
    house: House, steps: PaymentRequests, step: str
) -> None:
    _, number = running(house, steps)
    renewal = steps.ask(house.reseller, number)
    getattr(house.parts.operations.subscribing, step)(house.reseller, number)
    with pytest.raises(InputError, match="is not renewed by payment"):
        steps.confirm(house.reseller, renewal.id, BY_BANK)


def test_what_runs_can_be_made_to_be_renewed_by_payment(
    house: House, requesting: Requesting, clock: Clock
) -> None:
    boot(house, clock.now)
    one = house.parts.store.books.subscriptions_below([CUSTOMER])[0]
    ends = requesting.subscriptions.make_paid(house.reseller, one.id)
    assert str(ends.ended_at) == "2026-08-31 22:00:00+00:00"
    assert str(requesting.steps.ask(house.reseller, one.id).paper.period) == (
        "2026-09-01 to 2026-09-30"
    )
    with pytest.raises(InputError, match="by payment already"):
        requesting.subscriptions.make_paid(house.reseller, one.id)


def test_money_in_advance_is_credit_and_asked_for_again_when_it_bounces(
    house: House, requesting: Requesting
) -> None:
    steps, way = requesting.steps, (house.reseller, CUSTOMER, Advance(""), euro("50"))
    made = steps.ask_advance(*way, AskForm(key="top-up"))
    assert steps.ask_advance(*way, AskForm(key="top-up")).id == made.id
    assert (str(made.total), str(made.paper.tax)) == ("50.00 EUR", "0.00 EUR")
    assert [row.what for row in requesting.reading.listed(house.customer)] == ["Payment in advance"]
    done = steps.confirm(house.reseller, made.id, BY_BANK)
    assert (done.subscription, str(done.after)) == (None, "-50.00 EUR")
    assert state(house, made.id) is RequestState.PAID
    assert requesting.reading.listed(house.customer) == []
    assert not steps.confirm(house.reseller, made.id, BY_BANK).new
    assert done.payment is not None
    house.parts.operations.payments.reverse(house.reseller, done.payment.number, "bounced")
    assert state(house, made.id) is RequestState.OPEN
    assert len(requesting.reading.listed(house.customer)) == 1


def test_only_its_issuer_asks_and_confirms(house: House, steps: PaymentRequests) -> None:
    wanted = start(house)
    with pytest.raises(InputError, match="not you"):
        steps.ask(house.admin, wanted)
    made = steps.ask(house.reseller, wanted)
    with pytest.raises(InputError, match="not you"):
        steps.confirm(house.admin, made.id, BY_BANK)
    with pytest.raises(NotFoundError):
        steps.confirm(house.customer, made.id, BY_BANK)


def test_a_stranger_sees_nothing_and_a_customer_its_own(
    house: House, requesting: Requesting
) -> None:
    made = requesting.steps.ask(house.reseller, start(house))
    other = house.parts.operations.setup.create_reseller("Charlie")
    stranger = Actor("charlie", house.reseller.role, other.id)
    assert requesting.reading.listed(stranger) == []
    for look in (
        lambda: requesting.reading.row(stranger, made.id),
        lambda: requesting.reading.papers.pdf(stranger, made.id),
        lambda: requesting.steps.confirm(stranger, made.id, BY_BANK),
        lambda: requesting.steps.withdraw(stranger, made.id, "x"),
        lambda: requesting.steps.ask(stranger, Start(1, Subject(SERVICE.subject, CUSTOMER))),
    ):
        with pytest.raises(NotFoundError):
            look()
    for text in ("1", "#1", made.reference, "rf74 0000 0001"):
        assert requesting.reading.numbered(house.customer, text).request.id == made.id
    with pytest.raises(NotFoundError, match="RF18"):
        requesting.reading.numbered(house.customer, "RF18539007547034x")
    assert [row.may_change for row in requesting.reading.listed(house.customer)] == [False]
    assert requesting.reading.papers.pdf(house.customer, made.id).content.startswith(b"%PDF")


def test_it_is_found_by_its_reference(house: House, requesting: Requesting) -> None:
    made = requesting.steps.ask(house.reseller, start(house))
    for text in ("1", "#1", made.reference, "rf74 0000 0001"):
        assert requesting.reading.numbered(house.reseller, text).request.id == made.id
    with pytest.raises(NotFoundError, match="RF18"):
        requesting.reading.numbered(house.reseller, "RF18539007547034x")
