"""The premium over the turnover: straight within a band, falling at its edge. Pure; amounts in kuruş, turnovers whole lira."""

from __future__ import annotations

from dataclasses import dataclass

from lms.tariff.rules.quotes import quote_by
from lms.tariff.rules.versions import BPS, KURUS, Row, Tariff


@dataclass(frozen=True, slots=True)
class Stretch:
    """One band of the curve: premiums at its first and last whole lira, and the fall just past its end.

    ``flat_to``: up to this turnover the minimum premium holds (None if it nowhere does).
    """

    row: Row
    rate_bps: int
    first: int
    last: int
    fall: int | None
    flat_to: int | None


def curve(tariff: Tariff, days: int) -> list[Stretch]:
    """How the premium of a quotable version runs for one term; it falls at every band's edge, and is not smoothed."""
    floor = tariff.fact("min_premium").value
    found: list[Stretch] = []
    for row in reversed(tariff.table("premium") or ()):
        start = row.over + 1 if row.over else 0
        first, last = (
            quote_by(tariff, turnover=lira_ * KURUS, days=days, on=tariff.from_day).net_premium
            for lira_ in (start, row.upto)
        )
        rate = row.cells[str(days)] or 0
        flat_to = min(floor * BPS // rate, row.upto) if rate else row.upto
        fall = last - found[0].first if found else None
        found.insert(0, Stretch(row, rate, first, last, fall, flat_to if flat_to > start else None))
    return found


Point = tuple[int, int]
WIDTH, HEIGHT = 640, 240  # of the drawing, in its own units


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn band: its corners from left to right, and whether the premium falls after it."""

    points: tuple[Point, ...]
    falls_to: int | None

    @property
    def path(self) -> str:
        """As an SVG path."""
        return "M" + "L".join(f"{x} {y}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Picture:
    """The curve as lines of a drawing; ``upto`` lira and ``top`` kuruş are the far corner."""

    upto: int
    top: int
    lines: tuple[Line, ...]


def picture(stretches: list[Stretch], upto: int | None = None) -> Picture:
    """The curve up to the end of a band, to scale: both axes are even, so low bands are seen by choosing a nearer end."""
    shown = [stretch for stretch in stretches if upto is None or stretch.row.upto <= upto] or stretches[:1]
    end, top = shown[-1].row.upto, max(stretch.last for stretch in shown)

    def at(turnover: int, premium: int) -> Point:
        return round(turnover * WIDTH / end), HEIGHT - round(premium * (HEIGHT - 20) / top)

    lines = []
    for number, stretch in enumerate(shown):
        corners = [at(stretch.row.over, stretch.first)]
        if stretch.flat_to:
            corners.append(at(stretch.flat_to, stretch.first))
        corners.append(at(stretch.row.upto, stretch.last))
        after = shown[number + 1].first if number + 1 < len(shown) else None
        lines.append(Line(tuple(corners), None if after is None else at(0, after)[1]))
    return Picture(end, top, tuple(lines))
