from __future__ import annotations

from provd.servers.tftp.admission import Credit
from provd.servers.tftp.peers import household_of, peer_of
from provd.servers.tftp.wheel import Wheel

PHONE = household_of(peer_of(("192.0.2.1", 2048)))


def credit(*, burst: int = 1000, per_second: int = 100, total: int = 1_000_000) -> Credit:
    return Credit(burst=burst, per_second=per_second, total=total, now=0.0)


def test_an_address_spends_its_burst_and_then_its_rate() -> None:
    spent = credit()
    assert spent.spend(PHONE, 600, 0.0)
    assert not spent.spend(PHONE, 600, 0.0)
    assert spent.spend(PHONE, 600, 2.0)
    assert not spent.spend(PHONE, 600, 2.5)


def test_an_acknowledgement_gives_back_what_was_spent() -> None:
    spent = credit()
    for _ in range(100):
        assert spent.spend(PHONE, 900, 0.0)
        spent.give_back(PHONE, 900)


def test_one_address_does_not_spend_anothers() -> None:
    spent = credit()
    assert spent.spend(PHONE, 1000, 0.0)
    assert spent.spend(household_of(peer_of(("192.0.2.2", 2048))), 1000, 0.0)


def test_a_v6_network_of_64_bits_is_one_address() -> None:
    spent = credit()
    assert spent.spend(household_of(peer_of(("2001:db8::1", 2048, 0, 0))), 1000, 0.0)
    assert not spent.spend(household_of(peer_of(("2001:db8::2", 2048, 0, 0))), 1000, 0.0)
    assert spent.spend(household_of(peer_of(("2001:db8:0:1::1", 2048, 0, 0))), 1000, 0.0)


def test_giving_back_makes_nobody_richer_than_at_first() -> None:
    spent = credit(total=1500)
    spent.give_back(PHONE, 5000)
    assert spent.spend(PHONE, 1000, 0.0)
    spent.give_back(PHONE, 5000)
    assert not spent.spend(PHONE, 1001, 0.0)
    assert spent.spend(PHONE, 1000, 0.0)
    assert not spent.spend(b"others", 501, 0.0)


def test_all_addresses_together_have_a_bound() -> None:
    spent = credit(total=5000)
    sent = sum(spent.spend(index.to_bytes(4, "big"), 1000, 0.0) for index in range(1, 100))
    assert sent == 5


def test_a_flood_of_forged_sources_takes_bounded_memory() -> None:
    spent = credit()
    for index in range(1, 200_000, 2):
        spent.spend(index.to_bytes(4, "big"), 1, 0.0)
    assert len(spent) <= 65_536


def test_the_wheel_gives_back_what_is_due_and_nothing_else() -> None:
    wheel: Wheel[str] = Wheel()
    wheel.add("late", 4.0)
    wheel.add("soon", 1.0)
    wheel.add("soon too", 1.0)
    assert wheel.due(0.9) == []
    assert wheel.due(1.11) == ["soon", "soon too"]
    assert wheel.due(1.2) == []
    assert wheel.due(1e9) == ["late"]
