"""Renewals ask by themselves: in time, once for each end, and by mail."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage

import pytest

from provd.billing.request import PaymentRequest
from provd.operations.invoice_mails import InvoiceMails
from provd.operations.renewals import Renewals
from tests.conftest import House
from tests.operations.conftest import Clock
from tests.operations.invoices import CUSTOMER, settle
from tests.operations.test_payment_requests import BY_BANK, start


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing pages takes a second, and is tried in tests/documents."""
    drawn = "provd.operations.request_papers.request_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")


@pytest.fixture
def paid(house: House) -> int:
    """A subscription that is paid until 11 September."""
    settle(house)
    steps = house.parts.operations.requesting.steps
    done = steps.confirm(house.reseller, steps.ask(house.reseller, start(house)).id, BY_BANK)
    assert done.subscription is not None
    return done.subscription.id


@pytest.fixture
def sent(house: House) -> list[EmailMessage]:
    """What a mail server has taken."""
    taken: list[EmailMessage] = []
    mails: InvoiceMails = house.parts.operations.invoicing.mails
    mails._send = lambda message, to: taken.append(message)
    mails._sender = "billing@provider.example"
    return taken


def renewals(house: House) -> Renewals:
    return house.parts.operations.requesting.renewals


def run(house: House) -> list[PaymentRequest]:
    return list(renewals(house).run().asked)


def test_it_asks_as_many_days_ahead_as_an_invoice_gives_for_paying(
    house: House, paid: int, clock: Clock
) -> None:
    clock.move(days=15)
    assert run(house) == []
    clock.move(days=2)
    (made,) = run(house)
    assert (made.issued_on, made.pay_by) == (date(2026, 8, 29), date(2026, 9, 11))
    assert made.requested_by == "renewals"


def test_it_asks_once_for_each_end(house: House, paid: int, clock: Clock) -> None:
    steps = house.parts.operations.requesting.steps
    clock.move(days=17)
    (first,) = run(house)
    assert run(house) == []
    steps.confirm(house.reseller, first.id, BY_BANK)
    assert run(house) == []
    clock.move(days=31)
    (second,) = run(house)
    assert str(second.paper.period) == "2026-10-12 to 2026-11-11"


def test_what_was_withdrawn_is_not_asked_for_again_but_by_hand(
    house: House, paid: int, clock: Clock
) -> None:
    steps = house.parts.operations.requesting.steps
    clock.move(days=17)
    (made,) = run(house)
    steps.withdraw(house.reseller, made.id, "they leave")
    assert run(house) == []
    assert steps.ask(house.reseller, paid).id == made.id + 1


def test_a_server_that_was_away_gives_the_days_that_it_took(
    house: House, paid: int, clock: Clock
) -> None:
    house.parts.operations.billing.run(clock.move(days=40))  # 21 September
    (made,) = run(house)
    assert made.pay_by == date(2026, 10, 5)
    steps = house.parts.operations.requesting.steps
    done = steps.confirm(house.reseller, made.id, BY_BANK)
    assert [str(one.amount) for one in done.charges] == ["6.00 EUR"]
    clock.move(days=60)
    assert run(house) == []  # what ended long ago is asked for by hand


def test_what_somebody_ended_or_lets_run_on_is_not_asked_for(
    house: House, paid: int, clock: Clock
) -> None:
    house.parts.operations.subscribing.cancel(house.reseller, paid, date(2026, 9, 12))
    clock.move(days=17)
    assert run(house) == []
    house.parts.operations.subscribing.keep(house.reseller, paid)
    assert run(house) == []


def test_one_that_can_not_be_asked_for_is_told_and_asked_for_later(
    house: House, paid: int, clock: Clock
) -> None:
    clock.move(days=17)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.parts.store.books, "tax_rates", lambda _: ())
        report = renewals(house).run()
    assert report.asked == ()
    assert "no standard tax rate for DE" in report.problems[0].reason
    assert len(run(house)) == 1


def test_the_customer_is_told_by_mail_how_to_pay(
    house: House, paid: int, clock: Clock, sent: list[EmailMessage]
) -> None:
    clock.move(days=17)
    report = renewals(house).run()
    assert (report.mailed, report.problems) == (1, ())
    assert house.parts.operations.invoicing.mails.deliver().sent == 1
    (message,) = sent
    assert message["To"] == "office@moeller.example"
    assert message["Subject"] == "Payment request RF4700000002 from Bluebird Telephony"
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    for told in ("EUR 7.14 by 11 Sep 2026", "DE02 1203", "RF4700000002", "not an invoice"):
        assert told in text
    (paper,) = message.iter_attachments()
    assert paper.get_filename() == "Payment-request-RF4700000002.pdf"


def test_a_customer_without_an_address_is_asked_and_somebody_told(
    house: House, paid: int, clock: Clock, sent: list[EmailMessage]
) -> None:
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, CUSTOMER, {"country": "DE", "email": ""})
    clock.move(days=17)
    report = renewals(house).run()
    assert (len(report.asked), report.mailed) == (1, 0)
    assert "has no e-mail address" in report.problems[0].reason


def test_mail_that_nobody_tried_goes_with_what_is_withdrawn(
    house: House, paid: int, clock: Clock, sent: list[EmailMessage]
) -> None:
    clock.move(days=17)
    (made,) = run(house)
    house.parts.operations.requesting.steps.withdraw(house.reseller, made.id, "paid in cash")
    assert house.parts.operations.invoicing.mails.deliver().sent == 0
