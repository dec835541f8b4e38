from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sip_server import SipServer, sip_server


@pytest.fixture(scope="session")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipServer]:
    with sip_server(tmp_path_factory.mktemp("kamailio")) as running:
        yield running


@pytest.fixture(scope="session")
def kamailio_sha256(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipServer]:
    with sip_server(tmp_path_factory.mktemp("kamailio"), "SHA-256") as running:
        yield running
