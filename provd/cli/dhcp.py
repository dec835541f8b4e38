"""`provd dhcp`: what to put into a site's DHCP server."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from typing import BinaryIO, cast, get_args

import click

from provd.addresses import reach
from provd.app import now
from provd.cli.configured import configured
from provd.cli.shared import (
    Shared,
    console,
    counted,
    data_option,
    opened,
    operator,
    visible,
)
from provd.configuration import Configuration
from provd.devices.mac import Mac
from provd.devices.reach import Reach
from provd.dhcp import WRITERS
from provd.errors import InputError
from provd.vendors.dhcp import Scheme, class_from


class _Ipv4(click.ParamType[IPv4Address]):
    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> IPv4Address:
        try:
            return IPv4Address(str(value))
        except ValueError:
            self.fail(f"“{value}” is no IPv4 address", param, ctx)


class _SiteOrCommand(click.Group):
    """`provd dhcp SITE` is `provd dhcp plan SITE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["plan", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_SiteOrCommand, short_help="What to tell a site's DHCP server, and what it has heard."
)
def dhcp() -> None:
    """Print what to put into the DHCP server of a site (`provd dhcp SITE --for dnsmasq`), and note
    what it has heard of phones that nobody has registered (`provd dhcp seen`)."""


@dhcp.command("seen", short_help="Note what a DHCP server has heard of a phone.")
@data_option
@click.argument("mac", required=False)
@click.option(
    "--class", "vendor_class", help="Its vendor class (option 60), or octets as 0x0000a1."
)
@click.option(
    "--lines",
    type=click.File("rb"),
    help='Lines with a MAC and, behind it, the vendor class instead; "-" is standard input.',
)
@click.pass_obj
def seen(shared: Shared, mac: str | None, vendor_class: str | None, lines: BinaryIO | None) -> None:
    """Note the vendor class that the phone MAC told a DHCP server, so that "Not registered" and the
    form propose its vendor and model. For a script that the DHCP server calls; see
    docs/operating.md."""
    classes = _told(mac, vendor_class, lines)
    with opened(shared) as parts:
        heard = parts.operations.discoveries.heard(operator(parts), classes, now())
    for one in heard.noted[:_SHOWN]:
        guess = f"{one.vendor_title or 'an unknown vendor'} {one.seen_as}".strip()
        console().print(visible(f"{one.stranger.mac}: probably {guess}"), markup=False)
    if len(heard.noted) > _SHOWN:
        console().print(f"and {len(heard.noted) - _SHOWN} more")
    if heard.registered:
        console().print(f"{counted(heard.registered, 'phone')} registered already.")


def _told(mac: str | None, vendor_class: str | None, lines: BinaryIO | None) -> dict[Mac, str]:
    """Raises InputError."""
    if lines is not None and not (mac or vendor_class):
        found = dict(_classes_of(lines))
        if not found:
            raise InputError("no line has a MAC with a vendor class", key="--lines")
        return found
    if mac is None or not vendor_class or lines is not None:
        raise InputError("give a MAC and --class, or --lines", key="--class")
    octets = os.fsencode(vendor_class)
    return {Mac.parse(mac): _class(octets)}


def _classes_of(lines: BinaryIO) -> Iterator[tuple[Mac, str]]:
    """Whatever stands before the MAC, such as a log's time, is left alone; so are other lines."""
    for number, line in enumerate(lines):
        if number == _MOST_LINES:
            raise InputError(f"there are more than {_MOST_LINES} lines", remedy="Give fewer")
        found = _LINE.search(line[:_LONGEST_LINE].rstrip(b"\r\n"))
        if found:
            yield Mac.parse(found[1].decode("ascii")), _class(found[2])


def _class(octets: bytes) -> str:
    if len(octets) > 2 * _LONGEST_CLASS:
        raise InputError(f"it is longer than {_LONGEST_CLASS} octets", key="--class")
    if re.fullmatch(b"0x(?:[0-9a-fA-F]{2})+", octets):
        octets = bytes.fromhex(octets[2:].decode("ascii"))
    return class_from(octets[:_LONGEST_CLASS])


_LINE = re.compile(rb"(?<![0-9A-Fa-f:-])((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})[ \t,;]+(.*\S)")
_LONGEST_CLASS = 255
_LONGEST_LINE = 4_096
_MOST_LINES = 100_000
_SHOWN = 20


@dhcp.command("plan", short_help="Print what to put into a site's DHCP server.")
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
def plan_of(
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
    configuration = configured(shared)
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
