"""The edge: SRV records from the system's DNS servers, blocking, by Twisted's codec for messages.

The system's own resolver has no call for them.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

from provd.sip.locating import Service

SYSTEM = Path("/etc/resolv.conf")
SECONDS, TRIES = 1.5, 2
_PORT = 53
_MOST = 3
"""Servers that resolvers ask (resolv.conf(5))."""


def services(
    name: str, servers: Sequence[tuple[str, int]] | None = None, seconds: float = SECONDS
) -> list[Service]:
    """The SRV records of `name`, as the first server that answers has them; never raises."""
    asked = servers_of(SYSTEM) if servers is None else list(servers)
    for server in asked * TRIES:
        try:
            return _asked(name, server, seconds)
        except (OSError, ValueError, EOFError):
            continue  # the next one, or the same once more
    return []


def servers_of(file: Path) -> list[tuple[str, int]]:
    """The addresses in a resolv.conf."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    named = [row[1] for row in words if len(row) > 1 and row[0] == "nameserver"]
    return [(address, _PORT) for address in named[:_MOST]]


def _asked(name: str, server: tuple[str, int], seconds: float) -> list[Service]:
    # Imported here: most hosts are addresses, or have a port.
    from twisted.names import dns

    question = dns.Message(secrets.randbelow(1 << 16), recDes=1)
    question.addQuery(name.encode("idna"), dns.SRV)
    family, kind, protocol, _, address = socket.getaddrinfo(*server, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as asking:
        asking.settimeout(seconds)
        asking.connect(address)
        asking.send(question.toStr())
        answer = dns.Message()
        answer.fromStr(asking.recv(4096))
    if answer.id != question.id or not answer.answer:
        raise ValueError("not an answer to the question")
    records = (row.payload for row in answer.answers)
    return [
        Service(one.priority, one.weight, one.port, one.target.name.decode("ascii"))
        for one in records
        if isinstance(one, dns.Record_SRV)
    ]
