"""`provd account close` and `open`."""

from __future__ import annotations

import click

from provd.cli.account_shared import agree, keeper
from provd.cli.shared import Shared, console, counted, data_option, opened, table
from provd.errors import InputError
from provd.operations.closing_accounts import Outlook


@click.command("close", short_help="Close an account that has nothing left.")
@data_option
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def close(shared: Shared, name: str, yes: bool) -> None:
    """Close the account NAME, when all that it had is over and paid.

    Its users can't sign in any more, nothing can be registered or subscribed below it, and lists
    leave it out. Its statements and invoices stay. What stands in the way is listed.
    """
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        account, closing = debtor.account, parts.operations.closing
        if account.closed_at is None:
            _tell(closing.outlook(actor, account.id))
            agree("Close it?", yes)
        new = closing.close(actor, account.id)
    console().print(f"{account.name} is closed{'' if new else ' already'}.")


@click.command("open", short_help="Open a closed account again.")
@data_option
@click.argument("name")
@click.pass_obj
def reopen(shared: Shared, name: str) -> None:
    """Open the account NAME again. Those of its users can sign in that could before."""
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        closing, account = parts.operations.closing, debtor.account
        new = closing.open(actor, account.id)
        users = counted(closing.outlook(actor, account.id).users, "user")
    console().print(f"{account.name} is open{'' if new else ' already'}; {users} can sign in.")


CLOSING = (close, reopen)


def _tell(found: Outlook) -> None:
    """What would come of it. Raises InputError where something stands in the way."""
    account, out = found.debtor.account, console()
    if found.obstacles:
        rows = table("in the way", "what to do", wraps="in the way")
        for one in found.obstacles:
            rows.add_row(one.problem, one.remedy)
        out.print(rows)
        things = counted(len(found.obstacles), "thing stands", "things stand")
        raise InputError(f"{account.name} can't be closed: {things} in the way", key="account")
    users = counted(found.users, "user")
    out.print(f"{account.name}: {users} can't sign in any more, and nothing new begins there.")
