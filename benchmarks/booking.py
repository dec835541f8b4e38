"""What booking costs, in µs of the thread's CPU and of the clock for each entry:
`python -m benchmarks.booking [--phones N] [--database URL]`.

No sockets: entries are appended to a real spool and drained into a real database in batches of
200, first boots first, then the same phones' later boots, then refusals. With PostgreSQL the clock
also holds what its own process takes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import structlog

from benchmarks.installation import Handset, make, opened
from provd.app import Provd
from provd.devices.lifecycle import Place
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.spool import Spool
from provd.provisioning.spool_lines import to_line

Entries = Sequence[JournalEntry]


def boots(parts: Provd, phones: Sequence[Handset], at: datetime) -> Iterator[JournalEntry]:
    """Every file of every phone's configuration, arrived whole."""
    for phone in phones:
        device = parts.store.devices.by_mac(phone.mac)
        assert device is not None  # noqa: S101  made just now
        vendor = parts.registry.vendor(phone.vendor)
        model = vendor.model(phone.model)
        paths, required = vendor.paths(model, phone.mac), vendor.required_kinds(model)
        boot = new_id()
        for kind in required:
            yield JournalEntry(
                id=new_id(),
                at=at,
                finished_at=at,
                mac=phone.mac,
                device_id=device.id,
                path=paths[kind],
                transport="tftp",
                address="127.0.0.1",
                agent="",
                status="200",
                reason="",
                bytes_sent=4096,
                size=4096,
                whole=True,
                place=Place.SITE,
                boot_id=boot,
                file_kind=kind,
                completes_boot=True,
                required_kinds=required,
            )


def again(entries: Entries, **changes: Any) -> list[JournalEntry]:
    """The same files asked for an hour later."""
    later = timedelta(hours=1)
    return [
        replace(one, id=new_id(), at=one.at + later, finished_at=one.finished_at + later, **changes)
        for one in entries
    ]


def report(what: str, count: int, work: Callable[[], object]) -> None:
    """`count` is by how much the cost is divided."""
    wall, thread = time.perf_counter(), time.thread_time()
    work()
    thread, wall = time.thread_time() - thread, time.perf_counter() - wall
    click.echo(f"{what:32}{thread / count * 1e6:10.1f}{wall / count * 1e6:10.1f}{count:8}")


def drained(spool: Spool, entries: Entries) -> Callable[[], object]:
    for entry in entries:
        spool.append(to_line(entry))
    return spool.drain


def appended(spool: Spool, entries: Entries) -> None:
    for entry in entries:
        spool.append(to_line(entry))


@click.command()
@click.option("--phones", default=2_000, help="How many boot.")
@click.option("--database", default="", help="postgresql://..., a file of SQLite otherwise.")
def measure(phones: int, database: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="provd-booking-") as folder:
        made = make(Path(folder), phones, database=database)
        parts = opened(made.data, database=database)
        spool = Spool(made.data / "benchmark.spool", parts.operations.boots.book)
        first = list(boots(parts, made.handsets, datetime.now(UTC)))
        second, third, files = again(first), again(first), len(first)
        refused = again(
            first, status="ERROR 1", reason="window closed", whole=False, completes_boot=False
        )
        click.echo(f"{'µs each':32}{'thread':>10}{'clock':>10}{'number':>8}")
        report("first boot of a phone", phones, drained(spool, first))
        report("repeated boot, each file", files, drained(spool, second))
        report("refusal", files, drained(spool, refused))
        report("a file booked before", files, drained(spool, second))
        report("to_line", files, lambda: [to_line(one) for one in third])
        report("new_id", files, lambda: [new_id() for _ in third])
        report("append", files, lambda: appended(spool, third))
        until = datetime.now(UTC) + timedelta(days=300)
        report("billing run, 10 months", phones, lambda: parts.operations.billing.run(until))
        spool.close()
        parts.close()


if __name__ == "__main__":
    measure()
