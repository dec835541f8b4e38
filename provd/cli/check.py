"""`provd check`: names what is wrong with an installation, without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
from rich.text import Text

from provd.app import now
from provd.cli import checks, host_checks, invoice_checks, ledger_checks, trust_checks
from provd.cli.checks import Finding, Findings, Level
from provd.cli.configured import configured
from provd.cli.shared import Shared, console, data_option
from provd.configuration import Configuration
from provd.errors import ProvdError

COLOURS = {Level.OK: "green", Level.HINT: "yellow", Level.PROBLEM: "red"}
STEPS: tuple[tuple[str, Callable[[Configuration], Findings]], ...] = (
    ("vendors", checks.vendors),
    ("profiles", checks.profiles),
    ("firmware", checks.firmware),
    ("data folder", checks.data_folder),
    ("database", checks.database),
    ("ledger", ledger_checks.ledger),
    ("invoices", invoice_checks.invoices),
    ("spool", checks.spool),
    ("ports", checks.ports),
    ("certificate", lambda configuration: checks.certificate(configuration, now())),
    ("host certificates", lambda configuration: host_checks.hosts(configuration, now())),
    ("trust", trust_checks.authorities),
    ("phones", checks.phones),
    ("compiled", checks.compiled_modules),
)


@click.command(short_help="Name what is wrong with an installation.")
@data_option
@click.pass_obj
def check(shared: Shared) -> None:
    """Check configuration, vendors, profiles, database, books, ports and certificates, and say
    what to mend.

    Ends with 1 when there is a problem; hints alone are none.
    """
    configuration = configured(shared)
    levels = set()
    for name, step in STEPS:
        for finding in _findings(step, configuration):
            levels.add(finding.level)
            _show(name, finding)
    if Level.PROBLEM in levels:
        raise click.exceptions.Exit(1)


def _findings(
    step: Callable[[Configuration], Findings], configuration: Configuration
) -> Iterator[Finding]:
    try:
        yield from step(configuration)
    except ProvdError as error:
        yield checks.problem(error)
    except OSError as error:
        yield checks.problem(f"{error.filename}: {error.strerror}")


def _show(name: str, finding: Finding) -> None:
    level = finding.level
    line = Text.assemble((level.value, COLOURS[level]), " " * (9 - len(level.value)))
    console().print(line, f"{name}: {finding.text}", sep="", soft_wrap=True)
