"""What a suspended phone is told: all that it was told before, but for its SIP accounts.

Its first line stays, as one that can't register: it overwrites what the phone has kept, and its
label tells whoever looks at the phone what is the matter. The other lines are switched off, as any
that a phone has and nobody uses. So every vendor's templates make it as they make any phone.
"""

from __future__ import annotations

from dataclasses import replace

from provd.devices.device import Line
from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX
from provd.vendors.values import Phone

LABEL = "Suspended"

NOWHERE = "suspended.invalid"
"""A name that there will never be (RFC 6761, 6.4)."""

_SERVERS = (
    "sip.registrar",
    "sip.backup_registrar",
    "sip.outbound_proxy",
    "sip.backup_outbound_proxy",
)


def without_accounts(phone: Phone) -> Phone:
    """The same phone without lines to call by. A vendor's own parameters, of which nobody here
    knows whether they are an account, are left out."""
    number = min((line.number for line in phone.device.lines), default=1)
    device = replace(
        phone.device,
        lines=(_placeholder(number),),
        keys=tuple(k for k in phone.device.keys if k.kind == "line" and k.line == number),
    )
    raw = [key for key, _ in phone.settings.items() if key.startswith(RAW_PREFIX)]
    settings = phone.settings.replaced(dict.fromkeys((*_SERVERS, *raw)))
    return replace(phone, device=device, settings=settings)


def _placeholder(number: int) -> Line:
    return Line(
        number=number,
        user="suspended",
        password=Secret(""),
        display_name=LABEL,
        label=LABEL,
        registrar=NOWHERE,
    )
