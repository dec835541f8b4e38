"""What accounts tell of themselves for invoices, and their issuers' tax rates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from provd.billing.numbering import NumberPattern
from provd.billing.profile import DebtorTerms, TaxTreatment
from provd.store import Store
from tests.store.invoicing import profile, rate
from tests.store.people import People


def test_a_profile_comes_back_as_it_was_and_another_takes_its_place(
    store: Store, people: People
) -> None:
    made = profile(people.alice)
    store.books.save_profile(made)
    assert store.books.profile(people.alice.id) == made
    other = replace(
        made,
        bank=None,
        days=30,
        invoice_numbers=NumberPattern("A{number:4}"),
        untaxed="Small business",
        sums_alike=True,
        footer="Thank you",
        terms=DebtorTerms(TaxTreatment.EXEMPT, "Embassy", 7, "PO 4711"),
    )
    store.books.save_profile(other)
    assert store.books.profile(people.alice.id) == other
    assert store.books.profiles([people.alice.id, people.charlie.id]) == {people.alice.id: other}


def test_rates_are_the_issuers_own_and_the_latest_entry_of_a_day_holds(
    store: Store, people: People
) -> None:
    first, second = rate(people.alice), rate(people.alice, "20", "AT")
    own = replace(first, percent=Decimal("7.7"), country="", debtor_id=people.alice_customer.id)
    for one in (first, second, own, own, rate(people.charlie)):
        store.books.set_tax_rate(one)
    assert set(store.books.tax_rates(people.alice.id)) == {first, second, own}
    corrected = replace(first, percent=Decimal("19.5"))
    later = replace(first, valid_from=date(2027, 1, 1))
    for one in (corrected, later):
        store.books.set_tax_rate(one)
    assert set(store.books.tax_rates(people.alice.id)) == {corrected, later, second, own}
