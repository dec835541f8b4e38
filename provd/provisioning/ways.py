"""Which ways of being trusted are open to a device: the setting `trust.ways` of its layers."""

from __future__ import annotations

import structlog

from provd.devices.settings import setting
from provd.devices.standing import Standing, TrustWay
from provd.errors import NotFoundError, SettingError
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

log = structlog.get_logger()

WAYS = "trust.ways"
ALL = frozenset(TrustWay)


def ways_from(value: object) -> frozenset[TrustWay]:
    """Unset means all; what is no list of ways opens none. Whoever wrote it is told in the log."""
    if value is None:
        return ALL
    try:
        checked = setting(WAYS).check(value)
    except SettingError as error:
        log.error("trust_ways_wrong", error=str(error))
        return frozenset()
    return frozenset(map(TrustWay, checked if isinstance(checked, tuple) else ()))


class Ways:
    """The layers below the accounts never change while we run, so they are merged once."""

    def __init__(self, registry: Registry, profiles: Profiles) -> None:
        self._registry = registry
        self._profiles = profiles
        self._merged: dict[tuple[str, str, str], frozenset[TrustWay]] = {}

    def of(self, standing: Standing) -> frozenset[TrustWay]:
        """Precedence as for every setting (provisioning.files.layers_of)."""
        if WAYS in standing.trust:
            return ways_from(standing.trust[WAYS])
        key = (standing.vendor, standing.model, standing.profile)
        if key not in self._merged:
            self._merged[key] = self._merge(*key)
        return self._merged[key]

    def lead_back(self, standing: Standing) -> bool:
        """Whether a phone is told a token or a password by which it may come again."""
        return not self.of(standing).isdisjoint((TrustWay.TOKEN, TrustWay.CREDENTIALS))

    def _merge(self, vendor: str, model: str, profile: str) -> frozenset[TrustWay]:
        layers = [self._profiles.default]
        try:
            known = self._registry.vendor(vendor)
            layers += known.layers(known.model(model) if model else None)
            layers += [self._profiles.profile(profile)] if profile else []
        except NotFoundError:
            return frozenset()
        values = [layer.values[WAYS] for layer in layers if WAYS in layer.values]
        return ways_from(values[-1] if values else None)
