"""Who may enter something, and who may read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.billing.credit import BalanceMode, CreditTerms
from provd.devices.account import Role
from provd.errors import InputError, NotFoundError
from provd.operations import Actor
from tests.accounts.office import FEE, PAID, Office
from tests.store.till import euros

SOFT = CreditTerms(BalanceMode.SOFT, euros("0"))
Deed = Callable[[Office, Actor, int], object]

DEEDS: dict[str, Deed] = {
    "pay": lambda office, actor, id_: office.payments.pay(actor, id_, PAID),
    "refund": lambda office, actor, id_: office.payments.refund(actor, id_, PAID),
    "write off": lambda office, actor, id_: office.payments.write_off(actor, id_, PAID),
    "charge": lambda office, actor, id_: office.charges.charge(actor, id_, FEE),
    "credit": lambda office, actor, id_: office.charges.credit(actor, id_, FEE),
    "terms": lambda office, actor, id_: office.statements.change_terms(actor, id_, SOFT),
}


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_the_issuer_alone_enters_anything(office: Office, deed: Deed) -> None:
    charlie = Actor("charlie", Role.RESELLER, office.people.charlie.id)
    baker = Actor("baker", Role.CUSTOMER, office.baker)
    warehouse = Actor("frieda", Role.FULFILMENT, office.people.provider.id)
    for actor in (charlie, baker, warehouse):
        with pytest.raises(NotFoundError):
            deed(office, actor, office.baker)
    with pytest.raises(InputError, match="owes Alice, not you"):
        deed(office, office.root, office.baker)
    with pytest.raises(InputError, match="owes Provider, not you"):
        deed(office, office.alice, office.people.alice.id)
    assert office.owed(office.baker) == office.owed(office.people.alice) == "0.00"


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_payment_is_reversed_by_its_issuer_alone(office: Office) -> None:
    number = office.payments.pay(office.alice, office.baker, PAID).settlement.number
    charlie = Actor("charlie", Role.RESELLER, office.people.charlie.id)
    baker = Actor("baker", Role.CUSTOMER, office.baker)
    with pytest.raises(NotFoundError, match="there is no payment"):
        office.payments.reverse(charlie, number, "mine")
    with pytest.raises(InputError, match="owes Alice, not you"):
        office.payments.reverse(office.root, number, "mine")
    with pytest.raises(NotFoundError):
        office.payments.reverse(baker, number, "mine")
    with pytest.raises(NotFoundError, match="there is no payment 99"):
        office.payments.reverse(office.alice, 99, "mine")


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_statement_is_for_those_above_and_for_the_debtor(office: Office) -> None:
    office.charges.charge(office.alice, office.baker, FEE)
    baker = Actor("baker", Role.CUSTOMER, office.baker)
    for actor in (office.alice, office.root, baker):
        assert len(office.lines(actor)) == 1
    charlie = Actor("charlie", Role.RESELLER, office.people.charlie.id)
    warehouse = Actor("frieda", Role.FULFILMENT, office.people.provider.id)
    for stranger in (charlie, warehouse):
        with pytest.raises(NotFoundError):
            office.lines(stranger)
    with pytest.raises(NotFoundError):
        office.statements.statement(baker, office.people.alice.id)
    with pytest.raises(NotFoundError):
        office.statements.balances(baker)
    seen = {one.debtor.account.name for one in office.statements.balances(charlie)}
    assert seen == {"Charlie", "Charlie's garage"}
