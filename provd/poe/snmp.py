"""The edge: pysnmp, which is made for asyncio, in a loop of its own for each question. It blocks,
so it belongs into a thread or a command."""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import Any

from pysnmp.error import PySnmpError  # type: ignore[import-untyped]  # it is not marked as typed
from pysnmp.hlapi.v3arch import asyncio as pysnmp  # type: ignore[import-untyped]  # the same

from provd.errors import PowerError
from provd.poe.cycling import PortState
from provd.poe.port import Community, PowerPort, User

ADMIN_ENABLE = "1.3.6.1.2.1.105.1.1.1.3"
"""pethPsePortAdminEnable, a TruthValue: 1 is on, 2 is off."""
DETECTION_STATUS = "1.3.6.1.2.1.105.1.1.1.6"
"""pethPsePortDetectionStatus: 3 is deliveringPower."""

SECONDS, RETRIES = 2.0, 2
"""For an answer, and how often it is asked again."""

_ON, _OFF, _DELIVERING = 1, 2, 3
_AUTHENTICATION = {
    "md5": pysnmp.USM_AUTH_HMAC96_MD5,
    "sha": pysnmp.USM_AUTH_HMAC96_SHA,
    "sha256": pysnmp.USM_AUTH_HMAC192_SHA256,
    "sha512": pysnmp.USM_AUTH_HMAC384_SHA512,
}
_PRIVACY = {
    "des": pysnmp.USM_PRIV_CBC56_DES,
    "aes": pysnmp.USM_PRIV_CFB128_AES,
    "aes256": pysnmp.USM_PRIV_CFB256_AES,
}


class SnmpSwitch:
    """A port, asked and told over SNMP; see provd.poe.cycling.Switch. Use it in `with`."""

    def __init__(
        self, port: PowerPort, *, seconds: float = SECONDS, retries: int = RETRIES
    ) -> None:
        self._port = port
        self._patience = {"timeout": seconds, "retries": retries}
        self._runner = asyncio.Runner()
        self._engine = pysnmp.SnmpEngine()  # dear, and knows the switch's engine once it has asked

    def __enter__(self) -> SnmpSwitch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.close_dispatcher()
        self._runner.close()

    def read(self) -> PortState:
        enabled, status = self._ask(
            pysnmp.get_cmd,
            pysnmp.ObjectType(self._object(ADMIN_ENABLE)),
            pysnmp.ObjectType(self._object(DETECTION_STATUS)),
        )
        if enabled not in (_ON, _OFF):
            raise PowerError(f"There is no {self._port} that can give power")
        return PortState(enabled == _ON, status == _DELIVERING)

    def turn(self, *, on: bool) -> None:
        value = pysnmp.Integer32(_ON if on else _OFF)
        self._ask(pysnmp.set_cmd, pysnmp.ObjectType(self._object(ADMIN_ENABLE), value))

    def _object(self, column: str) -> pysnmp.ObjectIdentity:
        return pysnmp.ObjectIdentity(f"{column}.{self._port.group}.{self._port.number}")

    def _ask(self, command: Any, *objects: pysnmp.ObjectType) -> list[int | None]:
        """The objects' values, None for what is no number."""
        try:
            return self._runner.run(self._asked(command, objects))
        except (OSError, PySnmpError) as error:
            raise PowerError(f"The switch {self._port.switch} can't be asked: {error}") from error

    async def _asked(
        self, command: Any, objects: tuple[pysnmp.ObjectType, ...]
    ) -> list[int | None]:
        problem, status, _, rows = await command(
            self._engine,
            _credentials(self._port.access),
            await self._target(),
            pysnmp.ContextData(contextName=_context(self._port.access)),
            *objects,
            lookupMib=False,
        )
        if problem or status:
            said = str(problem or status.prettyPrint())
            raise PowerError(f"The switch {self._port.switch} did not do it: {said}")
        return [_number(value) for _, value in rows]

    async def _target(self) -> pysnmp.UdpTransportTarget:
        where = self._port.switch, self._port.snmp_port
        loop = asyncio.get_running_loop()
        found = (await loop.getaddrinfo(*where, type=socket.SOCK_DGRAM))[0]
        six = found[0] == socket.AF_INET6
        kind = pysnmp.Udp6TransportTarget if six else pysnmp.UdpTransportTarget
        return await kind.create(found[4][:2], **self._patience)


def _credentials(access: Community | User) -> pysnmp.CommunityData | pysnmp.UsmUserData:
    if isinstance(access, Community):  # many switches know nothing better
        return pysnmp.CommunityData(access.name.reveal(), mpModel=1)  # noqa: S508  # that is 2c
    return pysnmp.UsmUserData(
        access.name,
        authKey=access.auth_password.reveal(),
        privKey=access.privacy_password.reveal(),
        authProtocol=_AUTHENTICATION[access.authentication],
        privProtocol=_PRIVACY[access.privacy],
    )


def _context(access: Community | User) -> bytes:
    return access.context.encode() if isinstance(access, User) else b""


def _number(value: Any) -> int | None:
    """noSuchInstance and its like are no numbers."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
