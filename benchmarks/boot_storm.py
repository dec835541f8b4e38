"""Plays phones that boot: each walks its vendor's sequence over its own protocol, from an address
of its own, and reads what it is told to fetch next.

One process on one core, asyncio without a thread, because ten thousand of `provd.simulator`'s
blocking boots would want as many threads. It reports how late it was itself.

python -m benchmarks.boot_storm reads an order as JSON from standard input, prints figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from benchmarks.fetching import NoAnswer, Web, fetch_tftp
from benchmarks.figures import quantile
from benchmarks.installation import Handset, handset
from provd.vendors.registry import Registry

TRANSPORTS = ("tftp", "http", "https")
_FIRST_ADDRESS = int(IPv4Address("127.1.0.1"))
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """`boots` phones spread evenly over `seconds`. The ports are provd's."""

    host: str
    tftp: int
    http: int
    https: int
    ca_file: str
    plugins: str
    boots: int
    seconds: float


@dataclass(slots=True)
class Seen:
    """What the phones saw: seconds each file took, seconds each boot took, and what went wrong."""

    files: list[float] = field(default_factory=list)
    boots: list[float] = field(default_factory=list)
    late: float = 0.0
    unanswered: int = 0
    incomplete: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def figures(self, took: float) -> dict[str, object]:
        used = time.process_time()
        return {
            "done": len(self.boots),
            "files": len(self.files),
            "files_per_s": len(self.files) / took,
            "errors": self.unanswered + self.incomplete,
            "unanswered": self.unanswered,
            "incomplete": self.incomplete,
            "file_p50_ms": quantile(self.files, 0.5) * 1000,
            "file_p99_ms": quantile(self.files, 0.99) * 1000,
            "file_max_ms": quantile(self.files, 1.0) * 1000,
            "boot_p99_ms": quantile(self.boots, 0.99) * 1000,
            "late_ms": self.late * 1000,
            "took_s": took,
            "gen_util": used / took,
            "problems": dict(self.problems.most_common(5)),
        }


class Storm:
    """All the phones of an order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._registry = Registry.load(Path(order.plugins))
        self._tls = ssl.create_default_context(cafile=order.ca_file)
        self._seen = Seen()

    async def run(self) -> dict[str, object]:
        began = time.monotonic()
        phones = []
        for number in range(self._order.boots):
            due = began + number * self._order.seconds / self._order.boots
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._seen.late = max(self._seen.late, time.monotonic() - due)
            phones.append(asyncio.create_task(self._phone(number)))
        ended, hanging = await asyncio.wait(phones, timeout=_PATIENCE)
        for phone in ended:
            phone.result()  # what went wrong here, and not with the server, ends the row
        for phone in hanging:
            phone.cancel()
        self._seen.unanswered += len(hanging)
        return self._seen.figures(time.monotonic() - began)

    async def _phone(self, number: int) -> None:
        phone = handset(number)
        transport = TRANSPORTS[number // len(TRANSPORTS) % len(TRANSPORTS)]
        source = str(IPv4Address(_FIRST_ADDRESS + number))
        began = time.monotonic()
        try:
            whole = await self._boot(phone, transport, source)
        except (NoAnswer, OSError, asyncio.IncompleteReadError, ValueError) as error:
            self._seen.unanswered += 1
            self._seen.problems[f"{transport}: {type(error).__name__}: {error}"[:100]] += 1
            return
        self._seen.boots.append(time.monotonic() - began)
        if not whole:
            self._seen.incomplete += 1
            self._seen.problems[f"{transport}: {phone.vendor} lacks a file"] += 1

    async def _boot(self, phone: Handset, transport: str, source: str) -> bool:
        """Whether all files of its full configuration came."""
        vendor = self._registry.vendor(phone.vendor)
        model = vendor.model(phone.model)
        web = self._web(transport, source, vendor.agent(model, phone.mac))
        walk = vendor.walk(model, phone.mac)
        came: set[str] = set()
        try:
            step = next(walk)
            while True:
                content = None
                if step.method == "GET":
                    content = await self._file(web, source, step.path)
                if content is not None:
                    came.add(step.file)
                step = walk.send(content)
        except StopIteration:
            return came.issuperset(vendor.required_kinds(model))
        finally:
            if web is not None:
                web.close()

    def _web(self, transport: str, source: str, agent: str) -> Web | None:
        """None for a phone that uses TFTP."""
        if transport == "tftp":
            return None
        tls = self._tls if transport == "https" else None
        port = self._order.https if tls else self._order.http
        return Web(self._order.host, port, source, agent, tls)

    async def _file(self, web: Web | None, source: str, path: str) -> bytes | None:
        began = time.monotonic()
        if web is None:
            address = (self._order.host, self._order.tftp)
            content = await fetch_tftp(address, source, path)
        else:
            content = await web.fetch(path)
        self._seen.files.append(time.monotonic() - began)
        return content


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    figures = asyncio.run(Storm(Order(**given)).run())
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
