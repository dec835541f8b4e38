"""Whose books leave for whom."""

from datetime import date

import pytest

from provd.billing.export_invoices import ImportMapping
from provd.devices.account import Role
from provd.errors import NotFoundError, ProvdError
from provd.operations import Actor
from tests.conftest import House
from tests.operations import invoices
from tests.operations.conftest import Clock

MAPPING = ImportMapping({"": "200"}, tax_types={"": "VAT"})


@pytest.fixture(autouse=True)
def _settled(house: House, clock: Clock) -> None:
    invoices.settle(house)
    invoices.boot(house)
    draft = invoices.retail_draft(house)
    clock.move(days=30)
    house.parts.operations.invoicing.issue.finalise(house.reseller, draft, date(2026, 9, 1))


def test_a_reseller_exports_its_own_ledger_and_nobody_elses(house: House) -> None:
    exporting = house.parts.operations.exporting
    assert exporting.issuer(house.reseller).id == invoices.RESELLER
    journal = "".join(exporting.journal(house.reseller, invoices.RESELLER, "hledger"))
    assert "Assets:Receivable:3-" in journal
    assert "Assets:Receivable:2-" not in journal
    for other in (invoices.PROVIDER, 99):
        with pytest.raises(NotFoundError):
            exporting.journal(house.reseller, other, "hledger")
        with pytest.raises(NotFoundError):
            exporting.invoice_files(house.reseller, other, "xero", MAPPING)


def test_only_what_is_final_is_exported_and_only_the_issuers(house: House) -> None:
    exporting = house.parts.operations.exporting
    (file,) = exporting.invoice_files(house.reseller, invoices.RESELLER, "qbo", MAPPING)
    assert len(file.invoices) == 1
    assert list(exporting.invoice_files(house.admin, invoices.PROVIDER, "qbo", MAPPING)) == []


def test_a_customer_exports_nothing(house: House) -> None:
    exporting = house.parts.operations.exporting
    with pytest.raises(ProvdError):
        exporting.issuer(house.customer)
    with pytest.raises(ProvdError):
        exporting.journal(house.customer, invoices.RESELLER, "hledger")
    bench = Actor("bench", Role.FULFILMENT, invoices.PROVIDER)
    with pytest.raises(ProvdError):
        exporting.invoice_files(bench, invoices.PROVIDER, "xero", MAPPING)
    with pytest.raises(NotFoundError):
        exporting.journal(house.admin, invoices.CUSTOMER, "hledger")


def test_progress_is_told_for_each_transaction(house: House) -> None:
    told: list[int] = []
    exporting = house.parts.operations.exporting
    pieces = list(exporting.journal(house.admin, invoices.RESELLER, "beancount", told=told.append))
    assert told == list(range(1, len(pieces)))
