"""A device that comes to a site within a step of another one's life: registered for the first time,
or again after somebody gave it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from provd.billing.plan import Plan, StartsOn
from provd.devices.device import Device, Key
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import InputError, MacError, RenderError
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.checking import CheckedForm, FormCheck
from provd.operations.checking import taken as taken_already
from provd.operations.forms import DeviceForm
from provd.operations.referred import Referred
from provd.operations.subjects import slot_for
from provd.operations.taken import Taken
from provd.provisioning.files import Files
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Arrived:
    """The device as it is now, what its form came to, and the event that tells of it."""

    device: Device
    checked: CheckedForm
    event_id: str


class Arrivals:
    """Works within the caller's transaction. Whatever is wrong with a form raises InputError with
    its field as `key`."""

    def __init__(
        self, store: Store, form_check: FormCheck, files: Files, charging: Charging
    ) -> None:
        self._store = store
        self._form = form_check
        self._files = files
        self._charging = charging

    def known(self, actor: Actor, text: str) -> Device | None:
        """The device of that MAC, where it was given back and may be used again; None where nobody
        has registered it. Raises ConflictError for one that is in use."""
        try:
            mac = Mac.parse(text)
        except MacError as error:
            raise InputError(error.problem, key="mac", remedy=error.remedy) from error
        placement = self._store.devices.placement(mac)
        if placement is None:
            return None
        device = self._store.devices.by_mac(mac, scope=actor.scope)
        if device is None or device.state is not State.RETURNED:
            raise taken_already(self._store, actor, placement)
        return device

    def arrive(self, taken: Taken, form: DeviceForm, keys: Sequence[Key] = ()) -> Arrived:
        """With an open enrolment window; its first boot at the site brings it into service."""
        known = self.known(taken.actor, form.mac)
        checked = self.checked(taken, form, keys)
        return self.again(taken, known, checked, keys) if known else self._new(taken, checked, keys)

    def checked(self, taken: Taken, form: DeviceForm, keys: Sequence[Key] = ()) -> CheckedForm:
        """A form that holds, whether or not its MAC is registered, and that files can be made
        of."""
        found = self._form.examine(form, taken.at, Referred(self._store, taken.actor.scope))
        if not isinstance(found, CheckedForm):
            raise found[0]
        placement = found.placement
        try:
            self._files.try_all(
                replace(placement, device=replace(placement.device, keys=tuple(keys)))
            )
        except RenderError as error:
            raise InputError(
                f"no configuration can be made from this: {error.problem}", key="keys"
            ) from error
        return found

    def again(
        self, taken: Taken, known: Device, checked: CheckedForm, keys: Sequence[Key] = ()
    ) -> Arrived:
        """One that is RETURNED, or that nobody has used: nothing of its last user stays."""
        held = self._store.devices.held(known.id, taken.actor.scope)
        self._store.accounts.hold_open([checked.placement.customer.id])
        if held.state is not State.REGISTERED and not self._store.devices.change_state(
            held.id, State.RETURNED, State.REGISTERED
        ):
            raise InputError(f"{held.mac} is {held.state}", key="mac", remedy="Look at it again")
        device, enrolment = checked.placement.device, checked.placement.enrolment
        assert enrolment.open_until is not None  # noqa: S101  a form's window is open
        self._store.devices.hand_over(
            held.id,
            site_id=device.site_id,
            order_id=self._order_id(taken, checked),
            label=device.label,
            profile=device.profile,
            lines=device.lines,
            keys=keys,
            settings=dict(device.settings),
            open_until=enrolment.open_until,
        )
        left = held.site_id if held.site_id != device.site_id else None
        event_id = self._event(held.id, held.state, taken, left)
        return Arrived(self._store.devices.get(held.id), checked, event_id)

    def subscribe(self, arrived: Arrived, plan: Plan, taken: Taken) -> None:
        """A slot of its own, and the plan on it: it starts as for any device that is registered."""
        device, parties = arrived.device, arrived.checked.parties
        subject = slot_for(self._store, device, taken.at)
        self._store.books.create_subscription(plan_id=plan.id, subject=subject, parties=parties)
        if plan.starts_on is StartsOn.REGISTERED:
            self._charging.registered({device.id: taken.cause(arrived.event_id, "registered")})

    def _new(self, taken: Taken, checked: CheckedForm, keys: Sequence[Key]) -> Arrived:
        device, enrolment = checked.placement.device, checked.placement.enrolment
        self._store.accounts.hold_open([checked.placement.customer.id])
        made = self._store.devices.register(
            mac=device.mac,
            vendor=device.vendor,
            model=device.model,
            site_id=device.site_id,
            registered_at=taken.at,
            lines=device.lines,
            keys=keys,
            label=device.label,
            profile=device.profile,
            settings=device.settings,
            order_id=self._order_id(taken, checked),
            token=enrolment.token,
            open_until=enrolment.open_until,
        )
        return Arrived(made, checked, self._event(made.id, State.DISCOVERED, taken, None))

    def _order_id(self, taken: Taken, checked: CheckedForm) -> int | None:
        if not checked.order_reference:
            return None
        site = checked.placement.site
        order = checked.order or self._store.orders.create(
            site_id=site.id, reference=checked.order_reference, created_at=taken.at
        )
        return order.id

    def _event(self, device_id: int, before: State, taken: Taken, left_site_id: int | None) -> str:
        event = taken.event(device_id, before, State.REGISTERED, left_site_id)
        self._store.events.record(event)
        return event.id
