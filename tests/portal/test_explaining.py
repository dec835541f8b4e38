"""The page that says why a phone is told what it is told."""

from __future__ import annotations

from collections.abc import Callable

from provd.operations.places import Level
from tests.portal.house import FOREIGN, OWN, House
from tests.portal.visitor import Visitor, page, text_of

Visit = Callable[[str], Visitor]
PAGE = f"/devices/{OWN}/explain"


def test_values_stand_with_their_layers_and_lines_with_what_they_hang_on(visit: Visit) -> None:
    answer = visit("alice").get(PAGE)
    text = text_of(answer)
    assert "America/New_York site Lindenstrasse in its files" in text
    assert f"{OWN}.cfg" in text
    lines = page(answer).xpath("//ol[@class='explained']/li")
    (password,) = [one for one in lines if "account.1.password" in one.text_content()]
    assert "•••" in password.text_content()
    assert "line 1, password" in password.text_content()


def test_one_setting_stands_with_what_it_overrides(visit: Visit) -> None:
    text = text_of(visit("alice").get(f"{PAGE}?key=time.zone"))
    assert "overridden UTC profiles/default.yaml" in text
    assert "account.1.user_name" not in text
    assert "No layer sets it" in text_of(visit("alice").get(f"{PAGE}?key=ldap.server"))
    assert visit("alice").get(f"{PAGE}?key=time.zona").status_code == 404


def test_what_does_not_hold_the_text_is_left_out(visit: Visit) -> None:
    text = text_of(visit("alice").get(f"{PAGE}?search=Lindenstrasse"))
    assert "time.zone" in text
    assert "sip.expires" not in text
    assert "account.1.enable" not in text
    odd = visit("alice").get(f"{PAGE}?search=%3Cscript%3E")
    assert "None of them." in text_of(odd)
    assert "<script>" not in odd.text.partition("<main")[2]


def test_the_devices_page_leads_there_and_customers_do_not_see_it(visit: Visit) -> None:
    assert PAGE in visit("alice").get(f"/devices/{OWN}").text
    assert PAGE not in visit("carla").get(f"/devices/{OWN}").text
    assert visit("alice").get(f"/devices/{FOREIGN}/explain").status_code == 404


def test_a_file_that_can_not_be_made_says_why(visit: Visit, house: House) -> None:
    settings, alice = house.operations.phone_settings, house.actor("alice")
    settings.set(alice, Level.DEVICE, OWN, "raw.yealink.features.x", "%NULL%")
    assert "means something else to this phone" in text_of(visit("alice").get(PAGE))


def test_what_a_model_gets_instead_of_a_value_stands_beside_it(visit: Visit, house: House) -> None:
    settings, alice = house.operations.phone_settings, house.actor("alice")
    settings.set(alice, Level.DEVICE, OWN, "dial_plan.timeout", "20")
    settings.set(alice, Level.DEVICE, OWN, "codecs", "opus ilbc g722")
    shown = text_of(visit("alice").get(f"/devices/{OWN}/explain"))
    assert "in its files, but 20 is more than this model's 14; 14 is used" in shown
