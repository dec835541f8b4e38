"""Boots and refusals by the minute, and the server for the provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import html

from provd.devices.lifecycle import Place
from provd.health import Health, Status
from provd.portal import PortalSettings
from provd.vitals import Minute, Now, Silenced
from tests.portal.applications import application
from tests.portal.house import FOREIGN, OWN, START, House, entry
from tests.portal.visitor import Visitor, page, text_of
from tests.portal.vital_signs import FixedServer, FixedVitals

Visit = Callable[[str], Visitor]

MINUTE = timedelta(minutes=1)
FIGURES = "//dl[@class='figures']"
PAST = tuple(
    Minute(START - (1439 - number) * MINUTE, {"https": 2, "tftp": 1}, {"unknown MAC": 1}, 3, 1)
    for number in range(1440)
)
MOMENT = Now(10, 5 << 20, 128 << 20, 7, 4, 1.25, 17, 20_000, 3, 8192, 5, 8192, 2048, 61.0, 1)


@pytest.fixture
def server() -> FixedServer:
    return FixedServer(
        PAST, FixedVitals(MOMENT, (Silenced("203.0.113.0/24", START + 41 * MINUTE, "TFTP"),))
    )


@pytest.fixture
def root(house: House, server: FixedServer) -> Visitor:
    """The provider's administrator at a portal that knows its server."""
    return Visitor.of(application(house, PortalSettings(), server), "root")


def read(row: html.HtmlElement) -> str:
    return " ".join(" ".join(row.itertext()).split())


def test_the_provider_sees_what_the_server_counted(root: Visitor) -> None:
    shown = text_of(root.get("/activity"), FIGURES)
    assert "Boots, last minute 3" in shown
    assert "Boots, last hour 180" in shown
    assert "Boots, last day 4,278" in shown, "since the first quarter of an hour that is whole"
    assert "Refusals, last hour 60" in shown


def test_the_provider_sees_the_server_as_it_is_now(root: Visitor) -> None:
    shown = text_of(root.get("/activity"), "//section[@aria-labelledby='server-title']")
    for words in (
        "TFTP transfers 17 of 20,000",
        "HTTPS 5 of 8,192",
        "HTTP 3 of 8,192",
        "Files 10",
        "Size 5.0 MiB of 128.0 MiB",
        "Found in memory, last hour 75.0 %",
        "Hits and misses, last hour 180 and 60",
        "Requests in the queue 7",
        "Oldest has waited 1.2 s",
        "At work 4",
        "Waiting in the spool 2.0 KiB",
        "Oldest has waited 61 s",
        "Database answers",
        "Certificate holds for 300 days",
        "203.0.113.0/24 over TFTP until 11:11",
    ):
        assert words in shown, words


def test_problems_stand_on_top_with_their_remedy(root: Visitor, server: FixedServer) -> None:
    assert "All is well" in text_of(root.get("/activity"))
    server.state = Health(Status.DEGRADED, ("Bookings have waited. See booking_ in the log",), 3)
    shown = text_of(root.get("/activity"), "//section[@aria-labelledby='health-title']")
    assert shown == "Somebody must act Bookings have waited. See booking_ in the log."


def test_time_in_which_nobody_counted_is_told_from_silence(
    root: Visitor, server: FixedServer
) -> None:
    assert "Not counted" not in text_of(root.get("/activity"))
    server.history = (
        *PAST[:-30],
        *(Minute(one.at, counted=False) for one in PAST[-30:-1]),
        PAST[-1],
    )
    document = page(root.get("/activity"))
    assert len(document.xpath("(//*[local-name()='svg'])[1]//*[@class='uncounted']")) == 29
    assert "Not counted" in text_of(root.get("/activity"))


def test_a_reseller_sees_its_own_phones_and_no_server(visit: Visit, house: House) -> None:
    house.boot(OWN, Place.SITE)
    house.boot(FOREIGN, Place.SITE)
    house.clock.advance(MINUTE)
    alice = visit("alice").get("/activity")
    assert "Boots, last minute 1 Boots, last hour 1" in text_of(alice, FIGURES)
    for words in ("The server now", "All is well", "Not counted", "Networks given no answer"):
        assert words not in text_of(alice)


def test_refusals_are_told_by_reason_and_missing_files_apart(visit: Visit, house: House) -> None:
    def refused(reason: str) -> None:
        one = entry(house.device(OWN), None, house.clock(), reason=reason, whole=False)
        house.operations.boots.book([one])

    for reason in ["no such file"] * 3 + ["wrong user name or password"]:
        refused(reason)
    answer = visit("alice").get("/activity")
    rows = [read(row) for row in page(answer).xpath("//table[@class='cards reasons']/tbody/tr")]
    assert rows == [
        "Enrolment window closed 0 0 1",
        "Wrong user name or password 0 1 1",
        "No such file phones ask for files that they can do without; not in the charts 0 3 3",
    ]
    assert "Refusals, last hour 1" in text_of(answer, FIGURES)


def test_every_chart_has_a_name_and_a_table_of_the_same_numbers(visit: Visit, house: House) -> None:
    house.boot(OWN, Place.SITE)
    document = page(visit("alice").get("/activity"))
    charts = document.xpath("//figure")
    assert len(charts) == 4
    for chart in charts:
        assert chart.xpath(".//*[local-name()='svg'][@role='img']/@aria-label")
        assert chart.xpath(".//details//table")
    [row] = charts[0].xpath(".//tbody/tr")
    assert read(row) == "10:30 1 0 0 1", "times are the account's"


def test_the_script_gets_what_changes_alone(visit: Visit) -> None:
    alice = visit("alice")
    assert "<html" not in alice.get("/activity/now", **{"X-Requested-With": "fetch"}).text
    assert "<html" in alice.get("/activity/now").text


def test_looking_on_does_not_keep_a_session_alive(visit: Visit, house: House) -> None:
    alice = visit("alice")
    for _ in range(3):
        house.clock.advance(timedelta(minutes=25))
        status = alice.get("/activity/now").status_code
    assert status == 302
