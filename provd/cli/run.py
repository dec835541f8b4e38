"""`provd run`: starts the daemon in the foreground."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from provd.cli.configured import configured
from provd.cli.group import Shared, data_option
from provd.configuration import Configuration
from provd.configuration_file import CONFIGURATION_FILE
from provd.configuration_sources import DEMONSTRATE, GREET, variable
from provd.crypto.files import PRIVATE, create_once

TAC = Path(__file__).resolve().parent.parent.parent / "twistd.tac"

FIRST_CONFIGURATION = """\
# This installation's settings. Every key, with its default and its meaning, stands in the
# repository's provd.yaml; here is only what differs.

listen:
  # TFTP, HTTP, HTTPS and the portal, on this port and the three after it.
  port_base: {port_base}

networks:
  # The fulfilment bench. 127.0.0.2 is this machine, so that staging can be tried on it.
  bench: [127.0.0.2/32]
  bench_simulator: true
"""


@click.command(short_help="Start the server, until Ctrl-C.")
@data_option
@click.option("--port-base", type=click.IntRange(1, 65532), help="First of four ports.")
@click.option("--empty", is_flag=True, help="Leave the demonstration out of a new database.")
@click.pass_obj
def run(shared: Shared, port_base: int | None, empty: bool) -> None:
    """Start the server: TFTP, HTTP, HTTPS and the portal, until Ctrl-C.

    A first start makes keys, certificates and a database in the data folder, and fills it with a
    demonstration. A later one keeps everything.
    """
    shared.overrides = {"listen.port_base": port_base}
    configuration = configured(shared)
    if _is_new(configuration):
        _write_configuration(configuration, port_base)
        configuration = configured(shared)
    environment = {**os.environ, variable("data"): str(configuration.data), GREET: "1"}
    if not empty:
        environment[DEMONSTRATE] = "1"
    if port_base is not None:
        environment[variable("listen.port_base")] = str(port_base)
    sys.stdout.flush()
    os.execve(sys.executable, _twistd(), environment)  # noqa: S606  the daemon takes our place


def _twistd() -> list[str]:
    start = "from twisted.scripts.twistd import run; run()"
    arguments = ["--nodaemon", "--pidfile=", "--no_save", "--python", str(TAC)]
    return [sys.executable, "-c", start, *arguments]


def _is_new(configuration: Configuration) -> bool:
    return not (configuration.data / CONFIGURATION_FILE).exists()


def _write_configuration(configuration: Configuration, port_base: int | None) -> None:
    text = FIRST_CONFIGURATION.format(port_base=port_base or configuration.listen.tftp_port)
    create_once(configuration.data / CONFIGURATION_FILE, text.encode(), mode=PRIVATE)
