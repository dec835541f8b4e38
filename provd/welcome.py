"""What a start says to the person who started it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from provd.addresses import url
from provd.app import Provd
from provd.configuration import Configuration
from provd.demonstration import Demonstration, passwords_of
from provd.devices.mac import Mac


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports in use, which may have been chosen by the system. `host` is an address at which
    this machine reaches itself; `legacy` is 0 where nothing listens for old TLS."""

    host: str
    tftp: int
    http: int
    https: int
    portal: int
    legacy: int = 0

    def at(self, scheme: str, port: int) -> str:
        return url(scheme, self.host, port)


def welcome(parts: Provd, ports: Ports) -> str:
    """Addresses, demonstration users, two commands to try."""
    configuration = parts.configuration
    lines = [
        "",
        "provd is running. Ctrl-C stops it; everything is kept in " + str(configuration.data),
        "",
        f"  portal   {ports.at('https', ports.portal)}",
        f"  HTTPS    {ports.at('https', ports.https)}   for phones",
        *_legacy(ports),
        f"  HTTP     {ports.at('http', ports.http)}",
        f"  TFTP     {ports.at('tftp', ports.tftp)}",
        "",
        f"  Certificates are signed by provd's own authority: {ca_file(configuration)}",
        "  A browser warns until it trusts that file.",
        "",
    ]
    passwords = passwords_of(configuration.data)
    if passwords:
        lines += _users(passwords) + _to_try(parts, ports)
    elif parts.missing:
        lines += [f"The database is away: {parts.missing}", ""]
    elif parts.operations.setup.provider() is None:
        lines += [
            "The database is empty. Set up who you are, in another terminal:",
            f'  {command(configuration)} setup "My Company" --currency EUR'
            " --time-zone Europe/Berlin",
            "",
        ]
    return "\n".join(lines)


def _legacy(ports: Ports) -> list[str]:
    if not ports.legacy:
        return []
    return [f"           {ports.at('https', ports.legacy)}   for phones with old TLS only"]


def ca_file(configuration: Configuration) -> str:
    """The certificate of provd's own authority."""
    return str(configuration.data / "tls" / "ca.pem")


def command(configuration: Configuration) -> str:
    return f"scripts/provd --data {shlex.quote(str(configuration.data))}"


def _users(passwords: dict[str, str]) -> list[str]:
    width = max(map(len, passwords))
    return [
        "Demonstration users, with the passwords they were made with:",
        *(f"  {name:<{width}}  {password}" for name, password in passwords.items()),
        "",
    ]


def _to_try(parts: Provd, ports: Ports) -> list[str]:
    phone = Demonstration.read().phones[0]
    vendor = parts.registry.vendor(phone.vendor)
    model = vendor.model(phone.model)
    file = vendor.paths(model, Mac.parse(phone.mac))[vendor.required_kinds(model)[0]]
    boot = f"{command(parts.configuration)} boot {phone.vendor} {phone.model} {phone.mac}"
    return [
        "Two commands to try, in another terminal; the phone is registered in the demonstration:",
        f"  {boot}",
        f"  curl {ports.at('tftp', ports.tftp)}{file}",
        "",
    ]
