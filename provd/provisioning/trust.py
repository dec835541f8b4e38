"""Gathers the evidence of a request and has the policy decide.

All of it is gathered for every request that names a MAC, of a device or of nobody: the same work,
so that time tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from provd.devices.account import IPNetwork
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.standing import Standing
from provd.exchange import ClientCertificate, Request
from provd.provisioning.credentials import Credentials
from provd.provisioning.digest import Authentication, Proof
from provd.provisioning.networks import Networks
from provd.provisioning.policy import Asking, Decision, decide
from provd.provisioning.watch import Watch
from provd.provisioning.ways import Ways

_NO_TOKEN = "0" * 64


class Certificates(Protocol):
    """What is asked of the vendors' registry."""

    def certificate_mac(self, vendor: str, certificate: ClientCertificate) -> Mac | None: ...


class Trust:
    """`decide` is for a thread; `decide_at_once` for the reactor's, on what memory holds."""

    def __init__(
        self,
        certificates: Certificates,
        ways: Ways,
        credentials: Credentials,
        authentication: Authentication,
        watch: Watch,
        bench: Sequence[IPNetwork],
    ) -> None:
        self.bench = bench
        self.bench_networks = Networks(bench)
        self.watch = watch
        self.authentication = authentication
        self._certificates = certificates
        self._ways = ways
        self._credentials = credentials

    def decide(self, request: Request, token: str, standing: Standing) -> Decision:
        """Uses up the nonce of a right HTTP digest: ask once for each request."""
        login = self._credentials.of(standing.mac, standing.token_digest)
        proof = self.authentication.proof(request, login)
        return self._decide(request, token, standing, proof)

    def decide_at_once(self, request: Request, token: str, standing: Standing) -> Decision:
        """Without user name and password, whose nonce may be used only once."""
        return self._decide(request, token, standing, Proof.NONE)

    def _decide(
        self, request: Request, token: str, standing: Standing, credentials: Proof
    ) -> Decision:
        asking = Asking(
            request,
            standing,
            token,
            self.bench,
            ways=self._ways.of(standing),
            certificate=self._certificate(request, standing),
            credentials=credentials,
            suspect=self.watch.suspect(request),
        )
        return decide(asking)

    def _certificate(self, request: Request, standing: Standing) -> Proof:
        if request.certificate is None:
            return Proof.NONE
        mac = self._certificates.certificate_mac(standing.vendor, request.certificate)
        if mac is None:
            return Proof.NONE
        return Proof.RIGHT if mac == standing.mac else Proof.WRONG


def nobodys(mac: Mac, vendor: str) -> Standing:
    """What is decided about where nobody registered that MAC, so that it takes as long."""
    return Standing(0, mac, vendor, "", "", State.REGISTERED, _NO_TOKEN, None, "")
