"""Setting up who sells what: the provider, resellers, users, plans with their prices."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from provd.billing.currency import minor_digits
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, Plan, Side, StartsOn
from provd.billing.prices import Price
from provd.crypto.passwords import hash_password
from provd.devices.account import Account, AccountKind, Brand, Role, Scope, User
from provd.devices.secret import Secret
from provd.devices.settings import setting
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, MoneyError
from provd.operations.naming import checked_brand, named
from provd.operations.sign_in import SHORTEST_PASSWORD
from provd.operations.zones import zone_from
from provd.store import Store

_AMOUNT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


@dataclass(frozen=True, slots=True)
class NewFee:
    """A fee with its prices: what the reseller pays, and what is recommended to its customers."""

    kind: FeeKind
    name: str
    recurring: bool
    wholesale: Money
    retail: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan's periods run; see docs/billing-rules.md."""

    starts_on: StartsOn = StartsOn.BOOTED
    cycle: Cycle = Cycle.CALENDAR
    interval: Interval = Interval.MONTH
    timing: Timing = Timing.ADVANCE
    prorate_first: bool = True
    prorate_last: bool = True


class Setup:
    """For the operator: the command line and the demonstration. Nobody else may call it, so there
    is no actor."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def provider(self) -> Account | None:
        return self._store.accounts.root()

    def create_provider(
        self,
        name: str,
        *,
        currency: str,
        time_zone: str,
        settings: dict[str, object] | None = None,
    ) -> Account:
        """The root of the tree; raises ConflictError when there is one."""
        if self._store.accounts.root() is not None:
            raise ConflictError("there is a provider already", key="provider")
        return self._create(AccountKind.PROVIDER, name, None, currency, time_zone, None, settings)

    def create_reseller(
        self,
        name: str,
        *,
        brand: Brand | None = None,
        currency: str = "",
        time_zone: str = "",
        settings: dict[str, object] | None = None,
    ) -> Account:
        """Below the provider, with its currency and time zone unless others are given. Raises
        ConflictError when the name is another reseller's: commands and exports name accounts."""
        above = self._store.accounts.root()
        if above is None:
            raise InputError(
                "there is no provider yet", remedy="Set one up first: provd setup NAME"
            )
        others = self._store.accounts.below(Scope(above.id), kind=AccountKind.RESELLER)
        if name.strip().casefold() in {other.name.casefold() for other in others}:
            raise ConflictError(f"there is a reseller “{name.strip()}” already", key="name")
        currency, zone = currency or above.currency, time_zone or above.time_zone
        return self._create(AccountKind.RESELLER, name, above.id, currency, zone, brand, settings)

    def create_user(
        self, account_id: int, name: str, role: Role, password: Secret | None = None
    ) -> tuple[User, Secret]:
        """The user, and the password: a generated one unless one is given."""
        account = self._store.accounts.get(account_id)
        account.must_be_open()
        _check_role(role, account)
        name = one_line(name, "name", longest=60)
        if not name:
            raise InputError("a user needs a name", key="name")
        password = password or generated_password()
        if len(password.reveal()) < SHORTEST_PASSWORD:
            raise InputError(f"shorter than {SHORTEST_PASSWORD} characters", key="password")
        hashed = hash_password(password.reveal())  # takes its time, so before anything is held
        with self._store.transaction():
            self._store.accounts.hold_open([account_id])
            user = self._store.users.create(
                account_id=account_id, name=name, role=role, password_hash=hashed
            )
        return user, password

    def reset_password(self, name: str) -> Secret:
        """A new generated password; ends the user's sessions."""
        found = self._store.users.by_name(name)
        if found is None:
            raise InputError(f"there is no user “{name}”", key="name")
        password = generated_password()
        self._store.users.set_password(found[0].id, hash_password(password.reveal()))
        return password

    def create_plan(
        self,
        owner_id: int,
        name: str,
        fees: Sequence[NewFee],
        *,
        terms: Terms = Terms(),
        valid_from: date | None = None,
    ) -> Plan:
        """A plan and its prices, the retail ones recommended by the owner. They hold from
        `valid_from`, or from the beginning of this month wherever it is still the last one.

        Raises ConflictError when the owner has a plan of this name.
        """
        owner = self._store.accounts.get(owner_id)
        name = named(name)
        if any(one.name.casefold() == name.casefold() for one in self._plans(owner_id)):
            raise ConflictError(f"there is a plan “{name}” already", key="name")
        since = valid_from or (self._clock().date() - timedelta(days=1)).replace(day=1)
        with self._store.transaction():
            plan = self._store.books.create_plan(_draft(owner, name, fees, terms))
            for made, new in zip(plan.fees, fees, strict=True):
                self._price(made, Side.WHOLESALE, new.wholesale, since, owner_id)
                self._price(made, Side.RETAIL, new.retail, since, owner_id)
        return plan

    def _plans(self, owner_id: int) -> Sequence[Plan]:
        return self._store.books.plans(owner_ids=[owner_id])

    def _price(self, fee: Fee, side: Side, amount: Money, since: date, seller_id: int) -> None:
        self._store.books.set_price(Price(fee.id, side, amount, since, seller_id), self._clock())

    def _create(
        self,
        kind: AccountKind,
        name: str,
        parent_id: int | None,
        currency: str,
        time_zone: str,
        brand: Brand | None,
        settings: dict[str, object] | None,
    ) -> Account:
        _check(settings or {})
        return self._store.accounts.create(
            kind=kind,
            name=named(name),
            parent_id=parent_id,
            currency=Money.zero(currency).currency,
            time_zone=zone_from(time_zone),
            brand=checked_brand(brand) if brand else None,
            settings=settings,
        )


def _draft(owner: Account, name: str, fees: Sequence[NewFee], terms: Terms) -> Plan:
    return Plan(
        id=0,
        owner_id=owner.id,
        name=name,
        currency=owner.currency,
        starts_on=terms.starts_on,
        cycle=terms.cycle,
        interval=terms.interval,
        timing=terms.timing,
        prorate_first=terms.prorate_first,
        prorate_last=terms.prorate_last,
        fees=tuple(
            Fee(at, fee.kind, fee.name, fee.recurring, runs_suspended=fee.kind is FeeKind.LEASE)
            for at, fee in enumerate(fees)
        ),
    )


def _check(settings: Mapping[str, object]) -> None:
    """Raises SettingError here and now, not when a phone's file is made."""
    for key, value in settings.items():
        setting(key).check(value)


_KINDS_OF_ROLES: dict[Role, frozenset[AccountKind]] = {
    Role.ADMIN: frozenset({AccountKind.PROVIDER}),
    Role.FULFILMENT: frozenset({AccountKind.PROVIDER}),
    Role.RESELLER: frozenset({AccountKind.RESELLER}),
    Role.CUSTOMER: frozenset({AccountKind.CUSTOMER}),
}


def _check_role(role: Role, account: Account) -> None:
    if account.kind not in _KINDS_OF_ROLES[role]:
        kinds = " or ".join(_KINDS_OF_ROLES[role])
        raise InputError(
            f"a user with the role {role} belongs to a {kinds}, and {account.name} is a "
            f"{account.kind}",
            key="role",
        )


def price(text: str, currency: str) -> Money:
    """An amount as people write it: 12, 12.5, 12.50. Raises InputError: also for digits that the
    currency has no coin for, were they zeros, for 1.000 is a thousand to some; MoneyError where
    the currency is none."""
    digits, written = minor_digits(currency), text.strip()
    if not _AMOUNT.fullmatch(written):
        raise InputError(f"“{text[:40]}” is no amount", key="price", remedy="Write 12.50")
    if written.startswith("-"):
        raise InputError("a price is not negative", key="price")
    if len(written.partition(".")[2]) > digits:
        raise InputError(
            f"{written[:40]} {currency} can't be paid: too many digits",
            key="price",
            remedy="Write thousands without a mark, 1000",
        )
    try:
        money = Money(Decimal(written), currency)
        money.rounded().micros  # noqa: B018  raises when it is more than can be stored
    except MoneyError:
        raise InputError(f"“{text[:40]}” is too much", key="price") from None
    return money


def generated_password() -> Secret:
    """80 random bits, in groups that can be read out."""
    text = secrets.token_hex(10)
    return Secret("-".join(text[at : at + 5] for at in range(0, len(text), 5)))
