"""Which of a phone's files can't be made just now, and what it gets instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from provd.devices.account import Role
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.standing import Standing, standing_of
from provd.errors import NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.provisioning.files import File, Files
from provd.store import Store
from provd.vendors.registry import Registry
from provd.vendors.sending import sent
from provd.vendors.values import FileKind

MANAGERS = (Role.ADMIN, Role.RESELLER)

LastGood = Callable[[Standing, str], File | None]


def no_copies(_: Standing, __: str) -> None:
    """Where nothing is kept."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A file that can't be made. `problem` names the template's file and line where it is to blame;
    `last_good` is since when the phone's last good one was as it is, None when there is none."""

    kind: str
    path: str
    problem: str
    last_good: datetime | None


class PhoneFiles:
    """Tried when somebody looks: nothing is kept that could be stale."""

    def __init__(
        self, store: Store, registry: Registry, files: Files, last_good: LastGood = no_copies
    ) -> None:
        self._store = store
        self._registry = registry
        self._files = files
        self._last_good = last_good

    def withheld(self, actor: Actor, mac: str) -> tuple[Withheld, ...]:
        """In the order of plugin.yaml; empty when all is well. Raises NotFoundError."""
        actor.must_be(*MANAGERS)
        device = self._store.devices.by_mac(Mac.parse(mac), scope=actor.scope)
        placement = self._store.devices.placement(device.mac) if device else None
        if placement is None:
            raise NotFoundError("there is no such device")
        return tuple(self._withheld(placement))

    def _withheld(self, placement: Placement) -> Iterator[Withheld]:
        device = placement.device
        vendor = self._registry.vendor(device.vendor)
        model = vendor.model(device.model)
        paths = vendor.paths(model, device.mac)
        for file in vendor.files:
            if file.template is None or file.name not in paths:
                continue
            if problem := self._problem(placement, file):
                last = self._last_good(standing_of(placement), file.name)
                since = last.modified if last else None
                yield Withheld(file.name, paths[file.name], problem, since)

    def _problem(self, placement: Placement, file: FileKind) -> str:
        try:
            phone = self._files.phone(placement)
            vendor = self._registry.vendor(placement.device.vendor)
            sent(file, phone, vendor.render(file, phone))
        except RenderError as error:
            return str(error)
        return ""
