"""`provd device resync` and `power-cycle`: reach a phone that does not ask by itself."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.errors import InputError
from provd.sip.carrying import Carrier, Peer


@click.command(short_help="Tell a phone to fetch its configuration again.")
@data_option
@click.argument("mac")
@click.option("--reboot", is_flag=True, help="Start anew, instead of only fetching its files.")
@click.option("--line", type=click.IntRange(1, 250), help="As which of its lines; the first.")
@click.option("--address", help="The phone's own HOST or HOST:PORT, past the SIP server.")
@click.option(
    "--transport",
    type=click.Choice([str(carrier) for carrier in Carrier]),
    default=str(Carrier.UDP),
    show_default=True,
    help="With --address: how the phone is reached.",
)
@click.pass_context
def resync(
    context: click.Context,
    mac: str,
    reboot: bool,
    line: int | None,
    address: str | None,
    transport: str,
) -> None:
    """Tell the phone MAC, by a SIP NOTIFY, to fetch its configuration again.

    It goes through the SIP server at which the phone's line is registered, or resync.proxy. Where
    several phones are registered as the same extension only this one is told, or none. The exit
    code is 0 only when the phone accepted it.
    """
    peer = _peer(address, Carrier(transport)) if address else None
    with opened(context.ensure_object(Shared)) as parts:
        actor = operator(parts)
        with console(stderr=True).status("Waiting for the phone's answer ..."):
            told = parts.operations.reaching.resync(
                actor, mac, reboot=reboot, line=line, address=peer
            )
    console().print(told.sentence)
    context.exit(0 if told.accepted else 1)


@click.command("power-cycle", short_help="Take a phone's power away for a moment.")
@data_option
@click.argument("mac")
@click.option(
    "--off-for",
    type=click.FloatRange(1, 300),
    default=5.0,
    show_default=True,
    help="Seconds without power.",
)
@click.pass_context
def power_cycle(context: click.Context, mac: str, off_for: float) -> None:
    """Switch the phone MAC off and on, at the switch that feeds it (the settings poe.*).

    Whatever goes wrong between, the port is switched on again; Ctrl-C only makes it earlier.
    """
    status = console(stderr=True).status("Without power ...")
    with opened(context.ensure_object(Shared)) as parts, _held_back() as came, status:
        cycling = parts.operations.reaching.power_cycle(
            operator(parts), mac, off_for, lambda seconds: _wait(seconds, came)
        )
    fed = "" if cycling.done.fed else ". It gave no power before: something else feeds the phone"
    console().print(f"{str(cycling.port).capitalize()} was off and is on again{fed}.")
    context.exit(128 + came[0] if came else 0)


_ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def _held_back() -> Iterator[list[int]]:
    """Signals that would end the command are kept waiting; those that came are in the list."""
    came: list[int] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield came
        while (pending := signal.sigtimedwait(_ENDINGS, 0)) is not None:
            came.append(pending.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait(seconds: float, came: list[int]) -> None:
    """Ends early when somebody wants the command to end."""
    if found := signal.sigtimedwait(_ENDINGS, seconds):
        came.append(found.si_signo)


def _peer(text: str, carrier: Carrier) -> Peer:
    """host, host:port, [v6] or [v6]:port."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?", text)
    if not found or int(found[2] or 0) > 65535:
        raise InputError("not an address", key="address", remedy="Give HOST or HOST:PORT")
    return Peer(carrier, found[1].strip("[]"), int(found[2] or 0))
