"""`provd dhcp`: what to put into a site's DHCP server."""

from __future__ import annotations

import socket
from dataclasses import replace
from ipaddress import IPv4Address
from typing import cast, get_args

import click

from provd.addresses import reach
from provd.cli.shared import Shared, data_option, opened, operator
from provd.configuration import Configuration
from provd.devices.reach import Reach
from provd.dhcp import WRITERS
from provd.errors import InputError
from provd.vendors.dhcp import Scheme


class _Ipv4(click.ParamType[IPv4Address]):
    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> IPv4Address:
        try:
            return IPv4Address(str(value))
        except ValueError:
            self.fail(f"“{value}” is no IPv4 address", param, ctx)


@click.command(short_help="Print what to put into a site's DHCP server.")
@data_option
@click.argument("site")
@click.option(
    "--for",
    "server",
    type=click.Choice(list(WRITERS)),
    required=True,
    help="Which DHCP server it is.",
)
@click.option("--vendor", "vendors", multiple=True, help="For this vendor's phones; repeatable.")
@click.option("--all", "every_vendor", is_flag=True, help="For the phones of every vendor.")
@click.option("--host", default="", help="Name or address by which phones reach provd.")
@click.option("--address", type=_Ipv4(), help="Its IPv4 address, for phones that take no name.")
@click.option(
    "--by",
    "scheme",
    type=click.Choice(get_args(Scheme)),
    help="Send phones there, instead of to HTTPS where they know it.",
)
@click.pass_obj
def dhcp(
    shared: Shared,
    site: str,
    server: str,
    vendors: tuple[str, ...],
    every_vendor: bool,
    host: str,
    address: IPv4Address | None,
    scheme: str | None,
) -> None:
    """Print configuration for the DHCP server of SITE, or customer/SITE.

    It tells phones, by their vendor class, where their files are: those of the vendors at the
    site, unless others are named. It holds no secret.
    """
    if vendors and every_vendor:
        raise InputError("give either --vendor or --all", key="--all")
    configuration = shared.configuration()
    with opened(shared) as parts:
        plan = parts.operations.dhcp.plan(
            operator(parts),
            site,
            _reach(configuration, host, address),
            vendors=[vendor.lower() for vendor in vendors],
            every_vendor=every_vendor,
            scheme=cast("Scheme | None", scheme),
        )
    if not plan.stanzas and not plan.remarks:
        raise InputError(
            "the site has no phones that DHCP could tell anything",
            remedy="Name what will be there: --vendor NAME, or --all",
        )
    click.echo(WRITERS[server](plan), nl=False)


def _reach(configuration: Configuration, host: str, address: IPv4Address | None) -> Reach:
    found = reach(configuration, host)
    return replace(found, address=address or resolved(found.host))


def resolved(host: str) -> IPv4Address | None:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):  # a name that no DNS could know
        return None
    return IPv4Address(found[0][4][0])
