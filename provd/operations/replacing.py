"""Another device in the place of one: the slot goes on, with all that is paid for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from provd.billing.plan import SubjectKind
from provd.billing.subscription import ChangeKind, Subscription
from provd.devices.device import Device
from provd.devices.lifecycle import LEFT, State
from provd.devices.mac import Mac
from provd.errors import InputError, LifecycleError, MacError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.arrivals import Arrivals
from provd.operations.consequences import Consequences, Hook, ended
from provd.operations.device_steps import DeviceSteps
from provd.operations.fitting import Fitted, fitted
from provd.operations.forms import DeviceForm
from provd.operations.keys_and_lines import generated
from provd.operations.lines import form_of
from provd.operations.phone_settings import PhoneSettings
from provd.operations.taken import Taken
from provd.store import Store
from provd.store.books import NewChange
from provd.store.fleets import Fleet
from provd.vendors.registry import Registry

log = structlog.get_logger()

REPLACED = "replaced"
IN_HOUSE = frozenset({State.REGISTERED, State.STAGED})
"""States of a device that has not left for the customer."""


@dataclass(frozen=True, slots=True)
class ReplaceForm:
    """`mac` is the new device's; vendor and model empty: as the old one's. `returned`: the old one
    is back already. `keep_passwords`: nobody can have read them out of the old one. With
    `order_reference` the new one goes through the fulfilment house."""

    mac: str
    vendor: str = ""
    model: str = ""
    returned: bool = False
    keep_passwords: bool = False
    order_reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """`old` and `new` as they are afterwards; `lost` is what the new one can't take over, a clause
    for each. So many subscriptions of the old device itself have `ended`. `back`: the old one's
    hardware is not waited for."""

    old: Device
    new: Device
    lost: tuple[str, ...]
    consequences: Consequences
    ended: int
    back: bool
    new_passwords: bool


class Replacing(DeviceSteps):
    """The slot's lease and plans go on: no second setup fee, the minimum term runs on. The new
    device boots as any that was just registered. The old one is retired, or returned if it is back
    already: either way it is locked out."""

    def __init__(
        self,
        store: Store,
        hook: Hook,
        registry: Registry,
        arrivals: Arrivals,
        phone_settings: PhoneSettings,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(store, hook, clock=clock)
        self._registry = registry
        self._arrivals = arrivals
        self._phone_settings = phone_settings

    def replace(self, actor: Actor, mac: str, form: ReplaceForm) -> Replaced:
        """One transaction. Raises NotFoundError outside of the actor's scope, LifecycleError for a
        device that is not in use, ConflictError when the new MAC is somebody's, InputError with
        the form's field as `key`."""
        taken = self._taken(actor, form.reason)
        old = self._found(actor, mac)
        with self._store.transaction():
            done = self._replace(old.id, form, taken)
        log.info("device_replaced", by=actor.name, mac=str(old.mac), new=str(done.new.mac))
        return done

    def quote(self, actor: Actor, mac: str, form: ReplaceForm) -> Replaced:
        """What `replace` would do and cost now, and what the old hardware costs that never comes
        back. Raises as `replace`."""
        taken = self._taken(actor, form.reason)
        old = self._found(actor, mac)

        def step() -> Replaced:
            ids = {one.id for one in self._subscriptions(old, taken)}
            done = self._replace(old.id, form, taken)
            costs = self._hook.with_unreturned(done.consequences, ids, taken.at)
            return replace(done, consequences=costs.seen_by(actor))

        return self._hook.tried(step)

    def _replace(self, old_id: int, form: ReplaceForm, taken: Taken) -> Replaced:
        old = self._store.devices.held(old_id, taken.actor.scope)
        _check(old, form)
        form = self._named(old, form, taken.actor)
        slot_id, concerned = self._slot_id(old), self._subscriptions(old, taken)
        fit = self._fitted(old, form)
        back = form.returned or old.state in IN_HOUSE
        is_back = form.returned and old.state not in IN_HOUSE
        event_id = self._go(old, State.RETURNED if is_back else State.RETIRED, taken)
        self._store.devices.leave_order(old.id)
        new = self._arrivals.arrive(taken, _form(old, fit, form), fit.keys).device
        consequences = self._record(old, concerned, taken, event_id, back=back)
        if slot_id is not None:
            self._store.books.assign(slot_id, new.id, taken.at)
        left = self._store.devices.get(old.id)
        gone = sum(one.subject.kind is SubjectKind.DEVICE for one in concerned)
        lost = fit.lost + self._untaken(taken.actor, new)
        costs = consequences.seen_by(taken.actor)
        return Replaced(left, new, lost, costs, gone, back, not form.keep_passwords)

    def _record(
        self,
        old: Device,
        concerned: Sequence[Subscription],
        taken: Taken,
        event_id: str,
        *,
        back: bool,
    ) -> Consequences:
        """What is paid for the old device itself ends; what is paid for the slot goes on."""
        cause = taken.cause(event_id, REPLACED)
        own = [one for one in concerned if one.subject.kind is SubjectKind.DEVICE]
        kinds = [ChangeKind.DEVICE_REMOVED] + [ChangeKind.DEVICE_RETURNED] * back
        new = ended(own, taken.at, cause) + [
            NewChange(one.id, kind, taken.at, taken.at, cause, old.id)
            for one in concerned
            for kind in kinds
        ]
        return self._hook.record(new, taken.at)

    def _named(self, old: Device, form: ReplaceForm, actor: Actor) -> ReplaceForm:
        """With vendor and model; a phone that was here before has its own."""
        known = self._arrivals.known(actor, form.mac)
        like = known or old
        named = replace(form, vendor=form.vendor.lower() or like.vendor)
        named = replace(named, model=form.model or like.model)
        if known and (named.vendor, named.model) != (known.vendor, known.model):
            raise InputError(
                f"{known.mac} is a {known.model} of {known.vendor}", key="model",
                remedy="Leave vendor and model out",
            )  # fmt: skip
        return named

    def _fitted(self, old: Device, form: ReplaceForm) -> Fitted:
        try:
            vendor = self._registry.vendor(form.vendor)
            model = vendor.model(form.model)
        except NotFoundError as error:
            raise InputError(error.problem, key="model", remedy=error.remedy) from error
        fit = fitted(old, vendor, model)
        if form.keep_passwords:
            return fit
        fresh = generated(len(fit.lines))
        lines = tuple(
            replace(line, password=password)
            for line, password in zip(fit.lines, fresh, strict=True)
        )
        return replace(fit, lines=lines)

    def _untaken(self, actor: Actor, new: Device) -> tuple[str, ...]:
        """Its own settings that its model has no words for."""
        fleet = Fleet(actor.scope, device_id=new.id)
        return tuple(
            f"setting {key}: {one.why}"
            for key, value in sorted(new.settings.items())
            for one in self._phone_settings.cannot_take(fleet, key, value)
        )


def _check(old: Device, form: ReplaceForm) -> None:
    if old.state in LEFT:
        raise LifecycleError(f"{old.mac} is {old.state}: nothing is in its place any more")
    if old.state is State.SUSPENDED:
        raise LifecycleError(f"{old.mac} is suspended: resume it first, or return it")
    try:
        mac = Mac.parse(form.mac)
    except MacError as error:
        raise InputError(error.problem, key="mac", remedy=error.remedy) from error
    if mac == old.mac:
        raise InputError("that is the old phone", key="mac", remedy="Give the new one's MAC")


def _form(old: Device, fit: Fitted, form: ReplaceForm) -> DeviceForm:
    return DeviceForm(
        mac=form.mac,
        vendor=form.vendor,
        model=form.model,
        site_id=old.site_id,
        plan_id=None,
        lines=tuple(form_of(line) for line in fit.lines),
        label=old.label,
        profile=old.profile,
        order_reference=form.order_reference,
        settings=fit.settings,
    )
