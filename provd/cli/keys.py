"""`provd device keys`, `set-keys`, `clear-keys` and `set-lines`: many by one statement."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

import click
from rich.text import Text

from provd.cli.shared import Shared, console, counted, data_option, opened, operator, table, visible
from provd.devices.keys import KEY_KINDS, KeyRange, Needs
from provd.devices.ranges import numbers
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.operations.keys_and_lines import LineRange, generated

_MOST = 1_000


def _print_kinds(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    rows = table("kind", "value", "what it does", wraps="what it does")
    for kind in KEY_KINDS.values():
        rows.add_row(kind.name, "" if kind.needs is Needs.NO else kind.needs, kind.doc)
    console().print(rows)
    context.exit()


@click.command("keys")
@data_option
@click.argument("mac")
@click.option(
    "--kinds",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_kinds,
    help="List the kinds of keys there are, and exit.",
)
@click.pass_obj
def keys(shared: Shared, mac: str) -> None:
    """List the programmable keys of the phone MAC."""
    with opened(shared) as parts:
        device = parts.operations.keys_and_lines.device(operator(parts), mac)
    rows = table("module", "key", "kind", "value", "label", "line", wraps="label")
    for key in sorted(device.keys, key=lambda key: (key.module, key.position)):
        module = str(key.module) if key.module else "phone"
        position = Text(str(key.position), justify="right")
        value, label = visible(key.value), visible(key.label)
        rows.add_row(module, position, key.kind, value, label, str(key.line))
    console().print(
        rows if device.keys else "It has no keys of its own: lines take the first ones."
    )


@click.command("set-keys", short_help="Fill a range of keys by one statement.")
@data_option
@click.argument("mac")
@click.argument("positions")
@click.argument("kind")
@click.argument("value", default="")
@click.option("--label", default="", help="What stands beside the key.")
@click.option("--line", default="1", help="The line that it acts on.", show_default=True)
@click.option("--module", default=0, help="Of that expansion module, not of the phone itself.")
@click.pass_obj
def set_keys(
    shared: Shared,
    mac: str,
    positions: str,
    kind: str,
    value: str,
    label: str,
    line: str,
    module: int,
) -> None:
    """Fill the keys POSITIONS (1-48, or 1-8,10) of the phone MAC. In VALUE, label and line {n} is
    the key's number, {n:03} the same with three digits, {n+199} with 199 added. Kinds:
    provd device keys MAC --kinds."""
    with opened(shared) as parts:
        done = parts.operations.keys_and_lines.set_keys(
            operator(parts), mac, [KeyRange(positions, kind, value, label, line, module)]
        )
    before = f", {done.replaced} of them in place of others" if done.replaced else ""
    console().print(f"{counted(done.written, 'key')} set{before}.")


@click.command("clear-keys", short_help="Take keys away, all or some.")
@data_option
@click.argument("mac")
@click.argument("positions", default="")
@click.option("--module", type=int, help="Of that expansion module, not of the phone itself.")
@click.option("--all", "everywhere", is_flag=True, help="Of the phone and of all its modules.")
@click.pass_obj
def clear_keys(
    shared: Shared, mac: str, positions: str, module: int | None, everywhere: bool
) -> None:
    """Take away the keys POSITIONS (1-48; without: all) of the phone MAC, those of the phone itself
    unless a module is named."""
    if everywhere and module is not None:
        raise InputError("give either --module or --all", key="--all")
    place = None if everywhere else module or 0
    with opened(shared) as parts:
        gone = parts.operations.keys_and_lines.clear_keys(operator(parts), mac, positions, place)
    console().print(f"{counted(gone, 'key')} taken away.")


@click.command("set-lines", short_help="Fill a range of lines by one statement.")
@data_option
@click.argument("mac")
@click.argument("positions")
@click.option("--user", required=True, help="SIP user; {n} is the line's number.")
@click.option("--auth-user", default="", help="For authentication, where it differs.")
@click.option("--display-name", default="", help="What the called party sees.")
@click.option("--label", default="", help="What the phone's own display shows.")
@click.option("--registrar", default="", help="Instead of the provider's.")
@click.option("--voicemail", default="", help="The lines' own message number.")
@click.option("--passwords-from", type=click.File(), help="One password in each row; - is stdin.")
@click.option(
    "--generate", type=click.Path(path_type=Path), help="Make passwords; write them here."
)
@click.pass_obj
def set_lines(
    shared: Shared,
    /,
    mac: str,
    positions: str,
    passwords_from: TextIO | None,
    generate: Path | None,
    **fields: str,
) -> None:
    """Fill the lines POSITIONS (1-48, or 1-8,10) of the phone MAC: all 48 of a gateway, say, with
    --user "10{n:02}". {n} is the line's number, {n:03} the same with three digits, {n+199} with 199
    added. Without new passwords the lines keep theirs."""
    if passwords_from and generate:
        raise InputError("passwords are either read or made", key="--generate", remedy="Give one")
    lines = LineRange(positions, **fields)
    passwords = _read(passwords_from) if passwords_from else None
    if generate:
        passwords = generated(len(numbers(positions, _MOST)))
    with opened(shared) as parts:
        file = fresh_file(generate) if generate else None
        try:
            done = parts.operations.keys_and_lines.set_lines(operator(parts), mac, lines, passwords)
        except BaseException:
            if file and generate:
                file.close()
                generate.unlink()
            raise
    if file:
        with file:
            file.writelines(f"{one.number},{one.user},{one.password.reveal()}\n" for one in done)
    console().print(f"{counted(len(done), 'line')} set.")


def _read(file: TextIO) -> tuple[Secret, ...]:
    return tuple(Secret(row.rstrip("\r\n")) for row in file if row.strip())


def fresh_file(path: Path) -> TextIO:
    """Made before the passwords are, so that none is lost; for its owner's eyes only. Raises
    InputError where there is such a file."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
    except FileExistsError:
        raise InputError(
            "the file is there already", where=str(path), remedy="Name another"
        ) from None
