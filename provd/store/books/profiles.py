"""Billing profiles and tax rates."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from provd.billing import profile as values
from provd.billing.numbering import NumberPattern
from provd.billing.tax_category import TaxCategory
from provd.store.books.invoice_rows import (
    bank_from,
    bank_stored,
    decimal,
    micros,
    party_from,
    party_stored,
)
from provd.store.books.invoice_tables import BillingLogo, BillingProfile, TaxRate
from provd.store.database import Row
from provd.store.repository import Repository


class Profiles(Repository):
    """What an account has to tell of itself to send invoices or to get them."""

    def profile(self, account_id: int) -> values.BillingProfile | None:
        return self.profiles([account_id]).get(account_id)

    def profiles(self, account_ids: Collection[int]) -> dict[int, values.BillingProfile]:
        """By account; those that have none are left out."""
        query = BillingProfile.select().where(BillingProfile.account_id.in_(list(account_ids)))
        return {row["account_id"]: _profile(row) for row in self._database.rows(query)}

    def save_profile(self, profile: values.BillingProfile) -> None:
        """In the place of the one before."""
        columns = {
            "party": party_stored(profile.party),
            "bank": bank_stored(profile.bank),
            "days": profile.days,
            "invoice_numbers": profile.invoice_numbers.text,
            "credit_note_numbers": profile.credit_note_numbers.text,
            "untaxed": profile.untaxed,
            "sums_alike": profile.sums_alike,
            "footer": profile.footer,
            "language": profile.language,
            "treatment": profile.terms.treatment,
            "treatment_reason": profile.terms.reason,
            "days_to_pay": profile.terms.days,
            "buyer_reference": profile.terms.buyer_reference,
        }
        self._database.add(
            BillingProfile.insert(account_id=profile.account_id, **columns).on_conflict(
                conflict_target=[BillingProfile.account_id], update=columns
            )
        )

    def logo(self, account_id: int) -> bytes | None:
        """What the account's invoices have at their head."""
        query = BillingLogo.select(BillingLogo.content).where(BillingLogo.account_id == account_id)
        content = self._database.value(query)
        return None if content is None else bytes(content)

    def save_logo(self, account_id: int, content: bytes | None) -> None:
        """In the place of the one before; None for none."""
        with self._database.transaction():
            self._database.write(BillingLogo.delete().where(BillingLogo.account_id == account_id))
            if content is not None:
                self._database.add(BillingLogo.insert(account_id=account_id, content=content))

    def tax_rates(self, issuer_id: int) -> tuple[values.TaxRate, ...]:
        """All that the issuer has entered, by country, category and day."""
        query = TaxRate.select().where(TaxRate.issuer_id == issuer_id)
        order = (TaxRate.country, TaxRate.debtor_id, TaxRate.category, TaxRate.valid_from)
        return tuple(_rate(row) for row in self._database.rows(query.order_by(*order)))

    def set_tax_rate(self, rate: values.TaxRate) -> None:
        """In the place of one that holds from the same day for the same."""
        same = (
            (TaxRate.issuer_id == rate.issuer_id)
            & (TaxRate.category == rate.category)
            & (TaxRate.country == rate.country)
            & (TaxRate.valid_from == rate.valid_from.isoformat())
            & (
                TaxRate.debtor_id.is_null()
                if rate.debtor_id is None
                else TaxRate.debtor_id == rate.debtor_id
            )
        )
        with self._database.transaction():
            self._database.write(TaxRate.delete().where(same))
            self._database.insert(
                TaxRate.insert(
                    issuer_id=rate.issuer_id,
                    category=rate.category,
                    country=rate.country,
                    debtor_id=rate.debtor_id,
                    percent_micros=micros(rate.percent),
                    reason=rate.reason,
                    reason_code=rate.reason_code,
                    valid_from=rate.valid_from.isoformat(),
                )
            )


def _profile(row: Row) -> values.BillingProfile:
    return values.BillingProfile(
        account_id=row["account_id"],
        party=party_from(row["party"]),
        bank=bank_from(row["bank"]),
        days=row["days"],
        invoice_numbers=NumberPattern(row["invoice_numbers"]),
        credit_note_numbers=NumberPattern(row["credit_note_numbers"]),
        untaxed=row["untaxed"],
        sums_alike=bool(row["sums_alike"]),
        footer=row["footer"],
        language=row["language"],
        terms=values.DebtorTerms(
            treatment=values.TaxTreatment(row["treatment"]),
            reason=row["treatment_reason"],
            days=row["days_to_pay"],
            buyer_reference=row["buyer_reference"],
        ),
    )


def _rate(row: Row) -> values.TaxRate:
    return values.TaxRate(
        issuer_id=row["issuer_id"],
        category=TaxCategory(row["category"]),
        percent=decimal(row["percent_micros"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        country=row["country"],
        debtor_id=row["debtor_id"],
        reason=row["reason"],
        reason_code=row["reason_code"],
    )
