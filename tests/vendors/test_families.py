"""What a vendor's folder can say of its families: files by model, spelling of MACs, encodings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.errors import PluginError, RenderError
from provd.vendors.notes import Note
from provd.vendors.patterns import PathPattern, mac_of
from provd.vendors.registry import Registry
from provd.vendors.values import Model, Phone
from provd.vendors.vendor import Vendor

MAC = Mac("02aced12ab34")
MODEL = Model("Four", "Acme Four", 4, facts={"major": "42", "code": "7"})


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{mac}.cfg", "02aced12ab34.cfg"),
        ("SEP{MAC}.cnf.xml", "SEP02ACED12AB34.cnf.xml"),
        ("{mac:colons}.cfg", "02:ac:ed:12:ab:34.cfg"),
        ("{MAC:dashes}.cfg", "02-AC-ED-12-AB-34.cfg"),
        ("x_{mac:underscores}.cfg", "x_02_ac_ed_12_ab_34.cfg"),
        ("{major:any}/2/{MAC}.xml", "42/2/02ACED12AB34.xml"),
        ("y{code:12}.cfg", "y000000000007.cfg"),
        ("{mac}/{MAC}.cfg", "02aced12ab34/02ACED12AB34.cfg"),
    ],
)
def test_a_path_is_written_as_the_phone_writes_it_and_read_back(pattern: str, path: str) -> None:
    compiled = PathPattern.compile(pattern)
    assert compiled.path(MAC, MODEL) == path
    values = compiled.match(path)
    assert values is not None
    assert "mac" not in pattern.lower() or mac_of(values) == MAC


@pytest.mark.parametrize("path", ["02ACED12AB34.cfg", "02aced12ab34.cfg", "02AcEd12aB34.cfg"])
@pytest.mark.parametrize("pattern", ["{mac}.cfg", "{MAC}.cfg"])
def test_a_mac_is_read_in_either_case(pattern: str, path: str) -> None:
    values = PathPattern.compile(pattern).match(path)
    assert values is not None
    assert mac_of(values) == MAC


def test_two_macs_of_one_path_must_be_the_same() -> None:
    pattern = PathPattern.compile("{mac}/{mac}.cfg")
    assert pattern.match("02aced12ab34/02ACED12AB34.cfg")
    assert pattern.match("02aced12ab34/02aced12ab35.cfg") is None


def test_a_part_of_the_path_that_may_be_anything_tells_no_model() -> None:
    pattern = PathPattern.compile("{major:any}/{mac}.xml")
    assert pattern.match("99/02aced12ab34.xml")
    assert pattern.match("9/9/02aced12ab34.xml") is None
    assert pattern.columns() == ()


FAMILIES = """files:
  one:  {path: "{mac}.cfg", template: device.conf.j2, secret: true, completes_boot: true, when: {colour: ["no"]}}
  four: {path: "{mac}.cfg", template: four.j2, secret: true, completes_boot: true, when: {colour: ["yes"]}}
  model:"""  # noqa: E501
BOOT = """boot:
  - {file: one}
  - {file: four}
  - {file: model, when: {name: [One]}}
"""


@pytest.fixture
def families(acme: Path) -> Vendor:
    """Acme's two models with a file of one name and different content each."""
    change(acme, "files:\n  device: ", f"{FAMILIES.rpartition(chr(10))[0]}\n  device: ")
    change(acme, "boot:                          # the requests of a boot, in order\n", BOOT)
    change(acme, "  - {file: model}\n  - {file: device}\n\n", "\n")
    change(acme, "device.conf.j2, secret: true, completes_boot: true}\n  model", "x.j2}\n  model")
    (acme / "templates" / "x.j2").write_text("")
    (acme / "templates" / "four.j2").write_text("four\n")
    return Registry.load(acme.parent, entry_points=False).vendor("acme")


def change(acme: Path, old: str, new: str) -> None:
    path = acme / "plugin.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_model_asks_for_its_family_s_files_alone(families: Vendor) -> None:
    one, four = families.model("One"), families.model("Four")
    assert families.required_kinds(one) == ("one",)
    assert families.required_kinds(four) == ("four",)
    assert families.paths(four, MAC)["four"] == "02aced12ab34.cfg"
    assert "one" not in families.paths(four, MAC)
    assert [step.file for step in families.walk(one, MAC)] == ["one", "model"]
    assert [step.file for step in families.walk(four, MAC)] == ["four"]


def test_a_path_of_two_families_means_the_file_of_the_device_s_model(families: Vendor) -> None:
    registry = Registry([families])
    matches = registry.candidates("02aced12ab34.cfg")
    assert len(matches) == 2
    for model, kind in (("One", "one"), ("Four", "four")):
        found = registry.fitting(matches, "acme", model)
        assert found is not None
        assert found.file.name == kind
    assert registry.fitting(matches, "other", "One") is None


@pytest.mark.parametrize(
    ("when", "said"),
    [("{colur: [x]}", "the models have no column colur"), ("{colour: [x]}", "no model has colour")],
)
def test_a_family_that_no_model_belongs_to_is_refused(acme: Path, when: str, said: str) -> None:
    change(acme, "  - {file: model}\n", f"  - {{file: model, when: {when}}}\n")
    with pytest.raises(PluginError, match=said) as caught:
        Registry.load(acme.parent, entry_points=False)
    assert "plugin.yaml line" in caught.value.where
    assert caught.value.key.startswith("boot.0.when.col")


def test_letters_that_an_old_encoding_lacks_lose_their_accents(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    change(acme, "template: device.conf.j2,", "template: device.conf.j2, encoding: iso-8859-1,")
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    names = {"Müller": "Müller".encode("latin-1"), "Łódź Č ∞ ﹤": b"?\xf3dz C ? ?"}
    for name, written in names.items():
        phone = make_phone(vendor, "One", lines=[{"user": "1", "password": "p", "label": name}])
        content = vendor.render(vendor.file("device"), with_name(phone, name))
        assert b"line.1.name = " + written + b"\n" in content


def with_name(phone: Phone, name: str) -> Phone:
    lines = tuple(dataclasses.replace(line, display_name=name) for line in phone.device.lines)
    return dataclasses.replace(phone, device=dataclasses.replace(phone.device, lines=lines))


def test_lines_may_end_as_the_phone_wants(acme: Path, make_phone: Callable[..., Phone]) -> None:
    change(acme, "template: device.conf.j2,", "template: device.conf.j2, line_end: crlf,")
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    content = vendor.render(vendor.file("device"), make_phone(vendor, "One"))
    assert content.count(b"\r\n") == content.count(b"\n") > 3


def test_what_the_vendor_has_no_word_for_is_noted(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    tables = "words:\n  tongues: {de: Deutsch}\n  voices: {pcma: A, g722: B}\n  tones: {}\n#"
    change(acme, "words:", tables)
    (acme / "templates" / "device.conf.j2").write_text(
        '{{ language | word("tongues", "English") }} {{ codecs | in_words("voices") | join(",") }}'
        '{% if tones_country is known("tones") %}{% endif %}{{ lines | length }}\n'
    )
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    phone = make_phone(vendor, "One", settings={"sip.registrar": "s", "codecs": ["opus", "pcma"]})
    content, notes = vendor.render_noted(vendor.file("device"), phone)
    assert content == b"English A1\n"
    assert notes == (Note("en", "tongues"), Note("opus", "voices"), Note("US", "tones"))


def test_a_number_that_the_phone_can_t_take_is_the_nearest_one_and_noted(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    (acme / "templates" / "device.conf.j2").write_text(
        "{{ sip_expires | between(60, 300) }} {{ sip_expires | between(900, 999) }} "
        "{{ sip_expires | between(600, 601) }}{{ lines | length }}\n"
    )
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    phone = make_phone(vendor, "One", settings={"sip.registrar": "s", "sip.expires": 600})
    content, notes = vendor.render_noted(vendor.file("device"), phone)
    assert content == b"300 900 6001\n"
    assert notes == (
        Note("600", "60 to 300", "600 is more than this model's 300; 300 is used"),
        Note("600", "900 to 999", "600 is less than this model's 900; 900 is used"),
    )


def test_what_is_beyond_the_phone_s_places_is_noted(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    (acme / "templates" / "device.conf.j2").write_text(
        '{{ ntp_servers | at_most(1) | join(",") }} {{ ntp_servers | at_most(2) | join(",") }} '
        '{{ (none, "x", "x") | at_most(1) | join(",") }}{{ language | default(lines | length) }}\n'
    )
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    phone = make_phone(vendor, "One", settings={"sip.registrar": "s", "ntp.servers": ["a", "b"]})
    content, notes = vendor.render_noted(vendor.file("device"), phone)
    assert content == b"a a,b xen\n"
    assert notes == (Note("b", "at most 1", "b is left out: this model takes 1 of them"),)


def test_lines_with_a_key_of_their_own_take_none_of_the_others(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    change(acme, "keys, colour]", "keys, colour, line_keys]")
    change(acme, '1, 0, "no"]', '1, 0, "no", 0]')
    change(acme, '4, 8, "yes"]', '4, 8, "yes", 2]')
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    lines = [{"user": str(number), "password": "p"} for number in range(1, 4)]
    keys = [{"position": 1, "kind": "blf", "value": "9"}]
    content = vendor.render(
        vendor.file("device"), make_phone(vendor, "Four", lines=lines, keys=keys)
    )
    assert [line for line in content.splitlines() if line.startswith(b"key.")] == [
        b"key.1 = lamp:9",
        b"key.2 = line:3",
    ]


def test_an_agent_may_be_the_model_s_own(acme: Path) -> None:
    change(acme, "keys, colour]", "keys, colour, agent]")
    change(acme, '1, 0, "no"]', '1, 0, "no", "AcmeOne-{colour} {MAC} {MAC:dashes}"]')
    change(acme, '4, 8, "yes"]', '4, 8, "yes", ""]')
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    assert vendor.agent(vendor.model("One"), MAC) == "AcmeOne-no 02ACED12AB34 02-AC-ED-12-AB-34"
    assert vendor.agent(vendor.model("Four"), MAC) == "Acme Four/1.0 (02aced12ab34)"


def test_a_password_is_never_written_with_other_letters(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    change(acme, "template: device.conf.j2,", "template: device.conf.j2, encoding: iso-8859-1,")
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    for password, fits in (("Müller", True), ("Łódź", False)):
        phone = make_phone(vendor, "One", lines=[{"user": "1", "password": password}])
        if fits:
            assert password.encode("latin-1") in vendor.render(vendor.file("device"), phone)
        else:
            with pytest.raises(RenderError, match="a letter that this phone can't read"):
                vendor.render(vendor.file("device"), phone)


def test_a_file_under_another_name_counts_as_the_one_it_is_the_same_as(acme: Path) -> None:
    row = 'path: "{mac}.txt", template: device.conf.j2, secret: true, same_as: device'
    other = f"  other:  {{{row}}}\n"
    change(acme, "files:\n", "files:\n" + other)
    vendor = Vendor(acme)
    assert vendor.file("other").counts_as == "device"
    assert vendor.file("other").completes_boot
    assert vendor.required_kinds(None) == ("device",)


@pytest.mark.parametrize("same_as", ["nothing", "model"])
def test_a_file_is_the_same_only_as_one_of_its_template(acme: Path, same_as: str) -> None:
    other = f'  other:  {{path: "{{mac}}.txt", template: device.conf.j2, same_as: {same_as}}}\n'
    change(acme, "files:\n", "files:\n" + other)
    with pytest.raises(PluginError, match="of the same template"):
        Vendor(acme)
