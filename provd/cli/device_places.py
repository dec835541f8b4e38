"""`provd device replace` and `move`: another phone in the same place, the same phone in another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from provd.cli.choosing import agreed, plan_id, print_consequences, print_quote, site_id
from provd.cli.device_life import no_resync_option, reason_option, tell, yes_option
from provd.cli.keys import fresh_file
from provd.cli.shared import Shared, console, counted, data_option, opened, operator, visible
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.operations import LineForm
from provd.operations.moving import Moved, MoveForm
from provd.operations.replacing import Replaced, ReplaceForm


@click.command("replace", short_help="Put another phone in the place of one.")
@data_option
@click.argument("mac")
@click.argument("new_mac")
@click.option("--vendor", default="", help="Of the new phone; the old one's unless given.")
@click.option("--model", default="", help="Of the new phone; the old one's unless given.")
@click.option("--returned", is_flag=True, help="The old phone is back already.")
@click.option(
    "--keep-passwords",
    is_flag=True,
    help="Keep the SIP passwords: nobody can have read them out of the old phone.",
)
@click.option(
    "--passwords-to", type=click.Path(path_type=Path), help="Write the new SIP passwords here."
)
@click.option("--order", default="", help="Reference of the order that the new phone ships with.")
@reason_option
@yes_option
@click.pass_obj
def replace(
    shared: Shared,
    mac: str,
    new_mac: str,
    vendor: str,
    model: str,
    returned: bool,
    keep_passwords: bool,
    passwords_to: Path | None,
    order: str,
    reason: str,
    yes: bool,
) -> None:
    """Put the phone NEW_MAC in the place of MAC, with its lines, keys, settings and label, as far
    as the model can take them. The lease goes on, without a second setup fee. The old phone is
    locked out; unless it is returned already, it is due back by the rules of the lease.

    The new phone's SIP passwords are others: the SIP server must be told of them."""
    if keep_passwords and passwords_to:
        raise InputError("there are no new passwords to write", key="--passwords-to")
    form = ReplaceForm(new_mac, vendor, model, returned, keep_passwords, order, reason)
    with opened(shared) as parts:
        actor, replacing = operator(parts), parts.operations.replacing
        quoted = replacing.quote(actor, mac, form)
        _print_lost(quoted)
        print_consequences(quoted.consequences)
        agreed("Replace it?", yes=yes)
        done = _with_file(passwords_to, lambda: replacing.replace(actor, mac, form))
    _print_replaced(done, passwords_to)


@click.command("move", short_help="Put a phone at another site, or with another customer.")
@data_option
@click.argument("mac")
@click.argument("site")
@click.option("--plan", "plan_name", help="With another customer: the plan there.")
@click.option("--no-plan", is_flag=True, help="With another customer: it costs nothing there.")
@click.option("--user", "sip_user", default="", help="SIP user of its first line there.")
@click.option(
    "--password",
    envvar="SIP_PASSWORD",
    help="Of that user; asked for unless given here, or unseen by others in SIP_PASSWORD.",
)
@click.option("--display-name", default="", help="What the called party sees.")
@click.option("--keep-lines", is_flag=True, help="Keep its SIP users, with other passwords.")
@click.option("--label", default="", help="What people there call the phone.")
@reason_option
@yes_option
@no_resync_option
@click.pass_obj
def move(
    shared: Shared,
    mac: str,
    site: str,
    plan_name: str | None,
    no_plan: bool,
    sip_user: str,
    password: str | None,
    display_name: str,
    keep_lines: bool,
    label: str,
    reason: str,
    yes: bool,
    no_resync: bool,
) -> None:
    """Move the phone MAC to SITE (or customer/site). At the same customer its slot and its secrets
    go along, and it costs nothing.

    Another customer gets it as if it had been returned and registered anew: what was paid ends by
    its rules, lines, keys, settings and label are gone, its MAC is open for one first boot. It is
    used as well for a phone that was returned, to send it out again."""
    lines = (_line(sip_user, password, display_name),) if sip_user else ()
    with opened(shared) as parts:
        actor, moving = operator(parts), parts.operations.moving
        choices = parts.operations.registration.choices(actor)
        plan = plan_id(choices.plans, plan_name) if plan_name else None
        form = MoveForm(site_id(choices.sites, site), plan, lines, keep_lines, label, "", reason)
        quoted = moving.quote(actor, mac, form)
        if quoted.another_customer:
            if plan is None and not no_plan:
                raise InputError(
                    "which plan shall it have there?", key="plan", remedy="Give --plan or --no-plan"
                )
            _print_move(quoted)
            agreed("Move it?", yes=yes)
        done = moving.move(actor, mac, form)
        there = visible(site)
        console().print(f"{done.device.mac} is at {there} now, {done.device.state}")
        if not no_resync:
            tell(parts, actor, done.tell)


def _line(user: str, password: str | None, display_name: str) -> LineForm:
    given = password or click.prompt("SIP password", hide_input=True, err=True)
    return LineForm(user, Secret(given), display_name)


def _with_file(path: Path | None, step: Callable[[], Replaced]) -> Replaced:
    """The file is made first, so that no password is lost."""
    if path is None:
        return step()
    file = fresh_file(path)
    try:
        done = step()
    except BaseException:
        file.close()
        path.unlink()
        raise
    with file:
        file.writelines(
            f"{line.number},{line.user},{line.password.reveal()}\n" for line in done.new.lines
        )
    return done


def _print_lost(quoted: Replaced) -> None:
    out = console()
    for one in quoted.lost:
        out.print(Text(visible(f"Not taken over: {one}"), "yellow"), soft_wrap=True)
    if quoted.ended:
        out.print(f"{counted(quoted.ended, 'subscription')} of the old phone itself will end.")


def _print_replaced(done: Replaced, passwords_to: Path | None) -> None:
    out = console()
    out.print(f"{done.new.mac}, {done.new.model}, is in the place of {done.old.mac}")
    state = f"The old phone is {done.old.state} and locked out"
    out.print(f"{state}." if done.back else f"{state}, and due back.")
    if done.new_passwords:
        where = f"in {passwords_to}" if passwords_to else "on the new phone's page"
        out.print(
            f"{counted(len(done.new.lines), 'SIP password')} must be told to the SIP server: "
            f"{where}.",
            soft_wrap=True,
        )


def _print_move(quoted: Moved) -> None:
    out = console()
    out.print("Where it is now:")
    print_consequences(quoted.consequences)
    if quoted.quote is not None:
        out.print("\nThere:")
        print_quote(quoted.quote)
