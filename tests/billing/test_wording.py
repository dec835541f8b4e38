from datetime import date

import pytest

from provd.billing.period import Period
from provd.billing.wording import in_words, readable
from tests.billing.invoices import line


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2027-01-01", "2027-02-01", "1 to 31 January 2027"),
        ("2027-01-31", "2027-02-28", "31 January to 27 February 2027"),
        ("2026-12-22", "2027-01-05", "22 December 2026 to 4 January 2027"),
        ("2027-01-31", "2027-02-01", "31 January 2027"),
        ("2026-02-01", "2027-03-01", "1 February 2026 to 28 February 2027"),
    ],
)
def test_a_period_says_what_both_ends_share_once(start: str, end: str, words: str) -> None:
    assert in_words(Period(date.fromisoformat(start), date.fromisoformat(end))) == words


def test_a_line_says_what_where_and_when() -> None:
    assert readable(line(1, "6.00")) == "Hardware lease 1, reception, 1 to 31 January 2027"
    assert readable(line(1, "6.00", period=None, detail="")) == "Hardware lease 1"
