"""Phones are told after the commit, as far as they can be: nothing that fails is raised."""

from __future__ import annotations

import pytest

from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.reaching import Reaching
from provd.operations.telling import PATIENCE, WITHIN, Reached, Telling
from provd.resync.telling import Told
from tests.conftest import House
from tests.operations.deliveries import device_of

PHONES = ("80:5e:c0:00:00:01", "80:5e:c0:00:00:11")


class Asked:
    """In place of Reaching.resync; each call takes `seconds`."""

    def __init__(self, seconds: float = 1.0, *, accepts: bool = True) -> None:
        self.macs: list[str] = []
        self.now = 0.0
        self._seconds = seconds
        self._accepts = accepts

    def __call__(self, _: Reaching, actor: Actor, mac: str, *, patience: float) -> Told:
        assert (actor.name, patience) == ("payment", PATIENCE)
        self.macs.append(mac)
        self.now += self._seconds
        if not self._accepts:
            raise InputError("it takes no NOTIFY")
        return Told(accepted=True, text="", status=200)


def tell(house: House, monkeypatch: pytest.MonkeyPatch, asked: Asked) -> Reached:
    monkeypatch.setattr(Reaching, "resync", lambda *args, **how: asked(*args, **how))
    ids = [device_of(house.parts, mac).id for mac in PHONES]
    telling = Telling(house.parts.store, house.parts.operations.reaching, lambda: asked.now)
    return telling.all(ids, "payment")


def test_every_phone_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    assert tell(house, monkeypatch, asked) == Reached(2, 2)
    assert asked.macs == list(PHONES)


def test_a_phone_that_cannot_be_told_stops_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(accepts=False)
    assert tell(house, monkeypatch, asked) == Reached(0, 2)
    assert len(asked.macs) == 2


def test_it_ends_when_its_time_is_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(WITHIN)
    assert tell(house, monkeypatch, asked) == Reached(1, 2)
    assert len(asked.macs) == 1


def test_nobody_to_tell_is_no_work(house: House) -> None:
    assert house.parts.operations.telling.all([], "payment") == Reached(0, 0)
