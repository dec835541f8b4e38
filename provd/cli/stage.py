"""`provd stage`: the fulfilment bench at a terminal, with a scanner."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from provd.app import Provd
from provd.cli.shared import Shared, console, counted, data_option, opened, operator, table
from provd.devices.account import Role
from provd.devices.lifecycle import State
from provd.errors import InputError, ProvdError
from provd.exchange import Transport
from provd.operations import Actor, OrderDevice
from provd.simulator import BootReport

AT_ONCE = 8
"""Simulated phones that boot at the same time."""

BOOKED_WITHIN = 5.0
"""Seconds until a delivery that the daemon saw must stand in the journal."""


@click.command(short_help="Boot an order's phones on the bench, and mark them staged.")
@data_option
@click.argument("order")
@click.argument("macs", nargs=-1)
@click.option("--all", "whole_order", is_flag=True, help="Every phone of the order.")
@click.option(
    "--transport",
    type=click.Choice([one.value for one in Transport]),
    default=Transport.HTTPS.value,
    show_default=True,
    help="How the phones ask.",
)
@click.option("--source", help="This machine's address on the bench, unless found by itself.")
@click.option(
    "--wait",
    type=click.IntRange(0, 3600),
    metavar="SECONDS",
    help="Simulate nothing: wait so long for the phones on the bench to boot by themselves.",
)
@click.option("--ship", is_flag=True, help="Then mark the order shipped, if all are staged.")
@click.pass_obj
def stage(
    shared: Shared,
    order: str,
    macs: tuple[str, ...],
    whole_order: bool,
    transport: str,
    source: str | None,
    wait: int | None,
    ship: bool,
) -> None:
    """Boot the scanned phones of ORDER on the bench, and mark those staged that fetched all.

    MACs come as arguments, or one a line on standard input, as a scanner types them; an empty line
    ends. A fetch on the bench charges nothing.
    """
    with opened(shared) as parts:
        bench = Bench(parts, operator(parts, Role.FULFILMENT), order)
        found = bench.whole() if whole_order else bench.scanned(macs or _typed())
        if wait is None:
            reports = bench.simulate(found, Transport(transport), source)
        else:
            reports = {}
            bench.wait_for(found, wait)
        results = [bench.stage(device, reports.get(str(device.device.mac))) for device in found]
        _print(order, results)
        failed = not all(result.staged for result in results)
        if ship and not failed:
            row = parts.operations.fulfilment.ship(bench.actor, order)
            console().print(f"Order {order} shipped: {counted(len(row.devices), 'phone')}")
    if failed:
        raise click.exceptions.Exit(1)


@dataclass(frozen=True, slots=True)
class Result:
    """What the bench says of one phone."""

    device: OrderDevice
    staged: bool
    remark: str


class Bench:
    """One order on the bench."""

    def __init__(self, parts: Provd, actor: Actor, order: str) -> None:
        self._parts = parts
        self.actor = actor
        self._order = order
        self._fulfilment = parts.operations.fulfilment

    def whole(self) -> list[OrderDevice]:
        return list(self._fulfilment.order(self.actor, self._order).devices)

    def scanned(self, texts: Sequence[str] | Iterator[str]) -> list[OrderDevice]:
        """Each phone once, however often it was scanned. A wrong one is told at once and left
        out; the others go on."""
        self._fulfilment.order(self.actor, self._order)
        found: dict[str, OrderDevice] = {}
        for text in texts:
            try:
                one = self._fulfilment.scan(self.actor, self._order, text)
                found[str(one.device.mac)] = one
            except InputError as error:
                console(stderr=True).print(f"{error}", style="red")
        if not found:
            raise InputError("no phone of this order was scanned", where=f"order {self._order}")
        return list(found.values())

    def simulate(
        self, devices: Sequence[OrderDevice], transport: Transport, source: str | None
    ) -> dict[str, BootReport]:
        """Boots all of them, a few at a time. Raises InputError when no daemon runs here, or when
        this machine has no address on the bench."""
        bench = self._parts.bench.ready(source or "")
        columns = (TextColumn("Booting on the bench"), BarColumn(), MofNCompleteColumn())
        reports: dict[str, BootReport] = {}
        screen = console(stderr=True)
        with (
            Progress(
                *columns, console=screen, transient=True, disable=not screen.is_terminal
            ) as progress,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            task = progress.add_task("boot", total=len(devices))
            boots = {
                str(one.device.mac): pool.submit(bench.boot, one.device, transport)
                for one in devices
            }
            for mac, running in boots.items():
                reports[mac] = running.result()
                progress.advance(task)
        return reports

    def wait_for(self, devices: Sequence[OrderDevice], seconds: int) -> None:
        """Until all have fetched, or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            fetched = [self._again(one).fetched_at is not None for one in devices]
            if all(fetched):
                return
            time.sleep(1)

    def stage(self, found: OrderDevice, report: BootReport | None) -> Result:
        if report is not None and not report.ok:
            remark = report.problem or f"missing: {', '.join(report.missing)}"
            return Result(found, False, remark)
        if found.device.state in {State.STAGED, State.SHIPPED}:
            return Result(found, True, f"{found.device.state} already")
        if report is not None:
            self._until_booked(found)
        try:
            staged = self._fulfilment.stage(self.actor, self._order, str(found.device.mac))
        except InputError as error:
            return Result(found, False, error.remedy or error.problem)
        except ProvdError as error:
            return Result(found, False, str(error))
        return Result(staged, True, "staged")

    def _until_booked(self, one: OrderDevice) -> None:
        """The daemon books what it served a moment later."""
        end = time.monotonic() + BOOKED_WITHIN
        while self._again(one).fetched_at is None and time.monotonic() < end:
            time.sleep(0.05)

    def _again(self, one: OrderDevice) -> OrderDevice:
        return self._fulfilment.scan(self.actor, self._order, str(one.device.mac))


def _typed() -> Iterator[str]:
    """What a scanner types, up to an empty line or the end."""
    if sys.stdin.isatty():
        console(stderr=True).print("Scan the phones; an empty line ends.")
    for line in sys.stdin:
        if not line.strip():
            return
        yield line


def _print(order: str, results: Sequence[Result]) -> None:
    rows = table("MAC", "model", "fetched", "from", "result", wraps="result")
    for result in results:
        one = result.device
        fetched = f"{one.fetched_at:%H:%M:%S} UTC" if one.fetched_at else "no"
        remark = Text(result.remark, "green" if result.staged else "red")
        rows.add_row(str(one.device.mac), one.model_title, fetched, one.fetched_from, remark)
    out = console()
    out.print(f"Order {order}")
    out.print(rows)
    staged = sum(result.staged for result in results)
    out.print(f"{staged} of {len(results)} staged")
