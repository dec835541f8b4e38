from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.invoice import InvoiceKind
from provd.billing.money import Money
from provd.billing.tax import TaxRow
from provd.errors import MoneyError
from tests.billing.invoices import REDUCED, REVERSE, STANDARD, ZERO, invoice, line

AMOUNTS = st.decimals(-9_999, 9_999, places=2).map(str)
TAXATIONS = st.sampled_from([STANDARD, REDUCED, ZERO, REVERSE])
LINES = st.lists(st.tuples(AMOUNTS, TAXATIONS), max_size=12)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@given(LINES)
def test_lines_sum_to_net_and_net_and_taxes_to_gross(lines: list[tuple[str, object]]) -> None:
    made = invoice(*(line(i, amount, tax) for i, (amount, tax) in enumerate(lines, 1)))  # type: ignore[arg-type]
    assert made.net == Money.sum((one.amount for one in made.lines), "EUR")
    assert made.net == Money.sum((row.base for row in made.taxes), "EUR")
    assert made.gross == made.net + made.tax
    assert made.gross == made.gross.rounded()
    assert len({row.taxation.key for row in made.taxes}) == len(made.taxes)


@given(st.lists(AMOUNTS, min_size=1, max_size=30))
def test_tax_is_rounded_once_for_all_lines_of_a_category(amounts: list[str]) -> None:
    made = invoice(*(line(i, amount) for i, amount in enumerate(amounts, 1)))
    exact = sum(Decimal(amount) for amount in amounts) * Decimal("0.19")
    assert abs(made.tax.amount - exact) <= Decimal("0.005")


def test_tax_is_on_the_sum_and_not_the_sum_of_the_lines_taxes() -> None:
    made = invoice(line(1, "0.03"), line(2, "0.03"), line(3, "0.03"))
    assert made.tax == euro("0.02")  # 3 x 0.0057 would be 3 x 0.01
    assert made.gross == euro("0.11")


def test_each_rate_has_its_row_the_highest_first() -> None:
    made = invoice(line(1, "10.00", ZERO), line(2, "10.00", REDUCED), line(3, "20.00"))
    assert [(row.taxation.percent, row.base, row.tax) for row in made.taxes] == [
        (Decimal(19), euro("20.00"), euro("3.80")),
        (Decimal(7), euro("10.00"), euro("0.70")),
        (Decimal(0), euro("10.00"), euro("0.00")),
    ]


def test_a_currency_without_minor_unit_has_whole_taxes() -> None:
    made = invoice(line(1, "105", currency="JPY"), currency="JPY")
    assert str(made.gross) == "125 JPY"  # 19.95 is 20


def test_it_refuses_a_tax_that_is_not_that_of_the_sum() -> None:
    good = invoice(line(1, "10.00"))
    with pytest.raises(MoneyError, match="not 19 %"):
        replace(good, taxes=(TaxRow(STANDARD, euro("10.00"), euro("1.91")),))


def test_a_credit_notes_tax_may_differ_by_the_smallest_coin() -> None:
    rows = (TaxRow(STANDARD, euro("10.00"), euro("1.91")),)
    made = invoice(line(1, "10.00"), kind=InvoiceKind.CREDIT_NOTE, taxes=rows)
    assert made.gross == euro("11.91")
    with pytest.raises(MoneyError):
        replace(made, taxes=(TaxRow(STANDARD, euro("10.00"), euro("1.92")),))


def test_it_refuses_a_base_that_is_not_the_sum_of_its_lines() -> None:
    good = invoice(line(1, "10.00"))
    with pytest.raises(MoneyError, match="bases"):
        replace(good, lines=(line(1, "11.00"),))


def test_it_refuses_a_line_in_another_currency() -> None:
    with pytest.raises(MoneyError):
        invoice(line(1, "10.00"), line(2, "10.00", currency="USD"))


def test_a_line_is_quantity_times_price_rounded() -> None:
    with pytest.raises(MoneyError, match="comes to"):
        replace(line(1, "10.00"), amount=euro("10.01"))
    one = replace(
        line(1, "0.00"), quantity=Decimal(3), unit_price=euro("0.335"), amount=euro("1.01")
    )
    assert one.amount == euro("1.01")  # 1.005, halves up


def test_what_is_given_back_has_a_negative_quantity_and_never_a_negative_price() -> None:
    assert line(1, "-5.00").quantity == -1
    with pytest.raises(MoneyError, match="negative price"):
        replace(line(1, "5.00"), unit_price=euro("-5.00"), quantity=Decimal(-1))


def test_a_final_invoice_has_number_and_day() -> None:
    with pytest.raises(MoneyError, match="number"):
        invoice(line(1, "10.00"), number="")


def test_what_is_left_to_pay_is_gross_without_what_was_paid() -> None:
    made = invoice(line(1, "10.00"), paid=euro("4.00"))
    assert made.payable == euro("7.90")


def test_its_charges_are_those_of_all_lines() -> None:
    made = invoice(line(1, "10.00"), line(2, "1.00", charge_keys=("a", "b")))
    assert made.charge_keys == {"charge-1", "a", "b"}
