"""Final, void, credited: number, days and ledger come together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.devices.account import Role
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.manual_charges import ChargeForm
from provd.operations.setup import price
from provd.store.books import Wanted
from tests.conftest import House
from tests.operations.conftest import Clock
from tests.operations.invoices import (
    CUSTOMER,
    PROVIDER,
    RESELLER,
    boot,
    charge,
    pay,
    retail_draft,
    run,
    settle,
    stands,
)

OWED, TAX = f"{RESELLER}:receivable:{CUSTOMER}", f"{RESELLER}:tax:standard"
TODAY = date(2026, 9, 1)


@pytest.fixture(autouse=True)
def september(house: House, clock: Clock) -> Clock:
    settle(house)
    boot(house)
    clock.now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    return clock


def final(house: House) -> int:
    """The reseller's invoice of August."""
    draft = retail_draft(house)
    house.parts.operations.invoicing.issue.finalise(house.reseller, draft)
    return draft


def test_a_final_invoice_has_number_days_and_its_tax_in_the_ledger(house: House) -> None:
    assert stands(house, OWED) == "29.19 EUR"
    made = house.parts.operations.invoicing.issue.finalise(house.reseller, retail_draft(house))
    assert (made.number, made.reference) == ("2026-00001", "2026-00001")
    assert (made.issued_on, made.due_on) == (TODAY, date(2026, 9, 15))
    assert str(made.gross) == "34.74 EUR"
    assert stands(house, OWED) == "34.74 EUR"
    assert stands(house, TAX) == "-5.55 EUR"


def test_it_is_due_by_the_terms_agreed(house: House) -> None:
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, RESELLER, {"days": "30"})
    issue = house.parts.operations.invoicing.issue
    assert issue.finalise(house.reseller, retail_draft(house)).due_on == date(2026, 10, 1)
    charge(house, "10")
    profiles.save(house.reseller, CUSTOMER, {"days_to_pay": "0"})
    assert issue.finalise(house.reseller, retail_draft(house)).due_on == TODAY


def test_it_is_issued_once(house: House) -> None:
    id_ = final(house)
    with pytest.raises(InputError, match="2026-00001 is final already"):
        house.parts.operations.invoicing.issue.finalise(house.reseller, id_)
    assert stands(house, OWED) == "34.74 EUR"


def test_a_day_to_come_and_one_before_the_last_are_refused_and_leave_no_gap(
    house: House,
) -> None:
    draft = retail_draft(house)
    issue = house.parts.operations.invoicing.issue
    with pytest.raises(InputError, match="still to come"):
        issue.finalise(house.reseller, draft, date(2026, 9, 2))
    made = issue.finalise(house.reseller, draft, date(2026, 8, 31))
    assert (made.number, made.issued_on) == ("2026-00001", date(2026, 8, 31))
    charge(house, "10")
    draft = retail_draft(house)
    with pytest.raises(InputError) as raised:
        issue.finalise(house.reseller, draft, date(2026, 8, 30))
    assert raised.value.key == "date"
    assert issue.finalise(house.reseller, draft).number == "2026-00002"


def test_what_has_changed_since_it_was_drafted_is_drafted_again_first(house: House) -> None:
    draft = retail_draft(house)
    issuing = house.parts.operations.invoicing
    issuing.profiles.save(house.reseller, CUSTOMER, {"vat_id": "ATU12345678", "country": "AT"})
    with pytest.raises(InputError, match="provd invoice run --month 2026-08"):
        issuing.issue.finalise(house.reseller, draft)
    made = issuing.issue.finalise(house.reseller, retail_draft(house))
    assert str(made.gross) == "29.19 EUR"
    assert stands(house, TAX) == "0.00 EUR"


def test_a_draft_that_is_void_is_gone_and_its_charges_are_free(house: House) -> None:
    draft = retail_draft(house)
    assert house.parts.operations.invoicing.issue.void(house.reseller, draft, "") is None
    with pytest.raises(NotFoundError):
        house.parts.operations.invoicing.reading.page(house.reseller, draft)
    again = house.parts.operations.invoicing.reading.page(house.reseller, retail_draft(house))
    assert str(again.invoice.gross) == "34.74 EUR"


def test_void_takes_the_tax_back_and_keeps_the_number(house: House) -> None:
    id_ = final(house)
    issue = house.parts.operations.invoicing.issue
    with pytest.raises(InputError, match="why"):
        issue.void(house.reseller, id_, " ")
    made = issue.void(house.reseller, id_, "Wrong address")
    assert made is not None
    assert (made.status, made.number) == (InvoiceStatus.VOID, "2026-00001")
    assert (stands(house, OWED), stands(house, TAX)) == ("29.19 EUR", "0.00 EUR")
    again = issue.finalise(house.reseller, retail_draft(house))
    assert again.number == "2026-00002"
    assert (stands(house, OWED), stands(house, TAX)) == ("34.74 EUR", "-5.55 EUR")


def test_what_was_paid_credited_or_sent_is_never_void(house: House, september: Clock) -> None:
    id_ = final(house)
    issuing = house.parts.operations.invoicing
    pay(house, "0.01")
    with pytest.raises(InputError, match=r"paid\. Correct it: provd invoice credit 2026-00001"):
        issuing.issue.void(house.reseller, id_, "Wrong")
    issuing.issue.credit(house.reseller, id_, "Wrong", {1: None})
    with pytest.raises(InputError, match="credited"):
        issuing.issue.void(house.reseller, id_, "Wrong")
    charge(house, "10")
    second = final(house)
    books = house.parts.store.books
    mail = books.queue_mail("a@example.com", "<1@x>", september.now, "bob", invoice_id=second)
    books.mail_sent(mail, september.now)
    with pytest.raises(InputError, match="sent"):
        issuing.issue.void(house.reseller, second, "Wrong")


def test_mail_that_nobody_tried_to_send_goes_with_a_void_invoice(
    house: House, september: Clock
) -> None:
    id_ = final(house)
    books = house.parts.store.books
    books.queue_mail("a@example.com", "<1@x>", september.now, "bob", invoice_id=id_)
    house.parts.operations.invoicing.issue.void(house.reseller, id_, "Wrong")
    assert books.mails_due(september.now) == []


def test_a_credit_note_takes_back_revenue_and_tax(house: House) -> None:
    id_ = final(house)
    setup = f"{RESELLER}:revenue:setup"
    assert stands(house, setup) == "-25.00 EUR"
    page = house.parts.operations.invoicing.reading.page(house.reseller, id_)
    position = next(line.position for line in page.invoice.lines if line.period is None)
    issue = house.parts.operations.invoicing.issue
    note = issue.credit(house.reseller, id_, "Setup was free", {position: None})
    assert (note.kind, note.number) == (InvoiceKind.CREDIT_NOTE, "CN-2026-00001")
    assert (str(note.gross), note.due_on, note.reference) == ("29.75 EUR", None, "")
    assert [one.number for one in note.refers_to] == ["2026-00001"]
    assert stands(house, setup) == "0.00 EUR"
    assert (stands(house, OWED), stands(house, TAX)) == ("4.99 EUR", "-0.80 EUR")
    rest = issue.credit(house.reseller, id_, "The rest")
    assert str(rest.gross) == "4.99 EUR"
    assert (stands(house, OWED), stands(house, TAX)) == ("0.00 EUR", "0.00 EUR")
    with pytest.raises(InputError, match="nothing"):
        issue.credit(house.reseller, id_, "Once more")
    page = house.parts.operations.invoicing.reading.page(house.reseller, id_)
    assert [one.number for one in page.credit_notes] == ["CN-2026-00001", "CN-2026-00002"]
    page = house.parts.operations.invoicing.reading.page(house.reseller, note.id)
    assert page.corrects is not None
    assert page.corrects.id == id_


def test_part_of_a_line_is_taken_back_from_the_revenue_and_the_tax(house: House) -> None:
    id_ = final(house)
    reading = house.parts.operations.invoicing.reading
    lines = reading.page(house.reseller, id_).invoice.lines
    position = next(line.position for line in lines if line.period is None)
    issue = house.parts.operations.invoicing.issue
    note = issue.credit(house.reseller, id_, "Half of it", {position: price("12.50", "EUR")})
    assert str(note.gross) == "14.88 EUR"
    assert stands(house, f"{RESELLER}:revenue:setup") == "-12.50 EUR"
    assert (stands(house, OWED), stands(house, TAX)) == ("19.86 EUR", "-3.17 EUR")
    left = reading.page(house.reseller, id_).left
    assert str(left[position]) == "12.50 EUR"
    with pytest.raises(InputError, match=r"12\.50 EUR is left of it"):
        issue.preview_credit(house.reseller, id_, "More", {position: price("12.51", "EUR")})
    issue.credit(house.reseller, id_, "The rest")
    assert (stands(house, OWED), stands(house, TAX)) == ("0.00 EUR", "0.00 EUR")


def by_hand(house: House, key: str, amount: str) -> None:
    form = ChargeForm(price(amount, "EUR"), "", "sorry", credits=key)
    house.parts.operations.manual_charges.credit(house.reseller, CUSTOMER, form)


def test_what_a_credit_note_gave_back_is_not_given_back_by_hand_again(house: House) -> None:
    key = charge(house, "30.00")
    id_ = final(house)
    issuing = house.parts.operations.invoicing
    lines = issuing.reading.page(house.reseller, id_).invoice.lines
    position = next(line.position for line in lines if key in line.charge_keys)
    issuing.issue.credit(house.reseller, id_, "Late", {position: price("12.00", "EUR")})
    with pytest.raises(InputError, match=r"18\.00 EUR is left of the charge"):
        by_hand(house, key, "18.01")
    by_hand(house, key, "8.00")
    assert str(issuing.reading.page(house.reseller, id_).left[position]) == "10.00 EUR"
    with pytest.raises(InputError, match=r"10\.00 EUR is left of it"):
        issuing.issue.credit(house.reseller, id_, "Late", {position: price("10.01", "EUR")})
    issuing.issue.credit(house.reseller, id_, "Late", {position: None})
    assert position not in issuing.reading.page(house.reseller, id_).left
    with pytest.raises(InputError, match=r"0\.00 EUR is left of the charge"):
        by_hand(house, key, "0.01")


def test_a_credit_on_the_same_invoice_is_a_line_of_its_own_and_counts_once(
    house: House, september: Clock
) -> None:
    key = charge(house, "30.00")
    september.move(days=-10)
    by_hand(house, key, "10.00")
    september.move(days=10)
    id_ = final(house)
    issue = house.parts.operations.invoicing.issue
    invoice = house.parts.operations.invoicing.reading.page(house.reseller, id_).invoice
    note = issue.credit(house.reseller, id_, "All of it")
    assert note.gross == invoice.gross


def test_what_was_shown_as_left_is_credited_once(house: House) -> None:
    id_ = final(house)
    issuing = house.parts.operations.invoicing
    left, cent = issuing.reading.page(house.reseller, id_).left, price("0.01", "EUR")
    issuing.issue.credit(house.reseller, id_, "Late", {1: cent}, left=left)
    with pytest.raises(ConflictError, match="credited meanwhile"):
        issuing.issue.credit(house.reseller, id_, "Late", {1: cent}, left=left)


def test_of_several_credit_notes_the_last_is_made_void_first(house: House) -> None:
    id_ = final(house)
    issue = house.parts.operations.invoicing.issue
    first = issue.credit(house.reseller, id_, "Half", {1: price("0.01", "EUR")})
    second = issue.credit(house.reseller, id_, "Rest")
    with pytest.raises(InputError, match=f"Make {second.number} void first"):
        issue.void(house.reseller, first.id, "No")
    issue.void(house.reseller, second.id, "No")
    issue.void(house.reseller, first.id, "No")
    assert (stands(house, OWED), stands(house, TAX)) == ("34.74 EUR", "-5.55 EUR")


def test_invoices_of_a_closed_account_stay_until_it_is_opened(house: House, clock: Clock) -> None:
    id_ = final(house)
    issue = house.parts.operations.invoicing.issue
    house.parts.store.closings.close(CUSTOMER, clock.now, "bob")
    steps: list[Callable[[Actor, int, str], object]] = [
        issue.void, issue.credit, issue.preview_credit,
    ]  # fmt: skip
    for step in steps:
        with pytest.raises(InputError, match=r"was closed on 2026-09-01 by bob\. Open the account"):
            step(house.reseller, id_, "Wrong")
    assert stands(house, OWED) == "34.74 EUR"
    house.parts.store.closings.open(CUSTOMER)
    issue.credit(house.reseller, id_, "Wrong")
    assert stands(house, OWED) == "0.00 EUR"


def test_a_credit_note_that_is_void_can_be_given_again(house: House) -> None:
    id_ = final(house)
    issue = house.parts.operations.invoicing.issue
    note = issue.credit(house.reseller, id_, "Wrong")
    issue.void(house.reseller, note.id, "It was right")
    assert (stands(house, OWED), stands(house, TAX)) == ("34.74 EUR", "-5.55 EUR")
    assert str(issue.credit(house.reseller, id_, "Wrong").gross) == "34.74 EUR"


def test_a_credit_note_of_less_than_nothing_owed_takes_its_tax_back(house: House) -> None:
    charge(house, "-40")
    made = house.parts.operations.invoicing.issue.finalise(house.reseller, retail_draft(house))
    assert (made.kind, str(made.gross)) == (InvoiceKind.CREDIT_NOTE, "12.86 EUR")
    assert (stands(house, OWED), stands(house, TAX)) == ("-12.86 EUR", "2.05 EUR")


def test_payments_settle_the_oldest_first(house: House) -> None:
    first = final(house)
    charge(house, "10")
    second = final(house)
    reading = house.parts.operations.invoicing.reading

    def left() -> list[str]:
        pages = [reading.page(house.reseller, id_).invoice for id_ in (first, second)]
        return [one.payable.figures for one in pages]

    assert left() == ["34.74", "11.90"]
    pay(house, "30")
    assert left() == ["4.74", "11.90"]
    charge(house, "99", "manual:2")  # on no invoice yet, so it is none's to be paid
    assert left() == ["4.74", "11.90"]
    pay(house, "6.74", "payment:2")
    assert left() == ["0.00", "9.90"]
    house.parts.operations.invoicing.issue.credit(house.reseller, second, "Wrong")
    assert left() == ["0.00", "0.00"]
    pay(house, "50", "payment:3")
    assert left() == ["0.00", "0.00"]


def test_a_list_tells_what_is_open_and_late(house: House, september: Clock) -> None:
    final(house)
    september.now = datetime(2026, 9, 16, 8, tzinfo=UTC)
    rows, more = house.parts.operations.invoicing.reading.listed(house.customer, Wanted())
    assert not more
    assert [(one.summary.number, str(one.open), one.overdue) for one in rows] == [
        ("2026-00001", "34.74 EUR", True)
    ]
    reading = house.parts.operations.invoicing.reading
    september.move(days=-1)
    ((row,), _) = reading.listed(house.customer, Wanted())
    assert not row.overdue


def test_a_customer_sees_its_own_final_invoices_alone(house: House) -> None:
    run(house)
    reading = house.parts.operations.invoicing.reading
    everything = Wanted()
    assert reading.listed(house.customer, everything) == ([], False)
    id_ = final(house)
    (row,) = reading.listed(house.customer, everything)[0]
    assert row.summary.id == id_
    page = reading.page(house.customer, id_)
    assert not page.may_change
    with pytest.raises(NotFoundError):
        house.parts.operations.invoicing.issue.void(house.customer, id_, "no")
    with pytest.raises(NotFoundError):
        house.parts.operations.invoicing.issue.credit(house.customer, id_, "no")
    assert reading.listed(house.stranger(), everything) == ([], False)


def test_a_reseller_reads_the_providers_final_invoices_and_changes_none(house: House) -> None:
    drafts = run(house).drafts
    (wholesale,) = (one.id for one in drafts if one.issuer_id == PROVIDER)
    issuing = house.parts.operations.invoicing
    with pytest.raises(NotFoundError):
        issuing.reading.page(house.reseller, wholesale)
    with pytest.raises(NotFoundError):
        issuing.issue.finalise(house.reseller, wholesale)
    issuing.issue.finalise(house.admin, wholesale)
    page = issuing.reading.page(house.reseller, wholesale)
    assert not page.may_change
    assert page.reasons[1]
    with pytest.raises(NotFoundError):
        issuing.issue.void(house.reseller, wholesale, "I do not want to pay")
    with pytest.raises(NotFoundError):
        issuing.issue.credit(house.reseller, wholesale, "I do not want to pay")
    with pytest.raises(NotFoundError):
        issuing.papers.pdf(house.customer, wholesale)
    with pytest.raises(NotFoundError):
        issuing.reading.listed(house.actor(Role.FULFILMENT), Wanted())


def test_an_invoice_is_found_by_number_or_id(house: House) -> None:
    draft = retail_draft(house)
    reading = house.parts.operations.invoicing.reading
    assert reading.found(house.reseller, f"#{draft}").id == draft
    final(house)
    assert reading.found(house.customer, "2026-00001").id == draft
    for text in ("2026-00002", "#999", "#x", ""):
        with pytest.raises(NotFoundError):
            reading.found(house.reseller, text)
    (wholesale,) = (one.id for one in run(house).drafts if one.issuer_id == PROVIDER)
    house.parts.operations.invoicing.issue.finalise(house.admin, wholesale)
    with pytest.raises(InputError, match="there are several invoices"):
        reading.found(house.admin, "2026-00001")


def test_a_final_invoices_document_is_made_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def drawn(invoice: object, **_: object) -> bytes:
        made.append("x")
        return b"%PDF-" + str(len(made)).encode()

    monkeypatch.setattr("provd.operations.invoice_papers.invoice_pdf", drawn)
    papers = house.parts.operations.invoicing.papers
    draft = retail_draft(house)
    first, second = papers.pdf(house.reseller, draft), papers.pdf(house.reseller, draft)
    assert (first.content, second.content) == (b"%PDF-1", b"%PDF-2")
    assert first.name == f"Invoice-draft-{draft}.pdf"
    final(house)
    kept = papers.pdf(house.customer, draft)
    assert (kept.name, kept.content) == ("Invoice-2026-00001.pdf", b"%PDF-3")
    assert papers.pdf(house.reseller, draft) == kept
    house.parts.operations.invoicing.issue.void(house.reseller, draft, "Wrong")
    assert papers.pdf(house.reseller, draft) == kept


def test_a_document_is_in_the_language_of_its_reader(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[object] = []

    def drawn(invoice: object, *, logo: bytes | None, language: str) -> bytes:
        spoken.append(language)
        return b"%PDF-"

    monkeypatch.setattr("provd.operations.invoice_papers.invoice_pdf", drawn)
    issuing = house.parts.operations.invoicing
    for account, language in ((None, ""), (RESELLER, "de"), (CUSTOMER, "en")):
        if account:
            issuing.profiles.save(house.admin, account, {"language": language})
        issuing.papers.pdf(house.reseller, retail_draft(house))
    assert spoken == ["en", "de", "en"]


def test_a_final_invoice_has_a_document_for_programs(house: House) -> None:
    papers = house.parts.operations.invoicing.papers
    draft = retail_draft(house)
    with pytest.raises(InputError):
        papers.ubl(house.reseller, draft)
    final(house)
    made = papers.ubl(house.customer, draft)
    assert (made.name, made.media_type) == ("Invoice-2026-00001.xml", "application/xml")
    assert b"2026-00001" in made.content
    digests = house.parts.store.books.digests(draft)
    assert digests == {"ubl": hashlib.sha256(made.content).hexdigest()}
