"""With the database away, after a restart too, known phones get the same octets; nobody else."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from provd.app import build, build_without_database
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.devices.lifecycle import State
from provd.devices.secret import Secret
from provd.errors import RenderError, StoreUnavailable
from provd.exchange import Answer, Reason, Transport
from provd.provisioning.copies import Copies
from provd.provisioning.copy_rows import CopyRows
from provd.provisioning.files import Files
from provd.store import CopyStore, Store
from tests.conftest import House
from tests.provisioning.asking import (
    ANOTHER,
    FILE,
    MAC,
    SITE,
    STRANGER,
    UNKNOWN,
    Phones,
    close_window,
)

COMMON = "y000000000108.cfg"
AGENT = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01"
BOOT = f"{MAC.digits}.boot"


class Restarts:
    """Ends a provd and starts another on its data folder, whose database is away."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._opened: list[Store | Copies] = []

    def away(self) -> Phones:
        before, data = self._house.parts, self._house.data
        before.copies.write()
        key = load_or_create_key(data / "sealing.key")
        sealer = Sealer(key)
        store = Store.open(before.configuration.database_url.reveal(), sealer=sealer)
        store.withhold("stopped")
        copies = Copies(CopyStore(data / "last-good.sqlite"), CopyRows(sealer, key))
        self._opened += [store, copies]
        return Phones(House(replace(before, store=store, copies=copies), data))

    def close(self) -> None:
        for one in self._opened:
            one.close()


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


@pytest.fixture
def restarts(house: House) -> Iterator[Restarts]:
    restarts = Restarts(house)
    yield restarts
    restarts.close()


def device_id(house: House) -> int:
    device = house.parts.store.devices.by_mac(MAC)
    assert device
    return device.id


def token_of(house: House) -> str:
    placement = house.parts.store.devices.placement(MAC)
    assert placement
    return placement.enrolment.token.reveal()


def refresh(house: House) -> None:
    house.parts.copies.write()
    house.parts.copies.refresh(house.parts.store.devices.trusted_by)


# Who gets what


def test_a_phone_at_its_site_gets_the_same_answer_over_every_transport(
    phones: Phones, restarts: Restarts
) -> None:
    before = phones.ask(FILE, SITE)
    assert isinstance(before, Answer)
    later = restarts.away()
    for transport in Transport:
        assert later.ask(FILE, SITE, transport) == before


def test_its_delivery_is_journaled_as_any_other(phones: Phones, restarts: Restarts) -> None:
    phones.content(FILE, SITE)
    later = restarts.away()
    later.content(FILE, SITE)
    [before], [after] = phones.journal, later.journal
    known = {"id": "", "boot_id": ""}
    assert replace(after, **known) == replace(before, **known)  # type: ignore[arg-type]


def test_a_phone_is_known_by_its_device_not_by_the_path_it_took(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    content = phones.content(FILE, SITE)
    later = restarts.away()
    assert later.content(f"{token_of(house)}/{FILE}", ANOTHER) == content
    assert later.content(f"berlin/{MAC.digits.upper()}.cfg", SITE) == content


def test_user_name_and_password_still_open(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    content = phones.content(FILE, SITE)
    close_window(house)
    refresh(house)
    later = restarts.away()
    standing = house.parts.store.devices.trusted_by([device_id(house)])[device_id(house)]
    login = house.parts.files.credentials.of(MAC, standing.token_digest)
    said = base64.b64encode(f"{login.user}:{login.password.reveal()}".encode()).decode()
    assert later.content(FILE, ANOTHER, authorization=f"Basic {said}") == content
    wrong = base64.b64encode(f"{login.user}:guessed".encode()).decode()
    assert later.reason(FILE, ANOTHER, authorization=f"Basic {wrong}") is Reason.UNAVAILABLE


def test_the_address_that_a_window_was_pinned_to_counts(phones: Phones, restarts: Restarts) -> None:
    content = phones.content(FILE, STRANGER)
    later = restarts.away()
    assert later.content(FILE, STRANGER) == content
    assert later.reason(FILE, ANOTHER) is Reason.UNAVAILABLE


def test_an_unpinned_window_opens_to_nobody(phones: Phones, restarts: Restarts) -> None:
    phones.content(FILE, SITE)
    assert restarts.away().reason(FILE, STRANGER) is Reason.UNAVAILABLE


def test_strangers_cannot_tell_a_known_phone_from_another(
    phones: Phones, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    later = restarts.away()
    asked = [(FILE, one) for one in Transport] + [(UNKNOWN, one) for one in Transport]
    refusals = [later.refusal(path, ANOTHER, transport) for path, transport in asked]
    assert len(set(map(repr, refusals))) == 1
    assert refusals[0].reason is Reason.UNAVAILABLE
    assert len(later.paused) == len(asked)


def test_a_known_phone_is_still_told_which_files_there_are_not(
    phones: Phones, restarts: Restarts
) -> None:
    """Or its boot would stop at a file that it never gets."""
    phones.content(FILE, SITE)
    later = restarts.away()
    assert later.reason(BOOT, SITE) is Reason.NO_SUCH_FILE
    assert later.reason(f"{MAC.digits}-unheard-of.bin", SITE) is Reason.NO_SUCH_FILE
    assert later.reason("favicon.ico", SITE) is Reason.NO_SUCH_FILE
    assert later.reason(f"cfg{MAC.digits}.xml", SITE) is Reason.WRONG_VENDOR


@pytest.mark.parametrize("transport", list(Transport))
def test_a_file_of_the_phones_own_changes_is_not_said_to_be_gone(
    transport: Transport, phones: Phones, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    changes = f"{MAC.digits}-local.cfg"
    assert phones.reason(changes, SITE, transport) is Reason.NO_SUCH_FILE
    assert restarts.away().reason(changes, SITE, transport) is Reason.UNAVAILABLE


# Files without a MAC


def test_a_shared_file_is_the_phones_own_where_it_says_who_it_is(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    devices = house.parts.store.devices
    devices.update(device_id(house), settings={"sip.registrar": "own.example.net"})
    own = phones.content(COMMON, SITE, agent=AGENT)
    later = restarts.away()
    assert later.content(COMMON, SITE, agent=AGENT) == own
    assert later.content(f"{token_of(house)}/{COMMON}", ANOTHER) == own
    assert later.content(COMMON, SITE, Transport.TFTP) == phones.content(
        COMMON, SITE, Transport.TFTP
    )


def test_a_shared_file_is_nobodys_version_only_for_who_names_nobody(
    phones: Phones, restarts: Restarts
) -> None:
    phones.content(COMMON, SITE, agent=AGENT)
    later = restarts.away()
    unheard = AGENT.replace("00:00:01", "00:00:99")
    for agent in (AGENT, unheard):
        assert later.reason(COMMON, ANOTHER, Transport.HTTP, agent=agent) is Reason.UNAVAILABLE


# The last known standing


@pytest.mark.parametrize("state", [State.SUSPENDED, State.RETURNED, State.RETIRED])
def test_who_left_service_gets_nothing(
    state: State, phones: Phones, house: House, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    house.parts.store.devices.change_state(device_id(house), State.REGISTERED, state)
    assert restarts.away().content(FILE, SITE)  # nobody had told the copies yet
    refresh(house)
    assert restarts.away().reason(FILE, SITE) is Reason.UNAVAILABLE


def test_a_renewed_token_leaves_the_old_files_out_of_reach(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    old = token_of(house)
    house.parts.store.devices.rotate_token(device_id(house), Secret("f" * 32))
    refresh(house)
    later = restarts.away()
    assert later.reason(f"{old}/{FILE}", ANOTHER) is Reason.UNAVAILABLE
    assert later.reason(f"{'f' * 32}/{FILE}", ANOTHER) is Reason.UNAVAILABLE
    assert later.reason(FILE, SITE) is Reason.UNAVAILABLE


def test_the_copies_of_an_erased_device_go_away(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    phones.content(COMMON, SITE, agent=AGENT)
    house.parts.copies.write()
    assert rows(house) == (1, 2)
    erased = device_id(house)
    copies, trusted_by = house.parts.copies, house.parts.store.devices.trusted_by
    copies.refresh(lambda ids: trusted_by([id_ for id_ in ids if id_ != erased]))
    assert rows(house) == (0, 0)
    assert restarts.away().reason(FILE, SITE) is Reason.UNAVAILABLE


def rows(house: House) -> tuple[int, int]:
    with closing(sqlite3.connect(house.data / "last-good.sqlite")) as other:
        counts = "SELECT (SELECT COUNT(*) FROM standing), (SELECT COUNT(*) FROM file)"
        standings, files = other.execute(counts).fetchone()
        return standings, files


def test_while_the_database_is_there_no_copy_is_served(phones: Phones, house: House) -> None:
    phones.content(FILE, SITE)
    house.parts.copies.write()
    house.parts.store.devices.change_state(device_id(house), State.REGISTERED, State.RETIRED)
    assert phones.reason(FILE, SITE) is Reason.WRONG_STATE


# A template that fails


def test_where_rendering_fails_the_last_good_file_is_served(
    phones: Phones, house: House, restarts: Restarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = phones.content(FILE, SITE)
    house.parts.copies.write()
    house.parts.generation.raise_()
    monkeypatch.setattr(Files, "file", fails)
    assert phones.content(FILE, SITE) == content
    house.parts.store.devices.rotate_token(device_id(house), Secret("f" * 32))
    assert phones.reason(FILE, SITE) is Reason.CANNOT_RENDER


def fails(*_: object) -> None:
    raise RenderError("a broken template")


# What lies on the disk


def test_nothing_secret_and_nobodys_name_lies_in_clear_on_the_disk(
    phones: Phones, house: House
) -> None:
    content = phones.content(FILE, SITE)
    house.parts.copies.write()
    house.parts.copies.close()
    stored = b"".join(path.read_bytes() for path in house.data.glob("last-good.sqlite*"))
    device = house.parts.store.devices.by_mac(MAC)
    assert device
    secrets = [device.lines[0].password.reveal(), token_of(house), MAC.digits, "yealink"]
    for secret in [*secrets, content[:40]]:
        assert secret.encode() not in stored
    assert (house.data / "last-good.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("table", ["standing", "file"])
def test_a_torn_copy_is_no_copy(
    table: str, phones: Phones, house: House, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    house.parts.copies.write()
    with closing(sqlite3.connect(house.data / "last-good.sqlite")) as other, other:
        other.execute(f"UPDATE {table} SET sealed = substr(sealed, 1, length(sealed) - 1) || 'x'")  # noqa: S608
    assert restarts.away().reason(FILE, SITE) is Reason.UNAVAILABLE


def test_a_copy_moved_to_another_phone_does_not_open(
    phones: Phones, house: House, restarts: Restarts
) -> None:
    for path in (FILE, "805ec0000011.cfg"):
        phones.content(path, SITE)
    house.parts.copies.write()
    with closing(sqlite3.connect(house.data / "last-good.sqlite")) as other, other:
        (one, another) = other.execute("SELECT device_id, sealed FROM standing").fetchall()
        other.execute("UPDATE standing SET sealed = ? WHERE device_id = ?", (another[1], one[0]))
        other.execute("UPDATE standing SET sealed = ? WHERE device_id = ?", (one[1], another[0]))
    assert restarts.away().reason(FILE, SITE) is Reason.UNAVAILABLE


def test_copies_of_another_key_are_none(phones: Phones, house: House, restarts: Restarts) -> None:
    phones.content(FILE, SITE)
    house.parts.copies.write()
    configuration = house.parts.configuration
    (house.data / "sealing.key").unlink()
    (house.data / "provd.sqlite").rename(house.data / "elsewhere.sqlite")
    other = build(configuration)
    other.store.withhold("stopped")
    assert Phones(House(other, house.data)).reason(FILE, SITE) is Reason.UNAVAILABLE
    other.close()


# A start without the database


def test_a_start_without_database_serves_until_it_is_there(phones: Phones, house: House) -> None:
    content = phones.content(FILE, SITE)
    house.parts.copies.write()
    house.parts.close()
    database = house.data / "provd.sqlite"
    database.rename(house.data / "kept.sqlite")
    database.mkdir()
    parts = build_without_database(house.parts.configuration)
    later = Phones(House(parts, house.data))
    assert "can't be opened" in parts.missing
    assert later.content(FILE, SITE) == content
    with pytest.raises(StoreUnavailable):
        parts.make_ready()
    database.rmdir()
    (house.data / "kept.sqlite").rename(database)
    with pytest.raises(StoreUnavailable):
        parts.store.accounts.root()  # what is in there was not looked at yet
    parts.make_ready()
    assert parts.store.accounts.root()
    parts.close()
