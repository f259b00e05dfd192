"""How dates, money and explanations are written for people (LOOK.md: "2 Nisan 2025 Çarşamba, 00.00", "533,00 ₺")."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup

from lms.core.calendar import spoken_end
from lms.core.clock import ISTANBUL
from lms.core.errors import DomainError
from lms.core.money import turkish_text
from lms.web import writing
from lms.web.i18n import language
from lms.web.messages import explained, sentence


def day(value: date | datetime, *, weekday: bool = True, in_language: str | None = None) -> str:
    """ "2 Nisan 2025 Çarşamba"; an instant is taken in Istanbul."""
    return writing.day(value, in_language or language(), weekday=weekday)


def moment(value: datetime, *, weekday: bool = True, seconds: bool = False, in_language: str | None = None) -> str:
    """ "2 Nisan 2025 Çarşamba, 00.00" (a colon in English)."""
    return writing.moment(value, in_language or language(), weekday=weekday, seconds=seconds)


def time_of(value: datetime) -> str:
    """ "14.03.07": the clock of an acknowledgement."""
    separator = "." if language() == "tr" else ":"
    return value.astimezone(ISTANBUL).strftime(f"%H{separator}%M{separator}%S")


def stamp(value: datetime, *, seconds: bool = False) -> Markup:
    """A ``<time>`` element: written out for people, ISO for machines."""
    written = moment(value, seconds=seconds)
    return Markup('<time datetime="{}">{}</time>').format(value.astimezone(ISTANBUL).isoformat(), written)


def stamp_end(value: datetime) -> Markup:
    """The same for the end of a window, as people say it: 23.59 of the last day, not midnight of the next; seconds if it has any."""
    return stamp(spoken_end(value), seconds=value.second > 0)


def explain(steps: Sequence[Mapping[str, Any]] | Any, in_language: str | None = None) -> str:
    """An explained date as one line: each step's sentence, joined by arrows. Takes the JSON form or an ``Explained``."""
    lang = in_language or language()
    rows = steps.to_json()["steps"] if hasattr(steps, "to_json") else steps
    if isinstance(rows, Mapping):
        rows = rows["steps"]
    return explained(rows, lang)


def spoken(code: str | DomainError) -> str:
    """The sentence of a code, or of a refusal with what it names."""
    if isinstance(code, DomainError):
        return sentence(code.code, code.params, language())
    return sentence(code, {}, language())


def percent(value: object) -> str:
    """ "%54"; "54%" in English."""
    return f"%{value}" if language() == "tr" else f"{value}%"


def minutes_seconds(seconds: int) -> str:
    """95 -> "1 dk 35 sn"."""
    minutes, rest = divmod(int(seconds), 60)
    units = ("dk", "sn") if language() == "tr" else ("min", "s")
    return f"{minutes} {units[0]} {rest} {units[1]}" if minutes else f"{rest} {units[1]}"


def money(kurus: int) -> str:
    """R016: 123450 -> "1.234,50 ₺", which no line of a page parts."""
    return turkish_text(kurus).replace(" ", "\N{NO-BREAK SPACE}")


def init_app(app: Flask) -> None:
    """Register the filters under the names that templates use."""
    app.jinja_env.filters.update(
        date_tr=day,
        datetime_tr=moment,
        time_tr=time_of,
        stamp=stamp,
        stamp_end=stamp_end,
        sentence=spoken,
        money=money,
        explain=explain,
        percent=percent,
        duration=minutes_seconds,
    )
    app.jinja_env.globals.update(sentence=lambda code, **params: sentence(code, params, language()))
