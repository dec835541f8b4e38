"""Payments, and what people charge and give back by hand."""

from __future__ import annotations

from provd.billing.credit import BalanceMode
from provd.billing.tax_category import TaxCategory
from provd.scenario.parts import Amount, Day, Name, Part


class Pay(Part):
    """Money that came to the account's issuer; `received` on an earlier day than it is entered."""

    account: Name
    amount: Amount
    method: str = "bank"
    reference: str = ""
    note: str = ""
    received: Day | None = None


class Refund(Pay):
    """Money sent back, of what was paid in advance."""


class WriteOff(Part):
    """A debt that nobody will pay."""

    account: Name
    amount: Amount
    reason: Name


class Charge(Part):
    """What somebody charges by hand, with the invoice's text and a reason for the books."""

    account: Name
    amount: Amount
    text: Name
    reason: str = "as agreed"
    tax: TaxCategory = TaxCategory.STANDARD


class Credit(Part):
    """What somebody gives back by hand; of one charge, where `credits` has its key."""

    account: Name
    amount: Amount
    text: str = ""
    reason: str = "goodwill"
    tax: TaxCategory = TaxCategory.STANDARD
    credits: str = ""


class Terms(Part):
    """Other terms of an account's balance."""

    account: Name
    balance: BalanceMode
    credit_limit: Amount = "0"


EVENTS: dict[str, type[Part]] = {
    "pay": Pay,
    "refund": Refund,
    "write_off": WriteOff,
    "charge": Charge,
    "credit": Credit,
    "terms": Terms,
}
