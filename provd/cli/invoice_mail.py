"""`provd invoice send` and `provd invoice queue`."""

from __future__ import annotations

import click

from provd.app import Provd
from provd.cli.invoice_print import called, print_queue
from provd.cli.shared import Shared, console, counted, data_option, opened, operator
from provd.errors import InputError


@click.command("send", short_help="Mail invoices.")
@data_option
@click.argument("invoices", nargs=-1)
@click.option("--to", default="", help="Another address than the debtor's own.")
@click.pass_obj
def send_command(shared: Shared, invoices: tuple[str, ...], to: str) -> None:
    """Mail INVOICES, and whatever else waits in the queue and is due.

    What the mail server does not take is tried again by the daemon.
    """
    with opened(shared) as parts:
        check_server(parts)
        actor, issuing = operator(parts), parts.operations.invoicing
        found = [issuing.reading.found(actor, text) for text in invoices]
        with parts.store.transaction():
            for one in found:
                recipient = issuing.mails.queue(actor, one.id, to)
                console().print(f"{called(one)} goes to {recipient}")
        done = issuing.mails.deliver()
    console().print(f"{counted(done.sent, 'mail')} sent, {done.failed} not taken.")
    if done.failed:
        console(stderr=True).print("See why: provd invoice queue")
        raise click.exceptions.Exit(1)


@click.command("queue", short_help="Show what mail waits, or was given up.")
@data_option
@click.option("--all", "everything", is_flag=True, help="What was sent, too.")
@click.option("--again", type=int, metavar="MAIL", help="Try this one anew that was given up.")
@click.pass_obj
def queue_command(shared: Shared, everything: bool, again: int | None) -> None:
    """Show the mails that wait to be sent, and those that were given up."""
    with opened(shared) as parts:
        actor, mails = operator(parts), parts.operations.invoicing.mails
        if again is not None:
            mails.again(actor, again)
        rows = mails.rows(actor, waiting=not everything)
    print_queue(rows)


def check_server(parts: Provd) -> None:
    """Raises InputError where no mail can be sent."""
    if not parts.operations.invoicing.mails.configured:
        raise InputError(
            "there is no mail server", key="mail.host", remedy="Name it in provd.yaml, under mail:"
        )
