"""Who sees a plan, who changes it, who may say what it costs."""

from __future__ import annotations

from provd.billing.plan import Plan, Side
from provd.devices.account import Role
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

SELLERS = (Role.ADMIN, Role.RESELLER)


class PlanRights:
    """What an actor may not see raises NotFoundError, as if it were not there; what the actor may
    see but not change raises InputError, which names who may."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sees(self, actor: Actor, plan: Plan) -> bool:
        """The administrator sees all; a reseller its own and the provider's that are shared."""
        if actor.role is Role.ADMIN or plan.owner_id == actor.account_id:
            return True
        above = {one.id for one in self._store.accounts.upwards(actor.account_id)}
        return plan.owner_id in above and plan.offered_to(actor.account_id)

    def seen(self, actor: Actor, plan_id: int) -> Plan:
        actor.must_be(*SELLERS)
        plan = self._store.books.plan(plan_id)
        if not self.sees(actor, plan):
            raise NotFoundError("there is no such plan")
        return plan

    def manages(self, actor: Actor, plan: Plan) -> bool:
        return plan.owner_id == actor.account_id

    def managed(self, actor: Actor, plan_id: int) -> Plan:
        plan = self.seen(actor, plan_id)
        if not self.manages(actor, plan):
            owner = self._store.accounts.get(plan.owner_id).name
            raise InputError(
                f"plan “{plan.name}” is managed by {owner}",
                key="plan",
                remedy=f"This is for {owner} to change",
            )
        return plan

    def shareable(self, actor: Actor, plan_id: int) -> Plan:
        """Only the provider has somebody to share a plan with."""
        actor.must_be(Role.ADMIN)
        return self.managed(actor, plan_id)

    def check_may_price(self, actor: Actor, plan: Plan, side: Side) -> None:
        if side is Side.WHOLESALE and actor.role is not Role.ADMIN:
            raise InputError("wholesale prices are the provider's", key="side")
        if side is Side.RETAIL and actor.role is Role.ADMIN and not self.manages(actor, plan):
            owner = self._store.accounts.get(plan.owner_id).name
            raise InputError(f"retail prices of “{plan.name}” are {owner}'s to set", key="side")
