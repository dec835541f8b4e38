"""A device at another site: of the same customer, or of another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from provd.billing.plan import Plan, Side
from provd.billing.quote import Quote, quote
from provd.billing.subscription import ChangeKind
from provd.devices.account import Site
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.errors import InputError, LifecycleError
from provd.operations.actor import Actor
from provd.operations.arrivals import Arrivals
from provd.operations.checking import CheckedForm
from provd.operations.consequences import NOTHING, Consequences, Hook, ended
from provd.operations.device_steps import DeviceSteps
from provd.operations.forms import DeviceForm, LineForm
from provd.operations.keys_and_lines import generated
from provd.operations.lines import form_of
from provd.operations.referred import Referred
from provd.operations.taken import Taken
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.store.books import NewChange

log = structlog.get_logger()

MOVED = "moved"


@dataclass(frozen=True, slots=True)
class MoveForm:
    """Where to. The other fields are for another customer's site: the plan there (None: it costs
    nothing), and its lines, or that it keeps those it has, with other passwords."""

    site_id: int
    plan_id: int | None = None
    lines: tuple[LineForm, ...] = ()
    keep_lines: bool = False
    label: str = ""
    order_reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """`device` as it is afterwards. To `another_customer` it takes nothing along: what ended at the
    old one has `consequences`, what the plan at the new one will cost stands in `quote`. The
    devices `tell` are to be told, after the commit, to fetch their files."""

    device: Device
    another_customer: bool
    consequences: Consequences = NOTHING
    quote: Quote | None = None
    tell: tuple[int, ...] = ()


class Moving(DeviceSteps):
    """Within one customer its slot, and all that is paid for it, goes along, and so do its secrets:
    the same people have it. Another customer gets a device that was given back and registered
    anew."""

    def __init__(
        self,
        store: Store,
        hook: Hook,
        arrivals: Arrivals,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(store, hook, clock=clock)
        self._arrivals = arrivals

    def move(self, actor: Actor, mac: str, form: MoveForm) -> Moved:
        """One transaction. Raises NotFoundError outside of the actor's scope, InputError with the
        form's field as `key`, LifecycleError for a device that was retired."""
        taken = self._taken(actor, form.reason)
        device = self._found(actor, mac)
        with self._store.transaction():
            done = self._move(device.id, form, taken)
        log.info("device_moved", by=actor.name, mac=str(device.mac), site=form.site_id)
        return done

    def quote(self, actor: Actor, mac: str, form: MoveForm) -> Moved:
        """What `move` would do and cost. Raises as `move`."""
        taken = self._taken(actor, form.reason)
        device = self._found(actor, mac)
        return self._hook.tried(lambda: self._move(device.id, form, taken))

    def _move(self, device_id: int, form: MoveForm, taken: Taken) -> Moved:
        device = self._store.devices.held(device_id, taken.actor.scope)
        if device.state is State.RETIRED:
            raise LifecycleError(f"{device.mac} was retired: take it back first, as returned")
        referred = Referred(self._store, taken.actor.scope)
        there, here = referred.site(form.site_id), self._store.sites.get(device.site_id)
        if device.state is not State.RETURNED:
            if there.id == here.id:
                raise InputError(f"{device.mac} is there already", key="site_id")
            if there.account_id == here.account_id:
                return self._within(device, there, taken)
        return self._away(device, form, taken)

    def _within(self, device: Device, there: Site, taken: Taken) -> Moved:
        self._check_order(device)
        self._go(device, device.state, taken, left_site_id=device.site_id)
        self._store.devices.update(device.id, site_id=there.id)
        if slot_id := self._slot_id(device):
            self._store.books.move_slot(slot_id, there.id)
        return Moved(self._store.devices.get(device.id), False, tell=(device.id,))

    def _check_order(self, device: Device) -> None:
        if device.order_id is None:
            return
        order = self._store.orders.get(device.order_id)
        if order.shipped_at is None:
            raise InputError(
                f"{device.mac} ships with order {order.reference} to the site where it is",
                key="site_id",
                remedy="Ship the order first, or retire the phone and register another",
            )

    def _away(self, device: Device, form: MoveForm, taken: Taken) -> Moved:
        checked = self._arrivals.checked(taken, _form(device, form))
        consequences = self._left(device, taken)
        given_back = self._store.devices.held(device.id, taken.actor.scope)
        arrived = self._arrivals.again(taken, given_back, checked)
        if checked.plan is not None:
            self._arrivals.subscribe(arrived, checked.plan, taken)
        costs = self._quote(taken, checked, checked.plan) if checked.plan else None
        moved = self._store.devices.get(device.id)
        return Moved(moved, True, consequences.seen_by(taken.actor), costs)

    def _left(self, device: Device, taken: Taken) -> Consequences:
        """Given back, as far as the one is concerned who had it."""
        concerned, slot_id = self._subscriptions(device, taken), self._slot_id(device)
        before = device.state
        after = State.REGISTERED if before in {State.REGISTERED, State.STAGED} else State.RETURNED
        event_id = self._go(device, after, taken) if before is not after else new_id()
        cause = taken.cause(event_id, MOVED)
        back = {one.id for one in concerned} | set(self._store.books.removed_from(device.id))
        new = ended(concerned, taken.at, cause) + [
            NewChange(id_, ChangeKind.DEVICE_RETURNED, taken.at, taken.at, cause, device.id)
            for id_ in sorted(back)
        ]
        consequences = self._hook.record(new, taken.at)
        if slot_id is not None:
            # After its charges, so that they are the device's.
            self._store.books.assign(slot_id, None, taken.at)
        return consequences

    def _quote(self, taken: Taken, checked: CheckedForm, plan: Plan) -> Quote:
        sides = set(Side) if taken.actor.sees_wholesale else {Side.RETAIL}
        prices = self._store.books.price_list(plan.id)
        return quote(plan, prices, checked.parties, taken.at, sides=sides)


def _form(device: Device, form: MoveForm) -> DeviceForm:
    lines = form.lines
    if form.keep_lines and not lines:
        fresh = generated(len(device.lines))
        lines = tuple(
            form_of(replace(line, password=password))
            for line, password in zip(device.lines, fresh, strict=True)
        )
    if not lines:
        raise InputError(
            "another customer needs lines of its own", key="lines.1.user",
            remedy="Give a SIP user, or keep the lines, with other passwords",
        )  # fmt: skip
    return DeviceForm(
        mac=str(device.mac),
        vendor=device.vendor,
        model=device.model,
        site_id=form.site_id,
        plan_id=form.plan_id,
        lines=lines,
        label=form.label,
        order_reference=form.order_reference,
    )
