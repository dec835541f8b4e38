"""The command line. Each command is a file; this one only lists them.

Commands must not know tables or templates: they call operations and print what comes back.
"""

from __future__ import annotations

import click

from provd import __version__
from provd.cli.account import account
from provd.cli.accounts import reseller, setup, user
from provd.cli.bill import bill
from provd.cli.boot import boot
from provd.cli.check import check
from provd.cli.device import device
from provd.cli.dhcp import dhcp
from provd.cli.diff import diff
from provd.cli.explain import explain, render
from provd.cli.firmware import firmware
from provd.cli.importing import import_file, schema
from provd.cli.invoice import invoice
from provd.cli.lease import lease
from provd.cli.phonebook import phonebook
from provd.cli.plan import plan
from provd.cli.profile import profile, tax
from provd.cli.request import request
from provd.cli.run import run
from provd.cli.settings import settings
from provd.cli.shared import SentenceGroup, Shared, data_option
from provd.cli.stage import stage
from provd.cli.subscription import subscription
from provd.cli.trust import trust
from provd.cli.vendor import vendor


@click.group(
    cls=SentenceGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="provd")
@data_option
@click.pass_context
def main(context: click.Context) -> None:
    """provd serves IP phones their configuration, and rings the till when one goes live."""
    context.ensure_object(Shared)


for command in (
    run, boot, device, import_file, firmware, stage, bill, account, check, setup, reseller, user,
    plan, subscription, trust, settings, dhcp, vendor, phonebook, explain, render, diff, schema,
    invoice, profile, tax, lease, request,
):  # fmt: skip
    main.add_command(command)
