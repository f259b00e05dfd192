from pathlib import Path

import pytest

from lms.core.sources import Folder
from lms.tariff.loader import load
from lms.tariff.rules.comparison import segments, statements
from lms.tariff.rules.curve import HEIGHT, WIDTH, curve, picture
from lms.tariff.rules.quotes import quote_by

CATALOGUE = load(Folder(Path()))
OLD, NEW = CATALOGUE.version("DDAS-TT-2020"), CATALOGUE.version("DDAS-TT-2022")


def test_the_curve_is_flat_at_the_minimum_then_rises_then_falls():
    first, second = curve(OLD, 120)[:2]
    assert (first.first, first.flat_to, first.last) == (200_000, 400_000, 1_500_000)
    assert (second.first, second.flat_to, first.fall) == (1_350_000, None, 150_000)
    assert curve(OLD, 120)[-1].fall is None


@pytest.mark.parametrize("tariff", [tariff for tariff in CATALOGUE.tariffs if tariff.quotable], ids=lambda t: t.id)
def test_every_edge_is_a_fall_for_every_term(tariff):
    for days in tariff.terms:
        stretches = curve(tariff, days)
        assert all(stretch.fall > 0 for stretch in stretches[:-1])
        for stretch in stretches:
            last = quote_by(tariff, turnover=stretch.row.upto * 100, days=days, on=tariff.from_day)
            assert stretch.last == last.net_premium


def test_the_picture_is_to_scale_and_not_smoothed():
    whole = picture(curve(OLD, 180))
    assert (whole.upto, whole.top, len(whole.lines)) == (125_000_000, 35_000_000, 10)
    assert whole.lines[-1].points[-1] == (WIDTH, 20)
    near = picture(curve(OLD, 180), 10_000_000)
    assert (near.upto, len(near.lines)) == (10_000_000, 3)
    low, next_ = near.lines[:2]
    assert low.points[0] == (0, HEIGHT - round(200_000 * 220 / near.top))
    assert len(low.points) == 3
    assert low.points[-1][0] == next_.points[0][0] == 192
    assert low.falls_to == next_.points[0][1] > low.points[-1][1]  # down on the page is less
    assert near.lines[-1].falls_to is None
    assert low.path == "M" + "L".join(f"{x} {y}" for x, y in low.points)


def test_a_moved_edge_is_not_a_new_rate():
    rows = {row.label: {pair.column: (pair.before, pair.after) for pair in row.pairs} for row in segments(OLD, NEW, "premium")}  # fmt: skip
    assert rows["100.000.001-125.000.000"]["120"] == ("0,22", "0,22")
    assert rows["125.000.001-175.000.000"]["120"] == ("", "0,22")
    assert rows["175.000.001-250.000.000"]["360"] == ("", "0,47")
    limits = {row.label: row.pairs[0] for row in segments(OLD, NEW, "limits")}
    assert (limits["75.000.001-125.000.000"].before, limits["75.000.001-125.000.000"].after) == ("750.000", "900.000")
    assert all(pair.changed for pair in limits.values())
    assert not any(
        pair.changed for row in segments(OLD, CATALOGUE.version("DDAS-T-2024"), "limits") for pair in row.pairs
    )


def test_a_new_column_and_an_unknown_table_are_told():
    older, newest = CATALOGUE.version("DDAS-TT-2019"), CATALOGUE.version("DDAS-T-2025")
    first = segments(older, OLD, "premium")[0]
    assert [(p.column, p.before, p.after) for p in first.pairs][2] == ("240", "", "1,20")
    assert [p.column for p in first.pairs] == ["120", "180", "240", "360", "multiple"]
    rows = segments(NEW, newest, "premium")
    assert (rows[0].pairs[0].before, rows[0].pairs[0].after) == ("0,50", "?")
    assert (rows[-1].pairs[0].before, rows[-1].pairs[0].after) == ("", "0,17")
    assert segments(CATALOGUE.version("DDAS-T-2023"), CATALOGUE.version("DDAS-T-2023b"), "premium") == []


def test_every_statement_of_either_is_held_against_the_other():
    found = {pair.column: pair for pair in statements(OLD, NEW)}
    assert found["instalments"].changed
    assert (found["staged"].after, found["staged"].changed) == ("?", False)
    assert found["min_premium"].before != found["min_premium"].after
    assert not found["min_premium"].changed
    assert not found["terms"].changed
