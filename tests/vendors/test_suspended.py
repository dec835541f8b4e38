"""What a suspended phone is told, of every vendor's cases: no account of its own, by any file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provd.devices.device import Line
from provd.devices.secret import Secret
from provd.provisioning.suspended import LABEL, NOWHERE, without_accounts
from provd.vendors.cases import phone_of, read_cases
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

NAMES = sorted(
    path.parent.name for path in (Path(__file__).parents[2] / "plugins").glob("*/plugin.yaml")
)
MARKED = {
    "sip.registrar": "registrar.secret.example",
    "sip.backup_registrar": "backup.secret.example",
    "sip.outbound_proxy": "proxy.secret.example",
    "sip.backup_outbound_proxy": "backup-proxy.secret.example",
}
SECRETS = ("s3cretpw", "s3cretuser", "secret.example")
SHOWN = ("l4bel", "d1splay")


@pytest.mark.parametrize("name", NAMES)
def test_a_suspended_phone_is_told_so_and_no_account(
    name: str, registry: Registry, profiles: Profiles
) -> None:
    vendor = registry.vendor(name)
    for phone in marked_phones(vendor, profiles):
        silent = without_accounts(phone)
        before, after = text_of(rendered(vendor, phone)), rendered(vendor, silent)
        assert all(mark in before for mark in SECRETS)
        assert not any(mark in text_of(after) for mark in (*SECRETS, *SHOWN)), phone.model.name
        # Where the phone shows a name of its line at all.
        assert LABEL in text_of(after) or not any(mark in before for mark in SHOWN)
        check_accounts(vendor, silent, after)


def check_accounts(vendor: Vendor, phone: Phone, files: dict[str, bytes]) -> None:
    """What it would register as is nobody, nowhere."""
    for account in vendor.reading(files, phone.model).accounts:
        assert account.user == "suspended"
        assert account.registrar in {NOWHERE, ""}
        assert account.password.reveal() == ""


def marked_phones(vendor: Vendor, profiles: Profiles) -> Iterator[Phone]:
    """The cases' phones, with accounts that would be found anywhere."""
    cases, wrong = read_cases(vendor.folder)
    assert not wrong
    one_of_each = {case.model: case for case in reversed(cases)}.values()
    for case in one_of_each:
        phone = phone_of(case, vendor, profiles.default)
        lines = tuple(_marked(line) for line in phone.device.lines)
        device = replace(phone.device, lines=lines)
        yield replace(phone, device=device, settings=phone.settings.replaced(MARKED))


def _marked(line: Line) -> Line:
    user = f"s3cretuser{line.number}"
    secret = Secret(f"s3cretpw{line.number}")
    registrar = f"r{line.number}.secret.example" if line.registrar else ""
    marked = replace(line, user=user, auth_user=user, password=secret, registrar=registrar)
    return replace(marked, display_name="d1splay", label="l4bel")


def rendered(vendor: Vendor, phone: Phone) -> dict[str, bytes]:
    """Every file that is made for it, by path."""
    paths = vendor.paths(phone.model, phone.device.mac)
    return {
        paths[file.name]: vendor.render(file, phone)
        for file in vendor.files
        if file.template and file.format and file.fits(phone.model) and file.name in paths
    }


def text_of(files: dict[str, bytes]) -> str:
    return "\n".join(content.decode("utf-8", "replace") for content in files.values())
