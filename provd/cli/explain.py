"""`provd explain` and `provd render`: why a phone is told what it is told, and its files."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import click
from rich.text import Text

from provd.cli.shared import (
    Shared,
    console,
    counted,
    data_option,
    on_one_line,
    opened,
    operator,
    table,
    visible,
)
from provd.errors import InputError, NotFoundError
from provd.operations.explanation import Because, ExplainedFile, ExplainedValue, Explanation


@click.command("explain", short_help="Say whence a phone's values and lines come.")
@data_option
@click.argument("mac")
@click.argument("key", default="")
@click.option("--reveal", is_flag=True, help="Show passwords; this is logged.")
@click.pass_obj
def explain(shared: Shared, mac: str, key: str, reveal: bool) -> None:
    """Show each value that the phone MAC is told, with the layer that set it and whether it reaches
    the phone's files; then each line of these files, with what it depends on. With KEY, that
    setting alone, and what stronger layers have overridden."""
    with opened(shared) as parts:
        found = parts.operations.explaining.explain(operator(parts), mac, key, reveal=reveal)
    if key:
        _print_value(found, key)
    else:
        _print_values(found)
    for file in found.files:
        if file.lines or file.problem:
            _print_file(file)


def _print_values(found: Explanation) -> None:
    rows = table("setting", "value", "from", "reaches the phone", wraps="value")
    for one in found.values:
        rows.add_row(one.key, on_one_line(one.value), visible(one.layer), _reach(one))
    out = console()
    out.print(f"{found.mac} {found.model}")
    out.print(rows)


def _print_value(found: Explanation, key: str) -> None:
    out = console()
    if not found.values:
        out.print(f"No layer sets {key}: the phone keeps its own.")
        return
    (one,) = found.values
    out.print(f"{one.key}: {one.doc}")
    out.print(f"{on_one_line(one.value)}, from {visible(one.layer)}; {_reach(one)}")
    for other in one.overridden:
        out.print(f"overridden: {on_one_line(other.value)}, from {visible(other.layer)}")


def _print_file(file: ExplainedFile) -> None:
    out = console()
    out.print(Text(f"\n{visible(file.path)}", style="bold"))
    if file.problem:
        out.print(f"can't be made: {visible(file.problem)}")
        return
    rows = table("", "line", "because of", wraps="because of")
    for line in file.lines:
        number = Text(str(line.number), justify="right")
        because = "; ".join(_because(one) for one in line.because)
        rows.add_row(number, visible(line.text), visible(because))
    out.print(rows)


def _because(one: Because) -> str:
    if not one.is_setting:
        return one.what
    return f"{one.what} ({one.layer or 'unset'})"


def _reach(one: ExplainedValue) -> str:
    if one.remarks:
        return f"{one.reach}, but {'; '.join(map(visible, one.remarks))}"
    return str(one.reach)


@click.command("render", short_help="Write the files that a phone would get.")
@data_option
@click.argument("mac")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write them into; made if need be.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.pass_obj
def render(shared: Shared, mac: str, out: Path, force: bool) -> None:
    """Write every file of the boot of the phone MAC as it would be served now, by the names by
    which the phone asks. They hold passwords, and only their owner may read them."""
    with opened(shared) as parts:
        explaining, actor = parts.operations.explaining, operator(parts)
        files, remarks = explaining.rendered(actor, mac), explaining.remarks(actor, mac)
    if not files:
        raise NotFoundError("we make no file for this phone", key="mac")
    places = [(out / _safe(path), content) for path, content in files]
    standing = [str(place) for place, _ in places if place.exists()]
    if standing and not force:
        raise InputError(
            f"{', '.join(standing)} is there already", key="--out", remedy="Give --force too"
        )
    for place, content in places:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(place, content)
        console().print(f"{place}: {counted(len(content), 'octet')}")
    for key, said in remarks:
        console().print(visible(f"{key}: {said}"), markup=False, soft_wrap=True)


def _safe(path: str) -> PurePosixPath:
    """Below the folder, wherever the path would lead."""
    parts = [part for part in PurePosixPath(path).parts if part not in {"/", "..", "."}]
    return PurePosixPath(*parts)


def _write(place: Path, content: bytes) -> None:
    """In place of what was there, not through it: that might be a link."""
    place.unlink(missing_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
