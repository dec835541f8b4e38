"""`provd diff`: the files that an edit would change, before it is saved."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from provd.app import Provd
from provd.cli.shared import Shared, console, counted, data_option, opened, operator, visible
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.comparing import Compared
from provd.operations.phone_settings import CannotTake
from provd.operations.places import Level
from provd.operations.previewing import Preview, Told

_SHAPE = "Write provd diff LEVEL --of WHERE KEY VALUE, or --profile NAME FILE, or --import FILE"
_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_LEVELS = [level.value for level in Level]


@click.command("diff", short_help="Show what an edit would change, before it is saved.")
@data_option
@click.argument("args", nargs=-1)
@click.option("--of", "where", default="", help="Whose; as in provd settings set.")
@click.option("--unset", is_flag=True, help="Take the setting back instead of setting it.")
@click.option("--profile", help="Name of the profile that FILE would replace.")
@click.option("--import", "imported", is_flag=True, help="FILE would be imported.")
@click.pass_obj
def diff(
    shared: Shared,
    args: Sequence[str],
    where: str,
    unset: bool,
    profile: str | None,
    imported: bool,
) -> None:
    """Show the files of all phones that an edit would change. Nothing is saved.

    \b
    provd diff LEVEL --of WHERE KEY VALUE   (or --unset)
    provd diff --profile NAME FILE.yaml
    provd diff --import FILE

    Changes that are alike stand once, with their number. Passwords are not shown."""
    if profile and imported:
        raise InputError("one edit at a time", remedy=_SHAPE)
    with opened(shared) as parts, _progress() as told:
        actor = operator(parts)
        if profile or imported:
            preview = _of_file(parts, actor, _file(args), profile, told)
        else:
            preview = _of_setting(parts, actor, args, where, unset, told)
    if preview.is_new_profile:
        out = console()
        out.print(f"There is no profile {visible(str(profile))} yet, and no phone uses it.")
        out.print(
            "The file has no mistake. Copy it into the folder profiles, then send provd SIGHUP"
        )
        return
    _print(preview)


def _of_setting(
    parts: Provd, actor: Actor, args: Sequence[str], where: str, unset: bool, told: Told
) -> Preview:
    if not 2 <= len(args) <= 3 or args[0] not in _LEVELS or (unset and len(args) == 3):
        raise InputError("no edit is given", remedy=_SHAPE)
    key = args[1]
    hidden = parts.operations.phone_settings.row(key).secret
    text = None if unset else _value(key, args[2] if len(args) == 3 else None, hidden)
    if not where and args[0] != Level.PROVIDER:
        raise InputError("whose is not said", key="--of", remedy="Name one")
    previewing = parts.operations.previewing
    return previewing.setting(actor, Level(args[0]), where, key, text, told=told)


def _value(key: str, given: str | None, hidden: bool) -> str:
    if given is not None and hidden:
        raise InputError("others could see it", key=key, remedy="Leave it out; it is asked for")
    return given if given is not None else str(click.prompt(key, hide_input=hidden, err=True))


def _file(args: Sequence[str]) -> Path:
    if len(args) != 1:
        raise InputError("one file is needed", remedy=_SHAPE)
    return Path(args[0])


def _of_file(parts: Provd, actor: Actor, path: Path, profile: str | None, told: Told) -> Preview:
    operations = parts.operations
    if profile:
        return operations.previewing.profile(actor, profile, path, told=told)
    with path.open("rb") as file:
        checked = operations.importing.check(actor, file)
    if checked.mistaken:
        raise InputError(
            f"the file has {counted(checked.mistaken, 'mistake')}",
            remedy="provd import --dry-run tells them",
        )
    return operations.previewing.importing(actor, checked.new, told=told)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("Comparing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    err = console(stderr=True)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print(preview: Preview) -> None:
    compared = preview.compared
    out = console()
    for change in compared.changes:
        out.print()
        out.print(_who(change.devices, change.examples), style="bold")
        for line in change.text.split("\n"):
            out.print(Text(visible(line), style=_STYLES.get(line[:1], "")))
    if compared.more:
        out.print(f"\n{counted(compared.more, 'other change')} not shown.")
    for one in compared.unmade:
        out.print(f"\n{_who(one.devices, one.examples)} could have no file: {visible(one.problem)}")
    print_cannot(preview.cannot, preview.total)
    out.print(_sum(compared))


def print_cannot(cannot: Sequence[CannotTake], total: int) -> None:
    """Which phones can't take a value, on standard error."""
    if not cannot:
        return
    err = console(stderr=True)
    devices = sum(one.devices for one in cannot)
    err.print(f"{devices} of {counted(total, 'phone')} can't take this value:")
    for one in cannot:
        err.print(f"  {counted(one.devices, 'phone')}, {one.model}: {visible(one.why)}")


def _who(devices: int, examples: Sequence[str]) -> str:
    shown = ", ".join(examples)
    return f"{counted(devices, 'phone')}: {shown}" + (", ..." if devices > len(examples) else "")


def _sum(compared: Compared) -> str:
    looked = f"{counted(compared.devices, 'phone')} looked at"
    files, phones = counted(compared.files, "file"), counted(compared.touched, "phone")
    return f"\n{looked}: {files} of {phones} would change."
