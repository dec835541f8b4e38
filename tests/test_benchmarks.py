"""The benchmarks' arithmetic; nothing is timed here."""

from __future__ import annotations

import io
import json
import math
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.bench import Sizes
from benchmarks.figures import (
    Sample,
    Target,
    Verdict,
    loaded,
    medians,
    quantile,
    ratio,
    spread,
    verdict,
)
from benchmarks.installation import MODELS, handset, make
from benchmarks.processes import free_port, is_bound
from benchmarks.report import print_row, shown, write_results, write_table
from benchmarks.rows import ROWS, Row

ROOT = Path(__file__).resolve().parent.parent

SAMPLES = [
    Sample("provd", 1, {"rate": 100.0, "errors": 0.0}),
    Sample("peer", 1, {"rate": 50.0}),
    Sample("provd", 2, {"rate": 300.0, "errors": 0.0}),
    Sample("peer", 2, {"rate": 40.0}),
    Sample("provd", 3, {"rate": 120.0, "errors": 2.0}),
    Sample("peer", 3, {"rate": math.nan}),
]


def test_a_median_is_taken_of_each_figure_over_the_rounds() -> None:
    assert medians(SAMPLES)["provd"] == {"rate": 120.0, "errors": 0.0}


def test_a_round_without_a_figure_does_not_count_for_it() -> None:
    assert medians(SAMPLES)["peer"] == {"rate": 45.0}


def test_the_spread_is_told_beside_the_median() -> None:
    assert spread(SAMPLES, "provd", "rate") == pytest.approx(200 / 120)
    assert spread(SAMPLES[:1], "provd", "rate") == 0.0
    assert spread(SAMPLES, "nobody", "rate") == 0.0


def test_a_ratio_is_ours_divided_by_theirs() -> None:
    figures = medians(SAMPLES)
    assert ratio(figures, "rate", ours="provd", peer="peer") == pytest.approx(120 / 45)


def test_the_best_peer_is_the_one_that_is_hardest_to_beat() -> None:
    figures = {"provd": {"x": 10.0}, "a": {"x": 5.0}, "b": {"x": 20.0}}
    assert ratio(figures, "x", ours="provd", peer="best") == 0.5
    assert ratio(figures, "x", ours="provd", peer="best", at_least=False) == 2.0


def test_there_is_no_ratio_to_a_server_that_was_not_measured() -> None:
    figures = medians(SAMPLES)
    assert ratio(figures, "rate", ours="provd", peer="absent") is None
    assert ratio(figures, "rate", ours="absent", peer="peer") is None
    assert ratio({"provd": {"x": 1.0}, "a": {"x": 0.0}}, "x", ours="provd", peer="a") is None


@pytest.mark.parametrize(
    ("target", "measured", "met"),
    [
        (Target("rate", 2.0, "peer"), 120 / 45, True),
        (Target("rate", 3.0, "peer"), 120 / 45, False),
        (Target("errors", 0, at_least=False), 0.0, True),
        (Target("rate", 100, at_least=False), 120.0, False),
        (Target("rate", 2.0, "absent"), None, None),
    ],
)
def test_a_target_is_judged_by_the_medians(
    target: Target, measured: float | None, met: bool | None
) -> None:
    found = verdict(target, medians(SAMPLES), "provd")
    assert found == Verdict(target, measured)
    assert found.met is met


def test_a_target_reads_as_a_sentence() -> None:
    assert str(Target("rate", 2, "dnsmasq")) == "rate: at least 2 x dnsmasq"
    assert str(Target("errors", 0, at_least=False)) == "errors: at most 0"


def test_a_generators_last_line_is_read_and_its_words_left_out() -> None:
    text = 'warming up\n{"tps": 12.5, "ok": 3, "first_error": "timeout"}\n'
    assert loaded(text) == {"tps": 12.5, "ok": 3.0}


@pytest.mark.parametrize("text", ["", "usage: tftpload\n", "[1]\n", '{"tps": \n'])
def test_a_generator_that_failed_is_not_read_as_zero(text: str) -> None:
    with pytest.raises(ValueError):
        loaded(text)


@given(st.lists(st.integers(0, 1000), min_size=1), st.floats(0, 1))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values: list[int], part: float) -> None:
    found = quantile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values) - 1e-9


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert math.isnan(quantile([], 0.99))
    assert quantile(range(1, 101), 0.99) == 99


def test_figures_are_shown_short() -> None:
    assert [shown(value) for value in (None, math.nan, 0.0, 1.234, 12.34, 12345.6)] == [
        *("-", "-", "0", "1.23", "12.3", "12,346")
    ]


def test_results_keep_all_rounds_and_are_valid_json(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    row = next(row for row in ROWS if row.name == "tftp-64")
    write_results(path, Sizes(rounds=3), [(row, SAMPLES)])
    found = json.loads(path.read_text())
    assert found["sizes"]["rounds"] == 3
    (written,) = found["rows"]
    assert written["medians"]["provd"]["rate"] == 120.0
    assert len(written["samples"]) == 6
    assert written["samples"][5] == {"server": "peer", "round": 3, "rate": None}


def test_the_table_for_readers_has_a_line_for_each_target(tmp_path: Path) -> None:
    row = Row(
        name="short",
        title="",
        measure=lambda bench, server: {},
        columns=("rate",),
        servers=("provd", "peer"),
        targets=(
            Target("rate", 2.0, "peer"),
            Target("errors", 1, at_least=False),
            Target("rate", 9.0, "nobody"),
        ),
    )
    write_table(tmp_path / "table.md", [(row, SAMPLES)])
    assert (tmp_path / "table.md").read_text().splitlines()[2:] == [
        "| `short` rate | 120 | 45.0 | 2.67 x | ≥ 2 x peer | yes |",
        "| `short` errors | 0 |  | 0 | ≤ 1 | yes |",
        "| `short` rate | 120 |  | - x | ≥ 9 x nobody | not measured |",
    ]


def test_a_row_is_printed_with_its_targets_even_when_nothing_was_measured() -> None:
    output = io.StringIO()
    for row in ROWS:
        print_row(Console(file=output, width=200), row, [])
    assert output.getvalue().count("not measured") == sum(len(row.targets) for row in ROWS)


def test_every_row_has_its_own_name_a_target_and_its_place_in_the_documentation() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(row.targets for row in ROWS)
    documented = re.findall(r"`([a-z0-9-]+)`", (ROOT / "docs" / "performance.md").read_text())
    assert set(names) <= set(documented)


def test_phones_are_distinct_and_of_all_vendors() -> None:
    phones = [handset(number) for number in range(3000)]
    assert len({phone.mac for phone in phones}) == 3000
    assert len({phone.vendor for phone in phones}) == 3


def test_a_bound_udp_port_is_noticed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert is_bound(taken.getsockname()[1])
    assert not is_bound(free_port(socket.SOCK_DGRAM))


def test_each_model_of_the_installation_can_be_given_its_files(tmp_path: Path) -> None:
    assert make(tmp_path / "data", len(MODELS)).devices == len(MODELS)
