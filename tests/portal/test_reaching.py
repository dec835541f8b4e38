"""The two buttons that tell a phone to fetch its configuration, or to reboot."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from werkzeug.test import TestResponse

from provd.sip.carrying import Carrier, Connection, Peer
from provd.sip.messages import Headers, Request
from provd.vendors.resync import Notice, Notices
from provd.vendors.vendor import Vendor
from tests.portal.house import OWN, House
from tests.portal.visitor import Visitor, page, text_of
from tests.sip_phone import SipPhone, udp_phone

Visit = Callable[[str], Visitor]
GOOD, BAD = (f"(//*[@class='notice notice-{kind}'])[1]" for kind in ("good", "bad"))
BUTTONS = "//form[contains(@action, '/resync')]//button"
BOTH = Notices(Notice("check-sync"), Notice("check-sync;reboot=true"), "Only when it is idle")


def takes(patch: pytest.MonkeyPatch, notices: Notices) -> None:
    patch.setattr(Vendor, "notices", lambda *_: notices)


@pytest.fixture
def server(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[SipPhone]:
    """A SIP server at which the phone is registered, wherever the settings lead."""

    def verdict(request: Request) -> tuple[int, str, Headers]:
        contact = Headers((("Contact", f"<sip:{OWN}@192.0.2.7>"),))
        return 200, "OK", contact if request.method == "REGISTER" else Headers()

    takes(monkeypatch, BOTH)
    with udp_phone(verdict) as running:
        here = Peer(Carrier.UDP, "127.0.0.1", running.port)
        connect: Callable[..., Connection] = lambda *_: Connection(here)  # noqa: E731  # shortest so
        monkeypatch.setattr(house.operations.reaching, "_connect", connect)
        yield running


def clicked(visitor: Visitor, what: str) -> TestResponse:
    """The page that the button leads back to."""
    answer = visitor.post(f"/devices/{OWN}/resync", {"what": what})
    assert answer.status_code == 302
    return visitor.get(answer.headers["Location"])


@pytest.mark.parametrize(
    ("what", "event"), [("resync", "check-sync"), ("reboot", "check-sync;reboot=true")]
)
def test_a_click_tells_the_phone_and_says_what_came_of_it(
    visit: Visit, server: SipPhone, what: str, event: str
) -> None:
    answer = clicked(visit("alice"), what)
    assert text_of(answer, GOOD) == "The phone accepted it (200 OK)."
    assert [one.method for one in server.heard] == ["REGISTER", "NOTIFY"]
    assert server.heard[1].headers.first("Event") == event


def test_a_second_click_is_told_to_wait(visit: Visit, server: SipPhone) -> None:
    alice = visit("alice")
    clicked(alice, "resync")
    answer = clicked(alice, "resync")
    assert text_of(answer, BAD).startswith("This phone was told 0 sec")
    assert len(server.heard) == 2


def test_a_server_that_is_not_there_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    takes(monkeypatch, BOTH)
    answer = clicked(visit("alice"), "resync")
    said = text_of(answer, BAD)
    assert "can't be reached: nothing listens there." in said


def test_only_what_the_phone_takes_is_offered_and_only_to_those_who_manage_it(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered(who: str) -> list[str]:
        return [one.text for one in page(visit(who).get(f"/devices/{OWN}")).xpath(BUTTONS)]

    takes(monkeypatch, BOTH)
    assert offered("alice") == offered("root") == ["Fetch its configuration", "Reboot now"]
    assert offered("carla") == []
    takes(monkeypatch, Notices(reboot=BOTH.reboot))
    assert offered("alice") == ["Reboot now"]
    takes(monkeypatch, Notices())
    assert offered("alice") == []


def test_without_the_forms_token_nobody_is_told(visit: Visit, server: SipPhone) -> None:
    answer = visit("alice").post(f"/devices/{OWN}/resync", {"what": "resync"}, token="")
    assert answer.status_code == 400
    assert server.heard == []
