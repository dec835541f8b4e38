"""`provd settings`: what provider, resellers, customers, sites and devices tell their phones."""

from __future__ import annotations

import click

from provd.cli.diff import print_cannot
from provd.cli.shared import Shared, console, data_option, on_one_line, opened, operator, table
from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY
from provd.errors import InputError
from provd.operations.phone_settings import Level

_LEVELS = click.Choice([level.value for level in Level])
_WHERE = click.option(
    "--of",
    "where",
    default="",
    help="Name of the reseller, customer or site, or customer/site, or the device's MAC.",
)


@click.group("settings", short_help="What a level tells its phones.")
def settings() -> None:
    """What a level tells its phones: provider, reseller, customer, site or device; each wins over
    the ones before."""


@settings.command("list")
@data_option
@click.argument("level", type=_LEVELS)
@_WHERE
@click.pass_obj
def list_settings(shared: Shared, level: str, where: str) -> None:
    """List what LEVEL sets. Passwords are not shown."""
    with opened(shared) as parts:
        given = parts.operations.phone_settings.given(
            operator(parts), Level(level), _named(level, where)
        )
    rows = table("setting", "value", "what it is", wraps="what it is")
    for one in given:
        rows.add_row(one.key, on_one_line(_shown(one.value)), one.doc)
    console().print(rows if given else "Nothing is set here.")


@settings.command("set", short_help="Set KEY to VALUE for all phones of a level.")
@data_option
@click.argument("level", type=_LEVELS)
@click.argument("key")
@click.argument("value", required=False)
@_WHERE
@click.pass_obj
def set_setting(shared: Shared, level: str, key: str, value: str | None, where: str) -> None:
    """Set KEY to VALUE for all phones of LEVEL; they get it when they next ask. A list has blanks
    between its items. A password is asked for, so that nobody sees it."""
    with opened(shared) as parts:
        actor, name = operator(parts), _named(level, where)
        settings = parts.operations.phone_settings
        hidden = settings.row(key).secret
        if hidden and value is not None:
            raise InputError(
                "others could see it here", key=key, remedy="Leave it out; it is asked for"
            )
        if value is None:
            value = click.prompt(key, hide_input=hidden, err=True)
        cannot = settings.set(actor, Level(level), name, key, str(value))
        total = settings.phones(actor, Level(level), name) if cannot else 0
    console().print(f"{key} is set. Phones get it when they next ask.")
    print_cannot(cannot, total)


@settings.command("unset")
@data_option
@click.argument("level", type=_LEVELS)
@click.argument("key")
@_WHERE
@click.pass_obj
def unset_setting(shared: Shared, level: str, key: str, where: str) -> None:
    """Take back what LEVEL sets for KEY: the levels before it count again."""
    with opened(shared) as parts:
        parts.operations.phone_settings.unset(
            operator(parts), Level(level), _named(level, where), key
        )
    console().print(f"{key} is no longer set here.")


@settings.command("keys")
def keys() -> None:
    """List all settings there are, and what each takes."""
    rows = table("setting", "what it is", "value", wraps="value")
    for row in VOCABULARY.values():
        rows.add_row(row.key, row.doc, row.kind.wanted)
    console().print(rows)


def _named(level: str, where: str) -> str:
    if not where and level != Level.PROVIDER:
        raise InputError(f"whose? There may be several {level}s", key="--of", remedy="Name one")
    return where


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(Secret("")) if isinstance(value, Secret) else str(value)
