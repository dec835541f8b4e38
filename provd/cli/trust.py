"""`provd trust`: how the phones of a site may prove themselves."""

from __future__ import annotations

import click

from provd.app import Provd
from provd.cli.shared import Shared, console, data_option, opened, operator, table
from provd.devices.standing import TrustWay
from provd.errors import InputError
from provd.operations.customers import TRUST_WAYS
from provd.operations.views import SiteRow

AS_EVERYWHERE = "as everywhere"


@click.group()
def trust() -> None:
    """How phones may prove themselves, site by site."""


@trust.command("list")
@data_option
@click.pass_obj
def list_ways(shared: Shared) -> None:
    """List sites with the ways that are open to their phones."""
    with opened(shared) as parts:
        rows = table("site", "customer", "ways", wraps="ways")
        for row in parts.operations.directory.sites(operator(parts)):
            rows.add_row(row.site.name, row.customer, _shown(row))
    console().print(rows)


@trust.command("set", short_help="Open to a site's phones the WAYS named, and no others.")
@data_option
@click.argument("site")
@click.argument(
    "ways", metavar="WAYS", nargs=-1, type=click.Choice([way.value for way in TrustWay])
)
@click.option("--customer", default="", help="Whose site, where several have one of that name.")
@click.option("--default", "default", is_flag=True, help=f"Without WAYS: {AS_EVERYWHERE}.")
@click.pass_obj
def set_ways(
    shared: Shared, site: str, ways: tuple[str, ...], customer: str, default: bool
) -> None:
    """Open to the phones of SITE the WAYS named, and no others."""
    if bool(ways) == default:
        raise InputError("give either ways or --default", key="ways")
    with opened(shared) as parts:
        found = _site(parts, site, customer)
        directory = parts.operations.directory
        directory.set_trust_ways(operator(parts), found.site.id, None if default else ways)
    told = AS_EVERYWHERE if default else ", ".join(ways)
    console().print(f"{found.customer}, {found.site.name}: {told}")


def _site(parts: Provd, name: str, customer: str) -> SiteRow:
    rows = parts.operations.directory.sites(operator(parts))
    found = [row for row in rows if row.site.name == name and customer in ("", row.customer)]
    if len(found) == 1:
        return found[0]
    if found:
        owners = ", ".join(row.customer for row in found)
        raise InputError(
            f"several customers have a site “{name}”: {owners}", remedy="Add --customer"
        )
    raise InputError(f"there is no site “{name}”", remedy="provd trust list shows them all")


def _shown(row: SiteRow) -> str:
    ways = row.site.settings.get(TRUST_WAYS)
    return ", ".join(map(str, ways)) if isinstance(ways, list | tuple) else AS_EVERYWHERE
