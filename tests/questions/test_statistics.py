"""Item statistics against plain definitions: facility, corrected item-total correlation, change, flags."""

import math
from statistics import StatisticsError, correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions.rules.statistics import Flag, Sums, flags

papers = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=1, max_size=60)


def sums_of(rows, recent=0):
    late = rows[len(rows) - recent :]
    return Sums(
        papers=len(rows),
        right=sum(x for x, _ in rows),
        rest=sum(y for _, y in rows),
        rest_squared=sum(y * y for _, y in rows),
        rest_of_right=sum(y for x, y in rows if x),
        recent=len(late),
        recent_right=sum(x for x, _ in late),
    )


@given(papers)
def test_discrimination_is_the_correlation_with_the_rest_of_the_paper(rows):
    try:
        expected = correlation([x for x, _ in rows], [y for _, y in rows])
    except StatisticsError:
        expected = None
    found = sums_of(rows).discrimination
    assert (found is None) == (expected is None)
    if found is not None:
        assert math.isclose(found, expected, abs_tol=1e-9)
        assert -1.000001 <= found <= 1.000001


def test_worked_numbers():
    rows = [(1, 8)] * 30 + [(1, 5)] * 10 + [(0, 3)] * 20
    sums = sums_of(rows)
    assert sums.facility == pytest.approx(40 / 60)
    assert sums.discrimination == pytest.approx(correlation([x for x, _ in rows], [y for _, y in rows]))
    assert flags(sums) == ()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 5)] * 29, ()),
        ([(1, 5)] * 60, (Flag.EASY,)),
        ([(1, 2)] * 20 + [(0, 8)] * 20, (Flag.NEGATIVE,)),
        ([(1, 8)] * 5 + [(0, 2)] * 45, (Flag.HARD,)),
        ([(1, 5), (0, 5), (1, 6), (0, 6)] * 10, (Flag.WEAK,)),
    ],
)
def test_flags_once_there_are_enough_answers(rows, expected):
    assert flags(sums_of(rows)) == expected


def test_a_sudden_change_is_flagged_and_a_small_one_is_not():
    before = [(1, 8), (0, 4)] * 50
    leaked = before + [(1, 6)] * 40
    assert Flag.CHANGED in flags(sums_of(leaked, recent=40))
    assert Flag.CHANGED not in flags(sums_of(before + [(1, 8), (0, 4)] * 20, recent=40))
    assert sums_of(before + [(1, 6)] * 10, recent=10).change is None


def test_a_distractor_that_nobody_takes_is_flagged():
    rows = [(1, 8), (0, 4)] * 60
    assert flags(sums_of(rows), (40, 19, 1)) == (Flag.DEAD_DISTRACTOR,)
    assert flags(sums_of(rows), (30, 20, 10)) == ()
