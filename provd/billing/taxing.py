"""How what one account sells another is taxed: by rule from where both are, or as was agreed.

The rules are those of services (places of supply, directive 2006/112/EC, articles 44, 45, 58, 59).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provd.billing.country import EU, vat_country
from provd.billing.profile import BillingProfile, TaxRate, TaxTreatment
from provd.billing.tax import Taxation, TaxCode
from provd.billing.tax_category import TaxCategory
from provd.errors import InputError

_NONE = Decimal(0)
_ABROAD = "Not taxable in the seller's country: the place of supply is the customer's"
_EXEMPT = "Exempt from tax"


@dataclass(frozen=True, slots=True)
class TaxRules:
    """One issuer's sales to one debtor."""

    issuer: BillingProfile
    debtor: BillingProfile
    rates: tuple[TaxRate, ...]

    def taxation(self, category: TaxCategory, on: date) -> Taxation:
        """How what was supplied up to that day is taxed.

        Raises InputError, with the remedy, where the issuer has entered no rate for it.
        """
        return (
            self._untaxed(category)
            or self._agreed(category)
            or self._at_a_rate(category, on, self._country)
            or self._abroad(category)
            or self._unrated(category, on)
        )

    @property
    def _country(self) -> str:
        """Where it is supplied: where the debtor is registered for tax, before where it lives."""
        if self.debtor.terms.treatment is TaxTreatment.DOMESTIC:
            return self.issuer.party.country
        return vat_country(self.debtor.party.vat_id) or self.debtor.party.country

    def _untaxed(self, category: TaxCategory) -> Taxation | None:
        reason = self.issuer.untaxed
        return Taxation(category, TaxCode.EXEMPT, _NONE, reason) if reason else None

    def _agreed(self, category: TaxCategory) -> Taxation | None:
        terms = self.debtor.terms
        if terms.treatment is TaxTreatment.EXEMPT:
            return Taxation(category, TaxCode.EXEMPT, _NONE, terms.reason)
        if terms.treatment is TaxTreatment.OUT_OF_SCOPE:
            return _out_of_scope(category)
        if terms.treatment is TaxTreatment.REVERSE_CHARGE or self._shifts:
            return Taxation(
                category, TaxCode.REVERSE_CHARGE, _NONE, "Reverse charge", "VATEX-EU-AE"
            )
        return None

    @property
    def _shifts(self) -> bool:
        """Whether the buyer owes the tax: a business in another country of the Union."""
        here, there = self.issuer.party.country, self._country
        business = bool(self.debtor.party.vat_id)
        return business and here != there and {here, there} <= EU

    def _at_a_rate(self, category: TaxCategory, on: date, country: str) -> Taxation | None:
        rate = self._own_rate(category, on) or self._latest(category, on, country)
        if rate is None:
            return None
        if rate.percent:
            return Taxation(category, TaxCode.RATED, rate.percent)
        if category is TaxCategory.EXEMPT:
            reason = rate.reason or _EXEMPT
            return Taxation(category, TaxCode.EXEMPT, _NONE, reason, rate.reason_code)
        return Taxation(category, TaxCode.ZERO, _NONE)

    def _own_rate(self, category: TaxCategory, on: date) -> TaxRate | None:
        return _last(
            one
            for one in self.rates
            if one.debtor_id == self.debtor.account_id and _holds(one, category, on)
        )

    def _latest(self, category: TaxCategory, on: date, country: str) -> TaxRate | None:
        return _last(
            one for one in self.rates if one.country == country and _holds(one, category, on)
        )

    def _abroad(self, category: TaxCategory) -> Taxation | None:
        """Sold over the border, and no rate entered for there. A consumer in the Union is the one
        that somebody has to be asked about: the tax of its country may be the seller's to pay."""
        here, there = self.issuer.party.country, self._country
        business = bool(self.debtor.party.vat_id)
        if here == there or (there in EU and not business):
            return None
        return _out_of_scope(category)

    def _unrated(self, category: TaxCategory, on: date) -> Taxation:
        if category is TaxCategory.ZERO:
            return Taxation(category, TaxCode.ZERO, _NONE)
        if category is TaxCategory.EXEMPT:
            return Taxation(category, TaxCode.EXEMPT, _NONE, _EXEMPT)
        name, country = self.issuer.party.name, self._country
        raise InputError(
            f"{name} has entered no {category} tax rate for {country} that holds on {on}",
            key="tax",
            remedy=f'Enter it: provd tax set "#{self.issuer.account_id}" {category} PERCENT '
            f"--country {country} --from {on:%Y-%m-01}",
        )


def _out_of_scope(category: TaxCategory) -> Taxation:
    return Taxation(category, TaxCode.OUT_OF_SCOPE, _NONE, _ABROAD, "VATEX-EU-O")


def _holds(rate: TaxRate, category: TaxCategory, on: date) -> bool:
    return rate.category is category and rate.valid_from <= on


def _last(rates: Iterable[TaxRate]) -> TaxRate | None:
    return max(rates, key=lambda one: one.valid_from, default=None)
