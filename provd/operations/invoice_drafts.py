"""What a debtor's draft for a month should be, from what is known now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from provd.billing.days import zone_named
from provd.billing.drafting import Item, Sheet, draft
from provd.billing.invoice import Invoice
from provd.billing.period import Period
from provd.billing.profile import BillingProfile, TaxRate
from provd.billing.taxing import TaxRules
from provd.devices.account import Account, Brand
from provd.operations.issuing import issuing_profile_of, profile_of
from provd.operations.zones import day_start
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """An issuer ready to draw up invoices for a month."""

    account: Account
    profile: BillingProfile
    rates: tuple[TaxRate, ...]
    period: Period

    @staticmethod
    def end_of(account: Account, period: Period) -> datetime:
        """The instant at which the period is over where the account is."""
        return day_start(period.end, account.time_zone)

    def sheet(self, debtor: BillingProfile) -> Sheet:
        brand = self.account.brand or Brand(self.profile.party.name)
        rules = TaxRules(self.profile, debtor, self.rates)
        return Sheet(rules, self.period, zone_named(self.account.time_zone), brand)


def desk(store: Store, account: Account, period: Period) -> Desk:
    """Raises InputError where the issuer's profile is missing or lacks something."""
    profile = issuing_profile_of(store, account)
    return Desk(account, profile, store.books.tax_rates(account.id), period)


def month_of(year: int, month: int) -> Period:
    """A calendar month."""
    return Period(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


def refresh(store: Store, at: Desk, debtor_id: int, now: datetime, by: str) -> list[int]:
    """Makes the debtor's drafts for the period, one for each currency, what they should be: new,
    with what has fallen due since, or as profiles and rates are today. Returns those that changed.
    In the caller's transaction; whoever else drafts for the debtor waits for its end.

    Raises InputError for a profile or a tax rate that is missing.
    """
    debtor = store.accounts.held(debtor_id)
    sheet = at.sheet(profile_of(store, debtor))
    before = Desk.end_of(at.account, at.period)
    free = _by_currency(store.books.uninvoiced(at.account.id, debtor_id, before))
    drafted = store.books.drafted_currencies(at.account.id, debtor_id, at.period.end)
    changed = []
    for currency in sorted({*free, *drafted}):
        kept = store.books.draft_of(at.account.id, debtor_id, currency, at.period.end)
        made = draft([*free.get(currency, []), *_items(store, kept)], sheet, currency)
        if kept is not None and same(kept, made):
            continue
        if kept is not None:
            store.books.discard(kept.id)
        changed.append(store.books.save_draft(made, now, by))
    return changed


def redrawn(store: Store, at: Desk, kept: Invoice) -> Invoice:
    """What a draft with just these charges would be now."""
    debtor = store.accounts.get(kept.debtor_id)
    sheet = at.sheet(profile_of(store, debtor))
    return draft(_items(store, kept), sheet, kept.currency)


def same(kept: Invoice, made: Invoice) -> bool:
    """Whether they differ in nothing but that the one is kept."""
    return replace(kept, id=made.id) == made


def _items(store: Store, kept: Invoice | None) -> list[Item]:
    return store.books.items_of(kept.id) if kept else []


def _by_currency(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.charge.amount.currency, []).append(item)
    return found
