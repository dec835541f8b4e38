"""Who and what there is in a scenario, by the names that its file gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import TypeVar
from zoneinfo import ZoneInfo

from provd.billing.money import Money
from provd.billing.plan import Fee, Plan
from provd.devices.account import Account, AccountKind, Role, Site
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.billing import RunReport
from provd.operations.setup import price
from provd.scenario.document import PhonePart
from provd.scenario.house import House
from provd.scenario.reading import in_utc

OPERATOR = "operator"

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class World:
    """The names are added as the scenario is opened, and by what happens."""

    house: House
    provider: Account
    phone: PhonePart
    accounts: dict[str, Account] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    """MAC addresses."""
    slots: dict[str, int] = field(default_factory=dict)
    subscriptions: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    """What subscriptions are called, by id; of several that have borne a name, the last has it."""
    requests: dict[str, int] = field(default_factory=dict)
    """Payment requests: of a start by its name, of a renewal by its subscription's; the latest."""
    reports: list[RunReport] = field(default_factory=list)
    """Of billing runs, in their order."""
    problems: list[str] = field(default_factory=list)
    """What could not be invoiced, and why."""
    keys: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def administrator(self) -> Actor:
        return Actor(OPERATOR, Role.ADMIN, self.provider.id)

    def seller(self, account: Account) -> Actor:
        """Who acts for an account towards those below it."""
        if account.kind is AccountKind.PROVIDER:
            return self.administrator
        return Actor(account.name, Role.RESELLER, account.id)

    def above(self, account: Account) -> Account:
        """Whose debtor the account is."""
        provider, reseller, customer = self.house.store.accounts.chain(account.id)
        return (reseller or provider) if customer else provider

    def subscribed(self, name: str, subscription_id: int) -> None:
        self.subscriptions[name] = subscription_id
        self.labels[subscription_id] = name

    def issuer_of(self, site: Site) -> Account:
        """Who charges the customer whose site it is."""
        return self.above(self.house.store.accounts.get(site.account_id))

    def next_key(self) -> str:
        """For what is entered by hand, so that every play of a scenario gives the same."""
        return f"entry-{next(self.keys)}"

    def issuer_for(self, account: Account) -> Actor:
        """Who enters something in the books of the account's issuer."""
        return self.seller(self.above(account))

    def account(self, name: str) -> Account:
        return found(self.accounts, name, "account")

    def site(self, name: str) -> Site:
        return found(self.sites, name, "site")

    def plan(self, name: str) -> Plan:
        return found(self.plans, name, "plan")

    def mac(self, phone: str) -> str:
        return found(self.phones, phone, "phone")

    def subscription(self, name: str) -> int:
        return found(self.subscriptions, name, "subscription")

    def request(self, name: str) -> int:
        return found(self.requests, name, "payment request")

    def fee(self, plan: Plan, name: str) -> Fee:
        return found({fee.name: fee for fee in plan.fees}, name, "fee")

    def utc(self, moment: datetime) -> datetime:
        return in_utc(moment, self.provider.time_zone)

    def today(self, account: Account) -> date:
        return self.house.clock.now.astimezone(ZoneInfo(account.time_zone)).date()


def found(things: Mapping[str, Thing], name: str, kind: str) -> Thing:
    """Raises InputError that lists what there is."""
    if name in things:
        return things[name]
    known = ", ".join(sorted(things)[:10]) or "none so far"
    raise InputError(f"there is no {kind} “{name}”", key=kind, remedy=f"There are: {known}")


def money(text: str, currency: str) -> Money:
    """20, 20.00 or 20.00 EUR, not below zero. Raises InputError."""
    number, _, named = text.strip().partition(" ")
    if named.strip() not in {"", currency}:
        raise InputError(f"{text} is not in {currency}", key="amount")
    return price(number, currency)


def signed(text: str, currency: str) -> Money:
    """As `money`, or below zero."""
    plain = text.strip()
    return -money(plain[1:], currency) if plain.startswith("-") else money(plain, currency)
