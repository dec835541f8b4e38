"""What a site's DHCP server is to tell its phones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provd.devices.account import Role, Site
from provd.devices.device import Device
from provd.devices.layers import Layer, Settings, merge
from provd.devices.lifecycle import SERVED
from provd.devices.reach import Reach
from provd.devices.standing import TrustWay
from provd.dhcp import Family, Plan, plan
from provd.operations.actor import Actor
from provd.operations.site_names import site_named
from provd.provisioning.ways import WAYS, ways_from
from provd.store import Store
from provd.vendors.dhcp import DhcpRow, Scheme
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Model, fits
from provd.vendors.vendor import Vendor

LEGACY = "provisioning.legacy"
VLAN = "network.vlan.id"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Fleet:
    """How many phones of a kind there are; `model` is None for all of a vendor's."""

    model: Model | None
    settings: Settings
    count: int


class SiteDhcp:
    """Nothing that it gives holds a secret: settings are read for VLAN and trust alone."""

    def __init__(self, store: Store, registry: Registry, profiles: Profiles) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles

    def plan(
        self,
        actor: Actor,
        where: str,
        reach: Reach,
        *,
        vendors: Sequence[str] = (),
        every_vendor: bool = False,
        scheme: Scheme | None = None,
    ) -> Plan:
        """For the vendors whose phones are at the site, or for those named, or for all there are.

        `where` is the site's name, or customer/site. Raises NotFoundError for what is not in the
        actor's scope, and for an unknown vendor.
        """
        actor.must_be(Role.ADMIN, Role.RESELLER)
        found = site_named(self._store, actor.scope, where)
        devices = list(self._devices(actor, found.site))
        present = sorted({device.vendor for device in devices})
        every = [vendor.name for vendor in self._registry.vendors]
        wanted = every if every_vendor else list(vendors) or present
        families = [
            family
            for vendor in map(self._registry.vendor, dict.fromkeys(wanted))
            for family in self._families(vendor, found.site, devices)
        ]
        return plan(
            f"Phones of {found.name}",
            families,
            reach,
            plain_allowed=self._plain_allowed(found.site),
            scheme=scheme,
        )

    def _devices(self, actor: Actor, site: Site) -> Iterator[Device]:
        page, more = 1, True
        while more:
            rows, total = self._store.devices.search(
                actor.scope, site_id=site.id, page=page, size=_AT_ONCE
            )
            yield from (row.device for row in rows if row.device.state in SERVED)
            more = page * _AT_ONCE < total
            page += 1

    def _plain_allowed(self, site: Site) -> bool:
        """Whether provd gives the site's phones secrets over TFTP and plain HTTP, as far as the
        settings of their accounts and their site say."""
        layers = [self._profiles.default, *self._accounts(site), Layer("site", site.settings)]
        return bool(site.networks) and TrustWay.NETWORK in ways_from(merge(layers).get(WAYS))

    def _families(self, vendor: Vendor, site: Site, devices: Sequence[Device]) -> Iterator[Family]:
        fleet = self._fleet(vendor, site, devices)
        for row in vendor.dhcp:
            meant = [one for one in fleet if one.model is None or fits(row.when, one.model)]
            if meant:
                yield _family(vendor, row, meant)

    def _fleet(self, vendor: Vendor, site: Site, devices: Sequence[Device]) -> list[_Fleet]:
        own = [device for device in devices if device.vendor == vendor.name]
        kinds = Counter((one.model, one.profile, one.settings.get(LEGACY)) for one in own)
        fleet = []
        for (name, profile, legacy), count in kinds.items():
            model = vendor.model(name)
            own_layer = Layer("device", {} if legacy is None else {LEGACY: legacy})
            settings = merge([*self._layers(vendor, model, profile, site), own_layer])
            fleet.append(_Fleet(model, settings, count))
        return fleet or [_Fleet(None, merge(self._layers(vendor, None, "", site)), 0)]

    def _layers(self, vendor: Vendor, model: Model | None, profile: str, site: Site) -> list[Layer]:
        """Precedence as for every setting (provisioning.files.layers_of)."""
        shared = [self._profiles.profile(profile)] if profile else []
        return [
            self._profiles.default,
            *vendor.layers(model),
            *shared,
            *self._accounts(site),
            Layer("site", site.settings),
        ]

    def _accounts(self, site: Site) -> list[Layer]:
        chain = self._store.accounts.chain(site.account_id)
        return [Layer(one.name, one.settings) for one in chain if one]


def _family(vendor: Vendor, row: DhcpRow, fleet: Sequence[_Fleet]) -> Family:
    vlans = {one.settings.get(VLAN) for one in fleet}
    vlan = vlans.pop() if len(vlans) == 1 else None
    return Family(
        vendor.name,
        f"{vendor.title}, {row.title}" if row.title else vendor.title,
        tuple(sorted(vendor.ouis)),
        row,
        count=sum(one.count for one in fleet),
        old_tls=sum(one.count for one in fleet if one.settings.get(LEGACY)),
        vlan=vlan if isinstance(vlan, int) else 0,
    )
