"""The dashboard of a term: every chart beside its table, each table as a file too."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import NotFound
from lms.core.sheets import Cell
from lms.enrolment.rules import APPLICANT_LABELS, ApplicantType
from lms.questions.queries import topic_titles
from lms.reports.queries import dates
from lms.reports.rules import figures as rules
from lms.reports.services import figures as services
from lms.reports.staff_views import queues
from lms.web import downloads
from lms.web.access import current_actor, staff

bp = Blueprint("reports", __name__, url_prefix="/yonetim/raporlar")
READERS = ("manager", "auditor", "accountant")
STEPS = {
    "members": "Üyeliği olan", "right": "Ödeyen ya da muaf", "form": "Formu gönderen", "started": "Eğitime başlayan",
    "completed": "Eğitimi tamamlayan", "sat": "Sınava giren", "passed": "Sınavı geçen", "certificate": "Sertifikası olan",
}  # fmt: skip
DUE = {
    "trainings": "Açılan eğitimler", "attempts": "Açılan 2. ve 3. sınav hakları", "certificates": "Hazır olan sertifikalar",
    "views": "Biten görüntüleme süreleri",
}  # fmt: skip
ENDS = {"application": "Başvurunun son günü", "study": "Eğitim ve sınavın son günü", "exemption": "Muafiyetin formdan önce yanıtlanabileceği son güvenli gün"}  # fmt: skip
_GROUP_HEAD = ("Başvuru", "Geçen", "Kalan", "Süresi dolan ya da geçersiz", "Süren", "Geçme oranı (%)")


@bp.get("")
@staff(*READERS)
def dashboard() -> ResponseReturnValue:
    """The figures of one term (?donem=), what falls due now, and where each table can be taken along."""
    now = clock.now()
    counted, terms = services.of_term(request.args.get("donem"), now)
    found = counted.figures if counted else rules.Figures()
    only_money = current_actor().role == "accountant"
    return render_template(
        "reports/dashboard.html",
        counted=counted, terms=terms, figures=found, only_money=only_money, share=rules.share,
        steps=[] if only_money else rules.funnel(found.funnel), STEPS=STEPS,
        payments=_chart(found, 0), attempts=None if only_money else _chart(found, 3),
        paid=[sum(one[n] for one in found.days.values()) for n in (0, 1, 2)], months=_months(found),
        titles=topic_titles(counted.term.programme.code) if counted else {}, labels=_labels(),
        due=[] if only_money else dates.due(now), DUE=DUE, deadlines=services.deadlines(now), ENDS=ENDS, today=now,
        may_count=current_actor().role == "manager", queues=queues.lines(current_actor(), now),
    )  # fmt: skip


def _labels() -> dict[str, str]:
    return {kind.value: APPLICANT_LABELS[kind] for kind in ApplicantType}


def _chart(found: rules.Figures, place: int) -> rules.Chart | None:
    return rules.chart({date.fromisoformat(day): values[place] for day, values in found.days.items()})


def _months(found: rules.Figures) -> list[tuple[date, list[int]]]:
    """The days folded into months, oldest first: what a table can still show."""
    sums: dict[str, list[int]] = {}
    for day, values in found.days.items():
        month = sums.setdefault(day[:7], [0, 0, 0, 0])
        for n, value in enumerate(values):
            month[n] += value
    return [(date.fromisoformat(f"{month}-01"), values) for month, values in sorted(sums.items())]


@bp.post("/say")
@staff("manager")
def count() -> ResponseReturnValue:
    """Count now instead of at the next hour."""
    with transaction():
        services.count(now=clock.now())
    return redirect(url_for("reports.dashboard", donem=request.form.get("donem") or None), 303)


# --- the tables as files ---------------------------------------------------------------------------------------------

Table = tuple[str, Sequence[str], list[Sequence[Cell]]]


def _funnel(found: rules.Figures, _programme: str) -> Table:
    rows = [(STEPS[one.name], one.people, one.lost, one.of_before, one.of_first) for one in rules.funnel(found.funnel)]
    return "Huni", ("Adım", "Kişi", "Önceki adımdan eksilen", "Önceki adıma oranı (%)", "İlk adıma oranı (%)"), [*rows]


def _money(found: rules.Figures, _programme: str) -> Table:
    rows = [(date.fromisoformat(day), one[0], one[1] / 100, one[2] / 100) for day, one in found.days.items() if one[0]]
    return "Gün gün ödemeler", ("Gün", "Ödeme", "Ücret (TL)", "Banka komisyonuyla çekilen (TL)"), [*rows]


def _sittings(found: rules.Figures, _programme: str) -> Table:
    rows = [(date.fromisoformat(day), one[3]) for day, one in found.days.items() if one[3]]
    return "Gün gün sınavlar", ("Gün", "Başlanan sınav"), [*rows]


def _ordinals(found: rules.Figures, _programme: str) -> Table:
    rows = [(f"{n}. sınav", all_, passed, rules.share(passed, all_)) for n, all_, passed in found.ordinals]
    return "Sınav sırasına göre", ("Sınav", "Biten", "Geçilen", "Geçme oranı (%)"), [*rows]


def _topics(found: rules.Figures, programme: str) -> Table:
    titles = topic_titles(programme)
    rows = [(titles.get(topic, topic), all_, right, rules.share(right, all_)) for topic, all_, right in found.topics]
    return "Konulara göre", ("Konu", "Sorulan", "Doğru", "Doğru oranı (%)"), [*rows]


def _grouped(title: str, first: str, rows: Sequence[Sequence[Any]], names: dict[str, str]) -> Table:
    cells = [(names.get(one[0], one[0]), *one[1:], rules.share(one[2], one[2] + one[3] + one[4])) for one in rows]
    return title, (first, *_GROUP_HEAD), [*cells]


TABLES: dict[str, Callable[[rules.Figures, str], Table]] = {
    "huni": _funnel,
    "odemeler": _money,
    "sinavlar": _sittings,
    "sinav-sirasi": _ordinals,
    "konular": _topics,
    "basvuru-tipleri": lambda found, _: _grouped("Başvuru tipine göre", "Başvuru tipi", found.types, _labels()),
    "kurumlar": lambda found, _: _grouped("Kurumlara göre", "Kurum", found.institutions, {}),
}


@bp.get("/tablo/<name>.<form>")
@staff(*READERS)
def table(name: str, form: str) -> ResponseReturnValue:
    """One table of the dashboard as CSV or Excel; no person stands in any of them."""
    if name not in TABLES or form not in ("csv", "xlsx") or (current_actor().role == "accountant" and name != "odemeler"):  # fmt: skip
        raise NotFound
    counted, _terms = services.of_term(request.args.get("donem"), clock.now())
    if counted is None:
        raise NotFound
    title, head, rows = TABLES[name](counted.figures, counted.term.programme.code)
    return downloads.table(f"{title} {counted.term.code}", head, rows, form)
