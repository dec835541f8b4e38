"""The mail queue, over a real server: tried, tried again, given up, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from provd.errors import InputError, NotFoundError, StoreUnavailable
from provd.operations.invoice_mails import (
    HELD,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    InvoiceMails,
    wait_after,
)
from provd.operations.invoice_papers import InvoicePapers
from provd.operations.request_papers import RequestPapers
from provd.smtp import Smtp
from provd.store.books import MailState
from tests.conftest import House
from tests.mail_server import Handler, mail_server
from tests.operations.conftest import Clock
from tests.operations.invoices import CUSTOMER, PROVIDER, RESELLER, boot, retail_draft, run, settle


@pytest.fixture(autouse=True)
def september(house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A document that takes no time to draw."""
    monkeypatch.setattr(
        "provd.operations.invoice_papers.invoice_pdf", lambda _, **__: b"%PDF-1.7\n"
    )
    settle(house)
    boot(house)
    clock.now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    return clock


@pytest.fixture
def final(house: House) -> int:
    draft = retail_draft(house)
    house.parts.operations.invoicing.issue.finalise(house.reseller, draft)
    return draft


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def mails(house: House, clock: Clock, handler: Handler) -> Iterator[InvoiceMails]:
    store = house.parts.store
    with mail_server(handler) as mail:
        papers = InvoicePapers(store, clock)
        yield InvoiceMails(
            store, clock, papers, Smtp(mail), mail.sender, RequestPapers(store, papers)
        )


def states(house: House, mails: InvoiceMails) -> list[tuple[str, int, str]]:
    found = mails.rows(house.reseller)
    return [(one.mail.state, one.mail.attempts, one.mail.error) for one in found]


def test_an_invoice_is_sent_to_its_debtor_once(
    house: House, mails: InvoiceMails, handler: Handler, final: int
) -> None:
    assert mails.queue(house.reseller, final) == "office@moeller.example"
    assert mails.deliver().sent == 1
    assert mails.deliver().sent == 0
    (mail,) = handler.taken
    assert mail["To"] == "office@moeller.example"
    assert "2026-00001" in mail["Subject"]
    assert "application/pdf" in [part.get_content_type() for part in mail.iter_attachments()]
    assert states(house, mails) == [(MailState.SENT, 1, "")]


def test_what_is_refused_for_now_is_tried_later_and_later(
    house: House, mails: InvoiceMails, handler: Handler, final: int, september: Clock
) -> None:
    handler.recipient = "450 busy"
    mails.queue(house.reseller, final)
    assert mails.deliver().failed == 1
    assert mails.deliver().failed == 0
    september.move(seconds=59)
    assert mails.deliver().failed == 0
    september.move(seconds=1)
    assert mails.deliver().failed == 1
    september.move(seconds=119)
    assert mails.deliver().failed == 0
    handler.recipient = "250 OK"
    september.move(seconds=1)
    assert mails.deliver().sent == 1
    assert states(house, mails) == [(MailState.SENT, 3, "")]


def test_attempts_are_a_minute_apart_at_first_and_half_a_day_at_last() -> None:
    waits = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert waits[-1] == LONGEST_WAIT
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=5)


def test_after_the_last_attempt_it_waits_for_a_person(
    house: House, mails: InvoiceMails, handler: Handler, final: int, september: Clock
) -> None:
    handler.data = "452 disk full"
    mails.queue(house.reseller, final)
    for _ in range(MOST_ATTEMPTS + 2):
        mails.deliver()
        september.move(seconds=LONGEST_WAIT.total_seconds())
    ((state, attempts, error),) = states(house, mails)
    assert (state, attempts) == (MailState.DEAD, MOST_ATTEMPTS)
    assert "452 disk full" in error
    handler.data = "250 OK"
    (row,) = mails.rows(house.reseller, waiting=True)
    mails.again(house.reseller, row.mail.id)
    assert mails.deliver().sent == 1


def test_what_is_refused_for_good_is_not_tried_again(
    house: House, mails: InvoiceMails, handler: Handler, final: int, september: Clock
) -> None:
    handler.recipient = "550 no such user"
    mails.queue(house.reseller, final)
    mails.deliver()
    september.move(days=1)
    assert mails.deliver().failed == 0
    ((state, attempts, error),) = states(house, mails)
    assert (state, attempts) == (MailState.DEAD, 1)
    assert "550 no such user" in error


def test_one_that_fails_holds_up_no_other(
    house: House, mails: InvoiceMails, handler: Handler, final: int
) -> None:
    mails.queue(house.reseller, final, "first@example.com")
    mails.queue(house.reseller, final, "second@example.com")
    handler.hang_up = True
    assert mails.deliver().failed == 2
    assert {state for state, _, _ in states(house, mails)} == {MailState.FAILED}


def test_a_process_killed_after_the_server_took_it_sends_it_again_as_the_same_mail(
    house: House,
    mails: InvoiceMails,
    handler: Handler,
    final: int,
    september: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mails.queue(house.reseller, final)
    books = house.parts.store.books
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise StoreUnavailable("kill -9")

        patch.setattr(books, "mail_sent", killed)
        with pytest.raises(StoreUnavailable):
            mails.deliver()
    assert mails.deliver().sent == 0  # another process may still be at it
    september.move(seconds=HELD.total_seconds())
    assert mails.deliver().sent == 1
    first, second = handler.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_a_mail_that_somebody_else_is_at_is_left_alone(
    house: House, mails: InvoiceMails, handler: Handler, final: int, clock: Clock
) -> None:
    mails.queue(house.reseller, final)
    during: list[int] = []

    def send(message: EmailMessage, to: str) -> None:
        during.append(mails.deliver().sent)

    store = house.parts.store
    papers = InvoicePapers(store, clock)
    requests = RequestPapers(store, papers)
    other = InvoiceMails(store, clock, papers, send, "x@y.example", requests)
    assert other.deliver().sent == 1
    assert during == [0]
    assert handler.taken == []


def test_an_address_that_no_header_can_hold_is_given_up_and_holds_up_no_other(
    house: House, mails: InvoiceMails, handler: Handler, final: int
) -> None:
    for address in ("a..b@example.com", "c@example.com"):
        mails.queue(house.reseller, final, address)
    done = mails.deliver()
    assert (done.sent, done.failed) == (1, 1)
    assert {state for state, _, _ in states(house, mails)} == {MailState.SENT, MailState.DEAD}


def test_once_it_is_enough_the_rest_waits(
    house: House, mails: InvoiceMails, handler: Handler, final: int
) -> None:
    for name in ("a", "b"):
        mails.queue(house.reseller, final, f"{name}@example.com")
    assert mails.deliver(lambda: bool(handler.taken)).sent == 1
    assert mails.deliver().sent == 1


def test_what_is_not_final_or_has_nowhere_to_go_is_not_queued(
    house: House, mails: InvoiceMails
) -> None:
    draft = retail_draft(house)
    with pytest.raises(InputError, match="is draft"):
        mails.queue(house.reseller, draft)
    issuing = house.parts.operations.invoicing
    issuing.profiles.save(house.reseller, CUSTOMER, {"email": ""})
    draft = retail_draft(house)
    issuing.issue.finalise(house.reseller, draft)
    with pytest.raises(InputError, match="provd profile set") as raised:
        mails.queue(house.reseller, draft)
    assert raised.value.key == "email"
    for wrong in ("nobody", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com"):
        with pytest.raises(InputError):
            mails.queue(house.reseller, draft, wrong)


def test_everybody_sends_and_sees_their_own(house: House, mails: InvoiceMails, final: int) -> None:
    (wholesale,) = (one.id for one in run(house).drafts if one.issuer_id == PROVIDER)
    house.parts.operations.invoicing.issue.finalise(house.admin, wholesale)
    stranger = house.stranger()
    for actor, invoice_id in (
        (house.reseller, wholesale),
        (house.customer, final),
        (stranger, final),
    ):
        with pytest.raises(NotFoundError):
            mails.queue(actor, invoice_id, "me@example.com")
    mails.queue(house.reseller, final)
    assert mails.rows(stranger) == []
    with pytest.raises(NotFoundError):
        mails.rows(house.customer)
    (row,) = mails.rows(house.admin, invoice_id=final)
    assert row.invoice.issuer_id == RESELLER
    with pytest.raises(NotFoundError):
        mails.again(house.reseller, row.mail.id)


def test_without_a_mail_server_mail_waits(house: House, final: int) -> None:
    mails = house.parts.operations.invoicing.mails
    assert not mails.configured
    mails.queue(house.reseller, final)
    assert mails.deliver().sent == 0
    assert states(house, mails) == [(MailState.QUEUED, 0, "")]
