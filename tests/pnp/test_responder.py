"""Who asked is told once, told again where it may be lost, and never more than that."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.pnp.allowance import REMEMBERED, Allowance, Rate
from provd.pnp.dialogue import MOST_SENT
from provd.pnp.responder import KEPT_SECONDS, LONGEST, MOST, Asked, Responder
from provd.sip.answers import answer
from provd.sip.messages import Request, Response, read, write
from provd.vitals import PNP_EVENTS
from tests.pnp.phones import FORMS, MAC, PHONE, Form

URL = "https://prov.example.net/"
OURS = ("192.0.2.1", 40000)
WIDE = Rate(1e9, 1e9)


class Wire:
    """A responder, what it told, and a phone that may answer. Nothing takes real time."""

    def __init__(self, together: Rate = WIDE, each: Rate = WIDE) -> None:
        self.events: Counter[str] = Counter()
        tokens = iter(range(10**9))
        self.responder = Responder(
            OURS,
            lambda: f"t{next(tokens)}",
            self.tell,
            Allowance(0.0, together=together, each=each),
        )
        self.now = 0.0

    def tell(self, event: str) -> None:
        assert event in PNP_EVENTS
        self.events[event] += 1

    def ask(self, form: Form = FORMS[0], source: tuple[str, int] = PHONE, **more: object) -> (
        Asked | None
    ):  # fmt: skip
        return self.responder.subscribed(form.data(**more), source, self.now)  # type: ignore[arg-type]

    def told(self, form: Form = FORMS[0]) -> tuple[Response, Request]:
        asked = self.ask(form)
        assert asked is not None
        assert self.responder.told(asked, URL, self.now)
        accepted, notify = self.sent()
        assert isinstance(accepted, Response)
        assert isinstance(notify, Request)
        return accepted, notify

    def sent(self) -> list[Request | Response]:
        taken = self.responder.take()
        assert all(place == PHONE for _, place in taken)
        return [read(data) for data, _ in taken]

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.responder.wake(self.now)

    def reply(self, notify: Request, status: int = 200, source: tuple[str, int] = PHONE) -> None:
        self.responder.heard(write(answer(notify, status, "x", tag="p")), source)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_phone_is_answered_and_notified_of_the_url(form: Form) -> None:
    wire = Wire()
    accepted, notify = wire.told(form)
    assert (accepted.status, accepted.headers.first("Expires")) == (200, "0")
    assert "received=192.0.2.7;rport=5059" in accepted.headers.first("Via")
    assert notify.body == URL.encode()
    assert notify.headers.first("Content-Type") == "application/url"
    assert notify.headers.first("Event").startswith("ua-profile")
    assert notify.headers.first("Subscription-State").startswith("terminated")


def test_both_messages_are_of_the_phones_dialogue() -> None:
    accepted, notify = Wire().told()
    assert notify.headers.first("Call-ID") == "1@192.0.2.7"
    assert notify.headers.first("To") == accepted.headers.first("From")
    assert notify.headers.first("From") == accepted.headers.first("To")
    assert ";tag=t" in notify.headers.first("From")
    assert notify.uri == "sip:192.0.2.7:5060"
    assert notify.headers.first("Contact") == accepted.headers.first("Contact") == (
        "<sip:192.0.2.1:40000>"
    )  # fmt: skip


def test_a_contact_that_is_no_sip_address_is_replaced_by_where_it_came_from() -> None:
    for contact in ("*", "<tel:1>", ""):
        _, notify = Wire().told(Form("x", contact=contact))
        assert notify.uri == "sip:192.0.2.7:5059"


def test_a_subscribe_that_comes_again_is_answered_again_and_not_notified_twice() -> None:
    wire = Wire()
    accepted, _ = wire.told()
    assert wire.ask() is None
    assert wire.sent() == [accepted]
    assert wire.events == {"asked": 1, "answered": 1}


def test_while_it_is_decided_a_repetition_is_silence() -> None:
    wire = Wire()
    assert wire.ask() is not None
    assert wire.ask() is None
    assert wire.sent() == []


def test_a_new_call_is_a_new_question() -> None:
    wire = Wire()
    assert wire.ask() is not None
    assert wire.ask(call="2@192.0.2.7") is not None
    assert wire.ask(sequence=2) is not None
    wire.now += KEPT_SECONDS
    assert wire.ask() is not None


def test_the_notify_is_sent_again_until_the_phone_answers() -> None:
    wire = Wire()
    _, notify = wire.told()
    wire.wait(0.4)
    assert wire.sent() == []
    wire.wait(0.2)
    assert wire.sent() == [notify]
    wire.reply(notify)
    wire.wait(20)
    assert wire.sent() == []
    assert wire.events == {"asked": 1, "answered": 1, "confirmed": 1}


def test_a_phone_that_never_answers_is_sent_few() -> None:
    wire = Wire()
    wire.told()
    sent = 1
    for _ in range(400):
        wire.wait(0.1)
        sent += len(wire.sent())
    assert sent == MOST_SENT
    assert wire.events["unanswered"] == 1
    assert wire.responder.due == float("inf")


def test_a_phone_that_declines_is_left_alone() -> None:
    wire = Wire()
    _, notify = wire.told()
    wire.reply(notify, 100)
    assert wire.events["declined"] == 0
    wire.reply(notify, 481)
    assert wire.events["declined"] == 1
    wire.wait(20)
    assert wire.sent() == []


def test_answers_of_others_end_nothing() -> None:
    wire = Wire()
    _, notify = wire.told()
    wire.reply(notify, source=("192.0.2.8", 5060))
    other = notify.headers.without("Call-ID").adding("Call-ID", "other")
    wire.reply(Request("NOTIFY", notify.uri, other))
    via = notify.headers.first("Via").replace("z9hG4bK", "z9hG4bKx")
    wire.reply(Request("NOTIFY", notify.uri, notify.headers.without("Via").adding("Via", via)))
    wire.responder.heard(b"nothing", PHONE)
    wire.responder.heard(write(notify), PHONE)
    assert wire.events == {"asked": 1, "answered": 1}


def test_what_is_no_subscribe_is_counted_and_met_with_silence() -> None:
    wire = Wire()
    long = FORMS[0].data().replace(b"Max-Forwards", b"X: " + b"x" * LONGEST + b"\r\nMax-Forwards")
    for data in (b"", b"\r\n\r\n", b"\xff" * 99, long, FORMS[0].data().replace(b"CSeq", b"C")):
        assert wire.responder.subscribed(data, PHONE, 0.0) is None
    assert wire.events == {"malformed": 5}
    assert wire.sent() == []


def test_one_address_may_ask_so_often_and_again_later() -> None:
    wire = Wire(each=Rate(3, 1))
    asked = [wire.ask(call=str(n)) for n in range(5)]
    assert [one is not None for one in asked] == [True] * 3 + [False] * 2
    assert wire.ask(source=("192.0.2.8", 5060)) is not None
    wire.now += 2
    asked = [wire.ask(call=str(n)) for n in range(5, 8)]
    assert [one is not None for one in asked] == [True, True, False]
    assert wire.events["turned_away"] == 3


def test_all_together_may_ask_so_often() -> None:
    wire = Wire(together=Rate(4, 1))
    asked = [wire.ask(source=(f"192.0.2.{n}", 5060)) for n in range(6)]
    assert sum(one is not None for one in asked) == 4


def test_what_is_remembered_is_bounded() -> None:
    wire = Wire()
    first = wire.ask(call="first")
    assert first is not None
    for n in range(MOST):
        wire.ask(call=str(n))
    assert not wire.responder.told(first, URL, 0.0)
    allowance = Allowance(0.0)
    for n in range(REMEMBERED + 10):
        allowance.take(str(n), 0.0)
    assert len(allowance) == REMEMBERED


def test_a_url_that_is_no_line_is_not_sent() -> None:
    wire = Wire()
    asked = wire.ask(Form("x", contact="<sip:a@b>"))
    assert asked is not None
    assert wire.responder.told(asked, URL + "\r\nEvil: 1", 0.0)
    _, notify = wire.sent()
    assert b"Evil" in notify.body  # a body, and never a header
    assert notify.headers.first("Evil") == ""


def datagrams() -> st.SearchStrategy[bytes]:
    whole = [form.data() for form in FORMS]

    def mangled(data: bytes, at: int, noise: bytes) -> bytes:
        at %= len(data)
        return data[:at] + noise + data[at + len(noise) // 2 :]

    return st.one_of(
        st.binary(max_size=200),
        st.builds(mangled, st.sampled_from(whole), st.integers(0, 10**6), st.binary(max_size=20)),
    )


@given(st.lists(datagrams(), max_size=6))
def test_no_datagram_leaves_more_than_a_few_times_what_came(received: list[bytes]) -> None:
    wire = Wire()
    sent = 0
    for data in received:
        asked = wire.responder.subscribed(data, PHONE, wire.now)
        if asked:
            wire.responder.told(asked, URL, wire.now)
        wire.responder.heard(data, PHONE)
        sent += octets(wire)
    for _ in range(60):
        wire.wait(1)
        sent += octets(wire)
    assert sent <= 8 * sum(map(len, received)) + 4000
    assert wire.responder.due == float("inf")


def octets(wire: Wire) -> int:
    return sum(len(data) for data, _ in wire.responder.take())


def test_the_mac_of_every_form_is_the_phones() -> None:
    for form in FORMS:
        asked = Wire().ask(form)
        assert asked is not None
        assert asked.said.mac.digits == MAC
