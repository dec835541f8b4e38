"""MAC addresses as people, labels and scanners write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.devices.mac import Mac
from provd.errors import MacError

NOTATIONS = [
    "805ec0123456",
    "805EC0123456",
    "80:5e:c0:12:34:56",
    "80-5E-C0-12-34-56",
    "80 5e c0 12 34 56",
    "805e.c012.3456",
    "805e:c012:3456",
    "805ec0-123456",
    "  80:5E:C0:12:34:56\r\n",
    "MAC: 805EC0123456",
    "MAC 80:5E:C0:12:34:56",
    "mac address: 80-5e-c0-12-34-56",
    "MAC ID=805EC0123456",
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_it_reads_every_usual_notation(text: str) -> None:
    assert Mac.parse(text) == Mac("805ec0123456")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "805ec012345",
        "805ec01234567",
        "805ec012345g",
        "80:5e:c0:12:34",
        "80:5e-c0:12:34:56",
        "805ec0123456 805ec0123457",
        "805ec0\n123456x",
        "http://example.net/805ec0123456",
    ],
)
def test_it_refuses_what_is_no_mac_and_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(MacError, match="12 digits"):
        Mac.parse(text)


@pytest.mark.parametrize("text", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "000000000000"])
def test_it_refuses_addresses_that_no_single_device_bears(text: str) -> None:
    with pytest.raises(MacError, match="group address"):
        Mac.parse(text)


def test_an_error_shows_no_more_than_the_start_of_a_long_text() -> None:
    with pytest.raises(MacError) as caught:
        Mac.parse("x" * 10_000)
    assert len(str(caught.value)) < 300


@given(st.integers(min_value=1, max_value=2**48 - 1).filter(lambda n: not n >> 40 & 1))
def test_every_notation_it_writes_it_reads(number: int) -> None:
    mac = Mac(f"{number:012x}")
    for text in (mac.digits, str(mac), mac.grouped("-"), mac.grouped("-").upper()):
        assert Mac.parse(text) == mac


@given(st.text(max_size=40))
def test_any_text_is_a_mac_or_a_mac_error(text: str) -> None:
    with contextlib.suppress(MacError):
        assert len(Mac.parse(text).digits) == 12


def test_the_oui_is_the_first_half() -> None:
    assert Mac("805ec0123456").oui == "805ec0"
