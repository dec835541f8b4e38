"""The command: benchmarks/run [ROW...] [--rounds N] [--devices N]..."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog
from rich.console import Console

from benchmarks import peers
from benchmarks.bench import Bench, Sizes, descriptors
from benchmarks.figures import Sample
from benchmarks.loads import TOOLS
from benchmarks.processes import BenchmarkError
from benchmarks.report import print_row, write_results, write_table
from benchmarks.rows import ROWS, Row

DEFAULTS = Sizes()
RESULTS = Path(__file__).resolve().parent / "results"
_BUSY_LOAD = 0.5
_FILES = 20_000
console = Console(width=200, soft_wrap=True)
progress = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    progress.print(f"{datetime.now(UTC):%H:%M:%S} {text}")


def measured(bench: Bench, row: Row) -> list[Sample]:
    """All rounds, the servers in turn within each. A server that can't be measured is left out,
    and said so; a row of provd alone that can't be measured is empty."""
    samples: list[Sample] = []
    rounds = min(bench.sizes.rounds, row.most_rounds)
    for number in range(1, rounds + 1):
        for server in row.servers:
            say(f"{row.name}: round {number} of {rounds}, {server}")
            try:
                samples.append(Sample(server, number, row.measure(bench, server)))
            except BenchmarkError as error:
                say(f"{row.name}: {server}: {error}")
    return samples


def chosen(names: tuple[str, ...]) -> list[Row]:
    known = {row.name: row for row in ROWS}
    if wrong := [name for name in names if name not in known]:
        raise click.BadParameter(f"no row {wrong[0]}; there are {', '.join(known)}")
    return [known[name] for name in names] if names else list(ROWS)


def end_on_signal(number: int, _: object) -> None:
    """As Ctrl-C does: what was started is ended. Peers that gave up root would outlive us."""
    raise SystemExit(128 + number)


def prepare() -> None:
    """Generators built, peers there, descriptors enough; all before the first minute is spent."""
    subprocess.run(["make", "-s", "-C", str(TOOLS)], check=True)
    peers.fetch()
    if (most := descriptors()) < _FILES:
        say(f"only {most} open files are allowed (ulimit -Hn), {_FILES} are better")
    if os.getloadavg()[0] > _BUSY_LOAD:
        say(f"this machine is busy (load {os.getloadavg()[0]:.1f}): the numbers will not be good")


@click.command(epilog=f"Rows: {', '.join(row.name for row in ROWS)}. Without any, all of them.")
@click.argument("rows", nargs=-1)
@click.option("--rounds", default=DEFAULTS.rounds, show_default=True)
@click.option("--devices", default=DEFAULTS.devices, show_default=True, help="Phones registered.")
@click.option("--seconds", default=DEFAULTS.seconds, show_default=True, help="Of each load.")
@click.option("--phones", default=DEFAULTS.phones, show_default=True, help="Of tftp-storm.")
@click.option("--boots", default=DEFAULTS.boots, show_default=True, help="Of boot.")
@click.option("--boot-seconds", default=DEFAULTS.boot_seconds, show_default=True, help="Of boot.")
@click.option("--many-devices", default=DEFAULTS.many_devices, show_default=True, help="Of memory.")
@click.option("--cached", default=DEFAULTS.cached, show_default=True, help="Files of memory.")
@click.option("--registrations", default=DEFAULTS.registrations, show_default=True)
@click.option("--subscriptions", default=DEFAULTS.subscriptions, show_default=True)
@click.option("--longest", default=DEFAULTS.longest, show_default=True, help="Seconds of import.")
@click.option("--output", type=click.Path(path_type=Path), help="The JSON file of results.")
@click.option("--table", type=click.Path(path_type=Path), help="A Markdown file of the targets.")
def main(
    rows: tuple[str, ...], output: Path | None, table: Path | None, **sizes: int | float
) -> None:
    """Measure provd and its peers, on the loopback of this machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    known = {one.name for one in fields(Sizes)}
    given = Sizes(**{name: value for name, value in sizes.items() if name in known})  # type: ignore[arg-type]
    wanted = chosen(rows)
    signal.signal(signal.SIGTERM, end_on_signal)
    prepare()
    results: list[tuple[Row, list[Sample]]] = []
    with tempfile.TemporaryDirectory(prefix="provd-benchmark-") as folder:
        Path(folder).chmod(0o755)  # peers that give up root read the static files
        bench = Bench(Path(folder), given, say)
        try:
            for row in wanted:
                results.append((row, measured(bench, row)))
                bench.close()
        finally:
            bench.close()
    for row, samples in results:
        print_row(console, row, samples)
    path = output or RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    write_results(path, given, results)
    if table is not None:
        write_table(table, results)
    say(f"results: {path}")


if __name__ == "__main__":
    main()
