"""Who does business with whom, and what is sold: the first half of a scenario's file."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from provd.billing.credit import BalanceMode
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import FeeKind, PlanRole, Sharing, StartsOn, SubjectKind
from provd.billing.tax_category import TaxCategory
from provd.scenario.parts import Amount, Count, Day, Name, Part, Zone


class TaxRatePart(Part):
    """What an issuer takes from `valid_from` on: of everybody in its own country, unless another is
    named, or of one `debtor`."""

    category: TaxCategory = TaxCategory.STANDARD
    percent: Amount
    valid_from: Day = date(2000, 1, 1)
    country: str = ""
    debtor: str = ""
    reason: str = ""


class AccountPart(Part):
    """`currency` and `zone` are those of the account above unless given. `profile` is how it stands
    on invoices, by the fields of `provd profile set`; what an invoice needs and is not given is
    invented. Without `taxes` it charges none."""

    name: Name
    currency: str = ""
    zone: Zone = ""
    profile: dict[str, str | int | bool | list[str]] = {}
    taxes: list[TaxRatePart] = []


class DebtorPart(AccountPart):
    """`balance` hard: the account loses its service when what it has paid in advance and its
    `credit_limit` are used up."""

    balance: BalanceMode = BalanceMode.SOFT
    credit_limit: Amount = "0"


class SitePart(Part):
    name: Name
    zone: Zone = ""


class CustomerPart(DebtorPart):
    """A customer without sites has one of its own name."""

    sites: list[SitePart] = []


class ResellerPart(DebtorPart):
    customers: list[CustomerPart] = []


class ProviderPart(AccountPart):
    """`customers` are those to whom it sells itself."""

    name: Name = "Provider"
    currency: str = "EUR"
    zone: Zone = "UTC"
    customers: list[CustomerPart] = []


class TermsPart(Part):
    """How a recurring fee's periods run. What is left out is the plan's."""

    cycle: Cycle | None = None
    interval: Interval | None = None
    timing: Timing | None = None
    prorate_first: bool | None = None
    prorate_last: bool | None = None


_RECURRING = frozenset({FeeKind.LEASE, FeeKind.BASE, FeeKind.SERVICE})


class FeePart(TermsPart):
    """`retail` is recommended by the plan's owner; `own` are the prices of resellers that set
    others, by reseller. A price that is left out has been set by nobody."""

    name: Name
    kind: FeeKind
    recurring: bool | None = None
    wholesale: Amount | None = None
    retail: Amount | None = None
    own: dict[str, Amount] = {}
    tax: TaxCategory = TaxCategory.STANDARD
    runs_suspended: bool | None = None

    @property
    def recurs(self) -> bool:
        return self.kind in _RECURRING if self.recurring is None else self.recurring

    @property
    def goes_on_suspended(self) -> bool:
        """The hardware stays where it is, whatever becomes of the service."""
        return self.kind is FeeKind.LEASE if self.runs_suspended is None else self.runs_suspended


class LeasePart(Part):
    """What a lease binds to; see docs/billing-rules.md."""

    minimum_months: Count = 0
    termination_percent: Count = 0
    return_days: Count | None = None


class PlanPart(TermsPart):
    """`owner` is the provider unless a reseller is named; its prices hold from `valid_from`,
    without one from the first of the month in which the
    scenario begins."""

    name: Name
    owner: str = ""
    currency: str = ""
    fees: Annotated[list[FeePart], Field(min_length=1)]
    starts_on: StartsOn = StartsOn.BOOTED
    role: PlanRole = PlanRole.MAIN
    subject: SubjectKind = SubjectKind.SLOT
    repeatable: bool = False
    trial_days: Count = 0
    wholesale_trial: bool = False
    lease: LeasePart = LeasePart()
    sharing: Sharing = Sharing.ALL
    shared_with: list[str] = []
    sold_from: Day | None = None
    sold_until: Day | None = None
    valid_from: Day | None = None


class PhonePart(Part):
    """The model of phones of which an event does not say more."""

    vendor: Name
    model: Name


class ExpectPart(Part):
    """What whoever wrote the file has worked out by hand: what accounts owe their issuers at the
    end, below zero where they have credit."""

    owes: dict[str, Amount] = {}


class BusinessPart(Part):
    """A file without its events."""

    title: str = ""
    provider: ProviderPart = ProviderPart()
    resellers: list[ResellerPart] = []
    phone: PhonePart | None = None
    plans: Annotated[list[PlanPart], Field(min_length=1)]
    expect: ExpectPart = ExpectPart()
