"""What all steps with subscriptions share: finding one, checking a plan, quoting, beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from provd.billing.days import local_date, start_of_day, zone_named
from provd.billing.plan import Plan, PlanRole, Side, SubjectKind
from provd.billing.quote import Quote, quote
from provd.billing.subscription import Cause, ChangeKind, SetupFee, Subject, Subscription
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.consequences import Hook
from provd.operations.plan_rights import SELLERS
from provd.operations.subjects import Found, Subjects, slot_for
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.store.books import NewChange

_LONGEST_REASON = 200


class SubscriptionSteps:
    """For who sells: an administrator, and a reseller for its own customers. Everything is one
    transaction, and what falls due with it is charged in the same one."""

    def __init__(self, store: Store, hook: Hook, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._hook = hook
        self._clock = clock
        self._subjects = Subjects(store)

    def _held(self, actor: Actor, subscription_id: int) -> tuple[Subscription, Found]:
        """In its seller's hands. Raises NotFoundError."""
        actor.must_be(*SELLERS)
        one = self._store.books.subscription(subscription_id)
        try:
            self._store.accounts.get(one.parties.customer_id, scope=actor.scope)
            return one, self._subjects.found(actor, one.subject)
        except NotFoundError:
            raise NotFoundError("there is no such subscription", key="subscription") from None

    def _plan(self, plan_id: int, found: Found, starts: date | None) -> Plan:
        plan = self._store.books.plan(plan_id)
        owners = {found.parties.provider_id, found.seller.id}
        if plan.owner_id not in owners or not plan.offered_to(found.seller.id):
            raise NotFoundError("there is no such plan", key="plan")
        day = starts or local_date(self._clock(), zone_named(found.seller.time_zone))
        if not plan.sold_on(day):
            raise InputError(f"plan “{plan.name}” is not on sale on {day}", key="plan")
        if not _may_be_for(plan, found):
            raise InputError(
                f"plan “{plan.name}” is for a {plan.subject}, not for a {found.subject.kind}",
                key="plan",
            )
        return plan

    def _in_its_place(self, actor: Actor, found: Found, plan: Plan) -> Found:
        """A plan for a slot that is asked for a device is for the slot that it fills, and for the
        device itself until `_subject` gives it one."""
        if plan.subject is not SubjectKind.SLOT:
            return found
        if found.slot is None:
            found.must_be_there()
            return found
        return self._subjects.found(actor, Subject(SubjectKind.SLOT, found.slot.id))

    def _subject(self, found: Found, plan: Plan) -> Subject:
        """In the transaction that subscribes."""
        if plan.subject is not SubjectKind.SLOT or found.slot or found.device is None:
            return found.subject
        return slot_for(self._store, found.device, self._clock())

    def _check_fits(self, found: Found, plan: Plan) -> None:
        if not plan.repeatable:
            self._check_first(found, plan)
        if plan.role is PlanRole.ADD_ON:
            self._subjects.check_main(found)

    def _alone(self, found: Found, plan: Plan) -> None:
        """Of two that subscribe to the same at once, one is too late."""
        self._store.accounts.held(found.customer.id).must_be_open()
        self._check_fits(found, plan)

    def _check_first(self, found: Found, plan: Plan) -> None:
        now = self._clock()
        for one in self._subjects.running(found):
            if one.plan_id == plan.id and (one.ended_at is None or one.ended_at > now):
                raise ConflictError(
                    f"{found.name} has plan “{plan.name}” already (subscription {one.id})",
                    key="plan",
                    remedy="Only a repeatable plan can be had twice",
                )

    def _at(self, found: Found, day: date | None) -> datetime:
        """The beginning of a day where the seller is; of today: now, so that it is no past."""
        now, zone = self._clock(), zone_named(found.seller.time_zone)
        return now if day is None or day == local_date(now, zone) else start_of_day(day, zone)

    def _quoted(
        self,
        actor: Actor,
        plan: Plan,
        found: Found,
        at: datetime,
        setup: SetupFee,
        term_from: date | None = None,
        waits: bool = False,
    ) -> Quote:
        prices = self._store.books.price_list(plan.id)
        sides = set(Side) if actor.sees_wholesale else {Side.RETAIL}
        return quote(
            plan,
            prices,
            found.parties,
            at,
            sides=sides,
            setup=setup,
            term_from=term_from,
            waits=waits,
        )

    def _begin(
        self, made: Subscription, at: datetime, cause: Cause, paid: Sequence[NewChange] = ()
    ) -> None:
        """`paid` is the end up to which it is paid, known before anything is charged."""
        now = self._clock()
        start = NewChange(made.id, ChangeKind.START, at, now, cause)
        self._store.books.record_changes([start, *paid])
        self._hook.charge([made.id], now)

    def _cause(self, actor: Actor, kind: str, reason: str) -> Cause:
        text = one_line(reason, "reason", longest=_LONGEST_REASON)
        return Cause.by_person(new_id(), kind, self._clock().astimezone(UTC), actor.name, text)


def _may_be_for(plan: Plan, found: Found) -> bool:
    kind = found.subject.kind
    for_its_slot = plan.subject is SubjectKind.SLOT and kind is SubjectKind.DEVICE
    return plan.subject is kind or for_its_slot
