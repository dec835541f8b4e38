"""Plans and what they cost: who may make, see, share, price and withdraw them.

The provider's administrator manages the provider's plans and all wholesale prices. A plan of a
reseller's own is managed by that reseller alone; what the provider takes for it is the
administrator's to say. A reseller sells the provider's plans that are shared with it, at its own
prices or at the recommended ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

import structlog

from provd.billing.days import local_date, zone_named
from provd.billing.money import Money
from provd.billing.plan import Plan, Sharing, Side
from provd.billing.prices import Price
from provd.devices.account import Account, AccountKind, Role
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.naming import named
from provd.operations.plan_checks import FeePrices, check_amount, check_draft
from provd.operations.plan_rights import SELLERS, PlanRights
from provd.operations.plan_views import CatalogueEntry, priced
from provd.store import Store

log = structlog.get_logger()


class Catalogue:
    """Terms of a plan never change, and prices only from a day on: what was sold stays as it was.
    Other terms are another plan."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._rights = PlanRights(store)
        self._clock = clock

    def currency(self, actor: Actor) -> str:
        """In which the actor's own plans are priced."""
        actor.must_be(*SELLERS)
        return self._store.accounts.get(actor.account_id).currency

    def plans(self, actor: Actor, on: date | None = None) -> list[CatalogueEntry]:
        """All that the actor manages or may sell, by name, with the prices of that day or of
        today; withdrawn ones too. An administrator sees all."""
        actor.must_be(*SELLERS)
        plans = [one for one in self._store.books.plans() if self._rights.sees(actor, one)]
        return self._entries(actor, plans, on)

    def plan(self, actor: Actor, plan_id: int, on: date | None = None) -> CatalogueEntry:
        """Raises NotFoundError when it is none of `plans`."""
        actor.must_be(*SELLERS)
        return self._entries(actor, [self._rights.seen(actor, plan_id)], on)[0]

    def named(self, actor: Actor, name: str, on: date | None = None) -> CatalogueEntry:
        """By name, an own one before the provider's. Raises NotFoundError."""
        wanted = name.strip().casefold()
        found = [one for one in self.plans(actor, on) if one.plan.name.casefold() == wanted]
        if not found:
            known = ", ".join(one.plan.name for one in self.plans(actor)) or "none"
            raise NotFoundError(
                f"there is no plan “{name}”", key="plan", remedy=f"There are: {known}"
            )
        return min(found, key=lambda one: one.plan.owner_id != actor.account_id)

    def make(
        self,
        actor: Actor,
        draft: Plan,
        prices: Sequence[FeePrices],
        *,
        valid_from: date | None = None,
    ) -> CatalogueEntry:
        """The plan with its prices, each of the fee at its place, from that day or from the first
        of this month on; ids of the draft count for nothing. A reseller's is its own, whatever the
        draft says, and its wholesale prices wait for the administrator.

        Raises InputError, ConflictError when the owner has a plan of this name, MoneyError for a
        price in another currency than the plan's.
        """
        actor.must_be(*SELLERS)
        owner = self._owner(actor, draft.owner_id)
        check_draft(draft, owner, prices)
        today = self._today(owner)
        with self._store.transaction():
            self._check_name(owner, draft.name)
            draft = replace(draft, owner_id=owner.id, name=named(draft.name))
            plan = self._store.books.create_plan(draft)
            for fee, given in zip(plan.fees, prices, strict=True):
                since = valid_from or today.replace(day=1)
                self._make_prices(actor, plan, fee.id, given, since)
        log.info("plan_made", plan=plan.id, owner=owner.id, by=actor.name)
        return self.plan(actor, plan.id)

    def set_price(
        self, actor: Actor, plan_id: int, fee_id: int, side: Side, amount: Money, since: date
    ) -> Price:
        """From that day on, for what falls due from now on; what was charged stays. Wholesale is
        the administrator's, retail the actor's own price, which for the plan's owner is the
        recommended one.

        Raises NotFoundError, InputError for what the actor may not set, MoneyError.
        """
        actor.must_be(*SELLERS)
        plan = self._rights.seen(actor, plan_id)
        if fee_id not in {fee.id for fee in plan.fees}:
            raise NotFoundError("there is no such fee", key="fee")
        self._rights.check_may_price(actor, plan, side)
        return self._set_price(actor, fee_id, side, amount, since)

    def share(self, actor: Actor, plan_id: int, reseller_ids: Collection[int] | None) -> None:
        """With these resellers beside those that have it; None: with all. Raises NotFoundError,
        InputError for a plan that is not the provider's."""
        plan = self._rights.shareable(actor, plan_id)
        if reseller_ids is None:
            self._store.books.share_plan(plan.id, Sharing.ALL)
        else:
            wanted = plan.shared_with | {self._reseller(actor, id_) for id_ in reseller_ids}
            if plan.sharing is not Sharing.ALL:
                self._store.books.share_plan(plan.id, Sharing.SOME, wanted)
        log.info("plan_shared", plan=plan.id, by=actor.name)

    def unshare(self, actor: Actor, plan_id: int, reseller_ids: Collection[int] | None) -> None:
        """No longer with these resellers; None: with nobody. What they have sold goes on. Raises
        as `share`."""
        plan = self._rights.shareable(actor, plan_id)
        left: set[int] = set()
        if reseller_ids is not None:
            others = {one.id for one in self._resellers(actor)}
            having = others if plan.sharing is Sharing.ALL else set(plan.shared_with)
            left = having - {self._reseller(actor, id_) for id_ in reseller_ids}
        self._store.books.share_plan(plan.id, Sharing.SOME if left else Sharing.NONE, left)
        log.info("plan_unshared", plan=plan.id, by=actor.name)

    def rename(self, actor: Actor, plan_id: int, name: str) -> None:
        """Raises NotFoundError, InputError, ConflictError when the owner has another of it."""
        plan = self._rights.managed(actor, plan_id)
        with self._store.transaction():
            self._check_name(self._store.accounts.get(plan.owner_id), name, other_than=plan.id)
            self._store.books.rename_plan(plan.id, named(name))

    def sell(
        self, actor: Actor, plan_id: int, sold_from: date | None, sold_until: date | None
    ) -> None:
        """Between these days it can be subscribed to, the last one excluded; None: without limit.
        What was sold goes on. Raises NotFoundError, InputError."""
        plan = self._rights.managed(actor, plan_id)
        if sold_from and sold_until and sold_until < sold_from:
            raise InputError(f"{sold_until} is before {sold_from}", key="sold_until")
        self._store.books.sell_plan(plan.id, sold_from, sold_until)

    def withdraw(self, actor: Actor, plan_id: int, day: date | None = None) -> date:
        """From that day on, else from today, nobody can subscribe to it. Returns the day."""
        plan = self._rights.managed(actor, plan_id)
        day = day or self._today(self._store.accounts.get(plan.owner_id))
        sold_from = plan.sold_from if plan.sold_from and plan.sold_from <= day else None
        self._store.books.sell_plan(plan.id, sold_from, day)
        return day

    def today(self, actor: Actor) -> date:
        """Where the actor's account is."""
        return self._today(self._store.accounts.get(actor.account_id))

    def _entries(
        self, actor: Actor, plans: Sequence[Plan], on: date | None
    ) -> list[CatalogueEntry]:
        account = self._store.accounts.get(actor.account_id)
        provider = self._store.accounts.chain(actor.account_id)[0]
        names = {one.id: one.name for one in self._store.accounts.below(actor.scope)}
        names[provider.id] = provider.name
        today = self._today(account)
        # A reseller sees no other reseller's prices, the administrator those of all owners.
        sellers = {actor.account_id, provider.id, *(plan.owner_id for plan in plans)}
        prices = self._store.books.price_lists({plan.id for plan in plans}, sellers)
        return [
            CatalogueEntry(
                plan=plan,
                owner=names.get(plan.owner_id, ""),
                managed=self._rights.manages(actor, plan),
                on_sale=plan.sold_on(on or today),
                shared_with=tuple(sorted(names[id_] for id_ in plan.shared_with if id_ in names))
                if actor.role is Role.ADMIN
                else (),
                fees=priced(plan, prices[plan.id], provider.id, account.id, on or today),
            )
            for plan in plans
        ]

    def _resellers(self, actor: Actor) -> list[Account]:
        return self._store.accounts.below(actor.scope, kind=AccountKind.RESELLER)

    def _reseller(self, actor: Actor, account_id: int) -> int:
        account = self._store.accounts.get(account_id, scope=actor.scope)
        if account.kind is not AccountKind.RESELLER:
            raise InputError(f"{account.name} is no reseller", key="resellers")
        return account.id

    def _owner(self, actor: Actor, owner_id: int) -> Account:
        if actor.role is Role.RESELLER:
            return self._store.accounts.get(actor.account_id)
        owner = self._store.accounts.get(owner_id or actor.account_id, scope=actor.scope)
        if owner.kind is AccountKind.CUSTOMER:
            raise InputError(f"{owner.name} is a customer and sells nothing", key="owner")
        return owner

    def _check_name(self, owner: Account, name: str, other_than: int = 0) -> None:
        for one in self._store.books.plans(owner_ids=[owner.id]):
            if one.id != other_than and one.name.casefold() == name.strip().casefold():
                raise ConflictError(f"there is a plan “{one.name}” already", key="name")

    def _make_prices(
        self, actor: Actor, plan: Plan, fee_id: int, given: FeePrices, since: date
    ) -> None:
        provider = self._store.accounts.chain(actor.account_id)[0]
        if given.wholesale is not None:
            if actor.role is not Role.ADMIN:
                raise InputError("wholesale prices are the provider's", key="wholesale")
            self._enter(fee_id, Side.WHOLESALE, given.wholesale, since, provider.id)
        if given.retail is not None:
            self._enter(fee_id, Side.RETAIL, given.retail, since, plan.owner_id)

    def _set_price(
        self, actor: Actor, fee_id: int, side: Side, amount: Money, since: date
    ) -> Price:
        check_amount(amount)
        kept = self._enter(fee_id, side, amount, since, actor.account_id)
        log.info("price_set", fee=fee_id, side=side, amount=str(amount), by=actor.name)
        return kept

    def _enter(self, fee_id: int, side: Side, amount: Money, since: date, seller_id: int) -> Price:
        price = Price(fee_id, side, amount, since, seller_id)
        return self._store.books.set_price(price, self._clock())

    def _today(self, account: Account) -> date:
        return local_date(self._clock(), zone_named(account.time_zone))
