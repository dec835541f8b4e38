"""From settings to a port, and whose password goes to which switch."""

from __future__ import annotations

from typing import Any

import pytest

from provd.devices.layers import Layer, flatten, merge
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.poe.port import Community, PowerPort, User, power_port

V2C = {"switch": "sw.example", "port": 7, "community": "wr1te"}
V3 = {
    "switch": "sw.example", "port": 7, "group": 2, "snmp_port": 1161, "version": "3",
    "user": "provd", "auth_password": "authauth", "privacy_password": "privpriv",
}  # fmt: skip


def port(*layers: dict[str, Any]) -> PowerPort:
    return power_port(
        merge([Layer(f"layer {at}", flatten({"poe": one})) for at, one in enumerate(layers)])
    )


def test_a_community_is_enough_for_2c() -> None:
    found = port(V2C)
    assert found == PowerPort("sw.example", 161, 1, 7, Community(Secret("wr1te")))
    assert str(found) == "port 1.7 of sw.example"
    assert "wr1te" not in repr(found)


def test_version_3_authenticates_and_encrypts() -> None:
    user = User("provd", "sha", Secret("authauth"), "aes", Secret("privpriv"))
    assert port(V3) == PowerPort("sw.example", 1161, 2, 7, user)
    chosen = port({**V3, "authentication": "sha256", "privacy": "aes256", "context": "c"}).access
    assert isinstance(chosen, User)
    assert (chosen.authentication, chosen.privacy, chosen.context) == ("sha256", "aes256", "c")


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "poe.switch"),
        ({"switch": "a"}, "poe.port"),
        ({"switch": "a", "port": 1}, "poe.community"),
        ({**V3, "user": None}, "poe.user"),
        ({**V3, "auth_password": None}, "poe.auth_password"),
        ({**V3, "privacy_password": None}, "poe.privacy_password"),
        ({**V3, "privacy_password": "short"}, "poe.privacy_password"),
    ],
)
def test_what_is_missing_is_named(settings: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError) as caught:
        port(settings)
    assert caught.value.key == key
    assert caught.value.remedy


@pytest.mark.parametrize(
    "nearer", [{"switch": "evil.example"}, {"snmp_port": 9}, {"version": "2c"}]
)
def test_a_password_goes_to_no_switch_that_somebody_nearer_to_the_phone_named(
    nearer: dict[str, Any],
) -> None:
    with pytest.raises(InputError, match="nearer to the phone"):
        port(V2C, nearer)
    assert port(V2C, {**nearer, "community": "theirs"}).access == Community(Secret("theirs"))


def test_the_port_may_be_named_where_the_phone_is() -> None:
    assert port({**V2C, "port": 1}, {"port": 3, "group": 2}).number == 3
