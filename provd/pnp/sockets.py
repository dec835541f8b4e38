"""The two sockets: one that hears the multicast and nothing else, one that answers."""

from __future__ import annotations

import socket

from provd.errors import ConfigurationError

GROUP = "224.0.1.75"
PORT = 5060
SETTING = "listen.pnp"

_IP_MULTICAST_ALL = 49  # of Linux, which Python's socket module does not name


def hearing(interface: str, port: int) -> socket.socket:
    """Bound to the group itself, so that a SIP server may have the port of every address of this
    machine, and a successor may hear beside its predecessor. Raises ConfigurationError."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Not what other programs have joined on other interfaces.
        opened.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        opened.bind((GROUP, port))
        member = socket.inet_aton(GROUP) + socket.inet_aton(interface)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    except OSError as error:
        opened.close()
        raise _refusal(interface, error) from error
    return opened


def answering(interface: str) -> socket.socket:
    """On any port of the interface. Raises ConfigurationError."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.bind((interface, 0))
    except OSError as error:
        opened.close()
        raise _refusal(interface, error) from error
    return opened


def _refusal(interface: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"the multicast of {interface} can't be heard: {error.strerror}",
        key=SETTING,
        remedy="Give an IPv4 address of this machine's, on an interface that has multicast",
    )
