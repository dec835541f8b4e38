"""Templates that include others: compiled in one piece, they behave as each for itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provd.errors import RenderError
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

MakePhone = Callable[..., Phone]


@pytest.fixture
def made(acme: Path, make_phone: MakePhone) -> Callable[..., str]:
    """made("a.j2", **{"a": text, ...}): what the first of the templates gives."""

    def make(device: str, **others: str) -> str:
        (acme / "templates" / "device.conf.j2").write_text(device)
        for name, text in others.items():
            (acme / "templates" / f"{name}.j2").write_text(text)
        vendor = Vendor(acme)
        return vendor.render(vendor.file("device"), make_phone(vendor, "One")).decode()

    return make


def test_an_included_template_sees_what_stands_around_it(made: Callable[..., str]) -> None:
    assert made(
        '{% set name = "b" %}{% for one in (1, 2) %}{% include "a.j2" %}{% endfor %}',
        a="{{ name }}{{ one }}{{ model_lines }};",
    ) == "b11;b21;"  # fmt: skip


def test_what_an_included_template_sets_is_its_own(made: Callable[..., str]) -> None:
    assert made(
        '{% set name = "b" %}{% include "a.j2" %}{{ name }}',
        a='{% set name = "c" %}{{ name }}',
    ) == "cb"  # fmt: skip


def test_a_template_may_include_itself(made: Callable[..., str]) -> None:
    assert made(
        '{% set depth = 3 %}{% include "a.j2" %}',
        a='{{ depth }}{% if depth %}{% set depth = depth - 1 %}{% include "a.j2" %}{% endif %}',
    ) == "3210"  # fmt: skip


def test_a_template_may_be_chosen_by_a_value(made: Callable[..., str]) -> None:
    assert made('{% include "b.j2" if model_lines == 1 else "a.j2" %}', a="a", b="b") == "b"


@pytest.mark.parametrize(
    ("device", "where"),
    [
        ('\n{% include "a.j2" %}\n', "b.j2 line 3"),
        ('{% include "b.j2" ignore missing %}', "b.j2 line 3"),
        ('{% if mac %}\n{% include "c.j2" %}\n{{ none }}{% endif %}', "device.conf.j2 line 3"),
    ],
)  # fmt: skip
def test_an_error_names_the_template_and_the_line_where_it_stands(
    made: Callable[..., str], device: str, where: str
) -> None:
    with pytest.raises(RenderError) as caught:
        made(
            device, a='one\n{% include "b.j2" %}', b="one\ntwo\n{{ none }}", c="one\n\n\n{{ 4 }}\n"
        )
    assert caught.value.where == f"plugins/acme/templates/{where}"
