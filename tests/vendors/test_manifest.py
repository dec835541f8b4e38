"""A wrong plugin.yaml names file, line, key and remedy. Each case breaks the documented vendor."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.errors import PluginError
from provd.vendors.dhcp import fill, needs
from provd.vendors.manifest import read_manifest
from provd.vendors.values import UploadRule
from provd.vendors.vendor import Vendor


def broken(acme: Path, old: str, new: str, file: str = "plugin.yaml") -> PluginError:
    path = acme / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PluginError) as caught:
        Vendor(acme)
    return caught.value


def line_of(acme: Path, text: str) -> str:
    lines = (acme / "plugin.yaml").read_text("utf-8").split("\n")
    return f"line {next(n for n, line in enumerate(lines, start=1) if text in line)}"


def test_an_unknown_key_is_refused(acme: Path) -> None:
    error = broken(acme, "optional: true", "optionl: true")
    assert "there is no such key" in error.problem
    assert error.key == "files.model.optionl"
    assert error.where == f"plugins/acme/plugin.yaml {line_of(acme, 'optionl')}"
    assert error.remedy


def test_an_unquoted_oui_is_refused(acme: Path) -> None:
    error = broken(acme, '["02aced"]', "[001565]")
    assert error.key == "ouis.0"
    assert line_of(acme, "ouis") in error.where
    assert "in quotes" in error.remedy


@pytest.mark.parametrize("oui", ["02ACED", "02ace", "02:ac:ed"])
def test_an_oui_of_another_form_is_refused(acme: Path, oui: str) -> None:
    assert "six lower-case" in broken(acme, '"02aced"', f'"{oui}"').problem


def test_the_folder_is_called_as_the_vendor(acme: Path) -> None:
    error = broken(acme, "name: acme ", "name: acne ")
    assert "the folder is called acme" in error.problem
    assert error.remedy


def test_a_key_given_twice_is_refused(acme: Path) -> None:
    error = broken(acme, "title: Acme\n", "title: Acme\ntitle: Acme\n")
    assert "twice" in error.problem
    assert error.where.endswith("line 3")


def test_what_is_no_yaml_names_its_line(acme: Path) -> None:
    error = broken(acme, "title: Acme\n", "title: [Acme\n")
    assert "not YAML" in error.problem
    assert "plugin.yaml line" in error.where


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"there is no plugin\.yaml"):
        Vendor(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("format: key_value", "format: json", "there is no such format"),
        ("format: key_value ", "format: key_value\nprecedence: middle ", "first"),
        ("template: device.conf.j2", "template: other.j2", "there is no templates/other.j2"),
        ("template: device.conf.j2", 'template: device.conf.j2, format: ""', "needs a format"),
        ("{file: device}", "{file: devise}", "there is no file “devise”"),
        ("{file: device}", "{file: device, unless: [x]}", "there is no file “x”"),
        ("'^Acme ", "'^Acme (", "not a regular expression"),
        ("words: ", "limits: [{setting: sip.way, values: [x]}]\nwords: ", "no such setting"),
        (
            "words: ",
            "limits: [{setting: language, values: [x]}]\nwords: ",
            "not one of the choices",
        ),
        (
            "words: ",
            "limits: [{setting: language, values: [de], when: {hue: [a]}}]\nwords: ",
            "the models have no column hue",
        ),
        ("[One,  1,", "[One,", "the row has 3 values for 4 columns"),
        ("[One,  1,", '[One, "1",', "whole numbers"),
        ("[One,  1,", "[7,  1,", "name is no text"),
        ("[Four, 4,", "[one, 4,", "has a row already"),
        ("columns: [name, lines,", "columns: [name, name,", "columns need name and lines"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    acme: Path, old: str, new: str, problem: str
) -> None:
    error = broken(acme, old, new)
    assert problem in error.problem
    assert "plugins/acme/plugin.yaml line" in error.where


@pytest.mark.parametrize(
    "block",
    [
        "{% macro m(x) %}{{ x }}{% endmacro %}",
        "{% filter upper %}x{% endfilter %}",
        "{% set x %}y{% endset %}",
    ],
)
def test_what_would_go_around_the_encoder_is_refused(acme: Path, block: str) -> None:
    error = broken(acme, "# {{ model_title", block + "# {{ model_title", "templates/device.conf.j2")
    assert "around the encoder" in error.problem
    assert error.where == "plugins/acme/templates/device.conf.j2 line 1"


def test_a_template_s_syntax_error_names_its_line(acme: Path) -> None:
    error = broken(acme, "{% endfor %}", "{% endfro %}", "templates/device.conf.j2")
    assert error.where == "plugins/acme/templates/device.conf.j2 line 11"


def test_a_filter_that_there_is_not_names_its_line(acme: Path) -> None:
    error = broken(acme, "{{ line.port }}", "{{ line.port | safe }}", "templates/device.conf.j2")
    assert error.where == "plugins/acme/templates/device.conf.j2 line 7"


def test_a_name_that_is_no_variable_is_refused_at_start(acme: Path) -> None:
    error = broken(acme, "{{ mac }}", "{{ mac_adress }}", "templates/device.conf.j2")
    assert "mac_adress" in error.problem


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ('{path: "all.log", upload: {kilobytes: 9}}', "one phone's own"),
        ('{path: "{mac}.x", template: device.conf.j2, upload: {kilobytes: 9}}', "one phone's own"),
        ('{path: "{mac}.log", upload: {kilobytes: 0}}', "greater than or equal to 1"),
        ('{path: "{mac}.log", upload: {kilobytes: 4096}}', "less than or equal to 2048"),
        ('{path: "{mac}.log", upload: {bytes: 9}}', "no such key"),
    ],
)
def test_only_a_phone_s_own_file_can_come_from_it(acme: Path, row: str, word: str) -> None:
    error = broken(acme, "files:\n", f"files:\n  sent: {row}\n")
    assert word in error.problem or "Field required" in error.problem
    assert error.key.startswith("files.sent.upload")


def test_a_file_that_phones_send_has_its_bounds(acme: Path) -> None:
    path = acme / "plugin.yaml"
    row = 'sent: {path: "{mac}.log", upload: {kilobytes: 2, read_back: true}}'
    path.write_text(path.read_text("utf-8").replace("files:\n", f"files:\n  {row}\n", 1), "utf-8")
    assert Vendor(acme).file("sent").upload == UploadRule(2048, True)


DHCP = """
dhcp:
  - classes: [Acme]
    when: {colour: ["yes"]}
    options:
      - {code: 160, form: url}
      - {code: 43, suboption: 2, form: text, value: "{url};{{mac}}"}
      - {code: 43, suboption: 3, form: octets, value: "00"}
"""


def with_dhcp(acme: Path, old: str = "", new: str = "") -> None:
    assert old in DHCP
    path = acme / "plugin.yaml"
    path.write_text(path.read_text("utf-8") + DHCP.replace(old, new, 1), "utf-8")


def test_dhcp_options_are_read(acme: Path) -> None:
    with_dhcp(acme)
    (row,) = read_manifest(acme)[0].dhcp
    assert row.classes == ["Acme"]
    assert row.schemes == ["https", "http", "tftp"]
    assert [(option.code, option.suboption) for option in row.options] == [
        (160, None), (43, 2), (43, 3),
    ]  # fmt: skip
    assert fill(row.options[1].value, {"url": "https://x/"}) == "https://x/;{mac}"
    assert needs(row.options[1].value) == {"url"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{colour:", "{color:", "the models have no column color"),
        ("[Acme]", '["A"]', "3 to 64 printable"),
        ("code: 160", "code: 255", "less than or equal to 254"),
        ("form: url", "form: link", "'url', 'host', 'address', 'text' or 'octets'"),
        ("form: url", "form: url, value: x", "the form url has none"),
        ("{url}", "{link}", "there is no {link}"),
        ("{url}", "{url!r}", "there is no {url}"),
        ("{url}", "{url", "unexpected '{'"),
        ('value: "00"', 'value: "0"', "pairs of hexadecimal digits"),
        ("form: octets,", "form: octets, enterprise: 9,", "only the sub-options of 124 and 125"),
        ('form: text, value: "{url};{{mac}}"', "form: text", "needs one"),
    ],
)
def test_a_wrong_dhcp_section_is_refused(acme: Path, old: str, new: str, problem: str) -> None:
    with_dhcp(acme, old, new)
    with pytest.raises(PluginError) as caught:
        Vendor(acme)
    assert problem in caught.value.problem
    assert caught.value.key.startswith("dhcp.0")
