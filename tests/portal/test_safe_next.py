"""After sign-in nobody is led to another host."""

from __future__ import annotations

import pytest

from provd.portal.access import safe_next


@pytest.mark.parametrize("wanted", ["/devices", "/devices?search=80%3A5e&page=2", "/a//b", "/"])
def test_a_path_of_ours_is_followed(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "devices",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "/ /evil.example",
        "/\r\nSet-Cookie: a=b",
    ],
)
def test_anything_else_leads_home(wanted: str) -> None:
    assert safe_next(wanted) == "/"
