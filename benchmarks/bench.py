"""What the rows measure with: one installation, the servers that they name, and files to ask for.

Servers start when a row first needs them, each stays for all the row's rounds, and whatever still
runs is ended by `close`.
"""

from __future__ import annotations

import http.client
import math
import resource
import shutil
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import installation, peers
from benchmarks.daemon import Daemon
from benchmarks.figures import Figures
from benchmarks.installation import Handset, Installation
from benchmarks.loads import BUSY, Endpoint
from benchmarks.peers import Served
from benchmarks.processes import BenchmarkError, Server
from provd.vendors.registry import Registry

OURS = "provd"
PLUGINS = Path(__file__).resolve().parent.parent / "plugins"
_FILE = "device"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `seconds` is how long one load lasts; the rest are counts."""

    rounds: int = 5
    devices: int = 10_000
    seconds: float = 5.0
    phones: int = 15_000
    boots: int = 10_000
    boot_seconds: float = 60.0
    many_devices: int = 100_000
    cached: int = 10_000
    registrations: int = 10_000
    subscriptions: int = 100_000
    longest: float = 300.0


class Bench:
    """One run, in a folder of its own."""

    def __init__(self, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.sizes = sizes
        self.say = say
        self.registry = Registry.load(PLUGINS)
        self._static = folder / "static"
        self._static.mkdir()
        self._servers: dict[str, tuple[Server, Endpoint]] = {}
        self._daemon: Daemon | None = None
        self._workers: int | None = None
        self._installation: Installation | None = None
        self.running: Installation | None = None
        self._listed: list[tuple[str, int, int]] = []

    def close(self) -> None:
        """Ends all servers. Also called between rows, so that none lives in another's memory."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        self._workers = None
        for server, _ in self._servers.values():
            server.stop()
        self._servers.clear()

    @property
    def installation(self) -> Installation:
        """With `sizes.devices` phones, none of which has booted."""
        if self._installation is None:
            self._installation = self.new_installation("installation", self.sizes.devices)
        return self._installation

    def new_installation(self, name: str, devices: int) -> Installation:
        self.say(f"making an installation with {devices} phones")
        made = installation.make(self.folder / name, devices)
        self.say(f"made in {made.seconds:.1f} s ({devices / made.seconds:.0f} phones/s)")
        return made

    def scratch(self, made: Installation) -> Installation:
        """A copy of it, to boot from or to change; the former one is removed."""
        copy = self.folder / "scratch"
        shutil.rmtree(copy, ignore_errors=True)
        return made.copied(copy)

    def start(self, made: Installation) -> Daemon:
        """A new daemon with empty memory, instead of the one that ran."""
        if self._daemon is not None:
            self._daemon.stop()
        self.running = made
        self._daemon = Daemon(made, self.folder / "provd.log", self._workers)
        return self._daemon

    def serve_by(self, workers: int) -> None:
        """From now on, and until `close`, on both cores."""
        if self._workers != workers:
            self.close()
            self._workers = workers

    @property
    def daemon(self) -> Daemon:
        """Over a copy of the installation, every device file of the first vendor in memory."""
        if self._daemon is None or not self._daemon.running:
            daemon = self.start(self.scratch(self.installation))
            try:
                self._fill(daemon)
            except BenchmarkError:
                self.close()  # nobody shall measure one that has no files
                raise
        assert self._daemon is not None  # noqa: S101  just started
        return self._daemon

    def server(self, name: str, kind: str) -> tuple[Server, Endpoint]:
        """provd or a peer, started unless it runs. Raises BenchmarkError where it can't be."""
        daemon = self.daemon  # it makes the files and the certificates that all serve
        if name == OURS:
            return daemon, daemon.endpoint(kind)
        if name in self._servers and not self._servers[name][0].running:
            self.say(f"{name} has died; starting it again")
            del self._servers[name]
        if name not in self._servers:
            self._servers[name] = peers.STARTERS[name](self.served)
        return self._servers[name]

    def cost(
        self, name: str, kind: str, load: Callable[[Endpoint], dict[str, float]]
    ) -> dict[str, float]:
        """A load's figures with the server's CPU in µs for each that was done: `cpu_us` while it
        ran, `cpu_all_us` until provd had booked all of it too. `per_cpu_s` is how many were done
        for a second of CPU while it ran."""
        server, endpoint = self.server(name, kind)
        before = server.cpu_seconds()
        found = load(endpoint)
        used = server.cpu_seconds() - before
        waited = self.daemon.drained() if name == OURS else 0.0
        total = server.cpu_seconds() - before
        done = found["done"] or math.nan
        found |= {"cpu_us": used / done * 1e6, "cpu_all_us": total / done * 1e6}
        found["per_cpu_s"] = done / used if used else math.nan
        return {**found, "booked_s": waited, "generator_bound": float(found["gen_util"] > BUSY)}

    @property
    def served(self) -> Served:
        """What the peers are given; certificates are copied to where nginx may read them."""
        copies = {}
        for name in ("server-ecdsa.pem", "server-rsa.pem"):
            copies[name] = self.folder / name
            shutil.copyfile(self.daemon.ca_file.parent / name, copies[name])
            copies[name].chmod(0o600)
        return Served(self._static, self.folder, *copies.values())

    def file_list(self, *, checked: bool) -> Path:
        """Names of the files in `static`, one on each line, with size and CRC for tftpload."""
        assert self.daemon.running  # noqa: S101  it makes the files
        path = self.folder / ("files.checked" if checked else "files.paths")
        lines = [
            f"{name} {size} {crc:08x}" if checked else f"/{name}"
            for name, size, crc in self._listed
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    def path_of(self, phone: Handset, kind: str = _FILE) -> str:
        """By which name a phone asks for a kind of file."""
        vendor = self.registry.vendor(phone.vendor)
        return vendor.paths(vendor.model(phone.model), phone.mac)[kind]

    def vendor_phones(self, made: Installation) -> list[Handset]:
        """The phones whose own file is some 4 KiB."""
        first = installation.MODELS[0][0]
        return [phone for phone in made.handsets if phone.vendor == first]

    def _fill(self, daemon: Daemon) -> None:
        """Fetches what all servers are going to serve, from provd, which then has it in memory."""
        phones = self.vendor_phones(self.installation)
        self.say(f"rendering {len(phones)} files")
        self._listed.clear()
        for name, content in fetched(daemon, (self.path_of(phone) for phone in phones)):
            (self._static / name).write_bytes(content)
            self._listed.append((name, len(content), zlib.crc32(content)))
        if math.isnan(daemon.drained()):
            raise BenchmarkError("provd does not book what it delivered")


def fetched(daemon: Daemon, paths: Iterable[str]) -> Iterable[tuple[str, bytes]]:
    """(path, content) of each, over plain HTTP. Raises BenchmarkError when one is refused."""
    endpoint = daemon.endpoint("http")
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    try:
        for path in paths:
            connection.request("GET", f"/{path}")
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise BenchmarkError(f"provd answers {answer.status} to {path}")
            yield path, content
    finally:
        connection.close()


def descriptors() -> int:
    """Raises the limit of open files for what is started from here as far as it goes; what it is
    then. A generator needs one for each of its phones."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


Measure = Callable[[Bench, str], Figures]
"""One server's figures in one round."""
