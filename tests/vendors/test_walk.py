"""Boots, step by step, as each vendor's phones go through them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from provd.devices.mac import Mac
from provd.vendors.registry import Registry
from provd.vendors.values import BootStep
from provd.vendors.vendor import Vendor

MAC = Mac("001565aabbcc")


def boot(vendor: Vendor, model: str, have: Mapping[str, bytes]) -> list[BootStep]:
    walk = vendor.walk(vendor.model(model), MAC)
    steps = []
    try:
        steps.append(next(walk))
        while True:
            steps.append(walk.send(have.get(steps[-1].path)))
    except StopIteration:
        return steps


def paths(vendor: Vendor, model: str, have: Mapping[str, bytes]) -> list[str]:
    return [step.path for step in boot(vendor, model, have) if step.method == "GET"]


def test_yealink_without_boot_files(registry: Registry) -> None:
    assert paths(registry.vendor("yealink"), "T46U", {}) == [
        "001565aabbcc.boot", "y000000000000.boot", "y000000000108.cfg", "001565aabbcc.cfg"
    ]  # fmt: skip


def test_yealink_fetches_only_what_its_boot_file_includes(registry: Registry) -> None:
    boot_file = b"""#!version:1.0.0.1
include:config <one.cfg>
include:config "$MAC-two.cfg"
[T48G,T46U]include:config <three.cfg>
[T48G]include:config <four.cfg>
overwrite_mode = 1
"""
    have = {"001565aabbcc.boot": boot_file}
    assert paths(registry.vendor("yealink"), "T46U", have) == [
        "001565aabbcc.boot", "one.cfg", "001565aabbcc-two.cfg", "three.cfg"
    ]  # fmt: skip


def test_yealink_common_boot_file_counts_when_the_device_has_none(registry: Registry) -> None:
    have = {"y000000000000.boot": b"#!version:1.0.0.1\ninclude:config <001565aabbcc.cfg>\n"}
    steps = boot(registry.vendor("yealink"), "T46U", have)
    assert [step.path for step in steps][1:] == ["y000000000000.boot", "001565aabbcc.cfg"]
    assert steps[-1].file == "device"
    assert steps[-1].note == "named in y000000000000.boot"


def test_a_step_whose_name_is_not_known_is_left_out(registry: Registry) -> None:
    assert "y000000000000.cfg" in paths(registry.vendor("yealink"), "T28P", {})
    assert [path for path in paths(registry.vendor("yealink"), "T41U", {}) if path[0] == "y"] == [
        "y000000000000.boot"
    ]


def test_polycom_follows_config_files_from_left_to_right(registry: Registry) -> None:
    master = b'<APPLICATION CONFIG_FILES="[PHONE_MAC_ADDRESS]-settings.cfg, x-[PHONE_MODEL].cfg"/>'
    found = paths(registry.vendor("polycom"), "VVX_400", {"001565aabbcc.cfg": master})
    assert found[:3] == ["001565aabbcc.cfg", "001565aabbcc-settings.cfg", "x-VVX400.cfg"]
    assert "000000000000.cfg" not in found
    assert "3111-46157-002.sip.ld" in found


def test_polycom_prefers_its_model_s_files(registry: Registry) -> None:
    master = b"""<APPLICATION CONFIG_FILES="a.cfg">
      <APPLICATION_VVX400 CONFIG_FILES_VVX400="b.cfg,"/></APPLICATION>"""
    found = paths(registry.vendor("polycom"), "VVX_400", {"001565aabbcc.cfg": master})
    assert found[1] == "b.cfg"
    assert "a.cfg" not in found


def test_polycom_falls_back_to_the_common_master(registry: Registry) -> None:
    have = {"000000000000.cfg": b'<APPLICATION CONFIG_FILES="a.cfg"/>'}
    found = paths(registry.vendor("polycom"), "VVX_400", have)
    assert found[:3] == ["001565aabbcc.cfg", "000000000000.cfg", "a.cfg"]


def test_polycom_s_logs_are_put(registry: Registry) -> None:
    puts = [
        step for step in boot(registry.vendor("polycom"), "VVX_400", {}) if step.method == "PUT"
    ]
    assert [step.path for step in puts] == ["001565aabbcc-boot.log", "001565aabbcc-app.log"]
    assert all(step.optional for step in puts)


@pytest.mark.parametrize(
    ("have", "last"),
    [
        ("cfg001565aabbcc", "cfg001565aabbcc"),
        ("cfg001565aabbcc.xml", "cfg001565aabbcc.xml"),
        ("cfgGXP2170.xml", "cfgGXP2170.xml"),
        ("nothing", "cfg.xml"),
    ],
)
def test_grandstream_stops_at_the_first_file(have: str, last: str, registry: Registry) -> None:
    assert paths(registry.vendor("grandstream"), "GXP2170", {have: b""})[-1] == last


def test_a_file_that_names_thousands_is_not_followed_for_ever(registry: Registry) -> None:
    names = ",".join(f"{number}.cfg" for number in range(5000)).encode()
    have = {"001565aabbcc.cfg": b'<APPLICATION CONFIG_FILES="' + names + b'"/>'}
    assert len(paths(registry.vendor("polycom"), "VVX_400", have)) < 120


@pytest.mark.parametrize(
    ("model", "first"),
    [("SPA504G", "spa504G.cfg"), ("SPA942", "spa942.cfg"), ("PAP2T", "init.cfg"),
     ("ATA191", "ata191.cfg"), ("8851-3PCC", "8851-3PCC.xml")],
)  # fmt: skip
def test_cisco_spa_goes_where_the_file_of_its_model_sends_it(
    registry: Registry, model: str, first: str
) -> None:
    vendor = registry.vendor("cisco_spa")
    have = {first: b"<flat-profile><Profile_Rule>/$MA.xml</Profile_Rule></flat-profile>"}
    steps = boot(vendor, model, have)
    assert [step.path for step in steps] == [first, "001565aabbcc.xml"]
    assert (steps[-1].file,) == vendor.required_kinds(vendor.model(model))


def test_cisco_spa_reads_macros_options_and_alternatives_of_a_rule(registry: Registry) -> None:
    rules = b"""<flat-profile>
      <Profile_Rule>("$SWVER" lt 7.5.5)? /old.xml | [--uid a --pwd b]http://h/$$/$(MAU).xml</Profile_Rule>
      <Profile_Rule_B>$PN/$PSN-$MAC.xml</Profile_Rule_B><Profile_Rule_C/></flat-profile>"""
    found = paths(registry.vendor("cisco_spa"), "8851-3PCC", {"8851-3PCC.xml": rules})
    assert found == [
        "8851-3PCC.xml",
        "http://h/$/001565AABBCC.xml",
        "CP-8851-3PCC/8851-3PCC-00:15:65:aa:bb:cc.xml",
    ]


def test_cisco_mpp_without_a_file_of_its_model_asks_for_its_own(registry: Registry) -> None:
    vendor = registry.vendor("cisco_spa")
    assert paths(vendor, "8851-3PCC", {}) == [
        "8851-3PCC.xml", "Cisco/CP-8851-3PCC/001565aabbcc.cfg", "001565aabbcc.xml"
    ]  # fmt: skip
    assert paths(vendor, "SPA942", {}) == ["spa942.cfg", "001565aabbcc.xml"]


def test_cisco_sep_asks_for_what_its_file_names(registry: Registry) -> None:
    content = b"""<device><sipProfile><dialTemplate>dialplan-001565aabbcc.xml</dialTemplate>
      </sipProfile><loadInformation>sip88xx.12-8-1</loadInformation>
      <userLocale><name>German_Germany</name></userLocale></device>"""
    found = paths(registry.vendor("cisco_sip"), "8841", {"SEP001565AABBCC.cnf.xml": content})
    assert found[:8] == [
        "CTLSEP001565AABBCC.tlv", "ITLSEP001565AABBCC.tlv", "ITLFile.tlv",
        "SEP001565AABBCC.cnf.xml", "sip88xx.12-8-1.loads", "German_Germany/mk-sip.jar",
        "g3-tones.xml", "dialplan-001565aabbcc.xml",
    ]  # fmt: skip
    assert "XMLDefault.cnf.xml" not in found


def test_cisco_7960_reads_text_after_it_found_no_other_file(registry: Registry) -> None:
    found = paths(registry.vendor("cisco_sip"), "7960", {})
    assert found == [
        "CTLSEP001565AABBCC.tlv", "SEP001565AABBCC.cnf.xml", "SIPDefault.cnf",
        "SIP001565AABBCC.cnf", "MGC001565AABBCC.cnf", "XMLDefault.cnf.xml", "OS79XX.TXT",
        "RINGLIST.DAT",
    ]  # fmt: skip
    have = {"SIP001565AABBCC.cnf": b'dial_template: "dialplan-x"\n'}
    assert "dialplan-x.xml" in paths(registry.vendor("cisco_sip"), "7960", have)


def test_obihai_goes_where_the_file_of_its_model_sends_it(registry: Registry) -> None:
    vendor = registry.vendor("obihai")
    content = b"""<ParameterList><Object><Name>X_DeviceManagement.ITSPProvisioning.</Name>
      <ParameterValueStruct><Name>ConfigURL</Name><Value>https://h:6902/$MAC.xml</Value>
      </ParameterValueStruct></Object></ParameterList>"""
    assert paths(vendor, "OBi202", {"OBi202.xml": content}) == ["OBi202.xml", "001565AABBCC.xml"]
    assert paths(vendor, "OBi202", {}) == ["OBi202.xml", "001565AABBCC.xml"]
