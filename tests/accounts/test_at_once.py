"""Several at once post to one account, on both databases: nothing is missed, nothing done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from provd.billing.charge import Charge
from provd.errors import InputError
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


class Second:
    """Does something in another thread while the first one's transaction is open."""

    def __init__(self, office: Office, deed: Callable[[], object]) -> None:
        self._office = office
        self._deed = deed
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def until_it_waits(self) -> None:
        """For a lock of the first one, or is done, because it had not to."""
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while self._thread.is_alive() and not self._office.store._database.sql(waits)[0][0]:
            self._thread.join(0.01)

    def end(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            self._deed()
        except InputError as error:
            self.failure = error


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)  # SQLite lets one write
def test_terms_wait_for_whoever_has_posted_and_not_committed(office: Office) -> None:
    form = replace(FEE, amount=euros("8.00"))
    charge = office.charges.preview(office.alice, office.baker, form).charge
    with office.store.transaction():
        book(office.store, [charge])  # as a billing run: it holds no account
        second = Second(office, lambda: office.harden("9.00"))
        second.until_it_waits()
    second.end()
    assert office.store.books.credit_standing(office.baker).owed == euros("8.00")
    office.charges.charge(office.alice, office.baker, replace(form, amount=euros("1.00"), key="2"))
    assert office.suspended()


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_a_debt_is_given_up_once_though_two_do_it(office: Office) -> None:
    office.charges.charge(office.alice, office.baker, FEE)
    lost = PaymentForm(euros("30.00"), note="bankrupt")
    with office.store.transaction():
        office.payments.write_off(office.alice, office.baker, lost)
        second = Second(office, lambda: office.payments.write_off(office.alice, office.baker, lost))
        second.until_it_waits()
    second.end()
    assert "owes 0.00 EUR" in str(second.failure)
    assert office.owed(office.baker) == "0.00"
