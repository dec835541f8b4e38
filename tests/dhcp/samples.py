"""Families of phones, and a server, with everything in them that is hard to write down."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from provd.devices.reach import Reach
from provd.dhcp import Family, Plan, plan
from provd.vendors.dhcp import DhcpRow

REACH = Reach(
    https="https://prov.example.net:6902/",
    legacy="https://prov.example.net:6904/",
    http="http://prov.example.net:6901/",
    tftp="tftp://prov.example.net/",
    host="prov.example.net",
    address=IPv4Address("10.99.0.2"),
)


def row(*options: dict[str, Any], classes: list[str] | None = None, **more: Any) -> DhcpRow:
    return DhcpRow.model_validate(
        {"classes": ["Acme"] if classes is None else classes, "options": list(options), **more}
    )


def family(rows: DhcpRow, vendor: str = "acme", **more: Any) -> Family:
    return Family(vendor, vendor.title(), ("02aced", "02beef"), rows, **more)


URL = {"code": 160, "form": "url"}
ADDRESS = {"code": 150, "form": "address"}
HOST = {"code": 66, "form": "host"}
VLAN = {"code": 132, "form": "text", "value": "{vlan}"}
SHORT = {"code": 66, "form": "text", "value": "short"}
HOSTILE = "{base}/a,b\"c'd\\e #f$g?{{mac}}"

FAMILIES = (
    family(row(URL, HOST, ADDRESS, {"code": 43, "form": "url"}, VLAN), vlan=7),
    family(
        row(
            {"code": 160, "form": "text", "value": HOSTILE},
            {"code": 43, "suboption": 2, "form": "url"},
            {"code": 43, "suboption": 3, "form": "octets", "value": "00", "note": "ask nobody"},
            {"code": 161, "form": "octets", "value": "07"},
            {"code": 162, "form": "octets", "value": "0708", "note": "twice"},
            {"code": 125, "enterprise": 9, "suboption": 1, "form": "host"},
            classes=["Beta, Inc. \"X\" 'q' \\Phone"],
        ),
        "beta",
    ),
    family(
        row(
            {"code": 66, "form": "text", "value": "short"}, classes=["Beta, Inc.", "Beta, Inc. 79"]
        ),
        "gamma",
    ),
    family(row({"code": 66, "form": "text", "value": "mid"}, classes=["Beta, Inc. "]), "zeta"),
    family(row(HOST, classes=["0x0000363d"]), "delta"),
    family(row(HOST, classes=[]), "omega"),
)


def everything() -> Plan:
    """The site's name comes from people, and must not leave its comment."""
    title = 'Phones of Pig & Whistle\nserver=192.0.2.66 "x" */'
    return plan(title, FAMILIES, REACH, plain_allowed=True)
