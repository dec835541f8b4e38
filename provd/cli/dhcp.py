"""`provd dhcp`: what to put into a site's DHCP server."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from typing import cast, get_args

import click

from provd.addresses import url
from provd.cli.shared import Shared, data_option, opened, operator
from provd.configuration import Configuration
from provd.dhcp import WRITERS, Reach
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
            reach(configuration, host, address),
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


def reach(configuration: Configuration, host: str, address: IPv4Address | None) -> Reach:
    """How phones reach the server: as configured, unless a host is given. Raises InputError where
    neither says it."""
    listen = configuration.listen
    public = "" if host else listen.public_url
    host = host or listen.public_host
    if not host:
        raise InputError(
            "provd is not told by which name phones reach it",
            key="listen.public_url",
            remedy="Set it, or name the host: --host",
        )
    https = public or _url("https", host, listen.https_port, 443)
    old = _url("https", host, listen.legacy_port, 443) if listen.legacy_port else https
    return Reach(
        https=https,
        legacy=(listen.legacy_url if public else "") or old,
        http=_url("http", host, listen.http_port, 80),
        tftp=f"tftp://{host}/",
        host=host,
        address=address or _resolved(host),
        tftp_port=listen.tftp_port,
    )


def _url(scheme: str, host: str, port: int, default: int) -> str:
    whole = url(scheme, host, port)
    return whole if port != default else whole.replace(f":{port}/", "/")


def _resolved(host: str) -> IPv4Address | None:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):  # a name that no DNS could know
        return None
    return IPv4Address(found[0][4][0])
