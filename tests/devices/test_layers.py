"""Layers of settings."""

from __future__ import annotations

import pytest

from provd.devices.layers import Layer, flatten, merge
from provd.devices.secret import Secret
from provd.errors import SettingError


def test_the_later_layer_wins_key_by_key() -> None:
    settings = merge(
        [
            Layer("default", {"language": "en", "time.zone": "UTC"}),
            Layer("site", {"time.zone": "Europe/Berlin"}),
        ]
    )
    assert settings.get("time.zone") == "Europe/Berlin"
    assert settings.source("time.zone") == "site"
    assert settings.source("language") == "default"


def test_none_takes_a_value_away() -> None:
    settings = merge([Layer("a", {"syslog.server": "log"}), Layer("b", {"syslog.server": None})])
    assert settings.get("syslog.server") is None
    assert settings.source("syslog.server") == ""


def test_what_no_layer_sets_is_none() -> None:
    assert merge([]).get("time.zone") is None


def test_a_key_that_is_none_is_an_error_when_asked_for_too() -> None:
    with pytest.raises(SettingError):
        merge([]).get("time.zoen")


def test_a_wrong_value_names_its_layer() -> None:
    with pytest.raises(SettingError) as caught:
        merge([Layer("customer Ann", {"sip.port": 0})])
    assert caught.value.where == "customer Ann"


def test_passwords_are_secrets_whatever_the_layer_held() -> None:
    settings = merge([Layer("a", {"web.admin_password": "s3cret"})])
    assert settings.get("web.admin_password") == Secret("s3cret")
    assert "s3cret" not in repr(settings)


def test_raw_parameters_are_the_vendor_s_own() -> None:
    settings = merge([Layer("a", {"raw.acme.P.1": 1, "raw.other.P2": "x"})])
    assert settings.raw("acme") == {"P.1": 1}


def test_the_revision_follows_the_values_alone() -> None:
    one = merge([Layer("a", {"language": "en", "codecs": ["pcma"]})])
    same = merge([Layer("b", {"codecs": ("pcma",)}), Layer("c", {"language": "en"})])
    assert one.revision == same.revision
    assert one.revision != merge([Layer("a", {"language": "de", "codecs": ["pcma"]})]).revision


def test_a_changed_password_changes_the_revision() -> None:
    one, other = (merge([Layer("a", {"web.admin_password": word})]) for word in ("one", "other"))
    assert one.revision != other.revision


def test_nested_settings_are_flattened() -> None:
    assert flatten({"network": {"vlan": {"id": 7}}, "codecs": ["pcma"]}) == {
        "network.vlan.id": 7,
        "codecs": ["pcma"],
    }


def test_a_layer_is_checked_once_however_many_phones_are_above_it() -> None:
    asked: list[str] = []

    class Watched(dict[str, object]):
        def items(self):  # type: ignore[no-untyped-def]
            asked.append("items")
            return super().items()

    layer = Layer("default", Watched({"sip.port": 5060}))
    for _ in range(3):
        assert merge([layer]).get("sip.port") == 5060
    assert asked == ["items"]


def test_what_a_later_layer_takes_away_has_no_source() -> None:
    settings = merge(
        [
            Layer("a", {"language": "en"}),
            Layer("b", {"language": None}),
            Layer("c", {"sip.port": 1}),
        ]
    )
    assert settings.source("language") == ""
    assert [key for key, _ in settings.items()] == ["sip.port"]
