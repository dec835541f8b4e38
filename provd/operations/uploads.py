"""What phones have sent, for the people whose phones they are."""

from __future__ import annotations

import structlog

from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.mac import Mac
from provd.devices.upload import UploadFacts
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

log = structlog.get_logger()


class DeviceUploads:
    """Outside of the actor's scope there is no device."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, actor: Actor, mac: str) -> tuple[UploadFacts, ...]:
        """By name. Raises NotFoundError."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        return tuple(self._store.uploads.of_device(self._device(actor, mac).id))

    def content(self, actor: Actor, mac: str, name: str) -> bytes:
        """By the file's name, or by its kind. Raises NotFoundError. Who looked is logged: a log or
        a contact list tells of people."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        device = self._device(actor, mac)
        facts = self._store.uploads.of_device(device.id)
        kind = next((one.kind for one in facts if name in (one.name, one.kind)), None)
        upload = self._store.uploads.get(device.id, kind) if kind else None
        if upload is None:
            known = ", ".join(one.name for one in facts) or "nothing"
            raise NotFoundError(
                f"the phone has sent no “{name}”", key="name", remedy=f"It has sent: {known}"
            )
        log.info("upload_shown", by=actor.name, mac=str(device.mac), kind=kind)
        return upload.content

    def _device(self, actor: Actor, mac: str) -> Device:
        device = self._store.devices.by_mac(Mac.parse(mac), actor.scope)
        if device is None:
            raise NotFoundError("there is no such device")
        return device
