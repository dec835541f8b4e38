"""Which port a transfer runs on: one that neighbours share, and that nobody else can guess."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from provd.errors import ConfigurationError
from provd.servers.tftp import ports
from provd.servers.tftp.datagrams import DatagramWays
from provd.servers.tftp.limits import TftpLimits
from provd.servers.tftp.peers import as_itself, neighbourhood_of, peer_of
from provd.servers.tftp.ports import PortChoice, TransferPools
from provd.servers.tftp.sockets import TransferSocket

SOCKETS, FEW = 256, 4
HOME = b"\xc0\x00\x02"


def chosen(choice: PortChoice, neighbourhood: bytes = HOME) -> set[int]:
    return {choice.index(neighbourhood) for _ in range(200)}


def test_neighbours_share_a_few_ports() -> None:
    choice = PortChoice(SOCKETS, FEW)
    assert len(chosen(choice)) <= FEW
    assert chosen(choice) == chosen(choice)


def test_of_those_each_transfer_gets_another_by_chance() -> None:
    choice = PortChoice(SOCKETS, FEW)
    counted = Counter(choice.index(HOME) for _ in range(4000))
    assert len(counted) >= 3  # two of the four may be the same one
    assert min(counted.values()) > 800


def test_who_learns_his_own_ports_learns_nothing_of_his_victim_s() -> None:
    choice = PortChoice(SOCKETS, FEW)
    own = chosen(choice)
    shared = sum(
        bool(own & chosen(choice, bytes([10, third, fourth])))
        for third in range(10)
        for fourth in range(10)
    )
    assert shared < 25  # by chance 6 of 100


def test_every_port_serves_somebody() -> None:
    choice = PortChoice(SOCKETS, FEW)
    used = {choice.index(bytes([10, n >> 8, n & 255])) for n in range(4000)}
    assert used == set(range(SOCKETS))


def test_two_servers_choose_differently() -> None:
    assert len({frozenset(chosen(PortChoice(SOCKETS, FEW))) for _ in range(5)}) == 5


def test_many_neighbourhoods_are_forgotten_and_worked_out_to_the_same() -> None:
    choice = PortChoice(SOCKETS, FEW)
    before = chosen(choice)
    for number in range(12_000):
        choice.index(number.to_bytes(3, "big"))
    assert chosen(choice) == before


@pytest.mark.parametrize(
    ("one", "other", "neighbours"),
    [
        (("192.0.2.1", 1), ("192.0.2.254", 2), True),
        (("192.0.2.1", 1), ("192.0.3.1", 1), False),
        (("2001:db8:1::1", 1, 0, 0), ("2001:db8:1:ffff::1", 1, 0, 0), True),
        (("2001:db8:1::1", 1, 0, 0), ("2001:db8:2::1", 1, 0, 0), False),
        (("::ffff:192.0.2.1", 1, 0, 0), ("192.0.2.9", 1), True),
    ],
)
def test_neighbours_share_24_or_48_bits(
    one: tuple[object, ...], other: tuple[object, ...], neighbours: bool
) -> None:
    one_peer, other_peer = as_itself(peer_of(one)), as_itself(peer_of(other))
    same = neighbourhood_of(one_peer) == neighbourhood_of(other_peer)
    assert same is neighbours


@pytest.fixture
def opened() -> list[TransferSocket]:
    return []


@pytest.fixture
def pools(opened: list[TransferSocket]) -> Iterator[TransferPools]:
    made = TransferPools(TftpLimits(), DatagramWays(), opened.append, opened.remove)
    yield made
    made.close()


PEER = peer_of(("127.0.0.1", 4000))


def test_sockets_are_opened_when_they_are_needed(
    pools: TransferPools, opened: list[TransferSocket]
) -> None:
    for _ in range(100):
        pools.pick("127.0.0.1", PEER)
    assert 1 < len(opened) <= FEW


def test_ports_change_and_the_old_ones_stay_open(
    pools: TransferPools, opened: list[TransferSocket]
) -> None:
    before = {pools.pick("127.0.0.1", PEER) for _ in range(100)}
    for _ in range(3):
        pools.change_ports()
    assert not {pools.pick("127.0.0.1", PEER) for _ in range(100)} <= before
    assert before <= set(opened)


def test_each_local_address_answers_from_itself(pools: TransferPools) -> None:
    for local in ("127.0.0.1", "127.0.0.2"):
        descriptor = pools.pick(local, PEER).fileno()
        with socket.socket(fileno=socket.dup(descriptor)) as copy:
            assert copy.getsockname()[0] == local


def test_closing_closes_all(pools: TransferPools, opened: list[TransferSocket]) -> None:
    for _ in range(100):
        pools.pick("127.0.0.1", PEER)
    pools.close()
    assert opened == []


def test_where_no_more_can_be_opened_those_that_are_must_do(
    pools: TransferPools, opened: list[TransferSocket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConfigurationError("too many open files")

    first = pools.pick("127.0.0.1", PEER)
    with monkeypatch.context() as short:
        short.setattr(ports, "datagram_socket", refuse)
        pools.change_ports()
        assert {pools.pick("127.0.0.1", PEER) for _ in range(20)} == {first}
        with pytest.raises(ConfigurationError):
            pools.pick("127.0.0.2", PEER)
    pools.change_ports()
    assert {pools.pick("127.0.0.1", PEER) for _ in range(20)} != {first}
