"""What a phone makes of the files that it fetched: one set of parameters, and its SIP accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from provd.devices.secret import Secret
from provd.vendors.formats import FORMATS
from provd.vendors.manifest import AccountRow, Manifest
from provd.vendors.values import FileKind, PhoneReading, ReadAccount

_NUMBER = re.compile(r"\{n(-1)?(?::0(\d))?\}")
_SERVER = "{s}"
_OFF = ("0", "off", "no", "false")
_TRANSPORT = ";transport="
_MOST_LINES = 256
_HEXADECIMAL = re.compile("0x[0-9a-fA-F]+")
_HOST = re.compile("[A-Za-z0-9._:-]+")


def read_phone(files: Sequence[tuple[FileKind, bytes]], manifest: Manifest) -> PhoneReading:
    """`files` in the order in which they were fetched. Within one file the last value wins."""
    parameters: dict[str, str] = {}
    for file, content in _strongest_last(files, manifest.precedence):
        parameters |= dict(FORMATS[file.format].read(content.decode(file.encoding)))
    accounts: dict[int, ReadAccount] = {}
    for rows in manifest.accounts.values():
        for number, row in _numbered(rows):
            account = _account(number, row, parameters, manifest.words.get(row.transports, {}))
            if account:
                accounts.setdefault(number, account)
    return PhoneReading(parameters, tuple(accounts[number] for number in sorted(accounts)))


def _strongest_last(
    files: Sequence[tuple[FileKind, bytes]], precedence: str
) -> list[tuple[FileKind, bytes]]:
    in_order = list(files) if precedence == "last" else list(reversed(files))
    return sorted((pair for pair in in_order if pair[0].format), key=lambda pair: pair[0].rank)


def _numbered(rows: Sequence[AccountRow]) -> Iterator[tuple[int, AccountRow]]:
    if len(rows) == 1 and _NUMBER.search(rows[0].user):
        for number in range(1, _MOST_LINES + 1):
            yield number, _filled(rows[0], number)
    else:
        yield from enumerate(rows, start=1)


def _filled(row: AccountRow, number: int) -> AccountRow:
    names: dict[str, str] = {
        field: _NUMBER.sub(lambda found: _written(number, found), name)
        for field, name in row.model_dump(exclude={"also", "instead"}).items()
    }
    return row.model_copy(update=names)


def _written(number: int, found: re.Match[str]) -> str:
    return str(number - 1 if found[1] else number).zfill(int(found[2] or 0))


def _account(
    number: int, row: AccountRow, parameters: Mapping[str, str], transports: Mapping[str, str | int]
) -> ReadAccount | None:
    def value(name: str) -> str:
        return parameters.get(name.replace(_SERVER, parameters.get(row.server, "")), "")

    if not value(row.user) or (row.enabled and value(row.enabled).lower() in _OFF):
        return None
    registrar, port = value(row.registrar), value(row.port)
    registrar = value(row.instead[registrar]) if registrar in row.instead else registrar
    if not registrar:
        return None
    if row.port:
        registrar = registrar.rpartition("@")[2]  # some have no name for it but user@domain
    else:
        registrar, port = _split(registrar)
    proxy, proxy_port = _proxy(value(row.proxy), value(row.proxy_port))
    neutral: dict[str, str] = {}
    for ours, word in transports.items():
        neutral.setdefault(str(word), ours)  # where two of ours share a word, the first is meant
    return ReadAccount(
        number=number,
        user=value(row.user).partition("@")[0],  # some write user@domain
        auth_user=value(row.auth_user) or value(row.user),
        password=Secret(value(row.password)),
        registrar=registrar,
        port=_port(port),
        transport=neutral.get(_transport(value(row.transport)), "") if row.transport else "",
        display_name=value(row.display_name),
        proxy=proxy,
        proxy_port=proxy_port,
    )


def _proxy(text: str, port: str) -> tuple[str, int]:
    """The first of several (behind commas), without a URI's scheme and parameters. What is no host
    says that there is none."""
    first = text.partition(",")[0].partition(";")[0].strip(" <>").removeprefix("sip:")
    host, own = _split(first)
    port = own or port
    if host == "0.0.0.0" or not _HOST.fullmatch(host):  # noqa: S104  # nobody binds to it here
        return "", 0
    return host, _port(port)


def _port(text: str) -> int:
    """0 for none; some write it in hexadecimal."""
    if text.isdecimal():
        return int(text)
    return int(text, 16) if _HEXADECIMAL.fullmatch(text) else 0


def _transport(text: str) -> str:
    """The vendor's word, or the parameter of the URI that carries it (RFC 3261, 19.1.1), the first
    of several."""
    _, carried, after = text.partition(_TRANSPORT)
    return re.split("[;,>]", after)[0] if carried else text


def _split(registrar: str) -> tuple[str, str]:
    """host, [v6] or host:port, or that of a SIP URI or of user@host."""
    if "sip:" in registrar:
        registrar = registrar.strip("<>").partition(";")[0].removeprefix("sip:")
    registrar = registrar.rpartition("@")[2]
    host, colon, port = registrar.rpartition(":")
    if colon and port.isdecimal():
        return host.strip("[]"), port
    return registrar.strip("[]"), ""
