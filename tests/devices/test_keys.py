"""Neutral kinds of keys, checked where they are given; a whole range by one statement."""

from __future__ import annotations

import pytest

from provd.devices.device import Key
from provd.devices.keys import KEY_KINDS, KeyRange, Needs, Place, check_key, keys_of
from provd.errors import SettingError

PLACE = Place("Acme Nine", {0: 9, 1: 20, 2: 20}, 4, ("line", "blf", "speed_dial", "dnd", "none"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("blf", "200"),
        ("blf", "alice@pbx.example"),
        ("park", ""),
        ("park", "701"),
        ("dtmf", "*21#,,1"),
        ("url", "http://pbx.example/door?open=1"),
        ("multicast", "224.1.2.3:5000"),
        ("dnd", ""),
        ("none", ""),
    ],
)
def test_a_key_with_a_value_of_its_kind_is_taken(kind: str, value: str) -> None:
    key = Key(1, kind, value)
    assert check_key(key) is key


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("blf", "", "key 1, value: a blf key needs a value. Give a number or SIP user"),
        ("blf", "2 0", "not of the right form"),
        ("blf", '2"0', "not of the right form"),
        ("dnd", "1", "a dnd key has no value. Leave it out"),
        ("url", "javascript:1", "Give a URL that begins with http:// or https://"),
        ("multicast", "192.0.2.1:5000", "no multicast address"),
        ("multicast", "224.1.2.300:5000", "no multicast address"),
        ("multicast", "224.1.2.3", "no multicast address"),
        ("multicast", "224.1.2.3:99999", "no multicast address"),
        ("dtmf", "call me", "0-9 A-D"),
        ("lamp", "", "there is no kind of key “lamp”. There are: line, blf"),
        ("speeddial", "1", "Did you mean speed_dial?"),
        ("blf", "a\nb", "not of the right form|control character"),
    ],
)
def test_another_is_refused_with_its_key_and_a_remedy(kind: str, value: str, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        check_key(Key(1, kind, value))


def test_a_label_is_one_line_of_text() -> None:
    with pytest.raises(SettingError, match="key 3 of module 2, label: "):
        check_key(Key(3, "dnd", label="a\rb", module=2))


def test_only_kinds_with_values_say_what_they_are() -> None:
    for kind in KEY_KINDS.values():
        assert (kind.value is None) == (kind.needs is Needs.NO), kind.name
        assert kind.doc


def test_one_statement_fills_a_range() -> None:
    keys = keys_of([KeyRange("1-3", "blf", "{n+199}", "Ext {n+199}", module=2)], PLACE)
    assert keys == (
        Key(1, "blf", "200", "Ext 200", 1, 2),
        Key(2, "blf", "201", "Ext 201", 1, 2),
        Key(3, "blf", "202", "Ext 202", 1, 2),
    )


def test_lines_may_be_counted_as_well() -> None:
    assert [key.line for key in keys_of([KeyRange("1-4", "line", line="{n}")], PLACE)] == [
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ([KeyRange("1-10", "dnd")], r"1-10 goes beyond 1 to 9 \(Acme Nine has 9 keys\)"),
        ([KeyRange("21", "dnd", module=1)], r"expansion module 1 has 20 keys"),
        ([KeyRange("1", "dnd", module=3)], "module: Acme Nine has no expansion module 3"),
        ([KeyRange("1", "url", "http://a.example/")], "no keys of kind url. It has: "),
        ([KeyRange("1", "lamp")], "no kind of key “lamp”"),
        ([KeyRange("1-5", "line", line="{n}")], "key 5, line: Acme Nine has no line “5”"),
        ([KeyRange("1", "line", line="0")], "no line “0”"),
        ([KeyRange("1", "blf", "{m}")], "value: the braces hold no counter"),
        ([KeyRange("1-5", "dnd"), KeyRange("5-6", "blf", "7")],
         r"1-5 \(dnd\) and 5-6 \(blf\) both give key 5"),
        ([KeyRange("2-1", "dnd")], "goes downwards"),
    ],
)  # fmt: skip
def test_what_the_model_can_not_take_is_refused_where_it_is_given(
    ranges: list[KeyRange], told: str
) -> None:
    with pytest.raises(SettingError, match=told):
        keys_of(ranges, PLACE)


def test_a_phone_and_its_modules_have_positions_of_their_own() -> None:
    assert len(keys_of([KeyRange("1-5", "dnd"), KeyRange("1-5", "dnd", module=1)], PLACE)) == 10
