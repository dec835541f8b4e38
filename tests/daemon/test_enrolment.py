"""Phones from anywhere: the first fetch over HTTPS is trusted, and then the door is shut."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.asking import ANOTHER, STRANGER, body, http, https, status, tftp
from tests.daemon.clients import curl
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import parts_of, phone, register
from tests.daemon.waiting import until

FILE = "805ec0{:06x}.cfg"
UNKNOWN = "805ec0ffffff.cfg"
PUBLIC = "https://phones.example.net:8443/"


def test_plain_transports_are_refused_to_strangers_even_in_the_window(shared: Addresses) -> None:
    file = FILE.format(1003)
    assert status(http(shared, file, STRANGER)) == 404
    assert tftp(shared, file, STRANGER)[:4] == b"\0\5\0\1"
    assert curl(shared.url("http", file), source=STRANGER).status == "404"


def test_the_first_address_over_https_is_served_and_pinned(shared: Addresses) -> None:
    file = FILE.format(1002)
    first = curl(shared.url("https", file), ca=shared.ca_file, source=STRANGER)
    assert first.status == "200"
    assert b"account.1.user_name" in first.content
    other = curl(shared.url("https", file), ca=shared.ca_file, source=ANOTHER)
    assert other.status == "404"
    assert curl(shared.url("https", file), ca=shared.ca_file, source=STRANGER) == first
    assert status(http(shared, file, STRANGER)) == 404
    assert tftp(shared, file, STRANGER)[:4] == b"\0\5\0\1"


@pytest.fixture(scope="module")
def public(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A daemon that tells phones their own address, whose secret part is the device's token."""
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("public") / "data"))
    parts = parts_of(data)
    register(parts, [phone("yealink", number) for number in (2, 3, 4)])
    parts.close()
    daemon = Daemon(data, PROVD_LISTEN__PUBLIC_URL=PUBLIC)
    try:
        yield daemon.ready()
    finally:
        daemon.kill()


def own_path(configuration: bytes) -> str:
    """The path of the address that the file tells its phone to come back to."""
    found = re.search(rf"{PUBLIC}([0-9a-f]{{32}})/".encode(), configuration)
    assert found, configuration
    return found[1].decode()


def test_a_delivered_token_opens_what_the_closed_window_refuses(public: Addresses) -> None:
    file = FILE.format(2)
    answer = https(public, file, STRANGER)
    assert status(answer) == 200
    token = own_path(body(answer))
    until(lambda: status(https(public, file, STRANGER)) == 404, "the delivery closes the window")
    for source in (STRANGER, ANOTHER):
        assert https(public, f"{token}/{file}", source) == answer
        assert status(https(public, file, source)) == 404
    # In the clear the token would be seen by others, so it opens nothing there.
    assert status(http(public, f"{token}/{file}", ANOTHER)) == 404
    assert tftp(public, f"{token}/{file}", ANOTHER)[:4] == b"\0\5\0\1"


def test_a_token_opens_its_own_device_only(public: Addresses) -> None:
    mine, other = FILE.format(3), FILE.format(4)
    token = own_path(body(http(public, mine)))
    http(public, other)
    until(lambda: status(https(public, other, STRANGER)) == 404, "the deliveries close the windows")
    assert status(https(public, f"{token}/{mine}", ANOTHER)) == 200
    refused = https(public, f"{token}/{other}", ANOTHER)
    assert status(refused) == 404
    assert refused == https(public, f"{token}/{UNKNOWN}", ANOTHER)
