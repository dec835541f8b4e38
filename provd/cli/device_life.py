"""`provd device suspend`, `resume`, `return` and `retire`: a phone's life after it came into
service."""

from __future__ import annotations

from collections.abc import Sequence

import click

from provd.app import Provd
from provd.cli.choosing import agreed, print_consequences
from provd.cli.shared import (
    Command,
    Shared,
    console,
    data_option,
    opened,
    operator,
    visible,
)
from provd.operations import Actor
from provd.operations.device_steps import Done
from provd.operations.life import Step

_NOT_TOLD = "The phone could not be told now: it has the change when it asks next."
_TOLD = "The phone was told to fetch its configuration."


def reason_option(command: Command) -> Command:
    """`--reason`."""
    return click.option("--reason", default="", help="Kept with the event and its charges.")(
        command
    )


def yes_option(command: Command) -> Command:
    """`--yes`."""
    return click.option("--yes", is_flag=True, help="Do not ask before it is done.")(command)


def no_resync_option(command: Command) -> Command:
    """`--no-resync`."""
    return click.option(
        "--no-resync", is_flag=True, help="Do not tell the phone by SIP; it asks by itself."
    )(command)


@click.command("suspend", short_help="Take a phone's service away, for a while.")
@data_option
@click.argument("mac")
@reason_option
@no_resync_option
@click.pass_obj
def suspend(shared: Shared, mac: str, reason: str, no_resync: bool) -> None:
    """Suspend the phone MAC: it gets a configuration without its SIP accounts, and fees that rest
    with a suspended service rest. It can't call anybody, no emergency number either."""
    _rest(shared, mac, Step.SUSPEND, reason, no_resync)


@click.command("resume", short_help="Give a suspended phone its service back.")
@data_option
@click.argument("mac")
@reason_option
@no_resync_option
@click.pass_obj
def resume(shared: Shared, mac: str, reason: str, no_resync: bool) -> None:
    """Resume the phone MAC. Where its account is suspended too, it waits for that."""
    _rest(shared, mac, Step.RESUME, reason, no_resync)


def _rest(shared: Shared, mac: str, step: Step, reason: str, no_resync: bool) -> None:
    with opened(shared) as parts:
        actor = operator(parts)
        done = parts.operations.life.take(actor, mac, step, reason)
        _print_done(done)
        if not no_resync:
            tell(parts, actor, done.tell)


@click.command("return", short_help="Take a phone back: its slot and what is paid for it end.")
@data_option
@click.argument("mac")
@reason_option
@yes_option
@click.pass_obj
def take_back(shared: Shared, mac: str, reason: str, yes: bool) -> None:
    """The phone MAC is back: its subscriptions end by their rules, which may cost, its MAC is
    closed and its SIP passwords are others. Shows the costs and asks."""
    _leave(shared, mac, Step.RETURN, reason, "Take it back?", yes)


@click.command("retire", short_help="Write a phone off: it never comes into service again.")
@data_option
@click.argument("mac")
@reason_option
@yes_option
@click.pass_obj
def retire(shared: Shared, mac: str, reason: str, yes: bool) -> None:
    """Write the phone MAC off, lost or broken. As for one that is returned, its subscriptions end
    and it is locked out. Should it turn up again, return it."""
    _leave(shared, mac, Step.RETIRE, reason, "Retire it?", yes)


def _leave(shared: Shared, mac: str, step: Step, reason: str, question: str, yes: bool) -> None:
    with opened(shared) as parts:
        actor, life = operator(parts), parts.operations.life
        quoted = life.quote(actor, mac, step)
        if quoted.changed:
            print_consequences(quoted.consequences)
            agreed(question, yes=yes)
        _print_done(life.take(actor, mac, step, reason))


def tell(parts: Provd, actor: Actor, device_ids: Sequence[int]) -> None:
    """After the commit, as far as they can be reached."""
    if not device_ids:
        return
    with console(stderr=True).status("Waiting for the phone's answer ..."):
        reached = parts.operations.telling.all(device_ids, actor.name)
    console().print(_TOLD if reached.accepted else _NOT_TOLD)


def _print_done(done: Done) -> None:
    already = "" if done.changed else " already"
    console().print(f"{done.device.mac} is {done.device.state}{already}")
    for note in done.notes:
        console().print(visible(f"{note}."), soft_wrap=True)
