"""The keys and lines of a registered phone: many by one statement, checked against its model, and
its files made for trial before anything is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from provd.devices.account import Role
from provd.devices.device import Device, Key, Line
from provd.devices.keys import KeyRange, keys_of
from provd.devices.mac import Mac
from provd.devices.ranges import counted, numbers
from provd.devices.secret import Secret
from provd.devices.settings import check_line
from provd.errors import InputError, MacError, NotFoundError, RenderError, SettingError
from provd.operations.actor import Actor
from provd.operations.lines import place_of
from provd.provisioning.files import Files
from provd.store import Store
from provd.vendors.registry import Registry
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor

log = structlog.get_logger()

MANAGERS = (Role.ADMIN, Role.RESELLER)
_PASSWORD_BYTES = 15
Changed = TypeVar("Changed")


@dataclass(frozen=True, slots=True)
class LineRange:
    """One statement for many lines: `positions` are their numbers; all texts may hold a counter,
    `{n}`, which is the line's number."""

    positions: str
    user: str
    auth_user: str = ""
    display_name: str = ""
    label: str = ""
    registrar: str = ""
    voicemail: str = ""


@dataclass(frozen=True, slots=True)
class KeysSet:
    """`written` of which `replaced` stood there before."""

    written: int
    replaced: int


class KeysAndLines:
    """Everything raises NotFoundError outside of the actor's scope, and SettingError for what the
    model or its vendor can't take."""

    def __init__(self, store: Store, registry: Registry, files: Files) -> None:
        self._store = store
        self._registry = registry
        self._files = files

    def device(self, actor: Actor, mac: str) -> Device:
        """With its keys and lines."""
        actor.must_be(*MANAGERS)
        try:
            device = self._store.devices.by_mac(Mac.parse(mac), scope=actor.scope)
        except MacError as error:
            raise InputError(error.problem, key="mac", remedy=error.remedy) from error
        if device is None:
            raise NotFoundError("there is no such device", key="mac")
        return device

    def set_keys(self, actor: Actor, mac: str, ranges: Sequence[KeyRange]) -> KeysSet:
        """Those keys anew; the others stay."""
        new = {(key.module, key.position): key for key in self._keys(actor, mac, ranges)}

        def change(device: Device) -> tuple[Device, KeysSet]:
            standing = {(key.module, key.position): key for key in device.keys}
            replaced = len(standing.keys() & new.keys())
            merged = standing | new
            keys = tuple(merged[at] for at in sorted(merged))
            return replace(device, keys=keys), KeysSet(len(new), replaced)

        return self._change(actor, mac, change)

    def clear_keys(self, actor: Actor, mac: str, positions: str, module: int | None) -> int:
        """Takes away the keys at `positions` (empty: all) of a module (None: everywhere, 0: the
        phone itself). Returns how many there were."""
        place = place_of(*self._model(self.device(actor, mac)))
        most = max(place.keys.values()) if module is None else place.keys.get(module, 0)
        wanted = set(numbers(positions, most)) if positions else None

        def change(device: Device) -> tuple[Device, int]:
            kept = tuple(
                key
                for key in device.keys
                if (module is not None and key.module != module)
                or (wanted is not None and key.position not in wanted)
            )
            return replace(device, keys=kept), len(device.keys) - len(kept)

        return self._change(actor, mac, change)

    def set_lines(
        self, actor: Actor, mac: str, lines: LineRange, passwords: Sequence[Secret] | None
    ) -> tuple[Line, ...]:
        """Those lines anew; the others stay. As many passwords as lines, in their order; None
        keeps the passwords that the lines have. Returns the lines that were set."""
        model = self._model(self.device(actor, mac))[1]
        wanted = _numbers(lines, model)
        if passwords is not None and len(passwords) != len(wanted):
            raise SettingError(
                f"{len(passwords)} passwords were given for {len(wanted)} lines",
                key="passwords",
                remedy="Give one for each line, in their order",
            )
        given = dict(zip(wanted, passwords, strict=True)) if passwords is not None else {}

        def change(device: Device) -> tuple[Device, tuple[Line, ...]]:
            standing = {line.number: line for line in device.lines}
            new = tuple(_line(lines, n, given.get(n), standing.get(n)) for n in wanted)
            merged = standing | {line.number: line for line in new}
            return replace(device, lines=tuple(merged[n] for n in sorted(merged))), new

        return self._change(actor, mac, change)

    def _keys(self, actor: Actor, mac: str, ranges: Sequence[KeyRange]) -> tuple[Key, ...]:
        return keys_of(ranges, place_of(*self._model(self.device(actor, mac))))

    def _model(self, device: Device) -> tuple[Vendor, Model]:
        vendor = self._registry.vendor(device.vendor)
        return vendor, vendor.model(device.model)

    def _change(
        self, actor: Actor, mac: str, change: Callable[[Device], tuple[Device, Changed]]
    ) -> Changed:
        found = self.device(actor, mac)
        with self._store.transaction():
            before = self._store.devices.held(found.id, actor.scope)
            after, result = change(before)
            self._try(after)
            if after.lines != before.lines:
                self._store.devices.replace_lines(before.id, after.lines)
            if after.keys != before.keys:
                self._store.devices.update(before.id, keys=after.keys)
        log.info(
            "keys_and_lines_set", by=actor.name, mac=str(after.mac),
            lines=len(after.lines), keys=len(after.keys),
        )  # fmt: skip
        return result

    def _try(self, device: Device) -> None:
        """A value that the phone's files can't hold is refused here, not when the phone asks."""
        placement = self._store.devices.placement(device.mac)
        if placement is None:
            raise NotFoundError("there is no such device", key="mac")
        try:
            self._files.try_all(replace(placement, device=device))
        except RenderError as error:
            raise InputError(f"no configuration can be made from this: {error.problem}") from error


def generated(count: int) -> tuple[Secret, ...]:
    """Passwords of 20 letters, digits, - and _, 120 random bits each."""
    return tuple(Secret(secrets.token_urlsafe(_PASSWORD_BYTES)) for _ in range(count))


def _numbers(lines: LineRange, model: Model) -> tuple[int, ...]:
    try:
        return numbers(lines.positions, model.lines)
    except SettingError as error:
        raise SettingError(
            f"{error.problem} ({model.title} has {model.lines} lines)",
            key=error.key,
            remedy=error.remedy,
        ) from None


def _line(given: LineRange, n: int, password: Secret | None, standing: Line | None) -> Line:
    fields = {
        name: counted(getattr(given, name), n, key=name)
        for name in (
            "user", "auth_user", "display_name", "label", "registrar", "voicemail"
        )
    }  # fmt: skip
    kept = password or (standing.password if standing else None)
    if not fields["user"]:
        raise SettingError("a line needs a SIP user", where=f"line {n}", key="user")
    if not kept:
        raise SettingError(
            "there is no password yet", where=f"line {n}", key="passwords",
            remedy="Give passwords, or have them generated",
        )  # fmt: skip
    return check_line(Line(number=n, password=kept, **fields))
