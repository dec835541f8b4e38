"""What rendering refuses, and how it says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from provd.devices.secret import Secret
from provd.errors import RenderError
from provd.vendors.registry import Registry
from provd.vendors.rendering import Templates
from provd.vendors.values import Phone, SharedPhone
from provd.vendors.vendor import Vendor

MakePhone = Callable[..., Phone]


def changed(acme: Path, old: str, new: str) -> Vendor:
    path = acme / "templates" / "device.conf.j2"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return Vendor(acme)


def test_an_error_in_a_template_names_file_and_line(acme: Path, make_phone: MakePhone) -> None:
    vendor = changed(acme, "{{ line.port }}", "{{ line.prot }}")
    with pytest.raises(RenderError) as caught:
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))
    assert caught.value.where == "plugins/acme/templates/device.conf.j2 line 7"
    assert "prot" in caught.value.problem


def test_an_error_inside_an_include_names_the_included_file(
    acme: Path, make_phone: MakePhone
) -> None:
    (acme / "templates" / "more.j2").write_text("one\n{{ 1 // 0 }}\n")
    vendor = changed(acme, "{% if zone %}", '{% include "more.j2" %}\n{% if zone %}')
    with pytest.raises(RenderError) as caught:
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))
    assert caught.value.where == "plugins/acme/templates/more.j2 line 2"
    assert "ZeroDivisionError" in caught.value.problem


def test_a_value_that_nobody_set_is_refused(acme: Path, make_phone: MakePhone) -> None:
    vendor = changed(acme, "{{ mac }}", "{{ syslog_server }}")
    with pytest.raises(RenderError, match="nothing can't be written"):
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))


def test_a_word_that_the_vendor_lacks_is_refused(acme: Path, make_phone: MakePhone) -> None:
    vendor = changed(acme, "{{ mac }}", '{{ language | word("transport") }}')
    with pytest.raises(RenderError, match="no word for “en”"):
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))


def test_templates_can_not_reach_python(acme: Path, make_phone: MakePhone) -> None:
    vendor = changed(acme, "{{ mac }}", "{{ mac.__class__.__mro__ }}")
    with pytest.raises(RenderError):
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))


def test_a_secret_does_not_get_into_a_file_that_is_not_secret(
    acme: Path, make_phone: MakePhone
) -> None:
    manifest = acme / "plugin.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("secret: true, ", ""), "utf-8")
    vendor = Vendor(acme)
    with pytest.raises(RenderError, match="not declared secret") as caught:
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))
    assert caught.value.where.endswith("line 4")
    assert "p4ss" not in str(caught.value)


def test_more_lines_than_the_model_has_are_refused(acme: Path, make_phone: MakePhone) -> None:
    vendor = Vendor(acme)
    two = [{"user": "1", "password": "p"}, {"user": "2", "password": "p"}]
    with pytest.raises(RenderError, match="a line 2; Acme One has 1"):
        vendor.render(vendor.file("device"), make_phone(vendor, "One", lines=two))


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ({"position": 9, "kind": "blf"}, "a key 9"),
        ({"position": 0, "kind": "blf"}, "a key 0"),
        ({"position": 1, "kind": "fax"}, "no keys of kind “fax”"),
    ],
)
def test_a_key_that_the_phone_lacks_is_refused(
    acme: Path, make_phone: MakePhone, key: dict[str, object], problem: str
) -> None:
    vendor = Vendor(acme)
    with pytest.raises(RenderError, match=problem):
        vendor.render(vendor.file("device"), make_phone(vendor, "Four", keys=[key]))


def test_lines_take_the_keys_that_are_left(acme: Path, make_phone: MakePhone) -> None:
    vendor = Vendor(acme)
    phone = make_phone(
        vendor,
        "Four",
        lines=[{"user": str(number), "password": "p"} for number in (1, 2, 3)],
        keys=[
            {"position": 1, "kind": "blf", "value": "9"},
            {"position": 5, "kind": "line", "line": 2},
        ],
    )
    content = vendor.render(vendor.file("device"), phone).decode()
    keys = [line for line in content.split("\n") if line.startswith("key.")]
    assert keys == ["key.1 = lamp:9", "key.2 = line:1", "key.3 = line:3", "key.5 = line:2"]


def test_a_line_without_a_registrar_is_refused(acme: Path, make_phone: MakePhone) -> None:
    vendor = Vendor(acme)
    with pytest.raises(RenderError, match=r"set sip\.registrar"):
        vendor.render(vendor.file("device"), make_phone(vendor, "One", settings={}))


def test_a_device_s_file_is_not_made_without_a_device(acme: Path, make_phone: MakePhone) -> None:
    vendor = Vendor(acme)
    phone = make_phone(vendor, "One")
    shared = SharedPhone(phone.model, phone.settings, "", phone.today)
    with pytest.raises(RenderError, match="made for one device"):
        vendor.render(vendor.file("device"), shared)


def test_a_file_without_a_template_is_not_made(acme: Path, make_phone: MakePhone) -> None:
    vendor = Vendor(acme)
    with pytest.raises(RenderError, match="no template"):
        vendor.render(vendor.file("model"), make_phone(vendor, "One"))


@pytest.mark.parametrize(
    ("vendor", "model", "kind"),
    [("yealink", "T46U", "device"), ("polycom", "VVX_400", "settings"),
     ("grandstream", "GXP2170", "device")],
)  # fmt: skip
def test_the_phone_s_own_url_is_left_alone_when_ours_is_empty(
    vendor: str, model: str, kind: str, registry: Registry, make_phone: MakePhone
) -> None:
    vendor_ = registry.vendor(vendor)
    phone = make_phone(vendor_, model)
    url = b"phones.example.com/t"
    assert url not in vendor_.render(vendor_.file(kind), phone)
    told = dataclasses.replace(phone, provisioning_url="https://phones.example.com/t/")
    assert url in vendor_.render(vendor_.file(kind), told)


def test_a_value_that_resets_a_parameter_is_refused(
    registry: Registry, make_phone: MakePhone
) -> None:
    vendor = registry.vendor("yealink")
    phone = make_phone(vendor, "T46U", lines=[{"user": "1", "password": "p", "label": "%NULL%"}])
    with pytest.raises(RenderError, match="something else to this phone"):
        vendor.render(vendor.file("device"), phone)


def test_shared_files_hold_no_secret_of_any_layer(
    registry: Registry, make_phone: MakePhone
) -> None:
    for vendor in registry.vendors:
        for file in vendor.files:
            if file.template and not file.secret:
                settings = {
                    "sip": {"registrar": "sip.example.com"},
                    "web": {"admin_password": "hunter2", "user_password": "hunter2"},
                    "provisioning": {"password": "hunter2"},
                    "raw": {vendor.name: {"P1": "hunter2"}},
                }
                phone = make_phone(vendor, vendor.models[0].name, settings=settings)
                shared = SharedPhone(phone.model, phone.settings, "", phone.today)
                assert b"hunter2" not in vendor.render(file, shared)


def test_every_model_of_every_vendor_renders_with_all_its_lines(
    registry: Registry, make_phone: MakePhone
) -> None:
    for vendor in registry.vendors:
        for model in vendor.models:
            lines = [{"user": str(n), "password": f"p{n}"} for n in range(1, model.lines + 1)]
            phone = make_phone(vendor, model.name, lines=lines)
            files = {
                path: vendor.render(vendor.file(name), phone)
                for name, path in vendor.paths(model, phone.device.mac).items()
                if vendor.file(name).template and vendor.file(name).per_device
            }
            accounts = vendor.reading(files, model).accounts
            assert [account.number for account in accounts] == list(range(1, model.lines + 1))
            assert all(account.password == Secret(f"p{account.number}") for account in accounts)


def test_settings_that_no_template_uses_are_told(registry: Registry) -> None:
    assert "network.lldp" not in registry.vendor("yealink").unsupported_settings
    assert "calls.hide_number" in registry.vendor("polycom").unsupported_settings
    assert "sip.registrar" not in registry.vendor("polycom").unsupported_settings


def test_settings_that_reach_a_template_inside_its_lines_are_told_apart(registry: Registry) -> None:
    assert "lines.shared" not in registry.vendor("polycom").unsupported_settings
    assert "lines.auto_answer" in registry.vendor("polycom").unsupported_settings


def test_a_shared_file_gets_nobody_s_raw_parameters(acme: Path, make_phone: MakePhone) -> None:
    (acme / "templates" / "model.conf.j2").write_text("{% for name in raw %}{{ name }}{% endfor %}")
    manifest = acme / "plugin.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(
        text.replace('.conf", optional', '.conf", template: model.conf.j2, optional')
    )
    vendor = Vendor(acme)
    phone = make_phone(vendor, "One", settings={"raw": {"acme": {"x": "hunter2"}}})
    shared = SharedPhone(phone.model, phone.settings, "", phone.today)
    assert vendor.render(vendor.file("model"), shared) == b""


@pytest.mark.parametrize("name", ["__class__", "__slots__", "password.reveal.__globals__"])
def test_a_line_gives_templates_its_fields_and_nothing_else(
    acme: Path, make_phone: MakePhone, name: str
) -> None:
    vendor = changed(acme, "{{ mac }}", "{{ lines[0].%s }}" % name)  # noqa: UP031  braces abound
    with pytest.raises(RenderError):
        vendor.render(vendor.file("device"), make_phone(vendor, "One"))


def test_every_mistake_of_the_templates_is_told(acme: Path) -> None:
    (acme / "templates" / "device.conf.j2").write_text(
        "{{ nonsense }}\n{% set mine = 1 %}{{ mine }}\n{{ language | word('tongues') }}\n"
        "{% if 1 is known('lands') %}{% endif %}{% filter upper %}{% endfilter %}\n"
        '{% include "absent.j2" %}\n'
    )
    (acme / "templates" / "broken.j2").write_text("{% endif %}")
    templates = Templates(acme, {"voices": {}}, ())
    told = [(one.where.rpartition("/")[2], one.problem) for one in templates.problems(["language"])]
    assert [where for where, _ in told] == [
        "broken.j2 line 1",
        "device.conf.j2 line 1",
        "device.conf.j2 line 3",
        "device.conf.j2 line 4",
        "device.conf.j2 line 4",
        "device.conf.j2 line 5",
    ]
    assert told[1][1] == "there is no variable nonsense"
    assert told[2][1] == "words has no table tongues"
    assert told[-1][1] == "there is no template absent.j2"


def test_registrars_are_numbered_in_the_order_of_the_lines(
    acme: Path, make_phone: MakePhone
) -> None:
    servers = (
        "{% for one in servers %}{{ one.number }} {{ one.registrar }} {{ one.port }};{% endfor %}"
    )
    lines = "{% for line in lines %}{{ line.number }}={{ line.server }} {% endfor %}"
    (acme / "templates" / "device.conf.j2").write_text(f"{servers} {lines}")
    vendor = Vendor(acme)
    others = ("b.example", "", "b.example")
    given = [{"user": "1", "password": "p", "registrar": one} for one in others]
    phone = make_phone(vendor, "Four", lines=given)
    content = vendor.render(vendor.file("device"), phone)
    assert content == b"1 b.example 5060;2 sip.example.com 5060; 1=1 2=2 3=1 "


def test_a_character_that_the_phone_takes_values_apart_by_is_refused(
    acme: Path, make_phone: MakePhone
) -> None:
    template = acme / "templates" / "device.conf.j2"
    template.write_text(
        '{{ lines[0].user | without(";$") }} {{ lines[0].password | without("|") }}\n'
    )
    vendor = Vendor(acme)
    made = vendor.render(vendor.file("device"), make_phone(vendor, "One"))
    assert made == b"100 p4ss\n"
    for line in ({"user": "1;2", "password": "p"}, {"user": "1", "password": "p|4"}):
        with pytest.raises(RenderError, match="which this format can't express"):
            vendor.render(vendor.file("device"), make_phone(vendor, "One", lines=[line]))


def test_a_doubled_character_leaves_a_secret_one(acme: Path, make_phone: MakePhone) -> None:
    template = acme / "templates" / "device.conf.j2"
    template.write_text(
        '{{ lines[0].user | doubled("$") }} {{ lines[0].password | doubled("$") }}\n'
    )
    vendor = Vendor(acme)
    phone = make_phone(vendor, "One", lines=[{"user": "a$b", "password": "$p$"}])
    assert vendor.render(vendor.file("device"), phone) == b"a$$b $$p$$\n"
    open_file = dataclasses.replace(vendor.file("device"), secret=False)
    vendor._templates._compile(open_file)
    with pytest.raises(RenderError, match="a secret value in a file"):
        vendor.render(open_file, phone)


def test_keys_that_are_not_used_are_told(acme: Path, make_phone: MakePhone) -> None:
    manifest = acme / "plugin.yaml"
    text = manifest.read_text("utf-8")
    text = text.replace("keys, colour]", "keys, colour, modules, module_keys]")
    text = text.replace('0, "no"]', '0, "no", 0, 0]').replace('8, "yes"]', '4, "yes", 2, 2]')
    manifest.write_text(text, "utf-8")
    (acme / "templates" / "device.conf.j2").write_text(
        "{% for key in unused_keys %}{{ key }} {% endfor %}"
        "{% for unit, key in unused_module_keys %}{{ unit }}.{{ key }} {% endfor %}\n"
    )
    vendor = Vendor(acme)
    keys = [
        {"position": 3, "kind": "blf", "value": "1"},
        {"position": 1, "kind": "blf", "value": "1", "module": 2},
    ]
    phone = make_phone(vendor, "Four", keys=keys)
    assert vendor.render(vendor.file("device"), phone) == b"2 4 1.1 1.2 2.2 "


STAMPED = (
    "{{ fingerprint }}\n{% for line in lines %}{{ line.user }} {{ line.password }}\n{% endfor %}"
)


def test_a_fingerprint_is_another_one_as_soon_as_the_content_differs(
    acme: Path, make_phone: MakePhone
) -> None:
    (acme / "templates" / "device.conf.j2").write_text(STAMPED)
    vendor = Vendor(acme)

    def told(**changes: str) -> bytes:
        line = {"user": "1", "password": "p"} | changes
        phone = make_phone(vendor, "Four", lines=[line])
        return vendor.render(vendor.file("device"), phone).partition(b"\n")[0]

    assert len({told(), told(user="2"), told(password="q")}) == 3
    assert told() == told(label="x")  # which does not stand in the file
    assert len(told()) == 10
    assert told().isdigit()


def test_a_family_is_told_what_it_can_take_of_a_setting(acme: Path, make_phone: MakePhone) -> None:
    manifest = acme / "plugin.yaml"
    limit = "limits: [{setting: language, values: [de, fr], when: {colour: [yes]}}]\n"
    manifest.write_text(
        manifest.read_text().replace("words: ", limit.replace("yes", '"yes"') + "words: ")
    )
    vendor = Vendor(acme)
    phone = make_phone(
        vendor, "Four", settings={"sip": {"registrar": "s.example.com"}, "language": "it"}
    )
    content, notes = vendor.render_noted(vendor.file("device"), phone)
    assert b"display.language = de\n" in content
    assert [(one.value, one.table) for one in notes] == [("it", "language")]
