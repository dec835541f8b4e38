"""What `provd check` has to say about the certificates that the operator has from elsewhere."""

from __future__ import annotations

from datetime import datetime

from provd.cli.checks import Finding, Findings, hint, ok, problem
from provd.configuration import Configuration
from provd.crypto.host_certificates import HostCertificate, by_host, in_folder, serving

SOON_DAYS = 14
"""Who renews by himself has done it by then: an ACME client does it 30 days before the end."""


def hosts(configuration: Configuration, now: datetime) -> Findings:
    folder = configuration.certificates_folder
    if configuration.tls.certificates is None and not folder.is_dir():
        yield ok("none")
        return
    found = in_folder(folder)
    names = by_host(found)
    shown = {one.chain for each in names.values() for one in each}
    told = [_told(one, now, is_shown=one.chain in shown) for one in found]
    yield from filter(None, told)
    public = configuration.listen.public_host
    if found and public and not serving(public, names):
        yield hint(f"none names {public}, to which phones are sent: they are shown provd's own")
    if not any(told):
        yield ok(", ".join(sorted(names)) or f"none in {folder}; all are shown provd's own")


def _told(one: HostCertificate, now: datetime, *, is_shown: bool) -> Finding | None:
    names = ", ".join(sorted(one.names))
    if not is_shown:
        return hint(f"{one.chain} is shown to nobody: another for {names} ends later")
    if one.ends_at <= now:
        return problem(f"{one.chain} for {names} expired on {one.ends_at:%Y-%m-%d}. Renew it")
    if (one.ends_at - now).days < SOON_DAYS:
        return hint(f"{one.chain} for {names} ends on {one.ends_at:%Y-%m-%d}. Renew it")
    return None
