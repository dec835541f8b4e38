"""What each vendor's files tell a phone works: whoever read them registers at a real SIP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provd.simulator import SipWay, register
from provd.vendors.registry import Registry
from provd.vendors.values import Model, Phone, ReadAccount, SharedPhone
from provd.vendors.vendor import Vendor
from tests.sip_server import HOST, NAME, SipServer, sip_server
from tests.vendors.conftest import MakePhone

USERS = {"100": "p4ss-Word", "101": "0th3r-Word"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipServer]:
    with sip_server(tmp_path_factory.mktemp("kamailio"), users=USERS) as running:
        yield running


def read(vendor: Vendor, phone: Phone) -> tuple[ReadAccount, ...]:
    """The accounts in all files that are made for the phone."""
    shared = SharedPhone(phone.model, phone.settings, "", phone.today)
    files = {}
    for name, path in vendor.paths(phone.model, phone.device.mac).items():
        file = vendor.file(name)
        if file.template:
            files[path] = vendor.render(file, phone if file.per_device else shared)
    return vendor.reading(files).accounts


def some(vendor: Vendor) -> list[Model]:
    """The first and the last in the table: mostly the oldest and the newest."""
    models = [model for model in vendor.models if model.lines]
    return [models[0], models[-1]]


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_the_phones_of_every_vendor_register(
    registry: Registry, make_phone: MakePhone, server: SipServer, transport: str
) -> None:
    tls = transport == "tls"
    sip = {"registrar": NAME if tls else HOST, "transport": transport,
           "port": server.tls_port if tls else server.port}  # fmt: skip
    way = SipWay(ca_file=server.ca_file, lookup=lambda _: ())
    silent = []
    for vendor in registry.vendors:
        registered = 0
        for model in some(vendor):
            users = list(USERS.items())[: model.lines]
            lines = [{"user": user, "password": password} for user, password in users]
            for account in read(
                vendor, make_phone(vendor, model.name, lines=lines, settings={"sip": sip})
            ):
                if tls and account.transport != "tls":
                    continue  # it knows no TLS
                told = register(account, way)
                assert told.ok, (vendor.name, model.name, told)
                registered += 1
        if not registered:
            silent.append(vendor.name)
    assert silent == [] or tls


def test_they_go_through_an_outbound_proxy_where_their_folder_tells_which(
    registry: Registry, make_phone: MakePhone, server: SipServer
) -> None:
    sip = {"registrar": "pbx.invalid", "outbound_proxy": HOST, "transport": "udp",
           "outbound_proxy_port": server.port}  # fmt: skip
    way = SipWay(lookup=lambda _: ())
    through = []
    for vendor in registry.vendors:
        model = some(vendor)[0]
        line = {"user": "100", "password": USERS["100"]}
        phone = make_phone(vendor, model.name, lines=[line], settings={"sip": sip})
        for account in read(vendor, phone):
            if account.proxy:
                assert register(account, way).ok, vendor.name
                through.append(vendor.name)
    assert len(through) > 10
