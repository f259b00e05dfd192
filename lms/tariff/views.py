"""The public pages of the tariff: a quote for a day, every version with its sources, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.errors import DomainError
from lms.tariff import services
from lms.tariff.forms import QuoteForm
from lms.tariff.rules import comparison, quotes, versions
from lms.tariff.rules import curve as curves
from lms.tariff.rules.quotes import Quote
from lms.tariff.rules.versions import Law, RuleText, Tariff
from lms.web.access import public
from lms.web.filters import day

bp = Blueprint("tariff", __name__)

LABELS = {
    "products": _l("Ürünler"), "legal_basis": _l("Dayanak"), "training": _l("Teknik personel eğitimi"),
    "classes": _l("Kimler"), "ceiling": _l("Ciro sınırı"), "renewal_ceiling": _l("Yenilemede ciro sınırı"),
    "staged": _l("Kademeli giriş"), "age_rule": _l("Kuruluş süresi"), "taxpayer_rule": _l("Vergi mükellefiyeti"),
    "buyers_excluded": _l("Teminat dışı alıcılar"), "terms": _l("Vade seçenekleri"), "premium_base": _l("Primin esası"),
    "premium": _l("Prim oranları"), "cover_multiple": _l("Azami teminat katı"), "min_premium": _l("Taban prim"),
    "cash_discount": _l("Peşin ödeme indirimi"), "intro_discount": _l("Başlangıç indirimi"), "instalments": _l("Taksit"),
    "limits": _l("Alıcı başına azami kredi limiti"), "limit_allocation": _l("Limit tahsisi"), "scores": _l("Alıcı skoru"),
    "residual": _l("Kalan alıcılar"), "cover_ratios": _l("Teminat oranı"), "deductible": _l("Muafiyet eşiği"),
    "query_fee": _l("Sorgulama ücreti"), "quote_validity": _l("Teklifin geçerliliği"), "add_buyer": _l("Alıcı ekleme"),
    "claims": _l("Hasar süreleri"), "legal_costs": _l("Hukuki masraflar"), "expense_rule": _l("Gider kuralı"),
}  # fmt: skip
STATUS = {
    "document": (_l("belgede"), "good"),
    "public": (_l("kamuya açık sayfada"), ""),
    "inferred": (_l("çıkarım"), "warn"),
    "unknown": (_l("bilinmiyor"), "quiet"),
}
BESIDE = ("cash_discount", "instalments", "query_fee")  # what a quote does not compute, told beside it


@bp.get("/tarife")
@public
def index() -> ResponseReturnValue:
    """The calculator and the list of versions."""
    today = local_date(clock.now())
    asked = "ciro" in request.args
    form = QuoteForm(formdata=request.args if asked else None, tarih=_first_day(today), vade=180)
    answer, tariff, status = None, None, 200
    if asked:
        status = 422
        if form.validate():
            try:
                answer, status = services.quote(**form.values), 200
                tariff = services.version(answer.version)
            except DomainError as error:
                form.refuse(error, _FIELD.get(error.code))
                tariff = services.in_force(form.values["on"]) if error.code == "tariff.unknown" else None
    page = {"form": form, "quote": answer, "tariff": tariff, "examples": _examples(), **_around(answer, tariff, form)}
    return render_template("tariff/index.html", **page, **_shared(today)), status


def _around(answer: Quote | None, tariff: Tariff | None, form: QuoteForm) -> dict[str, Any]:
    """What stands beside a quote: how it is paid, what asking costs."""
    buyers = form.alici.data or 1
    return {
        "plan": services.plan(tariff, answer.net_premium, start=answer.on) if tariff and answer else None,
        "fees": services.fees(tariff, buyers) if tariff else None,
        "BESIDE": BESIDE,
    }


@bp.get("/tarife/<version>")
@public
def show(version: str) -> ResponseReturnValue:
    """One version: every statement with its status and source, the premium curve, what changed since the one before."""
    tariff = services.rule_text(version)
    if isinstance(tariff, Law):
        return _law(tariff)
    others = [other for other in services.catalogue().tariffs if other is not tariff]
    earlier = [other for other in others if other.from_day < tariff.from_day]
    days = request.args.get("vade", type=int)
    days = days if days in tariff.terms else next(iter(tariff.terms), 0)
    stretches = curves.curve(tariff, days) if tariff.quotable else []
    ends = [stretch.row.upto for stretch in stretches]
    end = request.args.get("ust", type=int)
    page = {
        "tariff": tariff,
        "others": others,
        "other": earlier[-1] if earlier else None,
        "differences": changes(earlier[-1], tariff) if earlier else [],
        "days": days,
        "curve": stretches,
        "ends": ends,
        "picture": curves.picture(stretches, end if end in ends else None) if stretches else None,
        "silent": [key for key in versions.FACTS if key not in tariff.facts],
    }
    return render_template("tariff/version.html", **page, **_shared(local_date(clock.now())))


@bp.get("/tarife/karsilastir")
@public
def compare() -> ResponseReturnValue:
    """Any two versions side by side, cell by cell; without a choice, the last two that can be quoted."""
    tariffs = services.catalogue().tariffs
    known = [tariff for tariff in tariffs if tariff.quotable] or list(tariffs)
    chosen = [
        services.catalogue().version(request.args.get(name, "")) or known[max(index, -len(known))]
        for name, index in (("once", -2), ("sonra", -1))
    ]
    old, new = sorted(chosen, key=lambda tariff: tariff.from_day)
    tables = [(key, comparison.segments(old, new, key)) for key in versions.TABLES]
    page = {
        "old": old,
        "new": new,
        "tables": [(key, rows) for key, rows in tables if rows],
        "statements": comparison.statements(old, new),
    }
    return render_template("tariff/compare.html", **page, **_shared(local_date(clock.now())))


def _law(law: Law) -> ResponseReturnValue:
    """Another rule text: every statement with its status and source, and what takes its place."""
    series = [other for other in services.catalogue().laws if other.series == law.series]
    page = {"law": law, "series": series, "later": next((o for o in series if o.from_day > law.from_day), None)}
    return render_template("tariff/law.html", **page, **_shared(local_date(clock.now())))


_FIELD = {
    "tariff.turnover_invalid": "ciro",
    "tariff.turnover_out_of_range": "ciro",
    "tariff.term_not_offered": "vade",
    "tariff.not_in_force": "tarih",
    "tariff.unknown": "tarih",
}


def _shared(today: date) -> dict[str, Any]:
    catalogue = services.catalogue()
    return {
        "today": today,
        "catalogue": catalogue,
        "current": services.in_force(today),
        "last_day": last_day,
        "LABELS": LABELS,
        "STATUS": STATUS,
        "TABLES": versions.TABLES,
        "FACTS": versions.FACTS,
        "anchor": versions.anchor,
        "cell_text": versions.cell_text,
        "percent": versions.percent,
        "lira": versions.lira,
        "cell_url": cell_url,
        "cell_label": cell_label,
        "state": state,
        "title": title,
    }


state = services.state


def title(tariff: Tariff) -> str:
    """A version's name in the page's language."""
    return str(
        _(
            "%(day)s tarifesi (Resmî Gazete %(number)s)",
            day=day(tariff.from_day, weekday=False),
            number=tariff.gazette_number,
        )
    )


def last_day(tariff: Tariff) -> date | None:
    """The last civil day of a version's time; None for the last version."""
    end = services.until(tariff)
    return end - timedelta(days=1) if end else None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison as people read it."""

    label: str
    before: str
    after: str


def changes(old: Tariff, new: Tariff) -> list[Line]:
    """What the comparison marks as changed, one line a cell; a table row that only one version has is one line as a whole."""
    lines: list[Line] = []
    for key in versions.TABLES:
        for segment in comparison.segments(old, new, key):
            pairs = [pair for pair in segment.pairs if pair.changed]
            place = f"{key}/{segment.label}"
            if len(pairs) > 1 and not (any(p.before for p in pairs) and any(p.after for p in pairs)):
                before, after = (
                    " / ".join(filter(None, side)) for side in zip(*((p.before, p.after) for p in pairs), strict=True)
                )
                lines.append(Line(cell_label(place), before, after))
            else:
                lines += [Line(cell_label(f"{place}/{p.column}"), p.before, p.after) for p in pairs]
    return lines + [
        Line(str(LABELS[p.column]), p.before, p.after) for p in comparison.statements(old, new) if p.changed
    ]


def cell_url(version: str, address: str) -> str:
    """Where a version's page shows a cell: the one click from a number to its source."""
    return url_for("tariff.show", version=version, _anchor=versions.anchor(address))


@bp.app_template_filter("cited")
def cited(text: str, citations: Iterable[Any]) -> Markup:
    """A text in which each number that was cited leads to its cell: the one click from a lesson or a question.

    ``citations``: what `references.expand` answers, or the same recorded as JSON (start, end, address).
    """
    parts: list[str] = []
    done = 0
    for one in sorted((_fields(one) for one in citations), key=itemgetter("start")):
        start, end = one["start"], one["end"]
        if done <= start < end <= len(text):  # a computed number cites several cells: the first is its link
            parts += [escape(text[done:start]), cite_link(one["address"], text[start:end])]
            done = end
    return Markup("").join([*parts, escape(text[done:])])


@bp.app_template_global("cite_link")
def cite_link(address: str, shown: str = "") -> Markup:
    """A link to a cell by its full address ("DDAS-TT-2020:limits/0-5.000.000"): as `shown`, or by its name.

    Plain text if the rule text no longer exists.
    """
    version, _sep, place = address.partition(":")
    text = services.catalogue().rule_text(version)
    if text is None:
        return escape(shown or address)
    name = cell_name(text, place)
    link = Markup('<a class="cite" href="{}" title="{}">{}</a>')
    return link.format(cell_url(version, place), name, shown or name)


def cell_name(text: RuleText, place: str) -> str:
    """A cell for people, with the text that it stands in and where the value comes from: what its link says."""
    key = place.partition("/")[0].partition(".")[0]
    fact = text.effective if key == "effective" else text.fact(key)
    if isinstance(text, Tariff):
        words = [title(text), cell_label(place) if key in LABELS else str(_("Yürürlük"))]
    else:
        words = [text.title, fact.text]
    references = services.catalogue().references
    sources = [
        _("Resmî Gazete %(number)s", number=one.key) if one.kind == "gazette" else references[one.key].title
        for one in fact.sources[:1]
    ]
    return " · ".join(filter(None, [*words, *sources]))


def _fields(citation: Any) -> Mapping[str, Any]:
    return citation if isinstance(citation, Mapping) else asdict(citation)


def cell_label(address: str) -> str:
    """A cell for people: "Prim oranları, 3.000.001-5.000.000 TL, 120 gün"."""
    key, *place = address.split("/")
    words = [str(LABELS[key.partition(".")[0]])]
    if place:
        words.append(f"{place[0]} TL")
    if len(place) > 1 and place[1].isdigit():
        words.append(str(_l("%(days)s gün", days=place[1])))
    elif place[1:] == ["multiple"]:
        words.append(str(_l("net primin katı")))
    return ", ".join(words)


def _first_day(today: date) -> date:
    """The day the form starts with: today if today's tariff is known, else the start of the newest that is."""
    if services.in_force(today).quotable:
        return today
    return [tariff for tariff in services.catalogue().tariffs if tariff.quotable][-1].from_day


def _examples() -> list[tuple[Tariff, Quote]]:
    """One worked example for each version that can be quoted, to start from."""
    return [
        (tariff, quotes.quote_by(tariff, turnover=4_000_000_00, days=180, on=tariff.from_day))
        for tariff in services.catalogue().tariffs
        if tariff.quotable
    ]
