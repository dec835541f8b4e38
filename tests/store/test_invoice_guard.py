"""Final invoices can't be rewritten, not even by hand."""

from __future__ import annotations

import pytest

from provd.errors import StoreError
from provd.store import Store
from tests.store.invoicing import LATER, charged, issued, kept
from tests.store.people import People

ATTACKS = [
    "UPDATE invoice SET gross_micros = gross_micros + 1, tax_micros = tax_micros + 1",
    "UPDATE invoice SET debtor = '{}'",
    "UPDATE invoice SET number = '2026-00009'",
    "UPDATE invoice SET status = 'draft', number = NULL, issued_on = NULL",
    "UPDATE invoice SET status = 'void', void_at = 1, number = '2026-00009'",
    "UPDATE invoice SET due_on = '2030-01-01'",
    "DELETE FROM invoice",
    "UPDATE invoice_line SET text = 'Champagne'",
    "DELETE FROM invoice_line",
    "INSERT INTO invoice_line SELECT * FROM invoice_line",
    "UPDATE invoice_tax SET tax_micros = 0",
    "DELETE FROM invoice_tax",
    "UPDATE invoice_charge SET void = TRUE",
    "DELETE FROM invoice_charge",
]
TABLES = ("invoice", "invoice_line", "invoice_tax", "invoice_charge")


def contents(store: Store) -> list[object]:
    return [
        store._database.sql(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  names of ours
        for table in TABLES
    ]


def test_nothing_of_a_final_invoice_is_changed_added_or_removed(
    store: Store, people: People
) -> None:
    issued(store, kept(store, people.alice, people.alice_customer, "10.00", "5.00"))
    before = contents(store)
    for attack in ATTACKS:
        with pytest.raises(StoreError):
            store._database.sql(attack)
        assert contents(store) == before, attack


def test_what_is_void_stays_void_and_keeps_its_number(store: Store, people: People) -> None:
    made = issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    store.books.void(made.id, LATER, "bob", "Wrong")
    before = contents(store)
    for attack in (
        "UPDATE invoice SET status = 'final', void_at = NULL",
        "UPDATE invoice SET void_reason = 'None'",
        "UPDATE invoice_charge SET void = FALSE",
        "DELETE FROM invoice",
    ):
        with pytest.raises(StoreError):
            store._database.sql(attack)
        assert contents(store) == before, attack


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
def test_no_table_is_emptied_at_once(store: Store, people: People) -> None:
    for table in TABLES:
        with pytest.raises(StoreError):
            store._database.sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_sqlite_replaces_no_invoice_by_another(store: Store, people: People) -> None:
    made = issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    before = contents(store)
    with pytest.raises(StoreError):
        store._database.sql("REPLACE INTO invoice SELECT * FROM invoice WHERE id = ?", (made.id,))
    assert contents(store) == before


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE invoice_line SET amount_micros = amount_micros + 1000000",
        "UPDATE invoice_tax SET base_micros = 0",
        "UPDATE invoice_tax SET tax_micros = 0",
        "DELETE FROM invoice_charge",
        "UPDATE invoice SET net_micros = net_micros + 1, gross_micros = gross_micros + 1",
    ],
)
def test_only_what_adds_up_becomes_final(store: Store, people: People, tampering: str) -> None:
    made = kept(store, people.alice, people.alice_customer, "10.00", "5.00")
    store._database.sql(tampering)
    with pytest.raises(StoreError, match="does not add up"):
        issued(store, made)


def test_a_charge_is_on_an_invoice_of_its_own_issuer_and_debtor(
    store: Store, people: People
) -> None:
    made = kept(store, people.alice, people.alice_customer, "10.00")
    for issuer, debtor in (
        (people.charlie, people.alice_customer),
        (people.alice, people.charlie_customer),
    ):
        (stranger,) = charged(store, issuer, debtor, "1.00")
        with pytest.raises(StoreError, match="another issuer, debtor"):
            store._database.sql(
                "INSERT INTO invoice_charge (charge_key, invoice_id, position, void) "
                "VALUES (?, ?, 1, FALSE)",
                (stranger.key, made.id),
            )


def test_an_invoice_is_born_a_draft(store: Store, people: People) -> None:
    issued(store, kept(store, people.alice, people.alice_customer, "10.00"))
    with pytest.raises(StoreError, match="begins as a draft"):
        store._database.sql(
            "INSERT INTO invoice (issuer_id, debtor_id, kind, status, number, currency, issued_on,"
            " issuer, debtor, brand, reference, buyer_reference, refers_to, notes, net_micros,"
            " tax_micros, gross_micros, created_at, created_by)"
            " SELECT issuer_id, debtor_id, kind, status, 'X', currency, issued_on, issuer, debtor,"
            " brand, reference, buyer_reference, refers_to, notes, 0, 0, 0, 0, '' FROM invoice"
        )
