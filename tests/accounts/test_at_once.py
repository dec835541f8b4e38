"""Several at once post to one account, on both databases: nothing is missed, nothing done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from provd.billing.charge import Charge
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from tests.accounts.office import FEE, PAID, Office
from tests.store.people import phone
from tests.store.till import book, euros


def at_once(deeds: list[Callable[[], object]]) -> None:
    together, failed = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        together.wait()
        try:
            deed()
        except Exception as error:  # the test tells it
            failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_payments_and_charges_at_once_suspend_and_lift_by_the_sum(office: Office) -> None:
    """Six of each: whoever comes last sees what all have posted."""
    phone(office.store, office.people.alice_site)
    office.harden()
    office.told.clear()
    ten = euros("10.00")

    def pay(key: str) -> None:
        office.payments.pay(office.alice, office.baker, PaymentForm(ten, "bank", key=key))

    def charge(key: str) -> None:
        office.charges.charge(office.alice, office.baker, ChargeForm(ten, "x", "y", key=key))

    at_once([partial(deed, key) for key in "abcabc" for deed in (pay, charge)])
    assert office.owed(office.baker) == "0.00"
    assert office.suspended()
    assert len(office.told) % 2 == 0  # lifted as often as suspended again
    assert office.store.books.audit().problems == ()
    office.payments.pay(office.alice, office.baker, PAID)
    assert not office.suspended()


def test_two_payments_at_once_lift_it_once(office: Office) -> None:
    phone(office.store, office.people.alice_site)
    office.harden()
    office.told.clear()
    at_once(
        [
            lambda: office.payments.pay(office.alice, office.baker, PAID),
            lambda: office.payments.pay(office.alice, office.baker, replace(PAID, key="2")),
        ]
    )
    assert not office.suspended()
    assert len(office.told) == 1


def test_terms_that_change_while_charges_are_posted_miss_none(office: Office) -> None:
    def charge() -> None:
        for number in range(8):
            made: Charge = replace(
                office.charges._charge(
                    office.alice,
                    office.charges._debtors.kept(office.alice, office.baker),
                    replace(FEE, amount=euros("1.00"), key=str(number)),
                )
            )
            book(office.store, [made])  # as a billing run: it holds no account

    at_once([charge, lambda: office.harden("1000.00"), lambda: office.harden("900.00")])
    assert office.store.books.credit_standing(office.baker).owed == euros("8.00")
    assert office.store.books.audit().problems == ()
