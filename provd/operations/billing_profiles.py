"""Billing profiles and tax rates: who enters what of whom."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from provd.billing.numbering import NumberPattern
from provd.billing.party import Bank, Party
from provd.billing.profile import BillingProfile, DebtorTerms, TaxRate, TaxTreatment
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Account, Role
from provd.documents.pdf import check_logo
from provd.documents.words import LANGUAGES as SPOKEN
from provd.documents.words import words
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.issuing import issuer
from provd.store import Store

_PARTY = (
    *("name", "country", "postcode", "city", "region", "vat_id", "tax_number", "registration"),
    *("email", "phone", "peppol_id"),
)
_BANK = {"iban": "iban", "bic": "bic", "bank_name": "name", "account_holder": "holder"}
_LARGEST_LOGO = 1 << 20
_CODES = frozenset({"country", "vat_id", "iban", "bic"})
LANGUAGES = tuple(sorted(SPOKEN))
"""That invoices are written in, by ISO 639-1 code."""
TERMS = ("treatment", "tax_reason", "days_to_pay", "buyer_reference")
"""What an account's own issuer sets, and nobody below."""


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """`profile` is None where nothing was entered yet. `sets_terms` is whether the actor may set
    what the account's issuer agreed with it."""

    account: Account
    profile: BillingProfile | None
    sets_terms: bool
    has_logo: bool


class BillingProfiles:
    """The provider's operator enters everybody's, a reseller its own and its customers'."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, actor: Actor, account_id: int) -> ProfilePage:
        """Raises NotFoundError outside of the actor's scope."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        account = self._store.accounts.get(account_id, scope=actor.scope)
        sets_terms = account.parent_id is not None and account.id != actor.account_id
        books = self._store.books
        has_logo = books.logo(account.id) is not None
        return ProfilePage(account, books.profile(account.id), sets_terms, has_logo)

    def save(self, actor: Actor, account_id: int, given: Mapping[str, str]) -> BillingProfile:
        """Changes what is given, by field, and keeps the rest; an empty text removes it. Fields are
        those of Party, address_lines with a line each; iban, bic, bank_name, account_holder; days,
        invoice_numbers, credit_note_numbers, untaxed, sums_alike ("yes" or "no"), footer,
        language; and, where the account owes: treatment, tax_reason, days_to_pay, buyer_reference.

        Raises InputError with the field as key.
        """
        page = self.page(actor, account_id)
        if not page.sets_terms and (own := sorted(set(given) & set(TERMS))):
            raise InputError("that is agreed with the account's issuer, who enters it", key=own[0])
        with self._store.transaction():
            self._store.accounts.held(account_id)
            before = self._store.books.profile(account_id)
            profile = _changed(account_id, page.account.name, before, dict(given))
            self._store.books.save_profile(profile)
        return profile

    def set_logo(self, actor: Actor, account_id: int, logo: bytes | None) -> None:
        """A PNG or JPEG image for the head of the account's invoices; None for none. What has been
        printed keeps the one it has. Raises InputError."""
        account = issuer(self._store, actor, account_id)
        if logo is not None:
            if len(logo) > _LARGEST_LOGO:
                raise InputError(f"the logo is larger than {_LARGEST_LOGO >> 20} MB", key="logo")
            check_logo(logo)
        self._store.books.save_logo(account.id, logo)

    def rates(self, actor: Actor, account_id: int) -> tuple[TaxRate, ...]:
        """What the account takes, as issuer."""
        return self._store.books.tax_rates(issuer(self._store, actor, account_id).id)

    def set_rate(
        self,
        actor: Actor,
        account_id: int,
        category: TaxCategory,
        percent: str,
        valid_from: date,
        *,
        country: str = "",
        debtor: str = "",
        reason: str = "",
        reason_code: str = "",
    ) -> TaxRate:
        """For a country, or for one debtor by its name; for the issuer's own country where neither
        is given. Raises InputError."""
        account = issuer(self._store, actor, account_id)
        whom = self._debtor(account, debtor) if debtor else None
        if not country and whom is None:
            country = self._country(account)
        rate = TaxRate(
            issuer_id=account.id,
            category=category,
            percent=_percent(percent),
            valid_from=valid_from,
            country=country.strip().upper(),
            debtor_id=whom,
            reason=reason,
            reason_code=reason_code,
        )
        self._store.books.set_tax_rate(rate)
        return rate

    def account_named(self, actor: Actor, name: str) -> Account:
        """An account in the actor's scope by its name, or by its number as #12. Raises
        NotFoundError, and InputError where several have that name."""
        accounts = self._store.accounts.below(actor.scope)
        if name.startswith("#"):
            found = [one for one in accounts if f"#{one.id}" == name]
        else:
            wanted = name.strip().casefold()
            found = [one for one in accounts if one.name.casefold() == wanted]
        if len(found) > 1:
            numbers = ", ".join(f"#{one.id}" for one in found)
            raise InputError(
                f"there are several accounts “{name}”", key="account", remedy=f"Write {numbers}"
            )
        if not found:
            near = difflib.get_close_matches(name, [one.name for one in accounts], n=1)
            remedy = f"Did you mean “{near[0]}”?" if near else ""
            raise NotFoundError(f"there is no account “{name}”", key="account", remedy=remedy)
        return found[0]

    def _debtor(self, account: Account, name: str) -> int:
        found = self.account_named(Actor("", Role.ADMIN, account.id), name)
        if found.parent_id != account.id:
            raise InputError(f"{account.name} sends {found.name} no invoices", key="debtor")
        return found.id

    def _country(self, account: Account) -> str:
        profile = self._store.books.profile(account.id)
        if profile is None:
            raise InputError("for which country?", key="country", remedy="Give it, as --country DE")
        return profile.party.country


def _changed(
    account_id: int, name: str, before: BillingProfile | None, given: dict[str, str]
) -> BillingProfile:
    given = {key: _cleaned(key, text) for key, text in given.items()}
    own = {key: given[key] for key in _PARTY if key in given}
    fields: dict[str, Any] = {
        "party": _party(name, before.party if before else None, own, given),
        "bank": _bank(before.bank if before else None, given),
        "terms": _terms(before.terms if before else DebtorTerms(), given),
    }
    if "days" in given:
        fields["days"] = _whole(given["days"], "days")
    for key in ("invoice_numbers", "credit_note_numbers"):
        if given.get(key):
            fields[key] = NumberPattern(given[key])
    for key in ("untaxed", "footer"):
        if key in given:
            fields[key] = given[key]
    if "language" in given:
        fields["language"] = words(given["language"]).code if given["language"] else ""
    if "sums_alike" in given:
        fields["sums_alike"] = given["sums_alike"] == "yes"
    return replace(before, **fields) if before else BillingProfile(account_id, **fields)


def _cleaned(key: str, text: str) -> str:
    """As people type it: an IBAN in groups, a country in small letters."""
    text = text.strip()
    return "".join(text.split()).upper() if key in _CODES else text


def _party(name: str, before: Party | None, own: dict[str, str], given: Mapping[str, str]) -> Party:
    fields: dict[str, Any] = dict(own)
    if "address_lines" in given:
        lines = (line.strip() for line in given["address_lines"].splitlines())
        fields["address_lines"] = tuple(line for line in lines if line)
    if before is not None:
        return replace(before, **fields)
    if not fields.get("country"):
        raise InputError(
            f"in which country is {name}?", key="country", remedy="Give it, as --country DE"
        )
    return Party(**{"name": name, **fields})


def _bank(before: Bank | None, given: Mapping[str, str]) -> Bank | None:
    fields = {field: given[key] for key, field in _BANK.items() if key in given}
    if fields.get("iban") == "":
        return None
    if not any(fields.values()):
        return replace(before, **fields) if before else None
    return replace(before, **fields) if before else Bank(**{"iban": "", **fields})


def _terms(before: DebtorTerms, given: Mapping[str, str]) -> DebtorTerms:
    fields: dict[str, Any] = {}
    if "treatment" in given:
        fields["treatment"] = _treatment(given["treatment"])
    if "tax_reason" in given:
        fields["reason"] = given["tax_reason"]
    if "days_to_pay" in given:
        text = given["days_to_pay"]
        fields["days"] = _whole(text, "days_to_pay") if text else None
    if "buyer_reference" in given:
        fields["buyer_reference"] = given["buyer_reference"]
    return replace(before, **fields)


def _treatment(text: str) -> TaxTreatment:
    try:
        return TaxTreatment(text)
    except ValueError:
        known = ", ".join(one.value for one in TaxTreatment)
        raise InputError(
            f"“{text[:20]}” is no treatment", key="treatment", remedy=f"Choose {known}"
        ) from None


def _whole(text: str, key: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise InputError(f"“{text[:20]}” is no number of days", key=key, remedy="Write 14")
    return int(text)


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise InputError(
            f"“{text[:20]}” is no rate of tax", key="percent", remedy="Write 19 or 7.7"
        ) from None
