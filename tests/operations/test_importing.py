"""A CSV file of phones: the form's rules, every mistake at once, all of it or nothing."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provd.billing.plan import Side, StartsOn
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations import Actor, CheckedFile, LineForm, importing_check
from provd.operations.importing_rows import MOST_PROBLEMS
from provd.store.database import Database
from tests.conftest import ORDER, PHONE, House
from tests.operations.conftest import Clock
from tests.operations.forms import LINE, demonstration_plan, form, plan_on_offer, rows, site_id

HEADINGS = "mac,vendor,model,site,plan,label,order,line1_user,line1_password"
SITE = "Harbour Dental Practice/Front desk"
PASSWORD = "sip-secret-of-177"


def sheet(*lines: str, headings: str = HEADINGS) -> io.BytesIO:
    return io.BytesIO("".join(f"{line}\r\n" for line in (headings, *lines)).encode())


def line(number: int = 0, **changes: str) -> str:
    """A row that can be registered."""
    cells = {
        "mac": f"80:5e:c0:00:01:{number:02x}",
        "vendor": "Yealink",
        "model": "T46U",
        "site": SITE,
        "plan": "",
        "label": f"Room {number}",
        "order": "",
        "line1_user": f"1{number:02}",
        "line1_password": PASSWORD,
    }
    return ",".join((cells | changes).values())


def checked(house: House, *lines: str, actor: Actor | None = None, **how: str) -> CheckedFile:
    return house.parts.operations.importing.check(actor or house.reseller, sheet(*lines, **how))


def imported(house: House, *lines: str, headings: str = HEADINGS) -> int:
    found = checked(house, *lines, headings=headings)
    assert [str(one) for one in found.mistakes] == []
    return house.parts.operations.importing.register(house.reseller, found)


def told(found: CheckedFile) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in found.mistakes]


def test_a_row_becomes_what_the_form_makes_of_the_same(house: House, clock: Clock) -> None:
    registration, plan = house.parts.operations.registration, demonstration_plan(house)
    by_form = registration.register(
        house.reseller,
        form(house, plan_id=plan, label="Room", order_reference="A-7", profile="call-centre"),
    )
    headings = "mac;vendor;model;site;plan;label;order;profile;line1_user;line1_password;"
    row = f"805EC0-000078;YEALINK;t-46 u;{SITE};{plan};Room;a-7;Call-Centre;177;{PASSWORD};Room 77"
    assert imported(house, row, headings=f"{headings}line1_display_name") == 1
    store = house.parts.store
    placement = store.devices.placement(Mac("805ec0000078"))
    assert placement is not None
    device = placement.device
    assert replace(device, id=by_form.id, mac=by_form.mac) == by_form
    assert placement.enrolment.open_until == clock.now + timedelta(days=7)
    assert len(placement.enrolment.token.reveal()) == 32
    slots = [store.books.slot_of_device(one.id) for one in (by_form, device)]
    assert [slot and (slot.name, slot.site_id) for slot in slots] == [("Room", device.site_id)] * 2
    (event,) = store.events.of_device(device.id)
    assert (event.before, event.after) == (State.DISCOVERED, State.REGISTERED)
    assert (event.actor, event.at) == (house.reseller.name, clock.now)
    waiting = store.books.waiting_subscriptions([by_form.id, device.id])
    assert len({(one.plan_id, one.parties) for _, one in waiting}) == 1
    assert len(waiting) == 2


def test_lines_and_settings_are_told_by_their_columns(house: House) -> None:
    headings = "MAC,Vendor,Model,Site,line1_user,line1_password,line2_user,line2_password,"
    headings += "setting:time.zone,setting:codecs,setting:voicemail.mwi,setting:sip.port,"
    headings += "setting:raw.yealink.account.1.x_y,setting:web.admin_password"
    row = f"{PHONE[:-2]}55,yealink,T46U,{SITE},1,secret-1,2,secret-2,"
    row += "Europe/Vienna,pcma g722,yes,5070,x,admin-secret"
    assert imported(house, row, headings=headings) == 1
    device = house.parts.store.devices.by_mac(Mac.parse(f"{PHONE[:-2]}55"))
    assert device is not None
    assert [(one.number, one.user, one.password.reveal()) for one in device.lines] == [
        (1, "1", "secret-1"),
        (2, "2", "secret-2"),
    ]
    assert device.settings == {
        "time.zone": "Europe/Vienna",
        "codecs": ["pcma", "g722"],
        "voicemail.mwi": True,
        "sip.port": 5070,
        "raw.yealink.account.1.x_y": "x",
        "web.admin_password": "admin-secret",
    }


def test_a_phone_starts_to_cost_when_its_plan_says(house: House) -> None:
    plan_on_offer(house, StartsOn.REGISTERED)
    assert imported(house, line(1, plan="Starts registered"), line(2)) == 2
    charges = list(house.parts.store.books.charges())
    assert len(charges) == 4
    assert {charge.cause.kind for charge in charges} == {"registered"}


def test_the_cost_of_all_is_told_before(house: House) -> None:
    plan = demonstration_plan(house)
    rows_ = [line(number, plan=str(plan)) for number in range(3)]
    found = checked(house, *rows_, line(9))
    one = house.parts.operations.registration.quote(house.reseller, form(house, plan_id=plan))
    assert one is not None
    assert [(cost.side, cost.devices) for cost in found.costs] == [
        (Side.WHOLESALE, 3),
        (Side.RETAIL, 3),
    ]
    for cost in found.costs:
        assert cost.at_start == one.due_at_start(cost.side) * 3
        assert cost.per_period == one.per_period(cost.side) * 3


def test_all_mistakes_are_told_with_row_and_column_and_none_is_registered(house: House) -> None:
    before = rows(house)
    found = checked(
        house,
        line(1, mac="80:5e:c0", model="T999"),
        line(2, site="Nowhere", line1_user="a b"),
        line(3, plan="Gold"),
        line(4, vendor="Acme"),
        line(5, line1_password="", label='"Room ""5\x07"""'),
        line(6),
        line(6, label="Again"),
        line(7, mac=PHONE),
        "80:5e:c0:00:01:08,yealink,T46U",
        line(9, order=ORDER, site="Harbour Dental Practice/Nowhere"),
    )
    assert told(found) == [
        (2, "mac"), (2, "model"),
        (3, "site"), (3, "line1_user"),
        (4, "plan"),
        (5, "model"),
        (6, "line1_password"), (6, "label"),
        (8, "mac"),
        (9, "mac"),
        (10, ""),
        (11, "site"),
    ]  # fmt: skip
    text = [str(one) for one in found.mistakes]
    assert text[7 + 1] == "row 8, mac: 80:5e:c0:00:01:06 stands in row 7 already"
    assert "Harbour Dental Practice, Front desk" in text[9]
    assert PASSWORD not in "".join(text)
    with pytest.raises(InputError, match="has mistakes"):
        house.parts.operations.importing.register(house.reseller, found)
    assert rows(house) == before


def test_of_very_many_mistakes_the_rest_is_counted(house: House) -> None:
    found = checked(house, *(line(1, mac="x") for _ in range(MOST_PROBLEMS + 7)))
    assert (len(found.mistakes), found.more_mistakes) == (MOST_PROBLEMS, 7)


def test_a_phone_whose_files_can_not_be_made_is_a_mistake(house: House) -> None:
    house.parts.store.accounts.update_settings(1, {})
    (mistake,) = checked(house, line(1)).mistakes
    assert "no registrar" in mistake.problem


def test_a_value_that_a_file_can_not_hold_is_told_by_its_column(house: House) -> None:
    columns = "line1_display_name,setting:network.dot1x.user,setting:network.dot1x.mode"
    found = checked(
        house,
        f"{line(1, line1_password='%NULL%')},%NULL%,,",
        f"{line(2)},Desk,,",
        f"{line(3)},Desk,%NULL%,eap-md5",
        headings=f"{HEADINGS},{columns}",
    )
    wanted = [(2, "line1_password"), (2, "line1_display_name"), (4, "setting:network.dot1x.user")]
    assert told(found) == wanted
    for mistake in found.mistakes:
        assert "means something else to this phone" in mistake.problem
        assert mistake.remedy


def test_it_is_found_out_for_the_first_phones_only_which_values_are_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_check, "_MOST_BLAMED", 1)
    found = checked(house, line(1, line1_user="%NULL%"), line(2, line1_user="%NULL%"))
    assert told(found) == [(2, "line1_user"), (3, "")]


@pytest.mark.parametrize("column", ["model", "label", "line1_user", "order", "site", "vendor"])
def test_a_password_that_slipped_into_a_neighbour_is_not_told(house: House, column: str) -> None:
    without = HEADINGS.split(",").index(column)
    cells = line(1).split(",")
    moved = ",".join(cells[:without] + cells[without + 1 :])
    (mistake,) = checked(house, moved).mistakes
    assert "cells" in mistake.problem
    assert PASSWORD not in str(mistake)


def test_the_same_file_again_changes_nothing_and_says_so(house: House, clock: Clock) -> None:
    plan = str(demonstration_plan(house))
    lines = [line(number, plan=plan, order="A-9") for number in range(3)]
    assert imported(house, *lines) == 3
    before = rows(house)
    order = house.parts.store.orders.find("A-9", seller_id=house.reseller.account_id)
    assert order is not None
    house.parts.store.orders.mark_shipped(order.id, clock.now)
    again = checked(house, *lines, line(7))
    assert (again.unchanged, len(again.new), again.mistaken) == (3, 1, 0)
    assert imported(house, *lines) == 0
    assert rows(house) == before


def test_phones_that_stand_there_are_looked_up_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imported(house, *(line(number) for number in range(9))) == 9
    asked: list[str] = []
    run = Database.sql

    def noting(database: Database, text: str, parameters: Sequence[object] = ()) -> Any:
        asked.append(text)
        return run(database, text, parameters)

    monkeypatch.setattr(Database, "sql", noting)
    checked(house, line(0))
    one = len(asked)
    assert checked(house, *(line(number) for number in range(9))).unchanged == 9
    assert len(asked) == 2 * one


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"label": "Other"}, "label"),
        ({"model": "T43U"}, "model"),
        ({"line1_password": "another-secret"}, "line1_password"),
        ({"line1_user": "999"}, "line1_user"),
        ({"plan": ""}, "plan"),
        ({"order": ""}, "order"),
    ],
)
def test_a_phone_that_stands_there_otherwise_is_a_mistake_that_names_the_columns(
    house: House, changes: dict[str, str], named: str
) -> None:
    given = {"plan": str(demonstration_plan(house)), "order": "A-9"}
    imported(house, line(1, **given))
    (mistake,) = checked(house, line(1, **(given | changes))).mistakes
    assert mistake.problem.endswith(f"and differs there in {named}")
    assert "another-secret" not in str(mistake)


def test_a_stranger_learns_no_more_than_that_a_mac_is_taken(house: House) -> None:
    stranger = house.stranger()
    directory = house.parts.operations.directory
    customer = directory.create_customer(stranger, "Cafe")
    directory.create_site(stranger, customer.id, "Bar", "", "")
    (mistake,) = checked(house, line(1, mac=PHONE, site="Cafe/Bar"), actor=stranger).mistakes
    assert "ask your provider" in mistake.problem
    for secret in ("Harbour", "Front", "Bluebird"):
        assert secret not in str(mistake)
    (mistake,) = checked(house, line(1), actor=stranger).mistakes
    assert (mistake.column, mistake.remedy) == ("site", "")


@pytest.mark.parametrize("who", ["customer", "warehouse"])
def test_who_may_not_register_may_not_import(house: House, who: str) -> None:
    with pytest.raises(NotFoundError):
        checked(house, line(1), actor=getattr(house, who))


def test_sites_of_one_name_are_told_apart_by_their_customer(house: House) -> None:
    directory = house.parts.operations.directory
    other = directory.create_customer(house.reseller, "Second Practice")
    site = directory.create_site(house.reseller, other.id, "Front desk", "", "")
    (mistake,) = checked(house, line(1, site="Front desk")).mistakes
    assert "several sites" in mistake.problem
    assert "Second Practice/Front desk" in mistake.remedy
    headings = HEADINGS.replace("site", "customer,site")
    written = [line(1, site="second practice,FRONT DESK"), line(2, site=f",{site.id}")]
    assert imported(house, *written, headings=headings) == 2
    assert directory.devices(house.reseller, search="805ec00001").total == 2


def test_a_new_order_goes_to_one_site(house: House) -> None:
    directory = house.parts.operations.directory
    attic = directory.create_site(house.reseller, house.customer.account_id, "Attic", "", "")
    found = checked(house, line(1, order="B-1"), line(2, order="b-1", site=str(attic.id)))
    assert told(found) == [(3, "order")]
    assert imported(house, line(1, order="B-1"), line(2, order="b-1")) == 2


def test_what_changed_after_the_check_is_found_before_anything_is_written(house: House) -> None:
    found = checked(house, line(1))
    directory, importing = house.parts.operations.directory, house.parts.operations.importing
    directory.set_trust_ways(house.reseller, site_id(house), ["token"])
    before = rows(house)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        importing.register(house.reseller, found)
    assert rows(house) == before


def test_what_is_charged_at_once_is_what_was_shown_or_nothing(house: House, clock: Clock) -> None:
    plan_on_offer(house, StartsOn.REGISTERED)
    plan_on_offer(house, StartsOn.BOOTED)
    importing = house.parts.operations.importing
    by_boot = checked(house, line(1, plan="Starts booted"))
    found = checked(house, line(2, plan="Starts registered"), line(3, plan="Starts booted"))
    clock.move(days=1)
    before = rows(house)
    with pytest.raises(ConflictError, match="costs have changed"):
        importing.register(house.reseller, found)
    assert rows(house) == before
    assert importing.register(house.reseller, by_boot) == 1


def test_a_mac_that_somebody_took_after_the_check_keeps_out_all(house: House) -> None:
    found = checked(house, line(1), line(2))
    taken = form(house, mac="80:5e:c0:00:01:02", lines=(LineForm("1", LINE.password),))
    house.parts.operations.registration.register(house.reseller, taken)
    before = rows(house)
    with pytest.raises(ConflictError, match="registered already"):
        house.parts.operations.importing.register(house.reseller, found)
    assert rows(house) == before


def told_of(house: House, octets: bytes, **bounds: int) -> str:
    with pytest.raises(InputError) as refused:
        house.parts.operations.importing.check(house.reseller, io.BytesIO(octets), **bounds)  # type: ignore[arg-type]
    return str(refused.value)


def test_what_is_no_table_of_phones_is_refused_with_its_place(house: House) -> None:
    good = sheet(line(1)).getvalue()
    assert "the file is empty" in told_of(house, b"\n\n")
    assert "names no phone" in told_of(house, HEADINGS.encode())
    assert "row 1, column plans" in told_of(house, good.replace(b"plan,", b"plans,", 1))
    assert "Did you mean plan?" in told_of(house, good.replace(b"plan,", b"plans,", 1))
    assert "column line1_user" in told_of(house, good.replace(b"line1_user", b"line2_user", 1))
    assert "column mac: the column is there twice" in told_of(house, b"mac," + good)
    assert "Did you mean time.zone?" in told_of(house, b"setting:time.zona," + good)
    assert "row 2: it is not text in UTF-8" in told_of(house, good.replace(b"Room", b"R\xf6om"))
    assert "row 2" in told_of(house, good.replace(b"Room 1", b'"Room"1'))
    assert "more than 1 phones" in told_of(house, sheet(line(1), line(2)).getvalue(), most_rows=1)
    assert "larger than 1 KiB" in told_of(house, good * 20, most_octets=1024)


def test_blank_lines_above_the_headings_count(house: House) -> None:
    good = sheet(line(1, model="T99")).getvalue().replace(b",", b";")
    found = house.parts.operations.importing.check(
        house.reseller, io.BytesIO(b"\r\nsep=;\r\n\r\n" + good)
    )
    assert told(found) == [(5, "model")]


def encoded(lines: Iterable[str]) -> dict[str, bytes]:
    text = "".join(f"{one}\r\n" for one in lines)
    return {
        "UTF-8": text.encode(),
        "UTF-8 with a mark": text.encode("utf-8-sig"),
        "UTF-16, as Excel writes it": text.replace(",", "\t").encode("utf-16"),
        "UTF-16 without a mark": text.replace(",", "\t").encode("utf-16-le"),
        "UTF-16, the other end first": text.replace(",", "\t").encode("utf-16-be"),
        "semicolons": text.replace(",", ";").encode("utf-8-sig"),
        "semicolons and a line for Excel": ("sep=;\r\n" + text.replace(",", ";")).encode(),
        "an empty line first": ("\r\n" + text.replace(",", ";")).encode("utf-8-sig"),
        "a line for Excel and an empty one": ("sep=;\r\n \n" + text.replace(",", ";")).encode(),
        "line feeds": text.replace("\r\n", "\n\n").encode(),
        "quotes": text.replace("Zoë", '"Zo""ë"').replace("Zo", "Zo").encode(),
    }


@pytest.mark.parametrize("how", encoded(()))
def test_it_is_read_however_a_spreadsheet_wrote_it(house: House, how: str) -> None:
    octets = encoded([HEADINGS, line(1, label="Zoë"), "", line(2, label="Zoë")])[how]
    read: list[int] = []
    importing = house.parts.operations.importing
    found = importing.check(house.reseller, io.BytesIO(octets), told=read.append)
    labels = {one.placement.device.label for one in found.new}
    assert labels == {'Zo"ë' if how == "quotes" else "Zoë"}
    assert (len(found.new), found.mistaken, read[-1]) == (2, 0, len(octets))


def test_names_are_suggested_for_the_first_mistakes_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is looked for among all sites, and a column of slips would take hours."""
    asked: list[str] = []
    matches = difflib.get_close_matches

    def counted(word: str, *rest: Any, **more: Any) -> list[str]:
        asked.append(word)
        return matches(word, *rest, **more)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    checked(house, *(line(n, site=f"Ofice {n % 60}") for n in range(90)))
    assert len(asked) == len(set(asked)) == 20
