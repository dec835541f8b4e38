"""What has to be known of an account before it can send an invoice, or get one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provd.billing.country import check_country
from provd.billing.numbering import NumberPattern
from provd.billing.party import Bank, Party
from provd.billing.tax_category import TaxCategory
from provd.devices.text import one_line
from provd.errors import InputError

_LONGEST_TERM = 365


USUAL_NUMBERS = NumberPattern("{year}-{number:5}")
USUAL_CREDIT_NOTE_NUMBERS = NumberPattern("CN-{year}-{number:5}")


class TaxTreatment(enum.StrEnum):
    """How an issuer taxes what a debtor buys. AUTOMATIC follows from both countries and the
    debtor's VAT id, see `taxation`; DOMESTIC is at the rates of the issuer's own country wherever
    the debtor is."""

    AUTOMATIC = "automatic"
    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse-charge"
    EXEMPT = "exempt"
    OUT_OF_SCOPE = "out-of-scope"


@dataclass(frozen=True, slots=True)
class DebtorTerms:
    """What an issuer has agreed with a debtor, or has to heed. `days` to pay are None where the
    issuer's own hold. `reason` is printed where the treatment is EXEMPT. `buyer_reference` is what
    the debtor wants to read on its invoices (BT-10)."""

    treatment: TaxTreatment = TaxTreatment.AUTOMATIC
    reason: str = ""
    days: int | None = None
    buyer_reference: str = ""

    def __post_init__(self) -> None:
        one_line(self.reason, "tax_reason")
        one_line(self.buyer_reference, "buyer_reference")
        if self.treatment is TaxTreatment.EXEMPT and not self.reason:
            raise InputError(
                "an exemption from tax needs the reason that the invoice is to print",
                key="tax_reason",
            )
        if self.days is not None:
            check_days(self.days)


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """An account as it stands on invoices. What it sends is numbered by the two patterns, due after
    `days`, and closes with `footer`; `untaxed` is the reason why it charges no tax at all (a small
    business), empty where it does. With `sums_alike` equal lines of many phones are one line with
    their number. `language` (ISO 639-1) is that of what it gets and, for those who have none, of
    what it sends. `terms` are those of its own issuer.

    Raises InputError for what can't be.
    """

    account_id: int
    party: Party
    bank: Bank | None = None
    days: int = 14
    invoice_numbers: NumberPattern = USUAL_NUMBERS
    credit_note_numbers: NumberPattern = USUAL_CREDIT_NOTE_NUMBERS
    untaxed: str = ""
    sums_alike: bool = False
    footer: str = ""
    language: str = ""
    terms: DebtorTerms = DebtorTerms()

    def __post_init__(self) -> None:
        check_days(self.days)
        one_line(self.untaxed, "untaxed")
        one_line(self.footer, "footer", longest=500)
        if self.invoice_numbers.number(1, 2000) == self.credit_note_numbers.number(1, 2000):
            raise InputError(
                "invoices and credit notes would have the same numbers",
                key="credit_note_numbers",
                remedy="Give one of them a prefix, as in CN-{number}",
            )

    @property
    def missing(self) -> tuple[str, ...]:
        """What a tax office wants to read of whoever sends an invoice, and is not there."""
        party = self.party
        wanted = {
            "address": bool(party.address_lines),
            "city": bool(party.city),
            "vat-id or tax-number": bool(party.vat_id or party.tax_number),
        }
        return tuple(name for name, given in wanted.items() if not given)


def check_days(days: int) -> None:
    """Raises InputError for what are no terms of payment."""
    if not 0 <= days <= _LONGEST_TERM:
        raise InputError(f"{days} days to pay are not between 0 and {_LONGEST_TERM}", key="days")


@dataclass(frozen=True, slots=True)
class TaxRate:
    """What an issuer takes from `valid_from` on: of everybody in `country`, or of one debtor alone.
    `percent` is 19 for 19 %. EXEMPT has 0 and the reason that the invoice prints."""

    issuer_id: int
    category: TaxCategory
    percent: Decimal
    valid_from: date
    country: str = ""
    debtor_id: int | None = None
    reason: str = ""
    reason_code: str = ""

    def __post_init__(self) -> None:
        if bool(self.country) == (self.debtor_id is not None):
            raise InputError("a tax rate is for a country or for one debtor", key="country")
        if self.country:
            check_country(self.country)
        if not self.percent.is_finite() or not 0 <= self.percent < 100:
            raise InputError(f"{self.percent} % is not a rate of tax", key="percent")
        if self.percent != round(self.percent, 4):
            raise InputError(f"{self.percent} % has more than four digits", key="percent")
        taxed = self.category in {TaxCategory.STANDARD, TaxCategory.REDUCED}
        if self.percent and not taxed:
            raise InputError(f"what is {self.category} bears no tax", key="percent")
        one_line(self.reason, "reason")
        one_line(self.reason_code, "reason_code", longest=40)
