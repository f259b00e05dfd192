"""How dates and instants are written for people: "2 Nisan 2025 Çarşamba, 00.00", "Wednesday 2 April 2025, 00:00"."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime

from lms.core.clock import ISTANBUL


def _pattern(language: str, weekday: bool) -> str:
    if not weekday:
        return "d MMMM y"
    return "d MMMM y EEEE" if language == "tr" else "EEEE d MMMM y"


def day(value: date | datetime, language: str, *, weekday: bool = True) -> str:
    """ "2 Nisan 2025 Çarşamba"; an instant is taken in Istanbul."""
    if isinstance(value, datetime):
        value = value.astimezone(ISTANBUL).date()
    return format_date(value, _pattern(language, weekday), locale=language)


def moment(value: datetime, language: str, *, weekday: bool = True, seconds: bool = False) -> str:
    """ "2 Nisan 2025 Çarşamba, 00.00" (a colon in English)."""
    clock = "HH.mm" if language == "tr" else "HH:mm"
    if seconds:
        clock += clock[2] + "ss"
    return format_datetime(value.astimezone(ISTANBUL), f"{_pattern(language, weekday)}, {clock}", locale=language)


def written(value: object, language: str) -> object:
    """A sentence's parameter as a person reads it: instants and dates, also in their ISO form, are written out."""
    if isinstance(value, datetime):
        return moment(value, language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, str):
        try:
            if len(value) == 10 and value[4] == value[7] == "-":
                return day(date.fromisoformat(value), language)
            if "T" in value and value[:4].isdigit():
                return moment(datetime.fromisoformat(value), language)
        except ValueError:
            return value
    return value
