"""The fulfilment bench without phones: boots an order's phones with the phone simulator, from an
address of the bench, to see that each gets its full configuration."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from provd.devices.account import IPNetwork
from provd.devices.device import Device
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.exchange import Transport
from provd.simulator import BootReport, BootServer, boot
from provd.vendors.registry import Registry

KeyOf = Callable[[Mac], Secret | None]


def no_key(_: Mac) -> None:
    """Nobody's files are encrypted."""


@dataclass(frozen=True, slots=True)
class ReadyBench:
    """A daemon that runs, and an address of this machine on the bench."""

    registry: Registry
    server: BootServer
    address: str
    key_of: KeyOf

    def boot(self, device: Device, transport: Transport = Transport.HTTPS) -> BootReport:
        """Blocks while the phone boots; what goes wrong stands in the report."""
        vendor = self.registry.vendor(device.vendor)
        model = vendor.model(device.model)
        return boot(
            vendor,
            model,
            device.mac,
            self.server,
            transport=transport,
            source_address=self.address,
            file_key=self.key_of(device.mac),
        )


@dataclass(frozen=True, slots=True)
class SimulatedBench:
    """`server` tells where the running daemon listens; it raises InputError when none runs.
    `key_of` is the key that a phone decrypts its files with."""

    registry: Registry
    server: Callable[[], BootServer]
    networks: Sequence[IPNetwork]
    key_of: KeyOf = no_key

    def ready(self, source: str = "") -> ReadyBench:
        """`source` is this machine's address on the bench; found by itself when empty. Raises
        InputError when no daemon runs here, or this machine has no address on the bench."""
        server = self.server()
        address = source or bench_address(self.networks)
        return ReadyBench(self.registry, server, address, self.key_of)


def bench_address(networks: Sequence[IPNetwork]) -> str:
    """An address of this machine that lies in the bench's networks. Raises InputError."""
    for network in networks:
        target = network.network_address + (0 if network.num_addresses == 1 else 1)
        family = socket.AF_INET6 if network.version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            if network.num_addresses == 1 and _is_ours(family, str(target)):
                return str(target)
            try:
                probe.connect((str(target), 9))  # sends nothing: asks the routing table
            except OSError:
                continue
            own = ip_address(probe.getsockname()[0])
            if own in network:
                return str(own)
    raise InputError(
        "this machine has no address on the bench",
        key="networks.bench",
        remedy="Name the bench's networks in provd.yaml, give --source, or use --wait",
    )


def _is_ours(family: socket.AddressFamily, address: str) -> bool:
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
