"""The backend as phones and strangers meet it, with a clock and without a reactor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address

from provd.devices.mac import Mac
from provd.exchange import (
    Answer,
    ClientCertificate,
    IPAddress,
    Outcome,
    Reason,
    Refusal,
    Request,
    Transport,
)
from provd.provisioning.backend import Provisioning
from provd.provisioning.files import Files
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool_lines import from_line
from provd.provisioning.sweeps import SweepLimits
from provd.vendors.firmware import Firmware
from tests.conftest import House
from tests.provisioning.wiring import trust_of

NOW = datetime.now(UTC)
SITE, BENCH, STRANGER, ANOTHER = "127.0.0.1", "127.0.0.2", "203.0.113.9", "198.51.100.7"
PUBLIC = "https://phones.example.net/"
LEGACY = "https://phones.example.net:8443/"
MAC = Mac("805ec0000001")
FILE = f"{MAC.digits}.cfg"
UNKNOWN = "805ec0fffff1.cfg"
UNLIMITED = SweepLimits(macs=10**9, suspect=10**9)


class Phones:
    """Asks the backend; `paused` is for how long answers were held back."""

    def __init__(
        self,
        house: House,
        limits: SweepLimits | None = None,
        challenges: bool = False,
        firmware: Firmware = Firmware(),  # noqa: B008  immutable
    ) -> None:
        parts = house.parts
        self.now = NOW
        self.journal: list[JournalEntry] = []
        self.paused: list[float] = []
        self.looked_up = 0
        files = Files(
            parts.registry,
            parts.profiles,
            public_url=PUBLIC,
            legacy_url=LEGACY,
            host="phones.example.net",
            clock=lambda: self.now,
            credentials=parts.files.credentials,
            firmware=firmware,
        )
        self.backend = Provisioning(
            parts.store.devices,
            parts.registry,
            files,
            parts.copies,
            generation=parts.generation,
            trust=trust_of(parts, limits),
            in_thread=self._in_thread,
            aside=self._aside,
            record=lambda line: self.journal.append(from_line(line)),
            pause=self._pause,
            clock=lambda: self.now,
            challenges=challenges,
        )

    def request(
        self,
        path: str,
        address: str | IPAddress = STRANGER,
        transport: Transport = Transport.HTTPS,
        *,
        certificate: ClientCertificate | None = None,
        authorization: str = "",
        agent: str = "",
    ) -> Request:
        headers = {"authorization": authorization} if authorization else {}
        return Request(
            path,
            transport,
            ip_address(address),
            1,
            self.now,
            agent=agent,
            certificate=certificate,
            headers=headers,
        )

    async def answer(self, request: Request) -> Answer | Refusal:
        reply = self.backend.ready(request)
        if reply is None:
            reply = await self.backend.answer(request)
        size = len(reply.content) if isinstance(reply, Answer) else 0
        outcome = Outcome(bool(size), size, "200", self.now, self.now)
        self.backend.delivered(request, reply, outcome)
        return reply

    def ask(self, path: str, *where: object, **how: object) -> Answer | Refusal:
        return asyncio.run(self.answer(self.request(path, *where, **how)))  # type: ignore[arg-type]

    def content(self, path: str, *where: object, **how: object) -> str:
        reply = self.ask(path, *where, **how)
        assert isinstance(reply, Answer), reply
        return reply.content.decode()

    def refusal(self, path: str, *where: object, **how: object) -> Refusal:
        reply = self.ask(path, *where, **how)
        assert isinstance(reply, Refusal), reply
        return reply

    def reason(self, path: str, *where: object, **how: object) -> Reason:
        return self.refusal(path, *where, **how).reason

    async def _in_thread(
        self, look_up: Callable[[Request], Answer | Refusal], request: Request
    ) -> Answer | Refusal:
        self.looked_up += 1
        return look_up(request)

    async def _aside(
        self, last_good: Callable[[Request], Answer | Refusal], request: Request
    ) -> Answer | Refusal:
        return last_good(request)

    async def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)


def close_window(house: House, mac: Mac = MAC) -> None:
    device = house.parts.store.devices.by_mac(mac)
    assert device
    house.parts.store.devices.close_window(device.id)


def factory(mac: str, issuer: str = "Yealink Manufacturing CA") -> ClientCertificate:
    return ClientCertificate((("CN", mac),), f"CN={issuer}", "00", issuer)
