"""Every file of a phone's boot, by clients that others wrote, over every protocol: the same bytes,
and those that the layers render to."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.app import Provd
from provd.devices.mac import Mac
from tests.daemon.clients import TFTP_CLIENTS, Got, curl
from tests.daemon.running import Addresses
from tests.daemon.town import VENDORS, TestPhone, phone

MINE = {vendor: phone(vendor, 1000) for vendor in VENDORS}


def files_of(parts: Provd, one: TestPhone, *, named: bool = False) -> dict[str, bytes]:
    """Path -> content of each file that there is for the phone, as rendered here.

    Files that phones share are rendered by the phone's own settings when it is `named`.
    """
    vendor = parts.registry.vendor(one.vendor)
    placement = parts.store.devices.placement(Mac.parse(one.mac))
    assert placement is not None
    paths = vendor.paths(vendor.model(one.model), Mac.parse(one.mac)).values()
    return {
        path: parts.files.file(match, placement if match.mac or named else None).content
        for path in paths
        for match in parts.registry.candidates(path)
        if match.vendor == one.vendor and match.file.template is not None
    }


@pytest.fixture(params=VENDORS)
def mine(request: pytest.FixtureRequest) -> TestPhone:
    return MINE[request.param]


def test_every_file_is_the_same_over_every_protocol(
    mine: TestPhone, shared: Addresses, shared_parts: Provd, tmp_path: Path
) -> None:
    vendor = shared_parts.registry.vendor(mine.vendor)
    files = files_of(shared_parts, mine)
    assert len(files) >= len(vendor.required_kinds(vendor.model(mine.model)))
    for path, content in files.items():
        for scheme in ("http", "https"):
            got = curl(shared.url(scheme, path), ca=shared.ca_file)
            assert got == Got("200", content), (scheme, path)
        got = curl(shared.url("tftp", path))
        assert got == Got("ok", content), path
        for name, fetch in TFTP_CLIENTS.items():
            assert fetch(shared, path, tmp_path) == Got("ok", content), (name, path)


def test_a_phone_that_names_itself_gets_its_own_settings_in_shared_files_too(
    mine: TestPhone, shared: Addresses, shared_parts: Provd
) -> None:
    vendor = shared_parts.registry.vendor(mine.vendor)
    agent = vendor.agent(vendor.model(mine.model), Mac.parse(mine.mac))
    for path, content in files_of(shared_parts, mine, named=True).items():
        for scheme in ("http", "https"):
            got = curl(shared.url(scheme, path), ca=shared.ca_file, agent=agent)
            assert got == Got("200", content), (scheme, path)


def test_a_name_in_capitals_gets_the_same_file(
    mine: TestPhone, shared: Addresses, shared_parts: Provd
) -> None:
    digits = Mac.parse(mine.mac).digits
    files = {path: held for path, held in files_of(shared_parts, mine).items() if digits in path}
    assert files
    for path, content in files.items():
        capitals = path.replace(digits, digits.upper())
        assert curl(shared.url("http", capitals)) == Got("200", content)
        assert curl(shared.url("https", capitals), ca=shared.ca_file) == Got("200", content)
        assert curl(shared.url("tftp", capitals)) == Got("ok", content)
