"""Phones that boot in threads, again and again until they have their configuration, while the
server comes and goes; and what they got."""

from __future__ import annotations

import queue
import random
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.simulator import BootServer, boot
from provd.simulator.fetching import Patience
from provd.vendors.values import Model, PhoneReading
from provd.vendors.vendor import Vendor
from tests.daemon.town import VENDORS, TestPhone

WORKERS = 4
IMPATIENT = Patience(silence=0.4, file=5.0)
PAUSE = 0.05
"""Seconds between two attempts of a phone whose server is not there."""

Received = tuple[str, str, str]
"""MAC, path, transport."""


class WatchedVendor(Vendor):
    """Keeps the files that its phone's simulator took for whole."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.contents: Mapping[str, bytes] = {}

    def reading(self, files: Mapping[str, bytes], model: Model | None = None) -> PhoneReading:
        self.contents = dict(files)
        return super().reading(files, model)


class Fleet:
    """Use it in `with`; `release` phones, then wait until `done` holds them all.

    `received` counts the files that came whole, by the `life` of the server in which the phone
    asked; `contents` holds every version of each.
    """

    def __init__(self, plugins: Path, server: BootServer, seed: int) -> None:
        self.done: dict[str, Transport] = {}
        self.life = 0
        """How often the server was killed; the test counts."""
        self.received: Counter[tuple[Received, int]] = Counter()
        self.contents: set[tuple[str, str, bytes]] = set()
        self.failures: list[str] = []
        self._server = server
        self._waiting: queue.SimpleQueue[TestPhone] = queue.SimpleQueue()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(plugins, random.Random(seed + number)))
            for number in range(WORKERS)
        ]

    def __enter__(self) -> Fleet:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def release(self, phones: list[TestPhone]) -> None:
        for one in phones:
            self._waiting.put(one)

    def _work(self, plugins: Path, chance: random.Random) -> None:
        vendors = {name: WatchedVendor(plugins / name) for name in VENDORS}
        while not self._over.is_set():
            try:
                one = self._waiting.get(timeout=PAUSE)
            except queue.Empty:
                continue
            if not self._boot(one, vendors[one.vendor], chance.choice(list(Transport))):
                self._waiting.put(one)
                self._over.wait(PAUSE)

    def _boot(self, one: TestPhone, vendor: WatchedVendor, transport: Transport) -> bool:
        mac = Mac.parse(one.mac)
        vendor.contents = {}
        life = self.life
        report = boot(
            vendor, vendor.model(one.model), mac, self._server,
            transport=transport, patience=IMPATIENT,
        )  # fmt: skip
        with self._lock:
            for path, content in vendor.contents.items():
                self.received[(mac.digits, path, transport.value), life] += 1
                self.contents.add((mac.digits, path, content))
            if report.ok:
                self.done[one.mac] = transport
            elif report.problem:
                self.failures.append(report.problem)
        return report.ok
