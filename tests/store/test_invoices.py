"""Invoices: a charge is on one of them, numbers have no gaps, and everybody sees their own."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest

from provd.billing.crediting import credit_note
from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.devices.account import Account, Scope
from provd.errors import ConflictError, InputError, NotFoundError
from provd.store import Store
from provd.store.books import Wanted
from tests.store.invoicing import LATER, NOVEMBER, as_draft, charge, charged, drafted, issued, kept
from tests.store.people import NOW, People, phone
from tests.store.till import book, euros


def test_a_draft_comes_back_as_it_was(store: Store, people: People) -> None:
    charges = charged(store, people.alice, people.alice_customer, "10.00", "-2.50")
    made = drafted(people.alice, people.alice_customer, charges)
    id_ = store.books.save_draft(made, NOW, "bob")
    assert as_draft(store.books.invoice(id_)) == made
    found = store.books.draft_of(people.alice.id, people.alice_customer.id, "EUR", NOVEMBER.end)
    assert found == replace(made, id=id_)
    assert [item.charge for item in store.books.items_of(id_)] == charges


def test_a_charge_is_free_until_it_is_on_an_invoice(store: Store, people: People) -> None:
    seller, buyer = people.alice, people.alice_customer
    charged(store, seller, buyer, "10.00")
    charged(store, people.provider, seller, "4.00")

    def free() -> list[str]:
        items = store.books.uninvoiced(seller.id, buyer.id, LATER)
        assert bool(items) == (buyer.id in store.books.debtors_with_uninvoiced(seller.id, LATER))
        return [item.charge.key for item in items]

    assert len(free()) == 1
    assert store.books.uninvoiced(seller.id, buyer.id, NOW) == []
    charges = [item.charge for item in store.books.uninvoiced(seller.id, buyer.id, LATER)]
    id_ = store.books.save_draft(drafted(seller, buyer, charges), NOW, "bob")
    assert free() == []
    store.books.discard(id_)
    assert len(free()) == 1
    with pytest.raises(NotFoundError):
        store.books.invoice(id_)


def test_a_charge_is_on_one_invoice_until_that_is_void(store: Store, people: People) -> None:
    seller, buyer = people.alice, people.alice_customer
    charges = charged(store, seller, buyer, "10.00")
    first = store.books.save_draft(drafted(seller, buyer, charges), NOW, "bob")
    again = drafted(seller, buyer, charges, None)
    with pytest.raises(ConflictError):
        store.books.save_draft(again, NOW, "bob")
    issued(store, store.books.invoice(first))
    with pytest.raises(ConflictError):
        store.books.save_draft(again, NOW, "bob")
    store.books.void(first, LATER, "bob", "Wrong address")
    second = issued(store, store.books.invoice(store.books.save_draft(again, NOW, "bob")))
    assert second.number == "2026-00002"
    void = store.books.invoice(first)
    assert (void.status, void.number) == (InvoiceStatus.VOID, "2026-00001")
    assert void.charge_keys == second.charge_keys


def test_a_debtor_has_one_draft_for_a_period(store: Store, people: People) -> None:
    kept(store, people.alice, people.alice_customer, "10.00")
    more = charged(store, people.alice, people.alice_customer, "1.00", first=5)
    with pytest.raises(ConflictError):
        store.books.save_draft(drafted(people.alice, people.alice_customer, more), NOW, "bob")


def test_what_is_final_is_no_draft_any_more(store: Store, people: People) -> None:
    made = issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    assert (made.status, made.number) == (InvoiceStatus.FINAL, "2026-00001")
    with pytest.raises(ConflictError, match="is not draft any more"):
        issued(store, made)
    with pytest.raises(ConflictError):
        store.books.discard(made.id)
    store.books.void(made.id, LATER, "bob", "Wrong")
    with pytest.raises(ConflictError, match="is not final any more"):
        store.books.void(made.id, LATER, "bob", "Wrong")


def test_a_number_is_an_issuers_own(store: Store, people: People) -> None:
    first = issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    other = issued(store, kept(store, people.charlie, people.charlie_customer, "10.00"))
    assert first.number == other.number
    assert len(store.books.invoice_numbered(first.number)) == 2
    assert store.books.invoice_numbered(first.number, Scope(people.alice.id)) == [first]
    with pytest.raises(ConflictError, match="is taken"):
        issued(store, kept(store, people.alice, people.alice, "1.00"), first.number)


def test_counters_are_the_issuers_the_kinds_and_the_years_own(store: Store, people: People) -> None:
    on = date(2026, 12, 1)
    take = store.books.next_number
    assert [take(people.alice.id, InvoiceKind.INVOICE, 2026, on) for _ in "12"] == [1, 2]
    assert take(people.charlie.id, InvoiceKind.INVOICE, 2026, on) == 1
    assert take(people.alice.id, InvoiceKind.CREDIT_NOTE, 2026, on) == 1
    assert take(people.alice.id, InvoiceKind.INVOICE, 2027, on) == 1
    assert take(people.alice.id, InvoiceKind.INVOICE, 2026, on) == 3


def test_numbers_and_days_rise_together(store: Store, people: People) -> None:
    take = store.books.next_number
    assert take(people.alice.id, InvoiceKind.INVOICE, 0, date(2026, 12, 5)) == 1
    with pytest.raises(InputError) as raised:
        take(people.alice.id, InvoiceKind.INVOICE, 0, date(2026, 12, 4))
    assert raised.value.key == "date"
    assert take(people.alice.id, InvoiceKind.INVOICE, 0, date(2026, 12, 5)) == 2


class Abandoned(Exception):
    """Somebody pulls the plug after a number was taken."""


def test_numbers_have_no_gap_however_many_issue_at_once_and_some_fail(
    store: Store, people: People
) -> None:
    """Four clerks, each of whom loses every third invoice on its way."""
    accounts = store.accounts.below(Scope(people.provider.id))
    drafts = [kept(store, people.alice, account, "1.00") for account in accounts]
    together = threading.Barrier(3)
    numbers: list[int] = []

    def clerk(mine: int) -> None:
        together.wait()
        for at, invoice in enumerate(drafts[mine::3] * 2):
            try:
                with store.transaction():
                    on = date(2026, 12, 1)
                    taken = store.books.next_number(people.alice.id, InvoiceKind.INVOICE, 2026, on)
                    if at % 3 == mine:
                        raise Abandoned
                    store.books.finalise(
                        invoice.id,
                        number=f"{taken}",
                        issued_on=on,
                        due_on=on,
                        reference="",
                        at=LATER,
                        by="bob",
                    )
            except (Abandoned, ConflictError):
                continue
            numbers.append(taken)

    threads = [threading.Thread(target=clerk, args=(mine,)) for mine in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, len(drafts) + 1))
    assert len(drafts) == 6
    final = store.books.invoice_summaries(Wanted(statuses=(InvoiceStatus.FINAL,)), None)
    assert sorted(int(one.number) for one in final) == sorted(numbers)


def test_credit_notes_are_found_by_their_invoice(store: Store, people: People) -> None:
    made = issued(store, kept(store, people.alice, people.alice_customer, "10.00", "5.00"))
    note = credit_note(made, [], "Wrong", {1: None})
    id_ = store.books.save_draft(note, NOW, "bob", credited_id=made.id)
    assert store.books.credit_notes_of(made.id) == []
    final = issued(store, store.books.invoice(id_), "CN-1")
    assert store.books.credit_notes_of(made.id) == [final]
    assert store.books.credited_id(id_) == made.id
    assert final.lines == note.lines


def test_everybody_sees_what_they_owe_and_drafts_of_their_own_alone(
    store: Store, people: People
) -> None:
    """Alice owes the provider, her customer owes her; Charlie sees nothing of it."""
    wholesale = kept(store, people.provider, people.alice, "4.00")
    retail = kept(store, people.alice, people.alice_customer, "10.00")

    def seen(account: Account) -> set[int]:
        scope = Scope(account.id)
        found = {one.id for one in store.books.invoice_summaries(Wanted(), scope)}
        for one in (wholesale, retail):
            if one.id in found:
                assert store.books.invoice(one.id, scope).id == one.id
            else:
                with pytest.raises(NotFoundError):
                    store.books.invoice(one.id, scope)
        return found

    assert seen(people.provider) == {wholesale.id, retail.id}
    assert seen(people.alice) == {retail.id}
    assert seen(people.alice_customer) == seen(people.charlie) == set()
    issued(store, wholesale)
    issued(store, retail)
    assert seen(people.alice) == {wholesale.id, retail.id}
    assert seen(people.alice_customer) == {retail.id}
    assert seen(people.charlie) == seen(people.charlie_customer) == set()
    store.books.void(retail.id, LATER, "bob", "Wrong")
    assert seen(people.alice_customer) == set()


def test_lists_are_narrowed_and_drafts_come_first(store: Store, people: People) -> None:
    final = issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    more = charged(store, people.alice, people.alice_customer, "-1.00", first=9)
    credit = store.books.save_draft(drafted(people.alice, people.alice_customer, more), NOW, "bob")

    def found(**wanted: object) -> list[int]:
        given = Wanted(**wanted)  # type: ignore[arg-type]
        return [one.id for one in store.books.invoice_summaries(given, None)]

    assert found() == [credit, final.id]
    assert found(statuses=(InvoiceStatus.DRAFT,)) == [credit]
    assert found(kind=InvoiceKind.CREDIT_NOTE) == [credit]
    assert found(issuer_id=people.charlie.id) == []
    assert found(debtor_id=people.alice_customer.id) == [credit, final.id]
    assert found(issued_from=date(2026, 12, 1), issued_to=date(2026, 12, 1)) == [final.id]
    assert found(issued_from=date(2026, 12, 2)) == []
    assert found(drafts_for=NOVEMBER.end) == [credit]
    summary = store.books.invoice_summaries(Wanted(), None, limit=1, offset=0)[0]
    assert (str(summary.gross), str(summary.owed)) == ("1.19 EUR", "-1.19 EUR")


def test_a_fee_for_a_phone_without_a_slot_names_its_mac(store: Store, people: People) -> None:
    device = phone(store, people.alice_site, label="Boss")
    one = replace(
        charge(people.alice, people.alice_customer), device_id=device.id, key="manual:phone"
    )
    book(store, [one])
    (item,) = store.books.uninvoiced(people.alice.id, people.alice_customer.id, LATER)
    assert item.detail == "00:15:65:aa:bb:cc"


def test_an_audit_finds_gaps_and_what_was_never_booked(store: Store, people: People) -> None:
    assert store.books.audit_invoices().problems == ()
    issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    found = store.books.audit_invoices()
    assert (found.invoices, found.problems) == (1, ("2026-00001 is not in the ledger",))
    store._database.sql("UPDATE invoice_counter SET last = 3")
    assert "Alice has issued 3 of kind invoice and keeps 1" in store.books.audit_invoices().problems


def test_what_was_given_back_elsewhere_and_by_notes_is_told(store: Store, people: People) -> None:
    seller, buyer, books = people.alice, people.alice_customer, store.books
    own, other, same = charged(store, seller, buyer, "10.00", "5.00", "-1.00")
    made = issued(
        store, books.invoice(books.save_draft(drafted(seller, buyer, [own, other, same]), NOW, "b"))
    )
    (back,) = charged(store, seller, buyer, "-2.00", first=4)
    with store.transaction():
        books.add_credit(same.key, own.key)
        books.add_credit(back.key, own.key)
    positions = {line.charge_keys[0]: line.position for line in made.lines}
    assert books.given_back_elsewhere(made) == {positions[own.key]: euros("-2.00")}
    assert [str(books.left_of(one)) for one in (own, other)] == ["7.00 EUR", "5.00 EUR"]
    asked = {positions[own.key]: euros("4.00"), positions[other.key]: euros("5.00")}
    note = credit_note(made, [], "Late", asked, books.given_back_elsewhere(made))
    issued(store, books.invoice(books.save_draft(note, NOW, "b", credited_id=made.id)), "CN-1")
    assert [str(books.left_of(one)) for one in (own, other)] == ["3.00 EUR", "0.00 EUR"]


def test_a_line_that_was_credited_beyond_its_amount_is_found(store: Store, people: People) -> None:
    made = issued(store, kept(store, people.alice, people.alice_customer, "10.00", "5.00"))
    wrong = f"{made.number} has a line that was credited beyond its amount"
    for number, amount in (("CN-1", "6.00"), ("CN-2", "4.00"), ("CN-3", "0.01")):
        assert wrong not in store.books.audit_invoices().problems
        note = credit_note(made, [], "Late", {1: euros(amount)})
        id_ = store.books.save_draft(note, NOW, "b", credited_id=made.id)
        issued(store, store.books.invoice(id_), number)
    assert wrong in store.books.audit_invoices().problems
