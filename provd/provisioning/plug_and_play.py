"""Whether a phone that asks by SIP multicast is told where its files are, and what.

Only registered phones are, and only in the networks that are named for their site, or on the bench:
anybody in a LAN can ask in any phone's name, and learns by the answer that its MAC is registered.
The URL bears no token: what the phone then fetches is decided as ever (provisioning.policy). All of
it blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from provd.devices.account import IPNetwork
from provd.devices.layers import merge
from provd.devices.lifecycle import SERVED
from provd.devices.mac import Mac
from provd.devices.reach import Reach, best_scheme
from provd.devices.standing import Standing, TrustWay
from provd.errors import ProvdError, StoreError
from provd.exchange import IPAddress, Reason
from provd.provisioning.files import LEGACY, layers_of
from provd.provisioning.lookup import Devices, Found
from provd.provisioning.ways import Ways
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.way import Way

log = structlog.get_logger()

_SECURE = ("https",)


class PlugAndPlay:
    def __init__(
        self,
        devices: Devices,
        registry: Registry,
        profiles: Profiles,
        bench: Sequence[IPNetwork],
        reach: Reach,
        networks: Callable[[], Iterable[IPNetwork]] = tuple,
    ) -> None:
        """`networks` are those of all sites."""
        self._networks = networks
        self._devices = devices
        self._registry = registry
        self._profiles = profiles
        self._ways = Ways(registry, profiles)
        self._bench = bench
        self._reach = reach

    def url(self, mac: Mac, address: IPAddress, seen_as: str = "") -> str | Reason:
        """What the phone is told, or why it is told nothing. `seen_as` is the vendor that it says
        it is of: whoever registered it is told where that is another."""
        try:
            found = self._devices.find(mac)
            if found is None:
                return Reason.UNKNOWN_MAC
            standing = found.standing
            if standing.state not in SERVED:
                return Reason.WRONG_STATE
            on_bench = any(address in network for network in self._bench)
            if not on_bench and not any(address in network for network in standing.networks):
                return Reason.NOT_TRUSTED
            if seen_as not in ("", standing.vendor):
                log.warning(
                    "pnp_other_vendor", mac=str(mac), registered=standing.vendor, says=seen_as
                )
            plain_allowed = on_bench or TrustWay.NETWORK in self._ways.of(standing)
            return self._told(found, standing, plain_allowed=plain_allowed)
        except StoreError:
            return Reason.UNAVAILABLE
        except ProvdError:
            return Reason.CANNOT_RENDER

    def is_ours(self, address: IPAddress) -> bool:
        """Whether phones that nobody has registered yet are awaited there. Raises StoreError."""
        return any(address in network for network in (*self._bench, *self._networks()))

    def _told(self, found: Found, standing: Standing, *, plain_allowed: bool) -> str | Reason:
        vendor = self._registry.vendor(standing.vendor)
        model = vendor.model(standing.model)
        row = vendor.dhcp_of(model)
        scheme = best_scheme(row.schemes if row else _SECURE, plain_allowed=plain_allowed)
        if not scheme:
            return Reason.PLAIN_TRANSPORT
        settings = merge(layers_of(found.placement(), vendor, model, self._profiles))
        url = self._reach.url(scheme, old_tls=bool(settings.get(LEGACY)))
        return vendor.pnp_url(Way(scheme, url, self._reach.host))
