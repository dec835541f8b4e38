"""A simulated boot's report, for people at 80 columns and for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.redaction import redacted
from provd.simulator import BootReport, Registration, StepResult
from provd.vendors.values import Model, ReadAccount
from provd.vendors.vendor import Vendor

# Vendors name their parameters as they like; these are the ones that people look for first.
_TELLING = re.compile(r"time_?zone|ntp|(^|[._])lang|language|provision.*url", re.I)
_MOST_TELLING = 8


def print_report(out: Console, report: BootReport, phone: str, way: str) -> None:
    """`phone` and `way` are headings: who boots, and from where."""
    out.print(Text.assemble((phone, "bold"), f"  boots from {way}"))
    out.print()
    out.print(_timeline(report))
    out.print()
    if report.reading:
        out.print(Text("What the phone read", "bold"))
        out.print(_reading(report.reading.accounts, report.reading.parameters))
        out.print()
    out.print(_verdict(report))


def print_registrations(out: Console, registrations: Sequence[Registration]) -> None:
    for one in registrations:
        colour = "green" if one.ok else "red"
        out.print(Text.assemble((f"  line {one.number}  ", "dim"), (one.text, colour)))


def as_json(report: BootReport, vendor: Vendor, model: Model, mac: Mac) -> dict[str, Any]:
    """As JSON can hold it. Of the parameters only those that are known to hold no secret: a
    password may stand under any name."""
    accounts = report.reading.accounts if report.reading else ()
    parameters = report.reading.parameters if report.reading else {}
    return {
        "ok": report.ok,
        "vendor": vendor.name,
        "model": model.name,
        "mac": str(mac),
        "steps": [asdict(step) for step in report.steps],
        "missing": list(report.missing),
        "problem": report.problem,
        "accounts": [_account_as_json(account) for account in accounts],
        "parameter_count": len(parameters),
        "parameters": dict(_telling(parameters)),
    }


def _account_as_json(account: ReadAccount) -> dict[str, Any]:
    fields = asdict(account)
    fields["password"] = "given" if account.password else "missing"
    return fields


def _timeline(report: BootReport) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("asked", no_wrap=True)
    table.add_column("file", overflow="fold")
    table.add_column("answer", no_wrap=True)
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    table.add_column("arrived", overflow="fold")
    for step in report.steps:
        table.add_row(
            f"+{step.at:.3f}",
            _asked(step),
            Text(step.path),
            Text(step.answer or "none", _colour(step)),
            f"{step.received:,}" if step.whole or _broke_off(step) else "",
            f"{step.duration * 1000:,.0f} ms",
            _arrived(step),
        )
    return table


def _broke_off(step: StepResult) -> bool:
    return step.size not in (None, step.received)


def _asked(step: StepResult) -> str:
    method = "RRQ" if step.transport is Transport.TFTP and step.method == "GET" else step.method
    return f"{step.transport.upper()} {method}"


def _colour(step: StepResult) -> str:
    if step.whole:
        return "green"
    return "dim" if step.harmless else "red"


def _arrived(step: StepResult) -> Text:
    words = "whole" if step.whole else "not needed" if step.harmless else step.reason
    return Text(words, _colour(step))


def _reading(accounts: tuple[ReadAccount, ...], parameters: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for account in accounts:
        table.add_row(f"  line {account.number}", _account(account))
    if not accounts:
        table.add_row("  lines", Text("none: the phone registers nowhere", "yellow"))
    for name, value in _telling(parameters):
        table.add_row(f"  {name}", Text(value))
    table.add_row("  in all", f"{len(parameters)} parameters")
    return table


def _account(account: ReadAccount) -> Text:
    host = f"[{account.registrar}]" if ":" in account.registrar else account.registrar
    port = f":{account.port}" if account.port else ""
    text = Text.assemble((f"{account.user}@{host}{port}", "bold"))
    if account.transport:
        text.append(f" over {account.transport.upper()}")
    if account.proxy:
        text.append(f" through {account.proxy}")
    if account.auth_user != account.user:
        text.append(f", signs in as {account.auth_user}")
    if account.display_name not in ("", account.user):
        text.append(f", shows “{account.display_name}”")
    if not account.password:
        text.append(", without a password", "yellow")
    return text


def _telling(parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    names = [name for name, value in parameters.items() if value and _TELLING.search(name)]
    for name in names[:_MOST_TELLING]:
        yield name, str(redacted(parameters[name], name))


def _verdict(report: BootReport) -> Text:
    if report.ok:
        whole = [step for step in report.steps if step.whole]
        last = report.steps[-1]
        received = sum(step.received for step in whole)
        files = "1 file" if len(whole) == 1 else f"{len(whole)} files"
        return Text(
            f"The phone has its full configuration: {files}, {received:,} bytes, "
            f"{last.at + last.duration:.2f} s.",
            "green",
        )
    text = Text("The phone does not have its full configuration", "red")
    text.append(f": {report.problem}." if report.problem else ".")
    if report.missing:
        text.append(f" Missing: {', '.join(report.missing)}.")
    if any(step.answer and not step.harmless for step in report.steps):
        text.append(" Phones are not told why; “provd device show MAC” tells.")
    return text
