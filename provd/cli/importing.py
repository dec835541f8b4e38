"""`provd import` and `provd schema`: register the phones of a file, all of them or none."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.text import Text

from provd.billing.plan import Side
from provd.cli.shared import Shared, console, counted, data_option, opened, operator, table, visible
from provd.errors import InputError
from provd.operations import Actor, CheckedFile, Cost, Operations
from provd.operations.importing_columns import COLUMNS
from provd.operations.importing_schema import json_schema

_MOST_PLACES = 20


def _print_columns(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    shown = table("column", "needed", "what to write", wraps="what to write")
    for column in COLUMNS:
        shown.add_row(column.name, "yes" if column.needed else "", column.doc)
    console().print(shown)
    context.exit()


@click.command("import", short_help="Register the phones of a file.")
@data_option
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what it would do and cost, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before registering.")
@click.option(
    "--create-missing",
    is_flag=True,
    help="Create the customers and sites that phones name and that there are not yet.",
)
@click.option(
    "--columns",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_columns,
    help="List a CSV file's columns and exit.",
)
@click.pass_obj
def import_file(
    shared: Shared, file: BinaryIO, dry_run: bool, yes: bool, create_missing: bool
) -> None:
    """Register the phones of FILE, a CSV, YAML or JSON file ("-" is standard input): all of them,
    or none when anything is wrong. Phones that stand there already as the file has them are left
    alone, so the same file may be imported again. A YAML or JSON file may have customers and sites
    as well; those that are missing are created. See docs/importing.md."""
    if not (yes or dry_run) and file is sys.stdin.buffer:
        raise InputError("standard input can't hold file and answer", remedy="Give --yes too")
    with opened(shared) as parts:
        actor = operator(parts)
        checked = _checked(parts.operations, actor, file, create_missing)
        _print_summary(checked)
        if checked.mistaken:
            _print_mistakes(checked)
            raise InputError("nothing was registered", remedy="Mend the file and import it again")
        if dry_run or not checked.has_news:
            return
        if not yes:
            click.confirm(_question(checked), abort=True, err=True)
        made = parts.operations.importing.register(actor, checked)
    if checked.places:
        console().print(f"Created {_places(checked)}.")
    if made:
        console().print(f"Registered {counted(made, 'phone')}.")


def _question(checked: CheckedFile) -> str:
    create = f"Create {_places(checked)}" if checked.places else ""
    register = f"Register {counted(len(checked.new), 'phone')}" if checked.new else ""
    if create and register:
        return f"{create}, and {register.lower()}?"
    return f"{create or register}?"


@click.command("schema", short_help="Print the JSON Schema of import files.")
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of the YAML and JSON files that provd import takes,
    each field documented. Editors check and complete by it:

    \b
    provd schema > provd.schema.json
    # yaml-language-server: $schema=provd.schema.json   (first line of the file)"""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _checked(
    operations: Operations, actor: Actor, file: BinaryIO, create_missing: bool
) -> CheckedFile:
    with _progress(file) as told:
        return operations.importing.check(actor, file, create_missing=create_missing, told=told)


@contextlib.contextmanager
def _progress(file: BinaryIO) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, of octets: how many rows there are shows only at the end."""
    columns = (TextColumn("Checking"), BarColumn(), DownloadColumn())
    err = console(stderr=True)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=_size(file))
        yield lambda octets: progress.update(task, completed=octets)


def _size(file: BinaryIO) -> int | None:
    """None of a pipe."""
    if not file.seekable():
        return None
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _print_summary(checked: CheckedFile) -> None:
    out = console()
    parts = [f"{counted(checked.rows, 'phone')} in the file: {len(checked.new)} new"]
    if checked.unchanged:
        parts.append(f"{checked.unchanged} registered already just so")
    if checked.mistaken:
        parts.append(counted(checked.mistaken, "mistake"))
    out.print(", ".join(parts) + ".")
    if checked.places and not checked.mistaken:
        _print_places(checked)
    if checked.costs and not checked.mistaken:
        _print_costs(checked.costs)
    if checked.remarks:
        _print_remarks(checked)


def _print_remarks(checked: CheckedFile) -> None:
    rows = table("model", "setting", "phones", "what becomes of it", wraps="what becomes of it")
    for one in checked.remarks:
        rows.add_row(one.model, one.key, Text(str(one.devices), justify="right"), visible(one.why))
    out = console()
    out.print("\nWhat models can't take as it is; it is kept all the same:")
    out.print(rows)


def _print_places(checked: CheckedFile) -> None:
    out, titles = console(), checked.places.titles
    out.print(f"{_places(checked)} will be created:")
    for title in titles[:_MOST_PLACES]:
        out.print(f"  {visible(title)}", soft_wrap=True, markup=False)
    if len(titles) > _MOST_PLACES:
        out.print(f"  and {len(titles) - _MOST_PLACES} more")


def _places(checked: CheckedFile) -> str:
    counts = {"customer": checked.places.customers, "site": checked.places.sites}
    return ", ".join(counted(len(some), noun) for noun, some in counts.items() if some)


def _print_costs(costs: tuple[Cost, ...]) -> None:
    rows = table("plan", "phones", "side", "at the start", "then", "starts when", wraps="plan")
    for cost in costs:
        rows.add_row(
            cost.plan,
            Text(str(cost.devices), justify="right"),
            "wholesale" if cost.side is Side.WHOLESALE else "retail",
            Text(str(cost.at_start), justify="right"),
            f"{cost.per_period} every {cost.interval}",
            cost.starts_on,
        )
    out = console()
    out.print("\nWere they all to start today:")
    out.print(rows)


def _print_mistakes(checked: CheckedFile) -> None:
    key = "column" if checked.noun == "row" else "key"
    rows = table(checked.noun, key, "what is wrong", wraps="what is wrong")
    for mistake in checked.mistakes:
        text = f"{mistake.problem}. {mistake.remedy}" if mistake.remedy else mistake.problem
        rows.add_row(Text(str(mistake.row), justify="right"), mistake.column, visible(text))
    err = console(stderr=True)
    err.print(rows)
    if checked.more_mistakes:
        err.print(f"and {checked.more_mistakes} more")
