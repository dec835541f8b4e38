"""What the daemon puts together around the backend, for tests without a reactor."""

from provd.app import Provd
from provd.provisioning.digest import Authentication
from provd.provisioning.nonces import Nonces
from provd.provisioning.sweeps import SweepLimits, SweepsByTransport
from provd.provisioning.trust import Trust
from provd.provisioning.watch import Watch
from provd.provisioning.ways import Ways


def trust_of(parts: Provd, limits: SweepLimits | None = None) -> Trust:
    bench = parts.configuration.networks.bench
    return Trust(
        parts.registry,
        Ways(parts.registry, parts.profiles),
        parts.files.credentials,
        Authentication(Nonces()),
        Watch(SweepsByTransport(limits), parts.store.sites.all_networks, bench),
        bench,
    )


async def no_pause(seconds: float) -> None:
    """Nobody waits for real."""
