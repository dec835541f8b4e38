"""Each line of a file names what it depends on, whatever the template is like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.devices.secret import Secret
from provd.devices.settings import LINE_FIELDS, VOCABULARY
from provd.errors import RenderError
from provd.vendors.alignment import changes
from provd.vendors.attributing import notes_of
from provd.vendors.masking import masked, shown
from provd.vendors.provenance import Traced, trace
from provd.vendors.registry import Registry
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor
from tests.vendors.conftest import MakePhone

TEMPLATE = """\
# always the same
clock = {{ time_format }}
{% if syslog_server %}
[log]
log.to = {{ syslog_server }}
log.how = udp
{% endif %}
vlan = {% if network_vlan_id is none %}off{% else %}{{ network_vlan_id }}{% endif +%}
{% for line in lines %}
account {{ line.number }} begins
who = {{ line.user }}
auth = {{ line.auth_user }}
where = {{ line.registrar }}
url = sip://{{ line.user }}:{{ line.password }}@{{ line.registrar }}
{% endfor %}
{% for number in unused_lines %}
account {{ number }} off
{% endfor %}
{% for key in keys %}
key {{ key.position }} = {{ key.kind | word("keys") }} {{ key.value }}
{% endfor %}
{% if model_colour == "yes" %}
screen = bright
{% endif %}
{% if language is known("languages") %}
tongue = {{ language | word("languages") }}
{% endif %}
from = {{ provisioning_url }}
name = {{ mac }} {{ device_label }}
admin = {{ web_admin_password or '' }}
"""


@pytest.fixture
def vendor(acme: Path) -> Vendor:
    (acme / "templates" / "device.conf.j2").write_text(TEMPLATE)
    manifest = acme / "plugin.yaml"
    text = manifest.read_text().replace(
        "  keys: {line:", "  languages: {de: Deutsch}\n  keys: {line:"
    )
    manifest.write_text(text)
    return Vendor(acme)


@pytest.fixture
def device(vendor: Vendor) -> FileKind:
    return vendor.file("device")


def phone_of(make_phone: MakePhone, vendor: Vendor, **settings: object) -> Phone:
    lines = [{"user": "100", "password": "p4ss"}, {"user": "200", "password": "w0rd"}]
    keys = [{"position": 4, "kind": "blf", "value": "777"}]
    given = {"sip.registrar": "sip.example.com", **settings}
    url = "https://prov.example.net/t0ken/"
    made = make_phone(vendor, "Four", lines=lines, keys=keys, settings=given, provisioning_url=url)
    return replace(made, device=replace(made.device, label="Reception"))


def because(traced: Traced, text: str) -> set[str]:
    (line,) = [line for line in traced.lines if line.text == text]
    return {origin.name for origin in line.origins}


def test_each_line_names_what_it_depends_on(
    vendor: Vendor, device: FileKind, make_phone: MakePhone
) -> None:
    told = {"syslog.server": "log.example.net", "language": "de", "time.format": "24h"}
    traced = trace(vendor, device, phone_of(make_phone, vendor, **told))
    expected = {
        "# always the same": set(),
        "clock = 24h": {"time.format"},
        "[log]": {"syslog.server"},
        "log.to = log.example.net": {"syslog.server"},
        "log.how = udp": {"syslog.server"},
        "vlan = off": {"network.vlan.id"},
        "account 1 begins": {"line 1"},
        "who = 100": {"line 1, user"},
        "auth = 100": {"line 1, user", "line 1, auth_user"},
        "who = 200": {"line 2, user"},
        "account 3 off": {"model: lines"},
        "key 4 = lamp 777": {"key 4, kind", "key 4, value"},
        "screen = bright": {"model: colour"},
        "tongue = Deutsch": {"language"},
        "from = https://prov.example.net/t0ken/": {"provisioning address"},
        "name = 805ec0123456 Reception": {"MAC", "label"},
        "admin = ": {"web.admin_password"},
    }
    found = {text: because(traced, text) for text in expected}
    assert found == expected
    urls = "url = sip://100:p4ss@sip.example.com"
    assert because(traced, urls) == {
        "sip.registrar", "line 1, user", "line 1, password", "line 1, registrar"
    }  # fmt: skip


def test_what_would_add_a_line_reaches_the_file_as_well(
    vendor: Vendor, device: FileKind, make_phone: MakePhone
) -> None:
    traced = trace(vendor, device, phone_of(make_phone, vendor))
    reaching = {origin.setting for origin in traced.reaching}
    assert "syslog.server" in reaching
    assert all("log" not in line.text for line in traced.lines)
    assert "srtp.mode" not in reaching, "no line of this template asks for it"


def test_a_value_without_a_word_is_told_apart(
    vendor: Vendor, device: FileKind, make_phone: MakePhone
) -> None:
    phone = phone_of(make_phone, vendor, language="fr")
    assert [note.value for note in notes_of(vendor, device, phone, "language")] == ["fr"]
    assert notes_of(vendor, device, phone, "time.format") == ()


def test_a_file_that_can_not_be_made_is_an_error(
    vendor: Vendor, device: FileKind, make_phone: MakePhone
) -> None:
    phone = make_phone(vendor, "One", lines=[{"user": str(n), "password": "x"} for n in range(3)])
    with pytest.raises(RenderError):
        trace(vendor, device, phone)


@settings(max_examples=25, deadline=None)
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=30))
def test_no_secret_is_rendered_from_a_masked_phone(
    registry: Registry, make_phone: MakePhone, secret: str
) -> None:
    for vendor in registry.vendors[:3]:
        model = vendor.models[0].name
        line = {"user": "100", "password": f"{secret}\N{SNOWMAN}"}
        phone = make_phone(
            vendor, model, lines=[line], provisioning_url=f"https://a.example/{secret}\N{SNOWMAN}/"
        )
        phone = masked(phone, f"{secret}\N{SNOWMAN}")
        for file in vendor.files:
            if file.template and file.per_device and file.fits(phone.model):
                made = shown(vendor.render(file, phone).decode(file.encoding))
                assert "\N{SNOWMAN}" not in made
                assert secret not in made or len(secret) < 8


def test_an_empty_password_stays_empty(make_phone: MakePhone, vendor: Vendor) -> None:
    phone = phone_of(make_phone, vendor)
    phone = replace(phone, settings=phone.settings.replaced({"web.admin_password": Secret("")}))
    assert masked(phone).settings.get("web.admin_password") == Secret("")


def test_a_phone_is_explained_with_some_hundred_renderings(
    registry: Registry, make_phone: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes half a millisecond: so it takes less than a second for a hundred settings."""
    made = 0
    render = Vendor.render

    def counted(self: Vendor, file: FileKind, phone: Phone) -> bytes:
        nonlocal made
        made += 1
        return render(self, file, phone)

    monkeypatch.setattr(Vendor, "render", counted)
    vendor = registry.vendor("yealink")
    model = next(model for model in vendor.models if model.lines > 1)
    file = next(one for one in vendor.files if one.template and one.per_device and one.fits(model))
    trace(vendor, file, make_phone(vendor, model.name))
    assert made < len(VOCABULARY) * 7


def test_every_setting_and_field_has_values_to_try() -> None:
    for row in (*VOCABULARY.values(), *LINE_FIELDS.values()):
        assert len(row.kind.samples) >= 2, row.key
        for sample in row.kind.samples:
            assert row.kind.check(sample) == sample, row.key


@given(
    st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12)
)
def test_changes_lead_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    made, at = [], 0
    for change in changes(before, after):
        made += before[at : change.start] + after[change.new_start : change.new_end]
        at = change.end
    assert made + before[at:] == after


TOGETHER = """\
{{ lines | length }}
{% if syslog_server or ldap_server %}
either = yes
{% endif %}
both = {{ "on" if web_user_password and web_admin_password else "off" }}
{% if (phonebook_url or phonebook_name) and (ldap_base or ldap_user) %}
pairs = yes
{% endif %}
alone = {{ language }}
nobody = 1
"""


@pytest.fixture
def together(acme: Path, make_phone: MakePhone) -> tuple[Vendor, Phone]:
    (acme / "templates" / "device.conf.j2").write_text(TOGETHER)
    vendor = Vendor(acme)
    told = {
        "syslog.server": "log.example.net", "ldap.server": "ldap.example.net",
        "phonebook.url": "http://book.example.net/", "phonebook.name": "Book",
        "ldap.base": "dc=example", "ldap.user": "cn=reader",
    }  # fmt: skip
    return vendor, phone_of(make_phone, vendor, **told)


def test_a_line_names_the_settings_that_only_together_change_it(
    together: tuple[Vendor, Phone],
) -> None:
    vendor, phone = together
    traced = trace(vendor, vendor.file("device"), phone)
    assert because(traced, "either = yes") == {"syslog.server", "ldap.server"}
    assert because(traced, "both = off") == {"web.user_password", "web.admin_password"}
    pairs = [{"phonebook.url", "phonebook.name"}, {"ldap.base", "ldap.user"}]
    assert because(traced, "pairs = yes") in pairs
    assert because(traced, "alone = en") == {"language"}
    assert because(traced, "nobody = 1") == set()


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("syslog.server", "either = yes"),
        ("ldap.server", "either = yes"),
        ("web.user_password", "both = off"),
    ],
)
def test_a_setting_alone_names_the_lines_that_it_changes_beside_others(
    together: tuple[Vendor, Phone], key: str, line: str
) -> None:
    vendor, phone = together
    traced = trace(vendor, vendor.file("device"), phone, only=key)
    assert [one.text for one in traced.lines if one.origins] == [line]


def test_no_file_without_a_setting_hinders_nothing(together: tuple[Vendor, Phone]) -> None:
    vendor, phone = together
    path = vendor.folder / "templates" / "device.conf.j2"
    path.write_text("{{ dial_plan_digit_map.upper() }}\n" + TOGETHER)
    settings = phone.settings.replaced({"dial_plan.digit_map": "x.T"})
    phone, other = replace(phone, settings=settings), Vendor(vendor.folder)
    traced = trace(other, other.file("device"), phone)
    assert because(traced, "either = yes") == {"syslog.server", "ldap.server"}
