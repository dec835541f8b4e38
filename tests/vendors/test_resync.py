"""What plugin.yaml may say of NOTIFY, and which row a model gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from provd.errors import PluginError
from provd.vendors.resync import Notice, Notices, ResyncRow, notices
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor

DESK = Model("One", "Acme One", 1, facts={"family": "desk"})
BASE = Model("Base", "Acme Base", 4, facts={"family": "dect"})
ROWS = [
    ResyncRow(
        when={"family": ["dect"]},
        reboot_event="service-control",
        content_type="text/plain",
        reboot_body="action=reset\n",
        note="Only when idle",
    ),
    ResyncRow(event="check-sync;reboot=false", reboot_event="check-sync;reboot=true"),
]


def test_the_first_row_that_fits_the_model_counts() -> None:
    assert notices(ROWS, DESK) == Notices(
        Notice("check-sync;reboot=false"), Notice("check-sync;reboot=true")
    )
    reboot = Notice("service-control", "text/plain", b"action=reset\n")
    assert notices(ROWS, BASE) == Notices(None, reboot, "Only when idle")


def test_a_model_that_no_row_fits_takes_nothing() -> None:
    assert notices(ROWS[:1], DESK) == Notices()


def test_a_body_goes_with_both_unless_the_reboot_has_its_own() -> None:
    row = ResyncRow(event="a", reboot_event="b", content_type="text/plain", body="x")
    assert notices([row], DESK).reboot == Notice("b", "text/plain", b"x")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"event": "check sync"},
        {"event": "check-sync\r\nContact: <sip:x@y>"},
        {"event": "x", "body": "y"},
        {"event": "x", "content_type": "text/plain"},
        {"event": "x", "content_type": "plain", "body": "y"},
        {"event": "x", "content_type": "text/plain", "body": "\0"},
        {"event": "x", "content_type": "text/plain", "body": "y" * 5000},
        {"event": "x", "evnt": "y"},
        {"event": "x", "when": {"family": []}},
    ],
)
def test_a_row_that_says_nothing_sendable_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResyncRow(**row)


def test_a_vendor_says_what_its_models_take(acme: Path) -> None:
    manifest = acme / "plugin.yaml"
    section = 'resync:\n  - {when: {colour: ["yes"]}, event: check-sync}\n'
    manifest.write_text(manifest.read_text() + section)
    vendor = Vendor(acme)
    assert vendor.notices(vendor.model("Four")).resync == Notice("check-sync")
    assert vendor.notices(vendor.model("One")) == Notices()


def test_a_row_for_models_that_are_not_there_is_refused(acme: Path) -> None:
    manifest = acme / "plugin.yaml"
    manifest.write_text(manifest.read_text() + "resync: [{when: {colour: [red]}, event: x}]\n")
    with pytest.raises(PluginError, match="no model has colour = red"):
        Vendor(acme)
