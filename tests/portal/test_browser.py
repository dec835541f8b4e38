"""The portal in a real Chromium: with scripts, without them, and on a handheld's 360 pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright

from provd.devices.lifecycle import Place, State
from provd.devices.mac import Mac
from provd.portal import PortalSettings
from tests.portal.applications import ADDRESSES, application
from tests.portal.house import BENCH_ADDRESS, ORDER, ORDERED, OWN, House
from tests.portal.live import Window, launched, served
from tests.portal.visitor import Visitor

NEW = "805ec0abcdef"
BENCH = f"/orders/bench?order={quote(ORDER)}"

Opened = Callable[..., Window]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def app(house: House) -> Flask:
    """Over plain HTTP, unlike elsewhere."""
    return application(house, PortalSettings(phone_addresses=ADDRESSES, secure_cookies=False))


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def window(browser: Browser, app: Flask, base: str) -> Iterator[Opened]:
    """Opens windows; in the end none may have complained."""
    windows: list[Window] = []

    def opened(name: str = "", *, width: int = 1280, scripts: bool = True) -> Window:
        windows.append(Window.of(browser, base, width=width, scripts=scripts))
        if name:
            windows[-1].take_over(Visitor.of(app, name))
        return windows[-1]

    yield opened
    complaints = [complaint for one in windows for complaint in one.complaints]
    for one in windows:
        one.context.close()
    assert complaints == []


def fill_in(window: Window) -> None:
    page = window.page
    page.select_option("#model", label="Yealink T46U")
    page.fill("#label", "Room 3")
    page.fill("#line-1-user", "4930555013")
    page.fill("#line-1-password", "typed-sip-secret")


def test_signing_in_leads_to_the_page_that_was_asked_for(window: Opened) -> None:
    visitor = window()
    visitor.open(f"/devices/{OWN}")
    visitor.page.fill("#name", "alice")
    visitor.page.fill("#password", "correct horse battery")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_contain_text("80:5e:c0:12:34:56")
    visitor.page.click(".user-menu summary")
    visitor.page.click("text=Sign out")
    expect(visitor.page.locator("[role=status]")).to_contain_text("signed out")


def test_a_typed_mac_becomes_a_registered_phone(window: Opened, house: House) -> None:
    alice = window("alice")
    page = alice.page
    alice.open("/")
    page.click("text=Register a phone")
    alice.has_focus("mac", "one can type at once")
    page.keyboard.type("80-5E-C0-AB-CD-EF")
    fill_in(alice)
    page.click("text=Show the quote")
    expect(page.locator("h1")).to_have_text("Is this right?")
    expect(page.locator("main")).to_contain_text("28.60 EUR")
    page.dblclick("text=Register this phone")
    expect(page.locator("h1")).to_contain_text("80:5e:c0:ab:cd:ef")
    expect(page.locator("main")).to_contain_text("It has not asked for anything yet")
    assert house.device(NEW).lines[0].password.reveal() == "typed-sip-secret"


TWO_SUBMISSIONS = """() => [1, 2].map(() => {
  const event = new Event("submit", { cancelable: true });
  document.querySelector("main form[data-once]").dispatchEvent(event);
  return event.defaultPrevented;
})"""


def test_a_form_that_was_sent_is_not_sent_again(window: Opened) -> None:
    alice = window("alice")
    alice.open("/customers/new")
    assert alice.page.evaluate(TWO_SUBMISSIONS) == [False, True]


def test_a_wedge_scanner_fills_the_mac_and_moves_on(window: Opened) -> None:
    alice = window("alice")
    alice.open("/devices/new")
    alice.has_focus("mac")
    alice.page.keyboard.type("805EC0ABCDEF\n", delay=2)
    assert alice.page.url.endswith("/devices/new"), "half a form is not sent"
    assert alice.page.input_value("#mac") == "805EC0ABCDEF"
    alice.has_focus("model-group")
    vendors = alice.page.locator("#model-group option").all_text_contents()
    assert len(vendors) == len(set(vendors)), "one vendor has phones of two folders"
    expect(alice.page.locator("[role=alert]")).to_have_count(0)


def test_vendors_narrow_the_list_of_models(window: Opened) -> None:
    alice = window("alice")
    alice.open("/devices/new")
    whole = alice.page.locator("#model option").count()
    alice.page.select_option("#model-group", label="Yealink")
    assert alice.page.locator("#model option").count() < whole
    alice.page.select_option("#model", label="Yealink T46U")
    alice.page.select_option("#model-group", label="any")
    assert alice.page.input_value("#model").endswith("/T46U"), "the choice stays"


def test_a_password_is_generated_shown_and_hidden(window: Opened) -> None:
    alice = window("alice")
    alice.open("/devices/new")
    box = alice.page.locator("#line-1-password")
    expect(box).to_have_attribute("type", "password")
    alice.page.click("text=Generate")
    expect(box).to_have_attribute("type", "text")
    first = box.input_value()
    assert len(first) == 20
    alice.page.click("text=Generate")
    assert box.input_value() != first
    alice.page.click("text=Hide")
    expect(box).to_have_attribute("type", "password")


def test_errors_take_the_focus_and_keep_what_was_typed(window: Opened) -> None:
    alice = window("alice")
    alice.open("/devices/new")
    alice.page.fill("#mac", "80:5e")
    alice.page.fill("#label", "Room 3")
    alice.page.click("text=Show the quote")
    expect(alice.page.locator("[role=alert]")).to_be_focused()
    alice.page.click("[role=alert] a >> nth=0")
    alice.has_focus("mac")
    assert alice.page.input_value("#label") == "Room 3"


def test_all_of_it_works_without_scripts(window: Opened, house: House) -> None:
    alice = window("alice", scripts=False)
    page = alice.page
    alice.open("/devices/new")
    assert page.locator("text=Generate").is_hidden(), "what needs a script is not offered"
    page.fill("#mac", "805e.c0ab.cdef")
    fill_in(alice)
    page.click("text=Add a line")
    expect(page.locator("h2", has_text="Line 2")).to_be_visible()
    page.fill("#line-2-user", "4930555014")
    page.fill("#line-2-password", "another-secret")
    page.press("#label", "Enter")
    expect(page.locator("h1")).to_have_text("Is this right?")
    page.click("text=Change something")
    assert page.input_value("#line-2-user") == "4930555014"
    page.click("text=Show the quote")
    page.click("text=Register this phone")
    expect(page.locator("h1")).to_contain_text("80:5e:c0:ab:cd:ef")
    passwords = [line.password.reveal() for line in house.device(NEW).lines]
    assert passwords == ["typed-sip-secret", "another-secret"]


def test_the_bench_answers_scan_after_scan(window: Opened, house: House) -> None:
    frieda = window("frieda")
    page = frieda.page
    frieda.open(BENCH)
    frieda.has_focus("scan")
    page.keyboard.type("805EC0123457\n", delay=2)
    expect(page.locator(".scan-verdict")).to_have_text("Not yet")
    frieda.has_focus("scan")
    assert page.input_value("#scan") == ""
    page.keyboard.type("80:5e:c0:12:34:56\n", delay=2)
    expect(page.locator(".scan-verdict")).to_have_text("No")
    house.boot(ORDERED, Place.BENCH)
    page.keyboard.type("805EC0123457", delay=2)
    page.click("text=Find")
    expect(page.locator(".scan-verdict")).to_have_text("Ready")
    frieda.has_focus("scan", "after the button, too")
    page.click("text=Stage this phone")
    expect(page.locator(".bench-state")).to_have_text("staged")
    page.click("text=Mark shipped")
    expect(page.locator("main")).to_contain_text("is shipped")
    assert house.device(ORDERED).state is State.SHIPPED


def test_the_bench_sees_a_fetch_by_itself(window: Opened, house: House) -> None:
    frieda = window("frieda")
    frieda.page.clock.install()
    frieda.open(BENCH)
    expect(frieda.page.locator(".bench-fetch")).to_have_text("not yet")
    house.boot(ORDERED, Place.BENCH)
    frieda.page.clock.fast_forward(3000)
    # 09:30 UTC is half past ten at the provider's, and the page says so.
    expect(frieda.page.locator("main")).to_contain_text("times are Europe/Berlin")
    expect(frieda.page.locator(".bench-fetch")).to_have_text(
        f"configuration fetched at 10:30 from {BENCH_ADDRESS}"
    )
    frieda.has_focus("scan", "the scanner's box keeps the focus")


def test_the_bench_works_without_scripts(window: Opened, house: House) -> None:
    house.boot(ORDERED, Place.BENCH)
    frieda = window("frieda", scripts=False, width=360)
    frieda.open(BENCH)
    frieda.page.fill("#scan", "805EC0123457")
    frieda.page.press("#scan", "Enter")
    expect(frieda.page.locator(".scan-verdict")).to_have_text("Ready")
    expect(frieda.page.locator("text=Reload")).to_be_visible()
    frieda.page.click("text=Stage all fetched")
    expect(frieda.page.locator(".bench-state")).to_have_text("staged")


def test_activity_keeps_itself_fresh_and_open_what_was_opened(window: Opened, house: House) -> None:
    alice = window("alice")
    alice.page.clock.install()
    alice.open("/activity")
    hour = alice.page.locator("#boots-hour-table tbody")
    alice.page.click("#boots-hour-summary")
    expect(hour).to_have_text("None in all this time.")
    house.boot(OWN, Place.SITE)
    alice.page.clock.fast_forward(30_000)
    expect(hour.locator("tr")).to_have_count(1)
    expect(hour).to_be_visible()
    alice.has_focus("boots-hour-summary", "the keyboard stays where it was")


def test_activity_is_loaded_again_without_scripts_until_it_is_told_to_stop(
    window: Opened,
) -> None:
    root = window("root", scripts=False)
    root.open("/activity")
    again = root.page.locator("meta[http-equiv=refresh]")
    expect(again).to_have_attribute("content", "30;url=/activity/now")
    root.page.click("text=Stop it")
    expect(again).to_have_count(0)
    expect(root.page.locator("text=Keep it fresh")).to_be_visible()


PAGES = ["/", "/devices", f"/devices/{OWN}", "/devices/new", "/devices/import", "/customers"]
PAGES += [
    "/customers/new",
    "/charges",
    "/orders",
    BENCH,
    "/resellers",
    "/account/password",
    "/activity",
    "/devices/discovered",
    f"/devices/{OWN}/explain",
    "/settings/provider",
    "/settings/provider/edit?key=time.zone",
]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(width: int, window: Opened) -> None:
    root = window("root", width=width)
    wide = {}
    for path in PAGES:
        root.open(path)
        if root.sideways() > 0:
            wide[path] = root.sideways()
    assert wide == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_imported_on_a_handheld(window: Opened, house: House, scripts: bool) -> None:
    alice = window("alice", width=360, scripts=scripts)
    page, headings = alice.page, "mac,vendor,model,site,plan,line1_user,line1_password"
    row = f"{NEW},Yealink,T46U,Lindenstrasse,{house.plan_id()},4930555013,typed-sip-secret"
    for cells, told in ((row.replace("T46U", "T999"), "Not yet"), (row, "Is this right?")):
        alice.open("/devices")
        page.click("text=Import many")
        octets = f"{headings}\r\n{cells}\r\n".encode()
        page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": octets})
        page.click("text=Check the file")
        expect(page.locator("h1")).to_have_text(told)
        assert alice.sideways() <= 0
    page.click("text=Register 1 phone")
    expect(page.locator("[role=status]")).to_contain_text("Registered 1 phone")
    assert house.device(NEW).lines[0].password.reveal() == "typed-sip-secret"


def test_contacts_are_kept_on_a_handheld_without_scripts(window: Opened) -> None:
    carla = window("carla", width=360, scripts=False)
    page = carla.page
    carla.open("/")
    page.click("text=Phone book")
    page.fill("#name", "Ann with a name that is longer than a handheld's line is wide")
    page.fill("#mobile", "+49 151 23456789")
    page.click("button:has-text('Add')")
    expect(page.locator("tbody")).to_contain_text("+4915123456789 mobile")
    octets = b"name,work\r\nBo,30\r\nCy,\r\n"
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": octets})
    page.click("button:has-text('Import')")
    expect(page.locator("[role=alert]")).to_contain_text("Nothing was imported")
    page.click("button:has-text('Remove')")
    expect(page.locator("main")).to_contain_text("Nobody in it yet")


def test_a_setting_is_changed_on_a_handheld_without_scripts(window: Opened) -> None:
    alice = window("alice", width=360, scripts=False)
    page = alice.page
    alice.open("/settings")
    page.fill("#key", "time.format")
    page.click("text=Choose its value")
    page.select_option("#value", "12h")
    page.click("text=See what changes")
    expect(page.locator(".diff-new").first).to_contain_text("time_format = 0")
    assert alice.sideways() <= 0
    page.click("text=Save")
    expect(page.locator("[role=status]")).to_contain_text("time.format is saved")


def test_the_quote_and_its_errors_fit_a_handheld(window: Opened) -> None:
    alice = window("alice", width=360)
    alice.open("/devices/new")
    alice.page.click("text=Show the quote")
    assert alice.sideways() <= 0
    alice.page.fill("#mac", NEW)
    fill_in(alice)
    alice.page.click("text=Show the quote")
    expect(alice.page.locator("h1")).to_have_text("Is this right?")
    assert alice.sideways() <= 0


def test_pages_come_in_the_colours_of_the_day_and_the_reseller(window: Opened) -> None:
    alice = window("alice")
    alice.open("/")
    colour = "getComputedStyle(document.querySelector('.button.primary')).backgroundColor"
    assert alice.page.evaluate(colour) == "rgb(11, 122, 117)"
    ground = "getComputedStyle(document.body).backgroundColor"
    light = alice.page.evaluate(ground)
    alice.page.emulate_media(color_scheme="dark")
    assert alice.page.evaluate(ground) != light


def test_a_foreign_mac_leaves_no_trace(window: Opened, house: House) -> None:
    assert house.store.devices.by_mac(Mac(NEW)) is None
    charlie = window("charlie")
    charlie.open("/devices?search=805ec01234")
    expect(charlie.page.locator("main")).to_contain_text("No phone matches")
