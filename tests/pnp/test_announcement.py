"""What a phone says of itself: in every form of the request, and in nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.devices.mac import Mac
from provd.pnp.announcement import Announcement, announcement
from provd.sip.messages import MessageError, Request, read
from tests.pnp.phones import EVENT, FORMS, GROUP, MAC, Form


def said(form: Form) -> Announcement | None:
    message = read(form.data())
    assert isinstance(message, Request)
    return announcement(message)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_tells_mac_vendor_model_and_version(form: Form) -> None:
    assert said(form) == Announcement(Mac(MAC), "Acme", "T21D", "52.80.0.3", form.agent)


def test_what_the_phone_leaves_out_is_empty() -> None:
    form = replace(FORMS[0], event="ua-profile", agent="x")
    assert said(form) == Announcement(Mac(MAC), "", "", "", "x")
    oem = said(replace(FORMS[0], event='ua-profile;vendor="OEM";model="OEM"'))
    assert oem is not None
    assert (oem.vendor, oem.model) == ("OEM", "OEM")


@pytest.mark.parametrize(
    "form",
    [
        replace(FORMS[0], event="message-summary"),
        replace(FORMS[0], event=""),
        Form("no MAC", f"sip:{GROUP}"),
        Form("eleven digits", f"sip:MAC%3a{MAC[1:]}@{GROUP}"),
        Form("thirteen digits", f"sip:MAC%3a{MAC}0@{GROUP}"),
        Form("a name before it", f"sip:xMAC%3a{MAC}@{GROUP}"),
        Form("a group's address", f"sip:MAC%3a01005e0001aa@{GROUP}"),
        Form("two phones", sender="sip:MAC%3a001565aabbcd@h"),
    ],
    ids=lambda form: form.name + form.event[:8],
)
def test_what_names_no_phone_or_two_says_nothing(form: Form) -> None:
    assert said(form) is None


def test_another_method_says_nothing() -> None:
    data = FORMS[0].data().replace(b"SUBSCRIBE", b"NOTIFY")
    message = read(data)
    assert isinstance(message, Request)
    assert announcement(message) is None


def test_what_it_says_is_cut_and_holds_nothing_unprintable() -> None:
    form = replace(FORMS[0], event=EVENT.replace("Acme", "\u202eA" * 400))
    found = said(form)
    assert found is not None
    assert found.vendor == "A" * 64


@given(st.binary(max_size=300), st.integers(0, len(FORMS[0].data())))
def test_whatever_comes_is_read_or_refused(noise: bytes, at: int) -> None:
    data = FORMS[0].data()
    for mangled in (noise, data[:at] + noise + data[at:], data[:at] + noise):
        try:
            message = read(mangled)
        except MessageError:
            continue
        if isinstance(message, Request):
            announcement(message)
