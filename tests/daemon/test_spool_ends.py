"""The spool's file after a crash or a full disk in the middle of a line."""

import errno
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Spool
from provd.provisioning.spool_files import SpoolHeld
from provd.provisioning.spool_lines import to_line

AT = datetime(2026, 11, 22, tzinfo=UTC)


def entry(name: str) -> JournalEntry:
    return JournalEntry(
        id=name, at=AT, finished_at=AT, mac=None, device_id=None, path="a.cfg", transport="http",
        address="127.0.0.1", agent="", status="404", reason="unknown MAC", bytes_sent=0, size=0,
        whole=False, place=None, boot_id="b", file_kind="", completes_boot=False,
    )  # fmt: skip


def booked_by(path: Path, *names: str) -> list[str]:
    """What a new process books that appends these before its first drain."""
    booked: list[str] = []

    def book(entries: Sequence[JournalEntry]) -> None:
        booked.extend(one.id for one in entries)

    spool = Spool(path, book)
    for name in names:
        spool.append(to_line(entry(name)))
    spool.drain()
    spool.close()
    return booked


def test_a_line_torn_by_a_crash_swallows_no_later_entry(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(to_line(entry("before")) + to_line(entry("torn"))[:30])
    assert booked_by(path, "after") == ["before", "after"]


def test_a_line_cut_by_a_full_disk_is_told_and_swallows_no_later_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked: list[str] = []
    spool = Spool(tmp_path / "spool", lambda entries: booked.extend(one.id for one in entries))
    write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:30]))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            spool.append(to_line(entry("cut")))
    spool.append(to_line(entry("after")))
    spool.drain()
    spool.close()
    assert booked == ["after"]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "spool"]  # who appends has the entry still


def test_two_processes_do_not_share_a_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", lambda _: None)
    with pytest.raises(SpoolHeld):
        Spool(tmp_path / "spool", lambda _: None)
    spool.close()
    Spool(tmp_path / "spool", lambda _: None).close()
