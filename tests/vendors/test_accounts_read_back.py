"""Every line of every vendor's cases is read back from the files as the phone would register it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from provd.vendors.cases import phone_of, read_cases
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Phone, ReadAccount
from provd.vendors.variables import PhoneLine, phone_variables
from provd.vendors.vendor import PHONEBOOK, Vendor

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/plugin.yaml"))
Told = tuple[str, str, str, str]

UNREAD = {
    "n720": "counts its servers from nought within the names of its parameters",
    "n720-rfc2833": "the same",
    "sn4112": "has an identity besides for each line's backup registrar",
}
"""Cases whose accounts the rows of plugin.yaml can't tell."""


@pytest.mark.parametrize("name", NAMES)
def test_lines_come_back(name: str, registry: Registry, profiles: Profiles) -> None:
    vendor = registry.vendor(name)
    cases, wrong = read_cases(vendor.folder)
    assert not wrong
    for case in [case for case in cases if case.name not in UNREAD]:
        phone = phone_of(case, vendor, profiles.default)
        accounts, noted = read(vendor, phone)
        lines = given(vendor, phone)
        assert accounts.keys() == lines.keys(), case.name
        for number, line in lines.items():
            assert told(accounts[number]) in expected(line, noted, lines.values()), case.name
            check_way(accounts[number], line, phone, noted)


def read(vendor: Vendor, phone: Phone) -> tuple[dict[int, ReadAccount], set[str]]:
    """The accounts, and the values that the vendor has no words for."""
    files: dict[str, bytes] = {}
    noted: set[str] = set()
    paths = vendor.paths(phone.model, phone.device.mac)
    for file in vendor.files:
        if file.template and file.format and file.per_device and file.name != PHONEBOOK:
            if file.name not in paths:
                continue
            files[paths[file.name]], notes = vendor.render_noted(file, phone)
            noted |= {note.value for note in notes}
    accounts = vendor.reading(files, phone.model).accounts
    return {account.number: account for account in accounts}, noted


def given(vendor: Vendor, phone: Phone) -> dict[int, PhoneLine]:
    lines = phone_variables(phone, frozenset(vendor.key_kinds), "")["lines"]
    assert isinstance(lines, tuple)
    return {line.number: line for line in lines}


def told(account: ReadAccount) -> Told:
    return account.user, account.auth_user, account.password.reveal(), account.registrar


def expected(line: PhoneLine, noted: set[str], others: Iterable[PhoneLine]) -> set[Told]:
    """Where the phone can't have this line's own registrar, which is noted, it has another's."""
    registrars = {one.registrar for one in others} if line.registrar in noted else {line.registrar}
    return {(line.user, line.auth_user, line.password.reveal(), one) for one in registrars}


def check_way(account: ReadAccount, line: PhoneLine, phone: Phone, noted: set[str]) -> None:
    """Port and transport, where the files tell them. Some phones have one word for two. Where they
    lack that transport, the port is that of the one they have instead."""
    transport = str(phone.settings.get("sip.transport"))
    other = transport in noted and not phone.settings.get("sip.port")
    assert account.port in {0, 5060 if other else line.port} or line.port == 0
    assert account.transport in {"", transport} or transport in {"dns-srv", *noted}
