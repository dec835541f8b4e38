"""A sweep gets silence; a phone, an office and a neighbour of a sweep get theirs."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from provd.devices.mac import Mac
from provd.exchange import IPAddress, Transport
from provd.provisioning.networks import Networks
from provd.provisioning.sweeps import SweepLimits, Sweeps, SweepsByTransport, block_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = ip_address("203.0.113.9")
BESIDE = ip_address("203.0.113.200")
ELSEWHERE = ip_address("203.0.114.9")
LIMIT = SweepLimits().macs


def mac(number: int) -> Mac:
    return Mac(f"805ec0{number:06x}")


def sweep(
    sweeps: Sweeps, count: int, address: IPAddress = HERE, at: datetime = NOW, first: int = 0
) -> list[bool]:
    return [sweeps.refused(address, mac(first + number), at) for number in range(count)]


def test_the_twentieth_mac_brings_silence_to_the_neighbourhood_and_no_other() -> None:
    sweeps = Sweeps()
    assert sweep(sweeps, LIMIT) == [False] * 19 + [True]
    assert sweeps.silent(HERE, NOW)
    assert sweeps.silent(BESIDE, NOW)
    assert not sweeps.silent(ELSEWHERE, NOW)


def test_who_gets_silence_is_told_with_its_end() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT)
    sweep(sweeps, LIMIT, ip_address("2001:db8:7:8::1"), NOW + timedelta(minutes=1))
    sweep(sweeps, LIMIT - 1, ELSEWHERE)
    hour = timedelta(hours=1)
    assert sweeps.silenced(NOW) == [
        (ip_network("203.0.113.0/24"), NOW + hour),
        (ip_network("2001:db8:7::/48"), NOW + hour + timedelta(minutes=1)),
    ]
    assert len(sweeps.silenced(NOW + hour)) == 1


def test_nineteen_are_answered() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT - 1)
    assert not sweeps.silent(HERE, NOW)


def test_a_phone_that_asks_again_and_again_is_no_sweep() -> None:
    sweeps = Sweeps()
    for _ in range(1000):
        assert not sweeps.refused(HERE, mac(1), NOW)
    assert not sweeps.suspect(HERE, NOW)


def test_addresses_of_a_neighbourhood_count_together() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT // 2, HERE)
    sweep(sweeps, LIMIT // 2, BESIDE, first=LIMIT)
    assert sweeps.silent(HERE, NOW)


def test_silence_ends_after_an_hour_and_the_count_begins_anew() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT)
    later = NOW + timedelta(hours=1)
    assert sweeps.silent(HERE, later - timedelta(seconds=1))
    assert not sweeps.silent(HERE, later)
    assert sweep(sweeps, LIMIT, at=later)[-1]


def test_what_was_tried_in_another_hour_does_not_count() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT - 1)
    sweep(sweeps, LIMIT - 1, at=NOW + timedelta(hours=1), first=LIMIT)
    assert not sweeps.silent(HERE, NOW + timedelta(hours=1))


def test_silence_is_not_prolonged_by_asking_on() -> None:
    sweeps = Sweeps()
    sweep(sweeps, LIMIT)
    assert sweep(sweeps, 5, at=NOW + timedelta(minutes=59), first=LIMIT) == [False] * 5
    assert not sweeps.silent(HERE, NOW + timedelta(hours=1))


def test_a_mac_that_proved_itself_does_not_count() -> None:
    sweeps = Sweeps()
    for number in range(100):
        assert not sweeps.refused(HERE, mac(number), NOW)
        sweeps.granted(BESIDE, mac(number))
    assert not sweeps.suspect(HERE, NOW)
    sweep(sweeps, LIMIT)
    sweeps.granted(HERE, mac(0))
    assert sweeps.silent(HERE, NOW)


@pytest.mark.parametrize(
    ("over", "datagrams", "connections"),
    [
        (Transport.HTTPS, False, False),
        (Transport.HTTP, False, False),
        (Transport.TFTP, False, True),
    ],
)
def test_a_proof_over_a_connection_counts_for_tftp_but_not_the_other_way_round(
    over: Transport, datagrams: bool, connections: bool
) -> None:
    sweeps = SweepsByTransport()
    for transport in (Transport.TFTP, Transport.HTTPS):
        sweep(sweeps.of(transport), SweepLimits().suspect)
    sweeps.granted(over, BESIDE, mac(0))
    assert sweeps.of(Transport.TFTP).suspect(HERE, NOW) is datagrams
    assert sweeps.of(Transport.HTTP).suspect(HERE, NOW) is connections


def test_a_neighbourhood_is_suspect_long_before_it_is_silent() -> None:
    sweeps = Sweeps()
    sweep(sweeps, 4)
    assert not sweeps.suspect(HERE, NOW)
    sweep(sweeps, 5)
    assert sweeps.suspect(HERE, NOW)
    assert not sweeps.suspect(HERE, NOW + timedelta(hours=1))


def test_memory_is_bounded_and_forgets_the_quiet_first() -> None:
    sweeps = Sweeps(SweepLimits(blocks=100))
    sweep(sweeps, LIMIT)
    for number in range(99):
        sweep(sweeps, 1, ip_address(f"10.0.{number}.1"))
    assert sweeps.silent(HERE, NOW)
    sweep(sweeps, 1, ip_address("10.0.99.1"))
    assert len(sweeps) == 100
    assert not sweeps.silent(HERE, NOW)


def test_a_silent_neighbourhood_holds_no_more_macs_than_it_took() -> None:
    sweeps = Sweeps()
    sweep(sweeps, 10_000)
    assert [len(tried.macs) for tried in sweeps._blocks.values()] == [LIMIT]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.0", "203.0.113.255", True),
        ("203.0.113.0", "203.0.112.255", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("203.0.113.0", "::ffff:203.0.113.7", True),
        ("0.0.0.1", "::1", False),
    ],
)
def test_neighbourhoods_are_24_bits_and_48(one: str, other: str, same: bool) -> None:
    assert (block_of(ip_address(one)) == block_of(ip_address(other))) is same


def test_networks_hold_what_their_networks_hold() -> None:
    named = ["198.51.100.0/24", "198.51.101.7/32", "2001:db8::/48", "10.0.0.0/8"]
    networks = Networks(ip_network(name) for name in named)
    for inside in ("198.51.100.200", "198.51.101.7", "2001:db8::9", "10.255.0.1"):
        assert ip_address(inside) in networks
    for outside in ("198.51.101.8", "2001:db8:1::9", "11.0.0.1", "::a00:1"):
        assert ip_address(outside) not in networks
    assert ip_address("10.0.0.1") not in Networks(())
