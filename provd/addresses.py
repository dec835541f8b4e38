"""By which addresses and names this machine is reached; what its certificate must name."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from provd.configuration import Configuration
from provd.devices.reach import Reach
from provd.errors import InputError

EVERYWHERE = frozenset({"::", "0.0.0.0"})  # noqa: S104  compared with


def usable(addresses: Sequence[str]) -> list[str]:
    """Without IPv6 in the kernel `::` stands for every IPv4 address: provd starts there too."""
    if "::" in addresses and not _has_ipv6():
        return [address if address != "::" else "0.0.0.0" for address in addresses]  # noqa: S104
    return list(addresses)


def own_address(addresses: Sequence[str]) -> str:
    """At which this machine reaches what listens there."""
    return "127.0.0.1" if addresses[0] in EVERYWHERE else addresses[0]


def certificate_names(configuration: Configuration) -> list[str]:
    """Names and addresses by which phones and browsers may come."""
    listen = configuration.listen
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    names += [listen.public_host, listen.legacy_host]
    names += [one for one in listen.addresses if one not in EVERYWHERE]
    names += configuration.tls.names
    return list(dict.fromkeys(name for name in names if name))


def url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def reach(configuration: Configuration, host: str = "") -> Reach:
    """How phones reach this server: as configured, or by `host` on the ports that are configured.
    Its address is not looked up. Raises InputError where neither tells a host."""
    listen = configuration.listen
    public = "" if host else listen.public_url
    host = host or listen.public_host
    if not host:
        raise InputError(
            "provd is not told by which name phones reach it",
            key="listen.public_url",
            remedy="Set it, or name the host: --host",
        )
    https = public or _short("https", host, listen.https_port, 443)
    old = _short("https", host, listen.legacy_port, 443) if listen.legacy_port else https
    return Reach(
        https=https,
        legacy=(listen.legacy_url if public else "") or old,
        http=_short("http", host, listen.http_port, 80),
        tftp=f"tftp://{host}/",
        host=host,
        address=None,
        tftp_port=listen.tftp_port,
    )


def _short(scheme: str, host: str, port: int, standard: int) -> str:
    whole = url(scheme, host, port)
    return whole if port != standard else whole.replace(f":{port}/", "/")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True
