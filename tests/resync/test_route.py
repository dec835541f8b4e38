"""From settings and a line to the SIP server, and whose password goes there."""

from __future__ import annotations

from typing import Any

import pytest

from provd.devices.device import Line
from provd.devices.layers import Layer, Settings, flatten, merge
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.resync.route import Route, direct, route
from provd.sip.carrying import Carrier, Peer
from provd.sip.digest import Credentials

LINE = Line(1, "100", Secret("own"))
OWN, PROVD = Credentials("100", "own"), Credentials("provd", "its")
USER = {"user": "provd", "password": "its"}


def settings(*layers: dict[str, Any]) -> Settings:
    return merge([Layer(f"layer {at}", flatten(layer)) for at, layer in enumerate(layers)])


def way(*layers: dict[str, Any], line: Line = LINE) -> Route:
    return route(settings(*layers), line, operators=0)


def test_the_registrar_is_asked_as_the_line_itself() -> None:
    found = way({"sip": {"registrar": "pbx.example", "port": 5070, "transport": "tcp"}})
    assert found.peer == Peer(Carrier.TCP, "pbx.example", 5070)
    assert found.uri == found.sender == "sip:100@pbx.example:5070"
    assert found.credentials == (OWN,)


def test_an_outbound_proxy_goes_before_the_registrar() -> None:
    sip = {"registrar": "pbx.example", "outbound_proxy": "sbc.example", "transport": "tls"}
    found = way({"sip": {**sip, "outbound_proxy_port": 5099}})
    assert found.peer == Peer(Carrier.TLS, "sbc.example", 5099)
    assert found.uri == "sip:100@pbx.example"


def test_resync_proxy_goes_before_both_with_a_user_of_its_own() -> None:
    sip = {"registrar": "pbx.example", "outbound_proxy": "sbc.example"}
    resync = {"proxy": "admin.example", "port": 5062, "transport": "tls", **USER}
    found = way({"sip": sip, "resync": resync})
    assert found.peer == Peer(Carrier.TLS, "admin.example", 5062)
    assert found.uri == "sip:100@pbx.example"
    assert found.sender == "sip:provd@pbx.example"
    assert found.credentials == (PROVD, OWN)


def test_a_lines_own_registrar_and_user_count() -> None:
    line = Line(2, "100", Secret("own"), auth_user="auth", registrar="2001:db8::1")
    found = way({"sip": {"registrar": "pbx.example", "transport": "dns-srv"}}, line=line)
    assert found.peer == Peer(Carrier.UDP, "2001:db8::1")
    assert found.uri == "sip:100@[2001:db8::1]"
    assert found.own == Credentials("auth", "own")


def test_nobody_to_ask_is_told() -> None:
    with pytest.raises(InputError, match="which SIP server"):
        way({})


@pytest.mark.parametrize(
    "nearer",
    [
        {"resync": {"proxy": "evil.example"}},
        {"resync": {"port": 9999}},
        {"resync": {"transport": "udp"}},
    ],
)
def test_a_password_goes_to_no_server_that_somebody_nearer_to_the_phone_named(
    nearer: dict[str, Any],
) -> None:
    given = {"sip": {"registrar": "pbx.example"}, "resync": {"proxy": "sip.example", **USER}}
    with pytest.raises(InputError) as caught:
        way(given, nearer)
    assert caught.value.key == "resync.password"
    assert "its" not in str(caught.value).split()
    own = {"resync": {**nearer["resync"], "password": "theirs"}}
    assert way(given, own).credentials[0].password == "theirs"


def test_nor_to_a_registrar_that_only_the_line_names() -> None:
    line = Line(1, "100", Secret("own"), registrar="evil.example")
    with pytest.raises(InputError):
        way({"sip": {"registrar": "pbx.example"}, "resync": USER}, line=line)
    with pytest.raises(InputError):
        way({"resync": {"proxy": "sip.example", **USER}}, line=line)


def test_nor_for_a_domain_that_is_named_nearer_to_the_phone() -> None:
    """The server would ask that domain's, which may be anybody's, and bring its questions back."""
    provider = {"sip": {"registrar": "pbx.example"}, "resync": {"proxy": "sbc.example", **USER}}
    assert way(provider).credentials == (PROVD, OWN)
    with pytest.raises(InputError, match="domain is named nearer"):
        way(provider, {"sip": {"registrar": "evil.example"}})


def test_a_server_is_trusted_that_the_operator_named() -> None:
    named = {"sip": {"registrar": "pbx.example"}}
    assert way(named).trusted
    assert not way({}, named).trusted
    own = Line(1, "100", Secret("own"), registrar="pbx.example")
    assert not way(named, line=own).trusted


def test_the_phone_itself_is_told_with_its_own_password_alone() -> None:
    given = settings({"sip": {"registrar": "pbx.example"}, "resync": USER})
    found = direct(given, LINE, Peer(Carrier.UDP, "192.0.2.7", 5062))
    assert found.uri == "sip:100@192.0.2.7:5062"
    assert found.sender == "sip:100@pbx.example"
    assert found.credentials == (OWN,)


def test_no_password_shows_itself() -> None:
    line = Line(1, "100", Secret("hushed"))
    assert "hushed" not in repr(way({"sip": {"registrar": "pbx.example"}}, line=line))
