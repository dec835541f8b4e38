"""An invoice or credit note, whole: what its documents are made of. Its sums hold, or it is none.

Amounts are as the document prints them: a credit note's are positive, and what an invoice gives
back is a line of a negative quantity.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provd.billing.currency import minor_digits
from provd.billing.money import Money
from provd.billing.party import Bank, Party
from provd.billing.period import Period
from provd.billing.plan import FeeKind
from provd.billing.tax import Taxation, TaxRow, bases, tax_on
from provd.devices.account import Brand
from provd.errors import MoneyError


class InvoiceKind(enum.StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(enum.StrEnum):
    """A draft may change or go; what is final never changes; what is void keeps its number."""

    DRAFT = "draft"
    FINAL = "final"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line. `position` counts from 1. `detail` names slot, site or device; it may be empty.

    `quantity` is negative where something is given back; `unit_price`, before tax, never is
    (EN 16931, BR-27). `period` is None for what is charged once. `charge_keys` are the charges that
    it sums; a credit note's line has none where it `credits` a line, by position, of the invoice
    that the note refers to.
    """

    position: int
    text: str
    detail: str
    kind: FeeKind
    period: Period | None
    quantity: Decimal
    unit_price: Money
    amount: Money
    taxation: Taxation
    charge_keys: tuple[str, ...] = ()
    credits: int | None = None

    def __post_init__(self) -> None:
        if self.unit_price.amount < 0:
            raise MoneyError(f"line {self.position} has a negative price, {self.unit_price}")
        if self.amount != (self.unit_price * self.quantity).rounded():
            raise MoneyError(
                f"line {self.position} comes to {self.amount}, "
                f"not to {self.quantity} x {self.unit_price}"
            )


@dataclass(frozen=True, slots=True)
class Reference:
    """Another invoice, by what its reader knows it by."""

    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """What `issuer` asks of `debtor`, or gives back.

    `number` is empty, `issued_on` and `due_on` are None, until it is final. `period` is the time
    that it was drawn up for, in the issuer's days; None for what was made for no month. `paid` is
    what has been paid of it. `refers_to` are the invoices that a credit note corrects. `reference`
    is what a payment should name, `buyer_reference` what the debtor asked to have on it. `bank` and
    `brand` are the issuer's.

    Raises MoneyError unless all is in one currency and every tax is that of its lines' sum: to the
    digit on an invoice, and to one unit of the smallest coin on a credit note, where the taxes of
    all notes together must come to the invoice's.
    """

    id: int
    kind: InvoiceKind
    status: InvoiceStatus
    number: str
    issuer_id: int
    debtor_id: int
    issuer: Party
    debtor: Party
    bank: Bank | None
    brand: Brand
    currency: str
    issued_on: date | None
    due_on: date | None
    period: Period | None
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxRow, ...]
    paid: Money
    reference: str = ""
    buyer_reference: str = ""
    refers_to: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if [line.position for line in self.lines] != list(range(1, len(self.lines) + 1)):
            raise MoneyError("an invoice's lines are not numbered from 1")
        if (self.status is InvoiceStatus.FINAL) and not (self.number and self.issued_on):
            raise MoneyError("a final invoice has neither number nor day")
        slack = Money.zero(self.currency)
        if self.kind is InvoiceKind.CREDIT_NOTE:
            slack = Money(Decimal(1).scaleb(-minor_digits(self.currency)), self.currency)
        _check_taxes(self, slack)

    @property
    def net(self) -> Money:
        """The sum of the lines."""
        return Money.sum((line.amount for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        """The sum of all taxes."""
        return Money.sum((row.tax for row in self.taxes), self.currency)

    @property
    def gross(self) -> Money:
        """Net and tax."""
        return self.net + self.tax

    @property
    def payable(self) -> Money:
        """What is left to pay: gross without what has been paid."""
        return self.gross - self.paid

    @property
    def charge_keys(self) -> frozenset[str]:
        """All charges that are on it."""
        return frozenset(key for line in self.lines for key in line.charge_keys)


def _check_taxes(invoice: Invoice, slack: Money) -> None:
    expected = bases(taxed(invoice.lines), invoice.currency)
    if [(row.taxation.key, row.base) for row in invoice.taxes] != [
        (taxation.key, base) for taxation, base in expected
    ]:
        raise MoneyError("the bases of an invoice's taxes are not the sums of its lines")
    for row in invoice.taxes:
        off = row.tax - tax_on(row.base, row.taxation.percent)
        if abs(off.amount) > slack.amount:
            raise MoneyError(f"{row.tax} is not {row.taxation.percent} % of {row.base}")


def taxed(lines: Iterable[InvoiceLine]) -> list[tuple[Taxation, Money]]:
    """What `tax_rows` is to be given."""
    return [(line.taxation, line.amount) for line in lines]
