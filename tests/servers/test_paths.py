from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provd.servers.addresses import caller
from provd.servers.http.targets import host_name, target_path
from provd.servers.paths import last_part, requested_path


def test_slashes_backslashes_and_dots_are_forgiven() -> None:
    for name in (b"/a/b.cfg", b"a/b.cfg", b"\\a\\b.cfg", b"//a//./b.cfg", b"./a/b.cfg/"):
        assert requested_path(name) == "a/b.cfg"


def test_climbing_control_characters_and_endless_names_are_no_path() -> None:
    for name in (b"..", b"../a", b"a/../b", b"a\\..\\b", b"a\0b", b"a\nb", b"a\x7f", b"x" * 1025):
        assert requested_path(name) is None


def test_dots_within_a_name_are_part_of_it() -> None:
    assert requested_path(b"a..b/...cfg") == "a..b/...cfg"


def test_a_name_is_utf_8_or_else_latin_1() -> None:
    assert requested_path("ü.cfg".encode()) == "ü.cfg"
    assert requested_path("ü.cfg".encode("latin-1")) == "ü.cfg"


@given(st.binary())
def test_no_name_makes_it_raise_or_leave_the_tree(name: bytes) -> None:
    for path in (requested_path(name), target_path(name), target_path(b"/" + name)):
        if path is not None:
            assert ".." not in path.split("/")
            assert not path.startswith("/")


@given(st.from_regex(rb"/?[A-Za-z0-9._-]{1,300}", fullmatch=True))
def test_a_plain_name_is_what_it_is_by_the_long_way(name: bytes) -> None:
    assert requested_path(name) == requested_path(b"./" + name)


def test_only_the_last_part_is_logged() -> None:
    assert last_part("token/0015.cfg") == "0015.cfg"
    assert last_part(None) == ""


def test_a_target_is_decoded_after_its_query_went() -> None:
    assert target_path(b"/a%20b/c.cfg?token=%2e%2e") == "a b/c.cfg"
    assert target_path(b"/a%2Fb.cfg") == "a/b.cfg"
    assert target_path(b"/%2e%2e/etc/passwd") is None
    assert target_path(b"/a%00b") is None
    assert target_path(b"/") == ""


def test_the_absolute_form_names_the_same_file() -> None:
    assert target_path(b"http://provd.example:80/a.cfg") == "a.cfg"
    assert target_path(b"http://provd.example") == ""
    assert target_path(b"*") is None


def test_a_host_is_without_port_and_in_lower_case() -> None:
    assert host_name("Provd.Example:8443") == "provd.example"
    assert host_name("[2001:DB8::1]:80") == "2001:db8::1"
    assert host_name("") == ""


def test_ipv4_seen_through_an_ipv6_socket_is_ipv4() -> None:
    assert str(caller("::ffff:192.0.2.1")[0]) == "192.0.2.1"
    assert str(caller("fe80::1%eth0")[0]) == "fe80::1"
