"""The Swiss QR code: what a QR-bill's code holds (Swiss Implementation Guidelines for the QR-bill,
version 2.3, chapter 4; addresses are structured, as that version wants them, and 2.2 takes them).

It is for francs and euro, to an account in Switzerland or Liechtenstein.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

import segno

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.billing.party import Bank, Party
from provd.billing.qr_reference import is_qr_iban, qr_reference
from provd.billing.reference import is_creditor_reference
from provd.documents.text import clean, first_seen

_CURRENCIES = frozenset({"CHF", "EUR"})
_COUNTRIES = frozenset({"CH", "LI"})
_MOST = Decimal("999999999.99")
_NAME, _STREET, _NUMBER, _POSTCODE, _TOWN, _MESSAGE = 70, 70, 16, 16, 35, 140
_LONGEST = 997
_LARGEST_VERSION = 25
_HOUSE = re.compile(r"(.*\D)\s+(\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)?)")
_EXTRA_LETTERS = frozenset("\u0218\u0219\u021a\u021b\u20ac")


@dataclass(frozen=True, slots=True)
class Address:
    """As the code holds it: the house's number stands apart from the street."""

    name: str
    street: str
    number: str
    postcode: str
    town: str
    country: str

    @property
    def lines(self) -> tuple[str, ...]:
        """As it is printed."""
        street = f"{self.street} {self.number}".strip()
        abroad = f"{self.country} - " if self.country not in _COUNTRIES else ""
        place = f"{abroad}{self.postcode} {self.town}"
        return tuple(line for line in (self.name, street, place) if line)

    @property
    def elements(self) -> tuple[str, ...]:
        return ("S", self.name, self.street, self.number, self.postcode, self.town, self.country)


@dataclass(frozen=True, slots=True)
class SwissBill:
    """One payment. `kind` is QRR, SCOR or NON; `reference` is empty with NON. `debtor` is None
    where its address is not whole: then the payer writes it on the paper."""

    iban: str
    creditor: Address
    amount: Money
    debtor: Address | None
    kind: str
    reference: str
    message: str

    @property
    def payload(self) -> str:
        """The code's text: one element on each line."""
        nobody = ("",) * 7
        return "\n".join(
            (
                *("SPC", "0200", "1", self.iban),
                *self.creditor.elements,
                *nobody,  # the ultimate creditor, kept for later use
                *(f"{self.amount.amount:.2f}", self.amount.currency),
                *(self.debtor.elements if self.debtor else nobody),
                *(self.kind, self.reference, self.message, "EPD"),
            )
        )

    @property
    def code(self) -> segno.QRCode:
        """Error correction M. The Swiss cross that covers its middle is not in it."""
        return segno.make_qr(
            self.payload, error="m", mode="byte", encoding="utf-8", boost_error=False
        )


def swiss_bill(invoice: Invoice) -> SwissBill | None:
    """What pays what is left of a final invoice; None where there is nothing to pay, or no QR-bill
    for it: another currency, an account elsewhere, an amount that is not from 0.01 to
    999999999.99, a creditor without postcode and town, a QR-IBAN for a number without digits."""
    payable = invoice.kind is InvoiceKind.INVOICE and invoice.status is InvoiceStatus.FINAL
    bank, left = invoice.bank, invoice.payable
    if not payable or bank is None or bank.iban[:2] not in _COUNTRIES:
        return None
    if left.currency not in _CURRENCIES or not 0 < left.amount <= _MOST:
        return None
    creditor = _address(invoice.issuer, first_seen(bank.holder, invoice.issuer.name))
    number = first_seen(invoice.reference, invoice.number)
    kind, reference = _reference(bank, number)
    if creditor is None or (kind == "QRR" and not reference):
        return None
    debtor = _address(invoice.debtor, invoice.debtor.name)
    message = "" if kind != "NON" and reference == number.replace(" ", "") else number
    bill = SwissBill(bank.iban, creditor, left, debtor, kind, reference, _cut(message, _MESSAGE))
    fits = len(bill.payload) <= _LONGEST and int(bill.code.version) <= _LARGEST_VERSION
    return bill if fits else None


def _reference(bank: Bank, number: str) -> tuple[str, str]:
    if is_qr_iban(bank.iban):
        return "QRR", qr_reference(number)
    if is_creditor_reference(number):
        return "SCOR", number.replace(" ", "")
    return "NON", ""


def _address(party: Party, name: str) -> Address | None:
    """None where the standard's mandatory parts are missing."""
    street, house = _street(party)
    found = Address(
        _cut(name, _NAME),
        street,
        house,
        _cut(party.postcode, _POSTCODE),
        _cut(party.city, _TOWN),
        party.country,
    )
    whole = found.name and found.postcode and found.town and found.country
    return found if whole else None


def _street(party: Party) -> tuple[str, str]:
    """The last line of the address is the street; what stands above it is a floor or a person."""
    line = _allowed(party.address_lines[-1] if party.address_lines else "")
    apart = _HOUSE.fullmatch(line)
    if apart and len(apart[2]) <= _NUMBER:
        return _cut(apart[1], _STREET), apart[2]
    return _cut(line, _STREET), ""


def _cut(text: str, longest: int) -> str:
    return _allowed(text)[:longest].rstrip()


def _allowed(text: str) -> str:
    """In the characters that the standard has (4.1.1): others as their base letter, or a dot."""
    return clean("".join(_permitted(one) for one in clean(text)))


def _permitted(character: str) -> str:
    point = ord(character)
    if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0x17F or character in _EXTRA_LETTERS:
        return character
    base = unicodedata.normalize("NFKD", character)[:1]
    return base if 0x20 <= ord(base) <= 0x7E else "."
