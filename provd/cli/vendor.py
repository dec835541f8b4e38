"""`provd vendor`: the folders of plugins/, for whoever writes one."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import track

from provd.cli.configured import configured
from provd.cli.shared import Shared, console, counted, data_option, table
from provd.devices.layers import Layer
from provd.errors import NotFoundError
from provd.vendors.checking import problems
from provd.vendors.golden import renew
from provd.vendors.new_vendor import create
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry, folders
from provd.vendors.vendor import Vendor


@click.group()
def vendor() -> None:
    """List the vendors, add one, check what was written."""


@vendor.command("list")
@data_option
@click.pass_obj
def list_vendors(shared: Shared) -> None:
    """List the vendors, and where their folders lie."""
    rows = table("name", "title", "models", "folder")
    for one in Registry.load(configured(shared).plugins).vendors:
        rows.add_row(one.name, one.title, str(len(one.models)), str(one.folder))
    console().print(rows)


@vendor.command("new", short_help="Write a folder for the vendor NAME.")
@data_option
@click.argument("name")
@click.option("--title", help="As people write it; otherwise NAME with a capital.")
@click.pass_obj
def new(shared: Shared, name: str, title: str | None) -> None:
    """Write a folder for the vendor NAME that works at once: an example to change, file by file."""
    plugins = configured(shared).plugins
    default = _default(shared)
    for path in create(plugins, name, title or name.capitalize(), default):
        console().print(str(path), soft_wrap=True)
    console().print(f"Change them, and try: provd vendor check {name}", soft_wrap=True)


@vendor.command("check", short_help="Tell every mistake, by file, line and key.")
@data_option
@click.argument("names", nargs=-1)
@click.pass_obj
def check(shared: Shared, names: tuple[str, ...]) -> None:
    """Tell every mistake in the folders of the vendors NAMES, or in all, by file, line and key.

    Ends with 1 when there is one.
    """
    default = _default(shared)
    chosen = _chosen(shared, names)
    found = [
        problem
        for folder in track(chosen, "Checking", console=console(stderr=True), transient=True)
        for problem in problems(folder, default)
    ]
    for problem in found:
        console().print(str(problem), soft_wrap=True)
    if found:
        raise click.exceptions.Exit(1)
    console().print(f"Nothing is wrong with {counted(len(chosen), 'vendor')}.")


@vendor.command("renew", short_help="Write tests/golden of NAME anew.")
@data_option
@click.argument("name")
@click.pass_obj
def renew_golden(shared: Shared, name: str) -> None:
    """Write what comes out for the cases of the vendor NAME to its tests/golden, to be read."""
    (folder,) = _chosen(shared, (name,))
    changed = renew(Vendor(folder), _default(shared))
    for path in changed:
        console().print(str(path), soft_wrap=True)
    console().print(f"{counted(len(changed), 'file')} changed.")


def _chosen(shared: Shared, names: tuple[str, ...]) -> list[Path]:
    """Raises NotFoundError."""
    plugins = configured(shared).plugins
    there = {folder.name: folder for folder in folders(plugins)}
    for name in names:
        if name not in there:
            known = ", ".join(there) or "none"
            raise NotFoundError(
                f"there is no folder {name} in {plugins}", key="name", remedy=f"There are: {known}"
            )
    return [there[name] for name in names or there]


def _default(shared: Shared) -> Layer:
    return Profiles.load(configured(shared).profiles).default
