"""As many connections as are allowed must find a descriptor."""

import resource

import pytest

from provd import process


def limits_after(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int
) -> list[tuple[int, tuple[int, int]]]:
    """The calls of setrlimit that a process with these limits makes."""
    calls: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda what, to: calls.append((what, to)))
    process.raise_descriptor_limit()
    return calls


@pytest.mark.parametrize(
    ("soft", "hard", "raised_to"),
    [
        (1024, 4096, 4096),
        (1024, 1_048_576, process.DESCRIPTORS),
        (1024, resource.RLIM_INFINITY, process.DESCRIPTORS),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_is_useful(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised_to: int
) -> None:
    expected = [(resource.RLIMIT_NOFILE, (raised_to, hard))]
    assert limits_after(monkeypatch, soft, hard) == expected


@pytest.mark.parametrize("soft", [process.DESCRIPTORS, 500_000, resource.RLIM_INFINITY])
def test_a_limit_that_is_high_enough_stays(monkeypatch: pytest.MonkeyPatch, soft: int) -> None:
    assert limits_after(monkeypatch, soft, resource.RLIM_INFINITY) == []
