"""The DHCP servers that there are a writer for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provd.dhcp import cisco, dnsmasq, isc, kea, mikrotik
from provd.dhcp.stanza import Plan

WRITERS: Mapping[str, Callable[[Plan], str]] = {
    "dnsmasq": dnsmasq.written,
    "kea": kea.written,
    "isc": isc.written,
    "mikrotik": mikrotik.written,
    "cisco": cisco.written,
}
