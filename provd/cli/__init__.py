"""The command line. Each command is a file; this one only lists them.

Commands must not know tables or templates: they call operations and print what comes back.
"""

from __future__ import annotations

import click

from provd import __version__
from provd.cli.group import Listed, ListedGroup, Shared, data_option

_COMMANDS = (
    ("account", "account:account", "What accounts owe: statements, payments, charges by hand."),
    ("bill", "bill:bill", "Make charges, and export them."),
    ("boot", "boot:boot", "Boot a MODEL of VENDOR with this MAC, as the phone does."),
    ("check", "check:check", "Name what is wrong with an installation."),
    ("device", "device:device", "Register phones, list them, look at one."),
    ("dhcp", "dhcp:dhcp", "What to tell a site's DHCP server, and what it has heard."),
    ("diff", "diff:diff", "Show what an edit would change, before it is saved."),
    ("explain", "explain:explain", "Say whence a phone's values and lines come."),
    ("firmware", "firmware:firmware", "Add firmware images, list them, verify them."),
    ("import", "importing:import_file", "Register the phones of a file."),
    ("invoice", "invoice:invoice", "Draw up invoices, issue, correct and send them."),
    ("lease", "lease:lease", "Leases: phones, routers, switches."),
    ("phonebook", "phonebook:phonebook", "Customers' phone books."),
    ("plan", "plan:plan", "What is sold, and for how much."),
    ("profile", "profile:profile", "How accounts stand on invoices."),
    ("render", "explain:render", "Write the files that a phone would get."),
    ("request", "request:request", "Ask customers to pay before something runs."),
    (
        "reseller",
        "accounts:reseller",
        "Accounts that buy wholesale and sell under their own brand.",
    ),
    ("run", "run:run", "Start the server, until Ctrl-C."),
    ("schema", "importing:schema", "Print the JSON Schema of import files."),
    ("settings", "settings:settings", "What a level tells its phones."),
    ("setup", "accounts:setup", "Set up the provider NAME and its first administrator."),
    ("stage", "stage:stage", "Boot an order's phones on the bench, and mark them staged."),
    (
        "subscription",
        "subscription:subscription",
        "Who has subscribed to what, and why it costs that.",
    ),
    ("tax", "profile:tax", "Rates of tax, as issuers enter them."),
    ("trust", "trust:trust", "How phones may prove themselves, site by site."),
    ("user", "accounts:user", "People who sign in to the portal."),
    ("vendor", "vendor:vendor", "List the vendors, add one, check what was written."),
)


@click.group(
    cls=ListedGroup,
    listed={name: Listed(f"provd.cli.{where}", said) for name, where, said in _COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="provd")
@data_option
@click.pass_context
def main(context: click.Context) -> None:
    """provd serves IP phones their configuration, and rings the till when one goes live."""
    context.ensure_object(Shared)
