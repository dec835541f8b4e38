"""What is sold: a plan, its fees, and on what terms."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from provd.billing.currency import minor_digits
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.tax_category import TaxCategory
from provd.errors import InputError


class Side(enum.StrEnum):
    """Wholesale is what the provider charges the reseller, retail what the reseller charges its
    customer. The one never depends on the other."""

    WHOLESALE = "wholesale"
    RETAIL = "retail"


class FeeKind(enum.StrEnum):
    """What a fee is for. Revenue is booked by kind.

    BUY_OUT and UNRETURNED are charged by what happens to the hardware alone. TERMINATION is
    computed from the lease and MANUAL entered by a person: neither stands in a plan.
    """

    SETUP = "setup"
    LEASE = "lease"
    BASE = "base"
    SERVICE = "service"
    DELIVERY = "delivery"
    BUY_OUT = "buy-out"
    TERMINATION = "termination"
    UNRETURNED = "unreturned"
    MANUAL = "manual"


BY_EVENT = frozenset({FeeKind.BUY_OUT, FeeKind.UNRETURNED})
"""Fees that only a change charges: they cost nothing at the start."""
_NEVER_IN_A_PLAN = frozenset({FeeKind.TERMINATION, FeeKind.MANUAL})


class StartsOn(enum.StrEnum):
    """What starts a subscription: the device's registration, its shipment, or its first boot at
    the customer's site. A customer's own starts when it is made."""

    REGISTERED = "registered"
    SHIPPED = "shipped"
    BOOTED = "booted"


class SubjectKind(enum.StrEnum):
    """What a plan is for: a customer, one device, or the place that a device fills."""

    CUSTOMER = "customer"
    DEVICE = "device"
    SLOT = "slot"


class PlanRole(enum.StrEnum):
    """An add-on is sold only to who has a main plan."""

    MAIN = "main"
    ADD_ON = "add-on"


class Sharing(enum.StrEnum):
    """Which of the accounts below its owner may sell a plan."""

    NONE = "none"
    ALL = "all"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """How a recurring fee's periods run. Without `prorate_first` a short first period costs as
    much as a full one, without `prorate_last` so does a short last one."""

    cycle: Cycle
    interval: Interval
    timing: Timing
    prorate_first: bool = True
    prorate_last: bool = True


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What a lease binds to. `minimum_months` count from the day of the start. Who ends it sooner
    owes `termination_percent` of what the lease would have cost until then (0: nothing). Hardware
    that was taken out of service and is not back after `return_days` costs the UNRETURNED fee;
    None: it never does."""

    minimum_months: int = 0
    termination_percent: int = 0
    return_days: int | None = None

    def __post_init__(self) -> None:
        for key, most in (("minimum_months", 1200), ("termination_percent", 100)):
            if not 0 <= getattr(self, key) <= most:
                raise InputError(f"{getattr(self, key)} is not from 0 to {most}", key=key)
        if self.return_days is not None and not 0 <= self.return_days <= 3660:
            raise InputError(f"{self.return_days} is not from 0 to 3660", key="return_days")


NO_LEASE_TERMS = LeaseTerms()


@dataclass(frozen=True, slots=True)
class Fee:
    """One thing charged for. `name` is how an invoice calls it: "Hardware lease T46U". A fee that
    does not recur is charged once. `terms` None: the plan's. `runs_suspended`: retail goes on
    while the service is suspended, as for hardware that stays with the customer."""

    id: int
    kind: FeeKind
    name: str
    recurring: bool
    tax_category: TaxCategory = TaxCategory.STANDARD
    terms: FeeTerms | None = None
    runs_suspended: bool = False

    def __post_init__(self) -> None:
        if self.kind in _NEVER_IN_A_PLAN:
            raise InputError(f"a plan has no {self.kind} fee", key="kind")
        if self.recurring and self.kind in BY_EVENT:
            raise InputError(f"a {self.kind} fee does not recur", key="recurring")


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be subscribed to. `owner_id` is the account that manages it; all of its prices are
    in `currency`. `cycle` to `prorate_last` are the terms of fees that have none of their own.

    Retail begins `trial_days` after the start, wholesale too if `wholesale_trial`. `repeatable`:
    one subject may have it several times. It is sold from `sold_from` until before `sold_until`,
    None: without limit. Only name, sharing and these two dates ever change.
    """

    id: int
    owner_id: int
    name: str
    currency: str
    starts_on: StartsOn
    cycle: Cycle
    interval: Interval
    timing: Timing
    prorate_first: bool
    prorate_last: bool
    fees: tuple[Fee, ...]
    role: PlanRole = PlanRole.MAIN
    subject: SubjectKind = SubjectKind.SLOT
    repeatable: bool = False
    trial_days: int = 0
    wholesale_trial: bool = False
    lease: LeaseTerms = NO_LEASE_TERMS
    sharing: Sharing = Sharing.ALL
    shared_with: frozenset[int] = frozenset()
    sold_from: date | None = None
    sold_until: date | None = None

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        where = f"plan “{self.name}”"
        if len({fee.id for fee in self.fees}) != len(self.fees):
            raise InputError("a fee is in the plan twice", where=where, key="fees")
        if not 0 <= self.trial_days <= 3660:
            raise InputError("a trial has 0 to 3660 days", where=where, key="trial_days")

    @property
    def terms(self) -> FeeTerms:
        return FeeTerms(
            self.cycle, self.interval, self.timing, self.prorate_first, self.prorate_last
        )

    def terms_of(self, fee: Fee) -> FeeTerms:
        """How the fee's periods run."""
        return fee.terms or self.terms

    def sold_on(self, day: date) -> bool:
        """Whether a subscription may begin that day."""
        begun = self.sold_from is None or self.sold_from <= day
        return begun and (self.sold_until is None or day < self.sold_until)

    def offered_to(self, account_id: int) -> bool:
        """Whether the account, the owner or one below it, may sell the plan."""
        if account_id == self.owner_id or self.sharing is Sharing.ALL:
            return True
        return self.sharing is Sharing.SOME and account_id in self.shared_with
