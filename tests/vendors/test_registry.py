"""Who asks for what: paths, User-Agents, models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.errors import NotFoundError, PluginError
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor


@pytest.mark.parametrize(
    "agent",
    ["", "curl/8.5.0", "Mozilla/5.0 (X11)", "Acme UC903 2.0.4.2 00:1f:c1:1c:22:a9",
     "Nobody X4 2.10.2.6887 0c383e07e16c", "snom 7.1", "Wget/1.21"],
)  # fmt: skip
def test_other_agents_are_nobody(agent: str, registry: Registry) -> None:
    assert registry.identify(agent, "firmware.bin") is None


def test_a_model_that_we_do_not_know_keeps_the_phone_s_word(registry: Registry) -> None:
    found = registry.identify("Yealink SIP-T99X 200.1.0.1 00:15:65:aa:bb:cc", "")
    assert found is not None
    assert found.model == "T99X"


def of_three(registry: Registry) -> Registry:
    """More vendors' phones may ask for files of the same names."""
    return Registry([registry.vendor(name) for name in ("grandstream", "polycom", "yealink")])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("001565aabbcc.cfg", {("yealink", "device"), ("polycom", "master")}),
        ("001565AABBCC.cfg", {("yealink", "device"), ("polycom", "master")}),
        ("001565aabbcc.boot", {("yealink", "device_boot")}),
        ("y000000000000.boot", {("yealink", "common_boot")}),
        ("y000000000108.cfg", {("yealink", "common")}),
        ("000000000000.cfg", {("polycom", "common_master")}),
        ("64167fabcdef-settings.cfg", {("polycom", "settings")}),
        ("64167fabcdef-phone.cfg", {("polycom", "phone_changes")}),
        ("3111-46157-002.sip.ld", {("polycom", "firmware_part")}),
        ("cfg000b82aabbcc", {("grandstream", "binary")}),
        ("cfg000B82AABBCC.xml", {("grandstream", "device")}),
        ("cfgGXP2170.xml", {("grandstream", "model")}),
        ("cfggxp2170.xml", {("grandstream", "model")}),
        ("cfg.xml", {("grandstream", "common")}),
        ("cfgnonesuch.xml", set()),
        ("y000000000999.cfg", set()),
        ("001565aabbc.cfg", set()),
        ("001565aabbcc.cfg.bak", set()),
        ("../001565aabbcc.cfg", set()),
        ("001565aabbcc.cfg\n", set()),
        ("", set()),
    ],
)
def test_a_path_means(path: str, expected: set[tuple[str, str]], registry: Registry) -> None:
    found = of_three(registry).candidates(path)
    assert {(match.vendor, match.file.name) for match in found} == expected


def test_a_match_knows_mac_and_model(registry: Registry) -> None:
    registry = of_three(registry)
    (common,) = registry.candidates("y000000000108.cfg")
    assert common.mac is None
    assert common.model == registry.vendor("yealink").model("T46U")
    assert common.values == {"code": "000000000108"}
    device = registry.candidates("001565AABBCC.cfg")[0]
    assert device.mac == Mac("001565aabbcc")
    assert device.model is None


@pytest.mark.parametrize(
    ("path", "vendor"),
    [
        ("001565aabbcc.cfg", "yealink"),  # the MAC's prefix decides between two vendors
        ("64167faabbcc.cfg", "polycom"),
        ("02aced123456.cfg", None),
        ("cfg02aced123456.xml", "grandstream"),  # the name is one vendor's alone
        ("y000000000108.cfg", "yealink"),
    ],
)
def test_without_an_agent_the_path_tells(path: str, vendor: str | None, registry: Registry) -> None:
    found = of_three(registry).identify("", path)
    assert (found.vendor if found else None) == vendor


def test_the_path_gives_the_mac_that_the_agent_leaves_out(registry: Registry) -> None:
    agent = "FileTransport PolycomVVX-VVX_400-UA/5.9.0.1 Type/Application"
    found = registry.identify(agent, "001565AABBCC.cfg")
    assert found is not None
    assert (found.vendor, found.mac) == ("polycom", Mac("001565aabbcc"))


@pytest.mark.parametrize("name", ["VVX_400", "VVX400", "vvx 400", "vvx-400"])
def test_a_model_is_found_in_any_notation(name: str, registry: Registry) -> None:
    assert registry.vendor("polycom").model(name).name == "VVX_400"


def test_an_unknown_model_is_told_its_neighbours(registry: Registry) -> None:
    with pytest.raises(NotFoundError, match="T46U"):
        registry.vendor("yealink").model("T46X")


def test_an_unknown_vendor_is_told_which_there_are(registry: Registry) -> None:
    with pytest.raises(NotFoundError, match="grandstream, polycom, yealink"):
        of_three(registry).vendor("acme")


def test_two_vendors_of_one_name_are_refused(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = acme.parents[1] / "site" / "acme"
    shutil.copytree(acme, other)
    monkeypatch.setattr("provd.vendors.registry._installed", lambda: [other])
    with pytest.raises(PluginError, match="two vendors called acme"):
        Registry.load(acme.parent)


def test_the_full_configuration_is_what_the_vendors_say(registry: Registry) -> None:
    kinds = {name: registry.vendor(name).required_kinds(None) for name in ("yealink", "polycom")}
    assert kinds == {"yealink": ("device",), "polycom": ("registration", "settings")}


def test_every_model_has_a_full_configuration(registry: Registry) -> None:
    for vendor in registry.vendors:
        for model in vendor.models:
            assert vendor.required_kinds(model), f"{vendor.name} {model.name}"


def test_each_file_that_completes_a_boot_is_secret_and_the_device_s_own(registry: Registry) -> None:
    for vendor in registry.vendors:
        for file in vendor.files:
            if file.completes_boot and not file.same_as:
                assert file.secret
                assert file.per_device
                assert not file.optional


def test_a_rendered_file_with_a_mac_is_always_secret(registry: Registry) -> None:
    for vendor in registry.vendors:
        assert all(file.secret for file in vendor.files if file.per_device and file.template)


def test_a_wrong_model_is_answered_with_a_few_that_look_alike(acme: Path) -> None:
    with pytest.raises(NotFoundError) as refused:
        Vendor(acme).model("onne")
    assert refused.value.remedy.startswith("Did you mean: One")


def test_of_models_that_share_a_column_the_first_is_meant(registry: Registry) -> None:
    yealink = registry.vendor("yealink")
    (common,) = [each for each in registry.candidates("y000000000044.cfg") if each.model]
    sharing = [model for model in yealink.models if str(model.facts["code"]).lstrip("0") == "44"]
    assert len(sharing) > 1
    assert common.model == sharing[0]
    assert any(model.facts["code"] == "" for model in yealink.models)
    (zeros,) = [each for each in registry.candidates("y000000000000.cfg") if each.model]
    assert zeros.model == yealink.model("T28P")  # 00, not one whose code nobody knows


def test_a_folder_is_read_again_when_it_has_changed_and_only_then(acme: Path) -> None:
    plugins = acme.parent
    first = Registry.load(plugins, entry_points=False).vendor("acme")
    assert Registry.load(plugins, entry_points=False).vendor("acme") is first
    template = acme / "templates" / "device.conf.j2"
    template.write_text(template.read_text("utf-8") + "# more\n", "utf-8")
    second = Registry.load(plugins, entry_points=False).vendor("acme")
    assert second is not first
    template.write_text("{% if %}", "utf-8")
    with pytest.raises(PluginError):
        Registry.load(plugins, entry_points=False)
