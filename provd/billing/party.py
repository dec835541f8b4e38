"""Who stands on an invoice, at either end of it, and where money for the one is to go."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provd.billing.country import check_country
from provd.devices.text import one_line
from provd.errors import InputError

_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}")
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+")
_PEPPOL = re.compile(r"\d{4}:[A-Za-z0-9._~:-]{1,50}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


@dataclass(frozen=True, slots=True)
class Party:
    """A company or person as an invoice names it (EN 16931, BG-4 and BG-7).

    `country` is ISO 3166-1 alpha-2. `vat_id` begins with its country's letters (BT-31, BT-48),
    `tax_number` is what a tax office knows a seller by (BT-32), `registration` the register's
    number (BT-30, BT-47), `peppol_id` scheme and address in the network, "0088:4006381333931".
    All but name and country may be empty.

    Raises InputError, with the field as key, for what can't be one.
    """

    name: str
    country: str
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    region: str = ""
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""
    email: str = ""
    phone: str = ""
    peppol_id: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("who it is has to be named", key="name")
        check_country(self.country)
        for key in ("name", "postcode", "city", "region", "tax_number", "registration", "phone"):
            one_line(getattr(self, key), key)
        for line in self.address_lines:
            one_line(line, "address_lines")
        _check(self.vat_id, _VAT_ID, "vat_id", "a VAT id", "DE123456789")
        _check(self.email, _EMAIL, "email", "an e-mail address", "name@example.com")
        _check(self.peppol_id, _PEPPOL, "peppol_id", "a Peppol address", "0088:4006381333931")


@dataclass(frozen=True, slots=True)
class Bank:
    """Where money is to be transferred. `iban` without blanks, checked by its check digits (ISO
    13616); `bic` may be empty; `holder` is the account's, where it is not the company's name."""

    iban: str
    bic: str = ""
    name: str = ""
    holder: str = ""

    def __post_init__(self) -> None:
        _check(self.iban, _IBAN, "iban", "an IBAN", "DE02120300000000202051")
        if not self.iban or not _checks_out(self.iban):
            raise InputError(
                f"the check digits of “{self.iban}” are wrong", key="iban", remedy="Type it again"
            )
        _check(self.bic, _BIC, "bic", "a BIC", "BYLADEM1001")
        one_line(self.name, "bank_name")
        one_line(self.holder, "account_holder")


def _check(text: str, pattern: re.Pattern[str], key: str, what: str, example: str) -> None:
    if text and not pattern.fullmatch(text):
        raise InputError(f"“{text}” is not {what}", key=key, remedy=f"It looks like {example}")


def _checks_out(iban: str) -> bool:
    """ISO 7064, MOD 97-10: the first four characters to the end, letters as 10 to 35."""
    return int("".join(str(int(one, 36)) for one in iban[4:] + iban[:4])) % 97 == 1
