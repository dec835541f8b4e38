"""Settings on a page: typed, checked, looked at in the phones' files, then saved."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from provd.devices.settings import VOCABULARY
from provd.operations.places import Level
from tests.portal.house import OWN, House
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]


@pytest.fixture
def of(house: House) -> str:
    """The site's number, as links have it."""
    return f"#{house.site_id('Lindenstrasse')}"


def previewed(visitor: Visitor, of: str, key: str, value: str | None) -> TestResponse:
    form = {"of": of, "key": key} | ({"remove": "1"} if value is None else {"value": value})
    return visitor.post("/settings/site/preview", form)


def saved(visitor: Visitor, of: str, preview: TestResponse) -> TestResponse:
    form = {"of": of, "pending": value_of(preview, "pending")}
    return visitor.post("/settings/site/save", form)


def given(house: House, of: str) -> dict[str, object]:
    settings = house.operations.phone_settings
    found = settings.given(house.actor("alice"), Level.SITE, of)
    return {one.key: one.value for one in found}


def test_a_certificate_is_taken_as_a_field_of_one_line_sends_it(
    visit: Visit, house: House, of: str
) -> None:
    pem = str(VOCABULARY["certificates.authority"].kind.samples[0])
    alice = visit("alice")
    preview = previewed(
        alice, of, "certificates.authority", "remark " * 500 + pem.replace("\n", "")
    )
    assert saved(alice, of, preview).status_code == 302
    assert given(house, of) == {"certificates.authority": pem}
    edit = alice.get(f"/settings/site/edit?of={of.replace('#', '%23')}&key=certificates.authority")
    assert "\N{REPLACEMENT CHARACTER}" not in edit.get_data(as_text=True)


def test_a_setting_is_looked_at_saved_and_taken_back(visit: Visit, house: House, of: str) -> None:
    alice = visit("alice")
    preview = previewed(alice, of, "time.format", "12h")
    assert "time.format becomes 12h for site" in text_of(preview)
    assert "+local_time.time_format = 0" in text_of(preview)
    assert given(house, of) == {}, "nothing is saved yet"
    answer = saved(alice, of, preview)
    assert answer.status_code == 302
    shown = text_of(alice.get(str(answer.location)))
    assert "time.format is saved" in shown
    assert given(house, of) == {"time.format": "12h"}
    assert saved(alice, of, previewed(alice, of, "time.format", None)).status_code == 302
    assert given(house, of) == {}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sip.port", "many", "is not a whole number. Give a whole number from 1 to 65535."),
        ("sip.port", " ", "No value is given. Give one, or remove the setting."),
        ("time.zone", "Mars/Olympus", "is not a time zone"),
        ("language", "xx", "is not one of the choices"),
        ("raw.yealink.Wrong", "1", "No parameter of this vendor has such a name"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(
    visit: Visit, house: House, of: str, key: str, value: str, told: str
) -> None:
    answer = previewed(visit("alice"), of, key, value)
    assert told in text_of(answer)
    assert page(answer).xpath("//*[@id='value' and @aria-invalid='true']")
    assert given(house, of) == {}


def test_a_setting_that_there_is_not_is_told_beside_its_name(visit: Visit, of: str) -> None:
    answer = visit("alice").get(f"/settings/site/edit?of=%23{of[1:]}&key=time.zona")
    assert "Did you mean time.zone?" in text_of(answer)
    assert value_of(answer, "key") == "time.zona"


@pytest.mark.parametrize(
    ("key", "control"),
    [
        ("time.format", "//select[@id='value']/option[text()='24h']"),
        ("calls.dnd", "//select[@id='value']/option[text()='false']"),
        ("sip.expires", "//input[@id='value' and @type='text']"),
        ("web.admin_password", "//input[@id='value' and @type='password']"),
        ("time.zone", "//datalist[@id='zones']/option[@value='Europe/Berlin']"),
        ("codecs", "//p[@id='value-hint' and contains(., 'Blanks between the items')]"),
    ],
)
def test_each_kind_has_its_control(visit: Visit, of: str, key: str, control: str) -> None:
    assert page(visit("alice").get(f"/settings/site/edit?of=%23{of[1:]}&key={key}")).xpath(control)


def test_a_password_is_sealed_and_shown_nowhere(visit: Visit, house: House, of: str) -> None:
    alice = visit("alice")
    preview = previewed(alice, of, "web.admin_password", "typed-secret")
    assert "admin:•••" in text_of(preview)
    answer = saved(alice, of, preview)
    pages = [preview.text, alice.get(str(answer.location)).text]
    pages.append(alice.get(f"/settings/site/edit?of=%23{of[1:]}&key=web.admin_password").text)
    assert not [text for text in pages if "typed-secret" in text]
    assert repr(given(house, of)["web.admin_password"]) == "Secret(•••)"


def test_what_was_sealed_for_one_place_is_not_saved_at_another(
    visit: Visit, house: House, of: str
) -> None:
    alice = visit("alice")
    pending = value_of(previewed(alice, of, "time.format", "12h"), "pending")
    answer = alice.post("/settings/device/save", {"of": OWN, "pending": pending})
    assert "looked at too long ago" in text_of(answer)
    other = visit("bob").post("/settings/site/save", {"of": of, "pending": pending})
    assert "looked at too long ago" in text_of(other)
    assert given(house, of) == {}


def test_everybody_begins_at_the_level_of_their_own(visit: Visit, house: House) -> None:
    assert visit("root").get("/settings").location == "/settings/provider"
    account = house.actor("alice").account_id
    assert visit("alice").get("/settings").location == f"/settings/reseller?of=%23{account}"
    assert visit("alice").get("/settings/provider").status_code == 404
    assert visit("charlie").get(f"/settings/reseller?of=%23{account}").status_code == 404
    assert visit("root").get("/settings/planet").status_code == 404
    for path in ("/settings/provider", f"/settings/reseller?of=%23{account}"):
        assert visit("root").get(path).status_code == 200
    assert visit("alice").get(f"/settings/device?of={OWN}").status_code == 200


def test_lists_lead_to_the_settings_of_each(visit: Visit, house: House, of: str) -> None:
    assert f"/settings/site?of=%23{of[1:]}" in visit("alice").get("/customers").text
    assert "/settings/reseller?of=" in visit("root").get("/resellers").text
    assert f"/settings/device?of={OWN}" in visit("alice").get(f"/devices/{OWN}").text


def test_a_vendors_own_password_is_typed_hidden_and_shown_on_no_page(
    visit: Visit, house: House, of: str
) -> None:
    alice, key = visit("alice"), "raw.grandstream.P2"
    edit = page(alice.get(f"/settings/site/edit?of=%23{of[1:]}&key={key}"))
    assert edit.xpath("//input[@id='value' and @type='password']")
    preview = previewed(alice, of, key, "typed-secret")
    answer = saved(alice, of, preview)
    assert "typed-secret" not in preview.text + alice.get(str(answer.location)).text
    assert repr(given(house, of)[key]) == "Secret(•••)"


def test_the_page_tells_which_phones_it_looked_at_and_goes_on_to_the_others(
    visit: Visit, house: House, of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["provd.portal.pages.phone_settings"], "MOST_PHONES", 1)
    alice = visit("alice")
    total = house.operations.phone_settings.phones(house.actor("alice"), Level.SITE, of)
    assert total > 1
    looked = previewed(alice, of, "time.format", "12h")
    seen = [looked]
    for at in range(1, total):
        assert f"Looked at {at} to {at}" in text_of(looked)
        assert f"1 of {total} phones were looked at here" in text_of(looked)
        form = {"of": of, "pending": value_of(looked, "pending"), "first": str(at)}
        looked = alice.post("/settings/site/preview", form)
        assert f"Looked at {at + 1} to {at + 1}" in text_of(looked)
        seen.append(looked)
    assert "Look at the next" not in text_of(looked)
    assert "Look at the previous 1" in text_of(looked)
    links = "//section//a[@class='mac']"
    macs = {text for one in seen for text in page(one).xpath(f"{links}/text()")}
    assert len(macs) == total
    assert saved(alice, of, looked).status_code == 302
    assert given(house, of) == {"time.format": "12h"}


@pytest.mark.parametrize("first", ["-1", "x", "9" * 400, "9999"])
def test_nonsense_of_where_to_begin_is_no_error(visit: Visit, of: str, first: str) -> None:
    alice = visit("alice")
    pending = value_of(previewed(alice, of, "time.format", "12h"), "pending")
    answer = alice.post("/settings/site/preview", {"of": of, "pending": pending, "first": first})
    assert answer.status_code == 200
    assert "was looked at too long ago" in text_of(
        alice.post("/settings/site/preview", {"of": of, "pending": "x", "first": first})
    )
