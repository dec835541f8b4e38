"""What decides whether a device's files may be given to whoever asks: facts, and no secret."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provd.devices.account import IPNetwork
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Placement, token_digest

TRUST_PREFIX = "trust."


class TrustWay(enum.StrEnum):
    """The ways to be trusted, strongest first, in the words of the setting `trust.ways`."""

    CERTIFICATE = "certificate"
    CREDENTIALS = "credentials"
    TOKEN = "token"  # noqa: S105  a name, not a secret
    ENROLMENT = "enrolment"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Standing:
    """Taken from a device's row and those above it without opening anything sealed, so that a
    stranger's request costs the same whether there is such a device or not.

    `token_digest` is of the device's token (devices.placement), `networks` are its site's. `trust`
    holds the settings `trust.*` of the accounts, the site and the device, the nearest winning.
    `suspended`, by hand or with an account above it, does not decide whether, but what it gets.
    """

    device_id: int
    mac: Mac
    vendor: str
    model: str
    profile: str
    state: State
    token_digest: str
    open_until: datetime | None
    first_address: str
    networks: tuple[IPNetwork, ...] = ()
    trust: Mapping[str, object] = field(default_factory=dict)
    suspended: bool = False


def trust_settings(*layers: Mapping[str, object]) -> dict[str, object]:
    """Of layers from far to near: the near one wins, None included."""
    return {
        key: value
        for layer in layers
        for key, value in layer.items()
        if key.startswith(TRUST_PREFIX)
    }


def standing_of(placement: Placement) -> Standing:
    device, site, enrolment = placement.device, placement.site, placement.enrolment
    accounts = (placement.provider, placement.reseller, placement.customer)
    layers = [account.settings for account in accounts if account]
    return Standing(
        device_id=device.id,
        mac=device.mac,
        vendor=device.vendor,
        model=device.model,
        profile=device.profile,
        state=device.state,
        token_digest=token_digest(enrolment.token.reveal()),
        open_until=enrolment.open_until,
        first_address=enrolment.first_address,
        networks=site.networks,
        trust=trust_settings(*layers, site.settings, device.settings),
        suspended=placement.suspended,
    )
