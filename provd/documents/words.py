"""What an invoice says in each language, and how that language writes numbers and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.request import Purpose
from provd.billing.tax import TaxCode
from provd.errors import InputError

_MINUS = "\u2212"
_FIXED = "\u00a0"  # a blank at which no line is broken
_DASH = "\u2013"


@dataclass(frozen=True, slots=True)
class SlipWords:
    """Of a Swiss QR-bill, word for word as the standard has them (annex D)."""

    receipt: str
    payment_part: str
    payable_to: str
    reference: str
    additional: str
    payable_by: str
    payable_by_blank: str
    currency: str
    amount: str
    acceptance: str
    separate: str


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `{}` in a text is where a value goes."""

    code: str
    decimal_mark: str
    thousands: str
    months: tuple[str, ...]
    invoice: str
    credit_note: str
    draft: str
    void: str
    issued_on: str
    due_on: str
    period: str
    customer_vat_id: str
    buyer_reference: str
    corrects: str
    of_line: str
    position: str
    description: str
    quantity: str
    unit_price: str
    vat: str
    amount: str
    net: str
    vat_on: str
    untaxed: Mapping[TaxCode, str]
    total: str
    paid: str
    due: str
    credited: str
    settled: str
    pay: str
    pay_by: str
    holder: str
    bank: str
    reference: str
    scan: str
    page: str
    vat_id: str
    tax_number: str
    registration: str
    reasons: Mapping[TaxCode, str]
    slip: SlipWords
    request: str
    requested_on: str
    no_invoice: str
    no_advance_invoice: str

    def number(self, value: Decimal) -> str:
        """With thousands set apart and the digits that it has."""
        text = f"{abs(value):,f}".translate({ord(","): self.thousands, ord("."): self.decimal_mark})
        return f"{_MINUS}{text}" if value < 0 else text

    def quantity_of(self, value: Decimal) -> str:
        """A count: without digits that say nothing."""
        return self.number(value.quantize(Decimal(1)) if value == int(value) else value.normalize())

    def figures(self, money: Money) -> str:
        """An amount without its currency."""
        return self.number(Decimal(money.figures))

    def money(self, money: Money) -> str:
        """An amount and its currency, as the language orders them."""
        figures = self.figures(money)
        if self.code != "en":
            return f"{figures}{_FIXED}{money.currency}"
        sign = _MINUS if money.amount < 0 else ""
        return f"{sign}{money.currency}{_FIXED}{figures.removeprefix(_MINUS)}"

    def percent(self, percent: Decimal) -> str:
        return f"{self.quantity_of(percent)}{_FIXED}%"

    def day(self, day: date) -> str:
        """So that nobody takes the month for the day."""
        if self.code == "en":
            return f"{day.day}{_FIXED}{self.months[day.month - 1]}{_FIXED}{day.year}"
        return f"{day.day:02}.{day.month:02}.{day.year}"

    def days(self, period: Period) -> str:
        """First and last day, the year once where it is the same."""
        last = period.last_day
        if last == period.start:
            return self.day(last)
        first = self.day(period.start)
        if last.year == period.start.year:
            first = first.removesuffix(str(last.year)).rstrip(_FIXED)
        return f"{first}{_FIXED}{_DASH}{_FIXED}{self.day(last)}"


_ENGLISH = Words(
    code="en",
    decimal_mark=".",
    thousands=",",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    invoice="Invoice",
    credit_note="Credit note",
    draft="DRAFT",
    void="VOID",
    issued_on="Date",
    due_on="Due",
    period="Period",
    customer_vat_id="Your VAT ID",
    buyer_reference="Your reference",
    corrects="Corrects invoice {} of {}",
    of_line="of its line {}",
    position="No.",
    description="Description",
    quantity="Quantity",
    unit_price="Price",
    vat="VAT",
    amount="Amount",
    net="Net",
    vat_on="VAT {} on {}",
    untaxed={
        TaxCode.ZERO: "VAT 0\u00a0% on {}",
        TaxCode.EXEMPT: "Exempt from VAT: {}",
        TaxCode.REVERSE_CHARGE: "Reverse charge: {}",
        TaxCode.OUT_OF_SCOPE: "Not subject to VAT: {}",
    },
    total="Total",
    paid="Paid",
    due="Amount due",
    credited="The amount is credited to your account.",
    settled="Nothing is left to pay.",
    pay="Please transfer {}.",
    pay_by="Please transfer {} by {}.",
    holder="Account holder",
    bank="Bank",
    reference="Reference",
    scan="Scan to pay",
    page="Page {} of {}",
    vat_id="VAT ID",
    tax_number="Tax number",
    registration="Register",
    reasons={
        TaxCode.EXEMPT: "Exempt from VAT.",
        TaxCode.REVERSE_CHARGE: "Reverse charge: the recipient of the service owes the VAT.",
        TaxCode.OUT_OF_SCOPE: "Not subject to VAT.",
    },
    slip=SlipWords(
        receipt="Receipt",
        payment_part="Payment part",
        payable_to="Account / Payable to",
        reference="Reference",
        additional="Additional information",
        payable_by="Payable by",
        payable_by_blank="Payable by (name/address)",
        currency="Currency",
        amount="Amount",
        acceptance="Acceptance point",
        separate="Separate before paying in",
    ),
    request="Payment request",
    requested_on="Date",
    no_invoice="This is not an invoice. What it asks for begins, or goes on, once it is paid in "
    "full; the invoice follows.",
    no_advance_invoice="This is not an invoice. What you pay in advance counts towards your "
    "invoices.",
)

_GERMAN = Words(
    code="de",
    decimal_mark=",",
    thousands=".",
    months=(),
    invoice="Rechnung",
    credit_note="Rechnungskorrektur",  # "Gutschrift" is self-billing, § 14 (2) UStG
    draft="ENTWURF",
    void="STORNIERT",
    issued_on="Rechnungsdatum",
    due_on="Zahlbar bis",
    period="Leistungszeitraum",
    customer_vat_id="Ihre USt-IdNr.",
    buyer_reference="Ihr Zeichen",
    corrects="Berichtigt die Rechnung {} vom {}",
    of_line="zu deren Pos. {}",
    position="Pos.",
    description="Bezeichnung",
    quantity="Menge",
    unit_price="Preis",
    vat="USt.",
    amount="Betrag",
    net="Netto",
    vat_on="USt. {} auf {}",
    untaxed={
        TaxCode.ZERO: "USt. 0\u00a0% auf {}",
        TaxCode.EXEMPT: "Steuerfrei: {}",
        TaxCode.REVERSE_CHARGE: "Reverse Charge: {}",
        TaxCode.OUT_OF_SCOPE: "Nicht steuerbar: {}",
    },
    total="Gesamtbetrag",
    paid="Bezahlt",
    due="Zu zahlen",
    credited="Der Betrag wird Ihrem Konto gutgeschrieben.",
    settled="Es ist nichts mehr zu zahlen.",
    pay="Bitte überweisen Sie {}.",
    pay_by="Bitte überweisen Sie {} bis zum {}.",
    holder="Kontoinhaber",
    bank="Bank",
    reference="Verwendungszweck",
    scan="Mit der Banking-App bezahlen",
    page="Seite {} von {}",
    vat_id="USt-IdNr.",
    tax_number="Steuernummer",
    registration="Register",
    reasons={
        TaxCode.EXEMPT: "Steuerfreie Leistung.",
        TaxCode.REVERSE_CHARGE: "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).",
        TaxCode.OUT_OF_SCOPE: "Nicht steuerbare Leistung.",
    },
    slip=SlipWords(
        receipt="Empfangsschein",
        payment_part="Zahlteil",
        payable_to="Konto / Zahlbar an",
        reference="Referenz",
        additional="Zusätzliche Informationen",
        payable_by="Zahlbar durch",
        payable_by_blank="Zahlbar durch (Name/Adresse)",
        currency="Währung",
        amount="Betrag",
        acceptance="Annahmestelle",
        separate="Vor der Einzahlung abzutrennen",
    ),
    request="Zahlungsaufforderung",
    requested_on="Datum",
    no_invoice="Dies ist keine Rechnung. Die Leistung beginnt oder läuft weiter, sobald alles "
    "bezahlt ist; die Rechnung folgt.",
    no_advance_invoice="Dies ist keine Rechnung. Was Sie vorauszahlen, wird mit Ihren Rechnungen "
    "verrechnet.",
)

LANGUAGES = {words.code: words for words in (_ENGLISH, _GERMAN)}
"""By ISO 639-1 code."""


def words(language: str) -> Words:
    """Raises InputError for a language that provd's documents don't speak."""
    try:
        return LANGUAGES[language]
    except KeyError:
        spoken = ", ".join(sorted(LANGUAGES))
        raise InputError(
            f"provd writes no invoices in “{language}”", key="language", remedy=f"Choose {spoken}"
        ) from None


def request_words(language: str, purpose: Purpose) -> Words:
    """What a payment request says: as an invoice, but for what it is. Raises as `words`."""
    spoken = words(language)
    advance = purpose is Purpose.ADVANCE
    return replace(
        spoken,
        invoice=spoken.request,
        issued_on=spoken.requested_on,
        no_invoice=spoken.no_advance_invoice if advance else spoken.no_invoice,
    )
