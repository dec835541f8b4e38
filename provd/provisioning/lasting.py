"""The answers that the policy gave for good, and to whom they hold.

A decision costs a phone that asks again a third of its time on the reactor. A grant for a network
holds for every address of that network, one for a token for whoever brings it over HTTPS, until
anything in the database changes (policy.LASTING). Everything else is decided on each request.
"""

from __future__ import annotations

from collections.abc import Callable

from provd.devices.lifecycle import Place
from provd.exchange import Answer, IPAddress, Request, Transport
from provd.provisioning.networks import Networks
from provd.provisioning.policy import Grant, Way


class Lasting:
    """Of one file, found by one path: the token that the path bears is part of it. `site` are the
    networks of the device's site."""

    __slots__ = (
        "_again",
        "_all",
        "_anywhere",
        "_asker",
        "_bench",
        "_site",
        "_site_networks",
        "_transport",
    )

    def __init__(self, site: Networks) -> None:
        self._site_networks = site
        self._bench: Answer | None = None
        self._site: Answer | None = None
        self._anywhere: Answer | None = None
        self._all: Answer | None = None
        self._asker: IPAddress | None = None
        self._transport: Transport | None = None
        self._again: Answer | None = None

    def keep(self, grant: Grant, answer: Answer) -> None:
        """`grant` is one of those that last."""
        self._asker = None
        if grant.place is Place.BENCH:
            self._bench = answer
        elif grant.way is Way.SITE:
            self._site = answer
        else:
            self._anywhere = answer

    def to_all(self, make: Callable[[], Answer]) -> Answer:
        """Of a file of nobody's, about which there is nothing to decide: made once."""
        if self._all is None:
            self._all = make()
        return self._all

    def find(self, request: Request, bench: Networks) -> Answer | None:
        """None where the policy must decide. `bench` is always the same. Who asks from where the
        last one did is answered as he was, without looking through networks."""
        if request.address is self._asker and request.transport is self._transport:
            return self._again
        self._again = self._found(request, bench)
        self._asker, self._transport = request.address, request.transport
        return self._again

    def _found(self, request: Request, bench: Networks) -> Answer | None:
        if request.address in bench:
            return self._bench
        if self._site is not None and request.address in self._site_networks:
            return self._site
        return self._anywhere if request.transport is Transport.HTTPS else None
