"""A template that fails for one phone: that phone keeps its last good file, the others theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provd.app import Provd, build
from provd.configuration_file import configuration_from
from provd.devices.mac import Mac
from provd.exchange import Reason
from provd.tally import Tally
from provd.vitals import AT
from tests.conftest import House
from tests.provisioning.asking import FILE, MAC, SITE, Phones

PLUGINS = Path(__file__).parents[2] / "plugins"
BROKEN = "{%% if mac == '%s' %%}{{ 1 // 0 }}{%% endif %%}\n"
OTHER = "805ec0000002"
TEMPLATE = "yealink/templates/device.cfg.j2"


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """One vendor's folder, to be changed."""
    shutil.copytree(PLUGINS / "yealink", tmp_path / "plugins" / "yealink")
    return tmp_path / "plugins"


@pytest.fixture
def restarted(house: House, plugins: Path) -> Iterator[House]:
    """The same data under a program whose template fails, once a phone was served by the old."""
    Phones(house).content(FILE, SITE)
    house.parts.copies.write()
    house.parts.close()
    template = plugins / TEMPLATE
    template.write_text(BROKEN % MAC.digits + template.read_text("utf-8"), "utf-8")
    parts = _built(house, plugins)
    yield House(parts, house.data)
    parts.close()


def _built(house: House, plugins: Path) -> Provd:
    return build(configuration_from({}, {"data": str(house.data), "plugins": str(plugins)}))


def test_after_a_restart_the_phone_gets_its_last_good_file_and_is_not_tried_again(
    restarted: House,
) -> None:
    phones = Phones(restarted)
    content = phones.content(FILE, SITE)
    assert "account.1.user_name = 101" in content
    assert phones.content(FILE, SITE) == content
    assert phones.looked_up == 1, "from then on it is found in memory"
    restarted.parts.generation.raise_()
    assert phones.content(FILE, SITE) == content
    assert phones.looked_up == 2


def test_another_phone_of_that_vendor_is_not_affected(restarted: House) -> None:
    device = restarted.parts.store.devices.by_mac(MAC)
    assert device is not None
    other = restarted.parts.store.devices.register(
        mac=Mac(OTHER), vendor="yealink", model=device.model, site_id=device.site_id,
        registered_at=device.registered_at, token=device.lines[0].password,
        open_until=None, lines=list(device.lines),
    )  # fmt: skip
    assert other.mac.digits == OTHER
    assert "account.1.user_name = 101" in Phones(restarted).content(f"{OTHER}.cfg", SITE)


def test_who_has_no_last_good_file_is_refused(restarted: House) -> None:
    restarted.parts.copies.close()
    for path in restarted.data.glob("last-good.sqlite*"):
        path.unlink()
    assert Phones(restarted).reason(FILE, SITE) is Reason.CANNOT_RENDER


def test_the_device_s_page_names_file_line_and_what_the_phone_gets(restarted: House) -> None:
    house = restarted
    [one] = house.parts.operations.phone_files.withheld(house.admin, MAC.digits)
    assert one.kind == "device"
    assert one.path == FILE
    assert "yealink/templates/device.cfg.j2 line 1" in one.problem
    assert "ZeroDivisionError" in one.problem
    assert one.last_good is not None


def test_all_is_well_where_nothing_fails(house: House) -> None:
    assert house.parts.operations.phone_files.withheld(house.admin, MAC.digits) == ()


def test_a_failure_is_counted_and_measured() -> None:
    tally = Tally()
    with tally.rendering():
        pass
    with pytest.raises(ZeroDivisionError), tally.rendering():
        raise ZeroDivisionError
    counts = tally.counts()
    assert counts[AT["render_failures"]] == 1
    assert sum(counts[AT[name]] for name in AT if name.startswith("render.0")) == 2
