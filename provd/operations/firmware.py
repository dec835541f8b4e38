"""Which firmware each phone is told to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.errors import NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.provisioning.files import Files
from provd.provisioning.firmware_policy import Choice
from provd.store import Store

MANAGERS = (Role.ADMIN, Role.RESELLER)
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Told:
    """`choice` is what a phone is told at its site, `on_bench` what it is told there."""

    device: Device
    choice: Choice
    on_bench: Choice

    @property
    def version(self) -> str:
        """Empty when it is told of none."""
        image = self.choice.image or self.on_bench.image
        return image.version if image else ""

    @property
    def bench_only(self) -> bool:
        return self.choice.image is None and self.on_bench.image is not None


class PhoneFirmware:
    """For the command line and the portal."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files

    def told(self, actor: Actor) -> Iterator[Told]:
        """All phones of the actor's scope, the latest registered first."""
        actor.must_be(*MANAGERS)
        number, total = 0, 1
        while number * _TOGETHER < total:
            number += 1
            rows, total = self._store.devices.search(actor.scope, page=number, size=_TOGETHER)
            for row in rows:
                yield self._told(row.device)

    def of(self, actor: Actor, mac: Mac) -> Told:
        """Raises NotFoundError."""
        actor.must_be(*MANAGERS)
        device = self._store.devices.by_mac(mac, scope=actor.scope)
        if device is None:
            raise NotFoundError("there is no such device")
        return self._told(device)

    def _told(self, device: Device) -> Told:
        placement = self._store.devices.placement(device.mac)
        if placement is None:
            none = Choice(None, "it was removed just now")
            return Told(device, none, none)
        try:
            site, bench = (
                self._files.firmware(placement, one) for one in (Place.SITE, Place.BENCH)
            )
        except RenderError as error:
            none = Choice(None, str(error))
            return Told(device, none, none)
        return Told(device, site, bench)
