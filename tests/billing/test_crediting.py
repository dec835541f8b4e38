from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.crediting import credit_note, lines_left
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Reference
from provd.billing.money import Money
from provd.errors import InputError
from tests.billing.invoices import REDUCED, STANDARD, ZERO, invoice, line

AMOUNTS = st.decimals("0.01", 99, places=2).map(str)
LINES = st.lists(
    st.tuples(AMOUNTS, st.sampled_from([STANDARD, REDUCED, ZERO])), min_size=1, max_size=10
)


def final(note: Invoice, number: int = 1) -> Invoice:
    return replace(
        note,
        status=InvoiceStatus.FINAL,
        number=f"CN-{number}",
        issued_on=invoice(line(1, "1")).issued_on,
    )


@given(LINES, st.data())
def test_credit_notes_in_any_pieces_come_to_the_invoice_and_never_to_more(
    lines: list[tuple[str, object]], data: st.DataObject
) -> None:
    made = invoice(*(line(i, amount, tax) for i, (amount, tax) in enumerate(lines, 1)))  # type: ignore[arg-type]
    notes: list[Invoice] = []
    left = [one.position for one in made.lines]
    while left:
        size = data.draw(st.integers(1, len(left)))
        chosen = data.draw(st.permutations(left))[:size]
        left = [position for position in left if position not in chosen]
        note = credit_note(made, notes, "test", dict.fromkeys(chosen))
        assert note.gross == note.net + note.tax
        assert note.gross == Money.sum(
            [*(one.amount for one in note.lines), *(row.tax for row in note.taxes)], "EUR"
        )
        notes.append(final(note, len(notes)))
        assert (made.gross - Money.sum((one.gross for one in notes), "EUR")).amount >= 0
    assert Money.sum((one.gross for one in notes), "EUR") == made.gross
    assert Money.sum((one.tax for one in notes), "EUR") == made.tax


CENTS = st.integers(-2_000, 2_000)
SIGNED = st.lists(
    st.tuples(CENTS, st.sampled_from([STANDARD, REDUCED, ZERO])), min_size=1, max_size=6
)


@given(SIGNED, st.data())
def test_notes_of_any_amounts_never_give_more_than_their_lines_and_all_of_it_in_the_end(
    lines: list[tuple[int, Any]], data: st.DataObject
) -> None:
    made = invoice(*(line(i, f"{cents / 100:.2f}", tax) for i, (cents, tax) in enumerate(lines, 1)))
    notes: list[Invoice] = []
    for _ in range(data.draw(st.integers(0, 4))):
        left = lines_left(made, notes)
        asked = {
            position: data.draw(st.sampled_from([None, part(rest, data)]))
            for position, rest in left.items()
            if data.draw(st.booleans())
        }
        try:
            notes.append(final(credit_note(made, notes, "test", asked), len(notes)))
        except InputError:
            continue  # it would give nothing back, or more than the invoice
        sums = Money.sum((one.gross for one in notes), "EUR")
        assert Money.zero("EUR").amount < sums.amount <= made.gross.amount
        last = notes[-1]
        assert last.gross == last.net + Money.sum((row.tax for row in last.taxes), "EUR")
        assert last.tax == last.tax.rounded()
        for one in made.lines:
            given_back = Money.sum((o.amount for o in parts_of(notes, one.position)), "EUR")
            assert abs(given_back.amount) <= abs(one.amount.amount)
            assert given_back.amount * one.amount.amount >= 0
    if (made.gross - Money.sum((one.gross for one in notes), "EUR")).amount > 0:
        notes.append(final(credit_note(made, notes, "the rest"), len(notes)))
        assert Money.sum((one.gross for one in notes), "EUR") == made.gross
        assert Money.sum((one.tax for one in notes), "EUR") == made.tax
        assert lines_left(made, notes) == {}


def part(rest: Money, data: st.DataObject) -> Money | None:
    """Some of it, as people write it: without a sign."""
    cents = int(abs(rest.amount) * 100)
    return Money(Decimal(data.draw(st.integers(1, cents))) / 100, "EUR") if cents else None


def parts_of(notes: list[Invoice], position: int) -> list[InvoiceLine]:
    return [one for note in notes for one in note.lines if one.credits == position]


def test_an_amount_of_a_line_is_one_piece_of_it_and_the_rest_can_follow() -> None:
    made = invoice(line(1, "10.00"), line(2, "-3.00"))
    first = final(credit_note(made, [], "test", {1: Money(Decimal("2.5"), "EUR")}))
    (one,) = first.lines
    assert one.quantity == 1
    assert str(one.unit_price) == str(one.amount) == "2.50 EUR"
    assert (one.text, one.credits) == ("Hardware lease 1", 1)
    assert str(first.tax) == "0.48 EUR"
    assert [str(rest) for rest in lines_left(made, [first]).values()] == ["7.50 EUR", "-3.00 EUR"]
    asked = {1: Money(Decimal(5), "EUR"), 2: Money(Decimal(1), "EUR")}
    second = credit_note(made, [first], "test", asked)
    assert [str(one.amount) for one in second.lines] == ["5.00 EUR", "-1.00 EUR"]
    assert str(second.tax) == "0.76 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "problem"),
    [
        ("7.51", "EUR", r"7\.50 EUR is left of it"),
        ("0", "EUR", "can't be credited"),
        ("-1", "EUR", "can't be credited"),
        ("0.001", "EUR", "is no amount"),
        ("1", "USD", "is no amount"),
    ],
)
def test_it_refuses_what_is_no_part_of_what_is_left(
    amount: str, currency: str, problem: str
) -> None:
    made = invoice(line(1, "10.00"))
    first = final(credit_note(made, [], "test", {1: Money(Decimal("2.50"), "EUR")}))
    with pytest.raises(InputError, match=problem):
        credit_note(made, [first], "test", {1: Money(Decimal(amount), currency)})


def test_it_refuses_to_credit_no_line_at_all() -> None:
    with pytest.raises(InputError, match="choose what is given back"):
        credit_note(invoice(line(1, "10.00")), [], "test", {})


def test_a_note_gives_back_everything_unless_lines_are_named() -> None:
    made = invoice(line(1, "10.00"), line(2, "-3.00"), line(3, "5.00", REDUCED))
    note = credit_note(made, [], "Wrong customer")
    assert (note.net, note.tax, note.gross) == (made.net, made.tax, made.gross)
    assert note.kind is InvoiceKind.CREDIT_NOTE
    assert note.status is InvoiceStatus.DRAFT
    assert note.refers_to == (Reference("2027-00001", made.issued_on),)  # type: ignore[arg-type]
    assert note.notes == ("Wrong customer",)
    assert note.charge_keys == frozenset()


def test_the_second_of_two_notes_gives_back_the_rest() -> None:
    made = invoice(line(1, "0.13"), line(2, "0.13"))  # 0.26, tax 0.0494 is 0.05
    first = final(credit_note(made, [], "test", {1: None}))  # 0.0247 is 0.02
    second = credit_note(made, [first], "test")
    assert [str(first.tax), str(second.tax)] == ["0.02 EUR", "0.03 EUR"]


def test_a_line_is_credited_once() -> None:
    made = invoice(line(1, "10.00"), line(2, "5.00"))
    first = final(credit_note(made, [], "test", {2: None}))
    with pytest.raises(InputError, match="line 2 of invoice 2027-00001 has been credited already"):
        credit_note(made, [first], "test", {2: None})
    assert [one.credits for one in credit_note(made, [first], "test").lines] == [1]


def test_it_refuses_a_line_that_is_not_there() -> None:
    with pytest.raises(InputError, match="line 4 of invoice 2027-00001 does not exist"):
        credit_note(invoice(line(1, "10.00")), [], "test", {4: None})


def test_it_refuses_more_than_the_invoice_was_for() -> None:
    made = invoice(line(1, "10.00"), line(2, "-3.00"))
    with pytest.raises(InputError, match=r"would come to 11\.90 EUR, and .* to 8\.33 EUR"):
        credit_note(made, [], "test", {1: None})


def test_it_refuses_to_credit_what_was_given_back() -> None:
    made = invoice(line(1, "10.00"), line(2, "-3.00"))
    with pytest.raises(InputError, match="gives nothing back"):
        credit_note(made, [], "test", {2: None})


def test_nothing_is_left_after_all_was_credited() -> None:
    made = invoice(line(1, "10.00"))
    first = final(credit_note(made, [], "test"))
    with pytest.raises(InputError, match="nothing of invoice 2027-00001 is left"):
        credit_note(made, [first], "test")


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": InvoiceStatus.DRAFT},
        {"status": InvoiceStatus.VOID},
        {"kind": InvoiceKind.CREDIT_NOTE},
    ],
)
def test_only_a_final_invoice_is_credited(wrong: dict[str, Any]) -> None:
    made = invoice(line(1, "10.00"), **wrong)
    with pytest.raises(InputError, match="only a final invoice"):
        credit_note(made, [], "test")


def test_a_note_is_in_its_invoices_currency() -> None:
    made = invoice(line(1, "105", currency="JPY"), currency="JPY")
    assert credit_note(made, [], "test").gross == Money(Decimal(125), "JPY")
