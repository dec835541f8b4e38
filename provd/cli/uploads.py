"""`provd device uploads` and `provd device upload`: what a phone has sent."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from provd.cli.shared import Shared, console, data_option, opened, operator, table, visible
from provd.crypto.files import PRIVATE, write_atomically


@click.command("uploads", short_help="List what a phone has sent.")
@data_option
@click.argument("mac")
@click.pass_obj
def uploads(shared: Shared, mac: str) -> None:
    """List the logs and changes that the phone MAC has sent."""
    with opened(shared) as parts:
        found = parts.operations.uploads.of(operator(parts), mac)
    if not found:
        console().print("It has sent nothing. Uploads are off unless provisioning.uploads is true")
        return
    rows = table("file", "kind", "bytes", "received (UTC)", wraps="file")
    for one in found:
        size = Text(str(one.size), justify="right")
        rows.add_row(visible(one.name), one.kind, size, f"{one.received_at:%Y-%m-%d %H:%M:%S}")
    console().print(rows)


@click.command("upload", short_help="Show or keep a file that a phone has sent.")
@data_option
@click.argument("mac")
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, as it came."
)
@click.pass_obj
def upload(shared: Shared, mac: str, name: str, out: Path | None) -> None:
    """Show the file NAME, a name or a kind of `provd device uploads`, made fit for a terminal."""
    with opened(shared) as parts:
        content = parts.operations.uploads.content(operator(parts), mac, name)
    if out is not None:
        write_atomically(out, content, mode=PRIVATE)
        return
    for line in content.decode("utf-8", "replace").splitlines():
        console().print(visible(line.expandtabs()), soft_wrap=True)
