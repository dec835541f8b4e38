"""A phone that asks the LAN by SIP multicast: `python -m tests.pnp.ask INTERFACE MAC`.

Prints the URL that it was told, or nothing within a second. Where it runs is the LAN.
"""

from __future__ import annotations

import socket
import sys

from provd.sip.answers import answer
from provd.sip.messages import Request, read, write
from tests.pnp.phones import FORMS, GROUP, MAC

PATIENCE = 1.0


def told(interface: str, mac: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((interface, 5060))
        phone.settimeout(PATIENCE)
        own = socket.inet_aton(interface)
        phone.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        phone.sendto(FORMS[0].data().replace(MAC.encode(), mac.encode()), (GROUP, 5060))
        try:
            return _heard(phone)
        except TimeoutError:
            return ""


def _heard(phone: socket.socket) -> str:
    while True:
        data, sender = phone.recvfrom(65535)
        message = read(data)
        if isinstance(message, Request):
            phone.sendto(write(answer(message, 200, "OK", tag="phone")), sender)
            return message.body.decode()


if __name__ == "__main__":
    sys.stdout.write(told(*sys.argv[1:]))
