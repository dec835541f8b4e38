"""What goes to somebody else takes nothing along that the last one gave it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.devices.device import Key
from provd.devices.placement import token_digest
from provd.devices.secret import Secret
from provd.devices.upload import Allowance, Sent
from provd.errors import NotFoundError
from provd.store import Store
from tests.store.people import NOW, People, line, phone

SECRETS = {"web.admin_password": Secret("of-alice")}
UNTIL = NOW + timedelta(days=7)


def test_nothing_of_the_last_one_stays(store: Store, people: People, changes: list[str]) -> None:
    device = phone(
        store,
        people.alice_site,
        label="Counter",
        lines=[line(1), line(2)],
        keys=[Key(1, "blf", "7")],
        settings=SECRETS,
        profile="germany",
    )
    before = store.devices.placement(device.mac)
    assert before
    changes.clear()
    store.devices.hand_over(
        device.id,
        site_id=people.charlie_site.id,
        order_id=None,
        label="Desk",
        profile="",
        lines=[line(1, "of-charlie")],
        open_until=UNTIL,
    )
    after = store.devices.placement(device.mac)
    assert after
    assert after.device.lines == (line(1, "of-charlie"),)
    assert (after.device.label, after.device.profile) == ("Desk", "")
    assert (after.device.keys, after.device.settings) == ((), {})
    assert after.customer == people.charlie_customer
    assert (after.enrolment.open_until, after.enrolment.first_address) == (UNTIL, "")
    token = before.enrolment.token.reveal()
    assert store.devices.placement_by_token(token) is None
    assert after.device.revision > before.device.revision
    assert changes == ["changed"]


def test_what_it_sent_is_gone(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    placement = store.devices.placement(device.mac)
    assert placement
    digest = token_digest(placement.enrolment.token.reveal())
    sent = Sent(device.id, "log", digest, "boot.log", b"x", NOW)
    assert store.uploads.put(sent, Allowance(files=9, octets=99))
    assert store.uploads.of_device(device.id)
    store.devices.hand_over(
        device.id,
        site_id=people.charlie_site.id,
        order_id=None,
        label="",
        profile="",
        lines=[],
        open_until=UNTIL,
    )
    assert not store.uploads.of_device(device.id)


def test_there_must_be_such_a_device(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.devices.hand_over(
            999,
            site_id=people.alice_site.id,
            order_id=None,
            label="",
            profile="",
            lines=[],
            open_until=UNTIL,
        )
