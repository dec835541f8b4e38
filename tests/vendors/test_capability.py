"""Whether a model can take a value: told apart from a value that only changes nothing just now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provd.devices.secret import Secret
from provd.errors import PluginError
from provd.vendors.capability import Capability, capability
from provd.vendors.encryption import KEY
from provd.vendors.notes import Note
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor
from tests.vendors.conftest import MakePhone

TEMPLATE = """\
{% for line in lines %}
who = {{ line.user }}
{% endfor %}
{% if syslog_server and not sip_outbound_proxy %}
log = {{ syslog_server }}:{{ syslog_port or 514 }}
{% endif %}
{% if language is known("languages") %}
tongue = {{ language | word("languages") }}
{% endif %}
{% if model_colour == "yes" %}
clock = {{ time_format }}
{% endif %}
{% for key in keys if key.kind == "blf" %}
key = {{ calls_pickup_code or "" }}{{ key.value }}
{% endfor %}
"""


@pytest.fixture
def vendor(acme: Path) -> Vendor:
    (acme / "templates" / "device.conf.j2").write_text(TEMPLATE)
    manifest = acme / "plugin.yaml"
    text = manifest.read_text()
    manifest.write_text(
        text.replace("  keys: {line:", "  languages: {de: Deutsch}\n  keys: {line:")
    )
    return Vendor(acme)


@pytest.mark.parametrize(
    ("key", "value", "able"),
    [
        ("syslog.server", "log.example.net", Capability(reaches=True)),
        ("syslog.port", 515, Capability(reaches=True)),  # none while there is no server
        ("calls.pickup_code", "**", Capability(reaches=True)),  # none while there is no such key
        ("time.format", "12h", Capability(reaches=True)),
        ("language", "de", Capability(reaches=True)),
        ("language", "fr", Capability(reaches=True, notes=(Note("fr", "languages"),))),
        ("srtp.mode", "off", Capability(reaches=False)),
        ("raw.acme.x", "1", Capability(reaches=True)),
        (KEY, Secret("key"), Capability(reaches=False)),
    ],
)
def test_a_value_is_tried_beside_other_settings(
    vendor: Vendor, make_phone: MakePhone, key: str, value: object, able: Capability
) -> None:
    assert capability(vendor, make_phone(vendor, "Four"), key, value) == able


def test_what_only_another_model_has_this_one_can_not_take(
    vendor: Vendor, make_phone: MakePhone
) -> None:
    assert capability(vendor, make_phone(vendor, "One"), "time.format", "12h") == Capability(
        reaches=False
    )


def test_a_phone_without_lines_can_take_what_matters_for_lines(
    registry: Registry, make_phone: MakePhone
) -> None:
    vendor = registry.vendor("yealink")
    phone = make_phone(vendor, "T46U")
    bare = replace(phone, device=replace(phone.device, lines=()))
    assert capability(vendor, bare, "sip.expires", 900).reaches


def test_a_kind_of_key_that_there_is_not_stops_the_start(acme: Path) -> None:
    manifest = acme / "plugin.yaml"
    manifest.write_text(manifest.read_text().replace("blf: lamp", "lamp: lamp"))
    with pytest.raises(PluginError, match="there is no kind of key “lamp”"):
        Vendor(acme)
