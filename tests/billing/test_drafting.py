from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.charge import Charge
from provd.billing.drafting import Item, Sheet, draft
from provd.billing.invoice import InvoiceKind, InvoiceLine
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.plan import FeeKind, Side
from provd.billing.profile import BillingProfile, TaxRate
from provd.billing.subscription import Cause
from provd.billing.tax_category import TaxCategory
from provd.billing.taxing import TaxRules
from provd.devices.account import Brand
from provd.errors import MoneyError
from tests.billing.invoices import DEBTOR, ISSUER, JANUARY
from tests.billing.samples import CUSTOMER, RESELLER, euro, utc

CAUSE = Cause("e", "booted", utc("2027-01-01 09:15"), "a.cfg", "https", 10, "192.0.2.1")
RATES = tuple(
    TaxRate(RESELLER, category, Decimal(percent), date(2021, 1, 1), "DE")
    for category, percent in ((TaxCategory.STANDARD, 19), (TaxCategory.REDUCED, 7))
)
SHEET = Sheet(
    TaxRules(BillingProfile(RESELLER, ISSUER), BillingProfile(CUSTOMER, DEBTOR), RATES),
    JANUARY,
    ZoneInfo("Europe/Berlin"),
    Brand("Nordfon"),
)
SUMMED = replace(SHEET, rules=replace(SHEET.rules, issuer=replace(SHEET.issuer, sums_alike=True)))


def charge(key: str, amount: str, period: Period | None = JANUARY, slot: int = 5) -> Charge:
    name = "Hardware lease T46U" if period else "Setup T46U"
    return Charge(
        key=key,
        subscription_id=1,
        slot_id=slot,
        side=Side.RETAIL,
        fee_id=11,
        kind=FeeKind.LEASE if period else FeeKind.SETUP,
        text=f"{name}, {period}" if period else name,
        period=period,
        amount=euro(amount),
        issuer_id=RESELLER,
        debtor_id=CUSTOMER,
        due_at=utc("2027-01-01 09:15"),
        cause=CAUSE,
        calculation="",
    )


def item(key: str, amount: str, slot: str = "reception", site: str = "Harbour") -> Item:
    return Item(charge(key, amount), slot, site)


def words(line: InvoiceLine) -> str:
    return f"{line.quantity} x {line.unit_price.figures} {line.text} | {line.detail}"


def test_a_line_says_what_it_is_where_it_is_and_for_how_long() -> None:
    (line,) = draft([item("a", "6.00")], SHEET, "EUR").lines
    assert words(line) == "1 x 6.00 Hardware lease T46U | reception, Harbour"
    assert line.period == JANUARY
    assert line.charge_keys == ("a",)


def test_lines_come_by_site_and_slot() -> None:
    items = [item("a", "1.00", "2", "Town"), item("b", "2.00", "1", "Town"), item("c", "3.00")]
    made = draft(items, SHEET, "EUR")
    assert [line.detail for line in made.lines] == ["reception, Harbour", "1, Town", "2, Town"]
    assert [line.position for line in made.lines] == [1, 2, 3]


def test_equal_lines_are_summed_only_where_the_issuer_wants_it() -> None:
    items = [item("a", "6.00", "1"), item("b", "6.00", "2"), item("c", "5.00", "3")]
    assert len(draft(items, SHEET, "EUR").lines) == 3
    made = draft(items, SUMMED, "EUR")
    assert [words(line) for line in made.lines] == [
        "2 x 6.00 Hardware lease T46U | Harbour",
        "1 x 5.00 Hardware lease T46U | 3, Harbour",
    ]
    assert made.lines[0].charge_keys == ("a", "b")


def test_what_is_given_back_is_netted_in_the_same_invoice() -> None:
    made = draft([item("a", "6.00"), item("b", "-2.00")], SHEET, "EUR")
    assert made.kind is InvoiceKind.INVOICE
    assert [words(line)[:9] for line in made.lines] == ["1 x 6.00 ", "-1 x 2.00"]
    assert str(made.gross) == "4.76 EUR"


def test_less_than_nothing_is_a_credit_note_of_positive_amounts() -> None:
    made = draft([item("a", "6.00"), item("b", "-16.00")], SHEET, "EUR")
    assert made.kind is InvoiceKind.CREDIT_NOTE
    assert [str(line.amount) for line in made.lines] == ["-6.00 EUR", "16.00 EUR"]
    assert str(made.gross) == "11.90 EUR"


def test_the_rate_is_that_of_the_last_day_supplied() -> None:
    later = TaxRate(RESELLER, TaxCategory.STANDARD, Decimal(21), date(2027, 1, 31), "DE")
    sheet = replace(SHEET, rules=replace(SHEET.rules, rates=(*RATES, later)))
    setup = Item(charge("b", "49.00", None))
    made = draft([item("a", "6.00"), setup], sheet, "EUR")
    assert {line.kind: line.taxation.percent for line in made.lines} == {
        FeeKind.LEASE: 21,
        FeeKind.SETUP: 19,
    }


@given(
    st.lists(st.tuples(st.decimals(-99, 99, places=2), st.sampled_from(TaxCategory)), max_size=12),
    st.sampled_from([SHEET, SUMMED]),
)
def test_every_charge_is_on_it_once_and_nothing_is_lost(
    charges: list[tuple[Decimal, TaxCategory]], sheet: Sheet
) -> None:
    items = [
        Item(replace(charge(str(at), str(amount)), tax_category=category))
        for at, (amount, category) in enumerate(charges)
    ]
    made = draft(items, sheet, "EUR")
    keys = [key for line in made.lines for key in line.charge_keys]
    assert sorted(keys) == sorted(str(at) for at in range(len(items)))
    sign = -1 if made.kind is InvoiceKind.CREDIT_NOTE else 1
    assert made.net * sign == Money.sum((one.charge.amount for one in items), "EUR")
    assert made.gross.amount >= 0


def test_it_refuses_charges_in_two_currencies() -> None:
    other = Item(replace(charge("b", "1.00"), amount=Money(Decimal(1), "USD")))
    with pytest.raises(MoneyError):
        draft([item("a", "6.00"), other], SHEET, "EUR")
