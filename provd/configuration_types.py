"""What a value of the configuration may be. A type's description is the remedy in its error."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from provd.devices.secret import Secret


class Endpoint(NamedTuple):
    """An address of this machine and a port; 0 is any free one."""

    address: str
    port: int


def _number(value: object) -> object:
    """YAML reads `on` and `yes` as true, and true counts as 1 in Python."""
    if isinstance(value, bool):
        raise ValueError("this is true or false")
    return value


def _optional_number(value: object) -> object:
    return 0 if value is None or value == "" else _number(value)


def _several(value: object) -> object:
    """An environment variable holds a list as words between commas."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _networks(value: object) -> object:
    words = _several(value)
    return [ip_network(word) for word in words] if isinstance(words, list) else words


def _addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("at least one address is needed")
    for address in value:
        ip_address(address)
    return value


def _endpoint(value: object) -> object:
    """`9100` or `127.0.0.1:9100` or `[::1]:9100`; a port alone is this machine's own."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    if value == "":
        return None
    host, _, port = str(value).rpartition(":")
    address = ip_address(host.strip("[]") if host else "127.0.0.1")
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError("this has no port")
    return Endpoint(str(address), int(port))


def _https_url(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("this is no https:// URL")
    return value.rstrip("/") + "/"


def _ipv4(value: str) -> str:
    return str(IPv4Address(value)) if value else value


def _folder(value: object) -> object:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("this is no path")
    return value


def _optional_folder(value: object) -> object:
    return None if value is None or str(value) == "" else _folder(value)


def _address(value: str) -> str:
    local, at, host = value.rpartition("@")
    if value and not (at and local and host and value.isascii() and value.isprintable()):
        raise ValueError("this is no e-mail address")
    if any(character in value for character in ' <>,;"()[]'):
        raise ValueError("this is no e-mail address")
    return value


def _host(value: str) -> str:
    if any(character in value for character in " /:@"):
        raise ValueError("this is no host name")
    return value


def _secret(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


# The descriptions are the remedies of the error messages.
Switch = Annotated[bool, Field(description="Write true or false")]
Port = Annotated[
    int, BeforeValidator(_number), Field(ge=0, le=65535, description="Give a port, 0 to 65535")
]
OptionalPort = Annotated[
    int,
    BeforeValidator(_optional_number),
    Field(ge=0, le=65535, description="Give a port, or 0 for none"),
]
OptionalEndpoint = Annotated[
    Endpoint | None,
    BeforeValidator(_endpoint),
    Field(description="Give 9100 or 192.0.2.1:9100, or leave it empty"),
]
OptionalIpv4 = Annotated[
    str,
    AfterValidator(_ipv4),
    Field(description="Give an IPv4 address of this machine's, or leave it empty"),
]
Count = Annotated[
    int,
    BeforeValidator(_number),
    Field(ge=1, le=1_000_000, description="Give a number from 1 to 1000000"),
]
Names = Annotated[
    tuple[str, ...], BeforeValidator(_several), Field(description="Give a list: [one, two]")
]
Addresses = Annotated[
    tuple[str, ...],
    BeforeValidator(_several),
    AfterValidator(_addresses),
    Field(description='Give a list of this machine\'s addresses: ["::"]'),
]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    BeforeValidator(_networks),
    Field(description="Give a list of networks: [10.20.0.0/24]"),
]
HttpsUrl = Annotated[
    str,
    AfterValidator(_https_url),
    Field(description="Give a URL as https://phones.example.net/ or leave it empty"),
]
Days = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=365, description="Give 1 to 365 days")
]
KeptDays = Annotated[
    int, BeforeValidator(_number), Field(ge=30, le=3650, description="Give 30 to 3650 days")
]
Hours = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=720, description="Give 1 to 720 hours")
]
Minutes = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=43_200, description="Give 1 to 43200 minutes")
]
Workers = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=64, description="Give 1 to 64 processes")
]
Seconds = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=3600, description="Give 1 to 3600 seconds")
]
Folder = Annotated[Path, BeforeValidator(_folder), Field(description="Give a folder's path")]
OptionalFile = Annotated[
    Path | None,
    BeforeValidator(_optional_folder),
    Field(description="Give a file's path or leave it empty"),
]
OptionalFolder = Annotated[
    Path | None,
    BeforeValidator(_optional_folder),
    Field(description="Give a folder's path or leave it empty"),
]
DatabaseUrl = Annotated[
    Secret,
    BeforeValidator(_secret),
    PlainSerializer(str),  # a dump shows dots, as a repr does
    Field(description="Give postgresql://user:password@host/name or leave it empty"),
]
Level = Annotated[
    Literal["debug", "info", "warning", "error"],
    Field(description="Give debug, info, warning or error"),
]
LogFormat = Annotated[Literal["console", "json"], Field(description="Give console or json")]
Host = Annotated[
    str, AfterValidator(_host), Field(description="Give a host's name or leave it empty")
]
EmailAddress = Annotated[
    str,
    AfterValidator(_address),
    Field(description="Give an address as billing@example.net or leave it empty"),
]
Text = Annotated[str, Field(description="Give a text or leave it empty")]
Password = Annotated[
    Secret,
    BeforeValidator(_secret),
    PlainSerializer(str),
    Field(description="Give the password or leave it empty"),
]
MailTls = Annotated[
    Literal["starttls", "tls", "none"], Field(description="Give starttls, tls or none")
]
