"""`provd boot`: a phone without the phone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from provd.cli.boot_report import as_json, print_registrations, print_report
from provd.cli.configured import configured
from provd.cli.shared import Shared, console, data_option
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.exchange import Transport
from provd.running import running_server
from provd.simulator import BootServer, SipWay, register
from provd.simulator import boot as boot_phone
from provd.vendors.registry import Registry


@click.command()
@data_option
@click.argument("vendor")
@click.argument("model")
@click.argument("mac")
@click.option(
    "--transport",
    type=click.Choice([str(transport) for transport in Transport]),
    default=str(Transport.HTTPS),
    show_default=True,
    help="How the phone asks.",
)
@click.option("--server", help="Host to ask instead of this machine.")
@click.option("--port-base", type=click.IntRange(1, 65532), help="First of the server's ports.")
@click.option("--ca", type=click.Path(path_type=Path), help="Certificates that the phone trusts.")
@click.option("--source", help="One of this machine's addresses, to ask from.")
@click.option("--token", envvar="BOOT_TOKEN", default="", help="The secret part of its own URL.")
@click.option("--file-key", envvar="FILE_KEY", default="", help="What it decrypts files with.")
@click.option("--register", "registers", is_flag=True, help="Register its lines, for a moment.")
@click.option(
    "--sip-ca", type=click.Path(path_type=Path), help="Certificates trusted for SIP over TLS."
)
@click.option("--json", "wants_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def boot(
    context: click.Context,
    vendor: str,
    model: str,
    mac: str,
    transport: str,
    server: str | None,
    port_base: int | None,
    ca: Path | None,
    source: str | None,
    token: str,
    file_key: str,
    registers: bool,
    sip_ca: Path | None,
    wants_json: bool,
) -> None:
    """Boot a MODEL of VENDOR with this MAC, as the phone does.

    It asks the daemon that runs on the data folder, file after file in the phone's own order, and
    shows what came and what the phone would make of it. The exit code is 0 only when the phone got
    its full configuration. With --register it must besides have registered every line that it
    read, at the SIP server named there, with the password that it read.
    """
    configuration = configured(context.ensure_object(Shared))
    found = Registry.load(configuration.plugins).vendor(vendor.lower())
    row, address = found.model(model), Mac.parse(mac)
    target = _server(context.ensure_object(Shared), server, port_base, ca, token)
    way = Transport(transport)
    with console(stderr=True).status(f"{row.title} boots ..."):
        report = boot_phone(
            found,
            row,
            address,
            target,
            transport=way,
            source_address=source,
            file_key=Secret(file_key) if file_key else None,
        )
    accounts = report.reading.accounts if registers and report.reading else ()
    sip = SipWay(ca_file=sip_ca, source_address=source, agent=found.agent(row, address))
    with console(stderr=True).status("It registers ..."):
        registrations = [register(account, sip) for account in accounts]
    if wants_json:
        shown = as_json(report, found, row, address)
        if registers:
            shown["registrations"] = [asdict(one) for one in registrations]
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        print_report(
            console(), report, f"{row.title}  {address}", f"{target.host} over {way.upper()}"
        )
        print_registrations(console(), registrations)
    registered = all(one.ok for one in registrations) and bool(registrations or not registers)
    context.exit(0 if report.ok and registered else 1)


def _server(
    shared: Shared, host: str | None, port_base: int | None, ca: Path | None, token: str
) -> BootServer:
    """The daemon of the data folder, as far as the options do not say otherwise."""
    server = _running_or_configured(shared, token, must_run=not host and not port_base)
    if host:
        server = replace(server, host=host)
    if port_base:
        server = replace(
            server, tftp_port=port_base, http_port=port_base + 1, https_port=port_base + 2
        )
    return replace(server, ca_file=ca) if ca else server


def _running_or_configured(shared: Shared, token: str, *, must_run: bool) -> BootServer:
    configuration = configured(shared)
    try:
        return running_server(configuration, token)
    except InputError:
        if must_run:
            raise
        listen = configuration.listen
        ports = listen.tftp_port, listen.http_port, listen.https_port
        return BootServer("127.0.0.1", *ports, token=token)
