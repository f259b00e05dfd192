"""The copy of a person's data as a ZIP: one JSON for programs, one page for people, each complete."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from lms.core.clock import ISTANBUL
from lms.privacy.rules.words import CATEGORIES, column_name, named, spoken

Rows = Sequence[Mapping[str, Any]]

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733}"
    "h2{margin-top:2.5rem}dl{display:grid;grid-template-columns:minmax(8rem,16rem) 1fr;gap:.2rem 1rem;margin:0 0 1rem;"
    "padding:.8rem;border:1px solid #ccd5dd;border-radius:.5rem}dt{color:#51606d}dd{margin:0;overflow-wrap:anywhere}"
)


def archive(about: Mapping[str, str], tables: Mapping[str, tuple[str, Rows]], made_at: datetime) -> bytes:
    """``about``: what stands at the top; ``tables``: name -> (purpose in words, rows)."""
    whole = {"about": about, "made_at": made_at, "tables": {name: rows for name, (_, rows) in tables.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("verilerim.json", json.dumps(whole, ensure_ascii=False, indent=1, default=_plain))
        packed.writestr("verilerim.html", page(about, tables, made_at))
    return out.getvalue()


def page(about: Mapping[str, str], tables: Mapping[str, tuple[str, Rows]], made_at: datetime) -> str:
    """The same to read: no script, nothing loaded from elsewhere."""
    parts = [
        "<!doctype html><html lang='tr'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>",
        f"<title>Kişisel verilerim</title><style>{_STYLE}</style><h1>Kişisel verilerim</h1>",
        f"<p>SEGEM Akademi'de hakkınızda tutulan her şey; hazırlanma: {_shown(made_at)}.</p>",
        _list(about, str),
    ]
    for purpose, rows in tables.values():
        if rows:
            parts.append(f"<h2>{escape(purpose)} ({len(rows)})</h2>")
            parts += [_list(row, column_name) for row in rows]
    return "".join(parts) + "</html>"


def _list(row: Mapping[str, Any], name: Any) -> str:
    told = [(key, value) for key, value in row.items() if value not in (None, "", [], {})]
    return (
        "<dl>"
        + "".join(f"<dt>{escape(name(key))}</dt><dd>{_shown(named(key, value))}</dd>" for key, value in told)
        + "</dl>"
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "evet" if value else "hayır"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, dict | list):
        return escape(spoken(value, _moment))
    return escape(str(value))


def _moment(value: datetime) -> str:
    return f"{value.astimezone(ISTANBUL):%d.%m.%Y %H:%M:%S}"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def category_name(category: str) -> str:
    """A kind of data in words."""
    return CATEGORIES.get(category, category)
