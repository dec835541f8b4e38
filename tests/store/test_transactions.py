"""All or nothing, whatever happens inside, and whoever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from provd.devices.account import Scope
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import ConflictError
from provd.store import Store
from tests.store.entries import delivered
from tests.store.people import People, phone

MAC = Mac("001565aabbcc")


class Trouble(Exception):
    """Something that goes wrong in the middle."""


def register_and_fail(store: Store, people: People) -> None:
    with store.transaction():
        phone(store, people.alice_site)
        store.journal.append([delivered()])
        raise Trouble


def test_what_goes_wrong_undoes_all(store: Store, people: People, changes: list[str]) -> None:
    changes.clear()
    with pytest.raises(Trouble):
        register_and_fail(store, people)
    assert store.devices.by_mac(MAC) is None
    assert store.journal.of_mac(MAC) == []
    assert changes == []


def test_an_inner_transaction_can_fail_alone(store: Store, people: People) -> None:
    with store.transaction():
        store.journal.append([delivered()])
        with pytest.raises(Trouble):
            register_and_fail(store, people)
    assert store.devices.by_mac(MAC) is None
    assert len(store.journal.of_mac(MAC)) == 1


def test_caches_are_told_once_and_after_the_commit(
    store: Store, people: People, changes: list[str]
) -> None:
    changes.clear()
    with store.transaction():
        device = phone(store, people.alice_site)
        store.devices.update(device.id, label="x")
        assert changes == []
    assert changes == ["changed"]


def test_the_next_transaction_does_not_tell_of_the_one_that_failed(
    store: Store, people: People, changes: list[str]
) -> None:
    changes.clear()
    with pytest.raises(Trouble):
        register_and_fail(store, people)
    store.journal.append([delivered()])
    assert changes == []


def test_a_thread_sees_nothing_of_anothers_open_transaction(store: Store, people: People) -> None:
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(store.devices.by_mac(MAC)))
    with store.transaction():
        phone(store, people.alice_site)
        reader.start()
        reader.join()
    assert seen == [None]
    assert store.devices.by_mac(MAC) is not None


def test_threads_that_write_at_once_wait_for_each_other(store: Store, people: People) -> None:
    together = threading.Barrier(8)
    failed: list[BaseException] = []

    def write(number: int) -> None:
        together.wait()
        try:
            for step in range(5):
                with store.transaction():
                    phone(store, people.alice_site, f"0015650000{number}{step}")
                    store.journal.append([delivered()])
        except ConflictError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.devices.counts_by_site(Scope(people.provider.id)) == {people.alice_site.id: 40}


def test_connections_of_ended_threads_are_closed(store: Store, people: People) -> None:
    for _ in range(5):
        thread = threading.Thread(target=lambda: store.accounts.root())
        thread.start()
        thread.join()
    remembered = store._database.peewee.remembered._connections
    assert len(remembered) <= 2


_WRITER = """
import sys
from provd.store import Store
from tests.store.entries import delivered

class NoSealer:
    def seal(self, text, *, place): return b""
    def open(self, sealed, *, place): return ""

store = Store.open(sys.argv[1], sealer=NoSealer())
while True:
    with store.transaction():
        first, second = delivered(), delivered()
        store.journal.append([first])
        store.journal.append([second])
    print(first.id, second.id, flush=True)
"""


def test_kill_9_loses_nothing_told_and_leaves_nothing_half_done(url: str, store: Store) -> None:
    for told in (1, 7, 30):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, url],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as writer:
            assert writer.stdout is not None
            ids = [id_ for _ in range(told) for id_ in writer.stdout.readline().split()]
            writer.send_signal(signal.SIGKILL)
        kept = [entry.id for entry in store.journal.of_mac(MAC, limit=100_000)]
        assert len(ids) == 2 * told
        assert set(ids) <= set(kept)
        assert len(kept) % 2 == 0


_DYING = """
import os, signal, sys
from provd.devices.lifecycle import State
from provd.store import Store

class NoSealer:
    def seal(self, text, *, place): return b""
    def open(self, sealed, *, place): return ""

store = Store.open(sys.argv[1], sealer=NoSealer())
with store.transaction():
    assert store.devices.change_state(int(sys.argv[2]), State.REGISTERED, State.IN_SERVICE)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_before_the_commit_changes_nothing(url: str, store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    ended = subprocess.run(
        [sys.executable, "-c", _DYING, url, str(device.id)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert store.devices.get(device.id).state is State.REGISTERED
    assert store.devices.change_state(device.id, State.REGISTERED, State.IN_SERVICE)
