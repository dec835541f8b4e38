"""A value that the type checker freezes is otherwise a frozen dataclass like any other."""

from dataclasses import asdict, dataclass, field, replace

import pytest

from provd.frozen import frozen


@frozen
class Quick:
    one: int
    two: str = ""
    three: tuple[int, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Slow:
    one: int
    two: str = ""
    three: tuple[int, ...] = field(default_factory=tuple)


def test_it_compares_and_hashes_by_its_fields() -> None:
    assert Quick(1, "a") == Quick(one=1, two="a")
    assert Quick(1) != Quick(2)
    assert len({Quick(1), Quick(1), Quick(2)}) == 2


def test_it_is_replaced_and_shown_as_others_are() -> None:
    quick, slow = Quick(1, "a"), Slow(1, "a")
    assert replace(quick, two="b") == Quick(1, "b")
    assert asdict(quick) == asdict(slow)
    assert repr(quick) == repr(slow).replace("Slow", "Quick")


def test_it_takes_no_other_attribute() -> None:
    quick: object = Quick(1)
    with pytest.raises(AttributeError):
        quick.four = 4  # type: ignore[attr-defined]
