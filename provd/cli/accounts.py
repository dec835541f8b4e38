"""`provd setup`, `provd user`, `provd reseller`: who there is, before anybody can sign in."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

import click
from rich.text import Text

from provd.app import Provd
from provd.cli.shared import Shared, console, data_option, opened, operator, table
from provd.devices.account import Account, Brand, Role
from provd.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])


@click.command()
@data_option
@click.argument("name")
@click.option("--currency", required=True, help="ISO 4217, as EUR.")
@click.option("--time-zone", required=True, help="IANA name, as Europe/Berlin.")
@click.option("--registrar", default="", help="SIP registrar of all phones, unless overridden.")
@click.option("--admin", default="admin", show_default=True, help="Name of the first user.")
@click.pass_obj
def setup(
    shared: Shared, name: str, currency: str, time_zone: str, registrar: str, admin: str
) -> None:
    """Set up the provider NAME and its first administrator."""
    settings: dict[str, object] = {"sip.registrar": registrar} if registrar else {}
    with opened(shared) as parts, parts.store.transaction():
        provider = parts.operations.setup.create_provider(
            name, currency=currency.upper(), time_zone=time_zone, settings=settings
        )
        _, password = parts.operations.setup.create_user(provider.id, admin, Role.ADMIN)
    _print_password(admin, password.reveal())


@click.group()
def user() -> None:
    """People who sign in to the portal."""


@user.command("add")
@data_option
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--account", required=True, help="Name of the user's account.")
@click.pass_obj
def add_user(shared: Shared, name: str, role: str, account: str) -> None:
    """Add a user with a generated password."""
    with opened(shared) as parts:
        owner = _account(parts, account)
        _, password = parts.operations.setup.create_user(owner.id, name, Role(role))
    _print_password(name, password.reveal())


@user.command("password", short_help="Give a user a new generated password.")
@data_option
@click.argument("name")
@click.pass_obj
def reset_password(shared: Shared, name: str) -> None:
    """Give a user a new generated password; all of the user's sessions end."""
    with opened(shared) as parts:
        password = parts.operations.setup.reset_password(name)
    _print_password(name, password.reveal())


@user.command("list")
@data_option
@click.pass_obj
def list_users(shared: Shared) -> None:
    """List users with role and account."""
    with opened(shared) as parts:
        scope = operator(parts).scope
        names = {account.id: account.name for account in parts.store.accounts.below(scope)}
        rows = table("name", "role", "account", "active", wraps="account")
        for one in parts.store.users.in_scope(scope):
            active = "yes" if one.active else "no"
            rows.add_row(one.name, one.role, names[one.account_id], active)
    console().print(rows)


@click.group()
def reseller() -> None:
    """Accounts that buy wholesale and sell under their own brand."""


@reseller.command("add")
@data_option
@click.argument("name")
@click.option("--currency", default="", help="The provider's unless given.")
@click.option("--time-zone", default="", help="The provider's unless given.")
@click.option("--brand", default="", help="Title of the pages; the name unless given.")
@click.option("--colour", default="#1f4e79", show_default=True, help="As #rrggbb.")
@click.option("--host", default="", help="The reseller's own host name for signing in.")
@click.pass_obj
def add_reseller(
    shared: Shared, name: str, currency: str, time_zone: str, brand: str, colour: str, host: str
) -> None:
    """Add a reseller below the provider."""
    with opened(shared) as parts:
        made = parts.operations.setup.create_reseller(
            name,
            brand=Brand(brand or name, colour, host),
            currency=currency.upper(),
            time_zone=time_zone,
        )
    out = console()
    out.print(f"Reseller {made.name} added. Add a user that signs in for it:")
    console().print(
        f'  provd user add NAME --role reseller --account "{made.name}"', soft_wrap=True
    )


def _account(parts: Provd, name: str) -> Account:
    accounts = parts.store.accounts.below(operator(parts).scope)
    found = [one for one in accounts if one.name.casefold() == name.strip().casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"there are several accounts “{name}”", key="account")
    near = difflib.get_close_matches(name, [one.name for one in accounts], n=1)
    remedy = f"Did you mean “{near[0]}”?" if near else ""
    raise InputError(f"there is no account “{name}”", key="account", remedy=remedy)


def _print_password(name: str, password: str) -> None:
    bold = Text.assemble("User ", (name, "bold"), ", password ", (password, "bold"))
    console().print(bold)
    console(stderr=True).print("It is shown this once. The user can change it after signing in.")
