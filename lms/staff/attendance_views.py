"""R076: the attendance list of a term, and its file."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.staff import attendance
from lms.staff.attendance import Standing
from lms.terms import queries as terms
from lms.terms.models import Term
from lms.terms.rules import shown_first
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.downloads import table
from lms.web.messages import sentence

bp = Blueprint("staff_attendance", __name__, url_prefix="/yonetim/devam")
_READERS = ("reviewer", "support", "manager", "auditor")


@bp.get("")
@staff(*_READERS)
def listing() -> str:
    """One term, filtered by how far its people are."""
    return _page()


def _page(refused: str = "", typed: str = "") -> str:
    all_terms = terms.current_terms()
    now = clock.now()
    term = _chosen(all_terms, now)
    if term is None:
        return render_template("staff/attendance.html", term=None, terms=[])
    standing = _standing()
    counts = attendance.counts(term.code, now)
    total = counts.get(standing, 0) if standing else sum(counts.values())
    pages = max(1, -(-total // attendance.PER_PAGE))
    number = min(page_number(), pages)
    order = "ad" if request.args.get("sira") == "ad" else "atama"
    return render_template(
        "staff/attendance.html",
        term=term, terms=all_terms, standing=standing, counts=counts, names=attendance.NAMES, order=order, page=number,
        pages=pages, rows=attendance.page(term.code, standing, order=order, number=number, now=now), refused=refused,
        typed=typed, total=sum(counts.values()),
    )  # fmt: skip


def _chosen(all_terms: Sequence[Term], now: datetime) -> Term | None:
    """The term named, else the one running now, else the last that ran; None where there is none at all."""
    wanted = request.values.get("donem")
    if not wanted:
        return max(all_terms, key=lambda term: shown_first(term.schedule, now), default=None)
    found = next((term for term in all_terms if term.code == wanted), None)
    if found is None:
        raise NotFound
    return found


def _standing() -> Standing | None:
    wanted = request.values.get("durum", "")
    return Standing(wanted) if wanted in set(Standing) else None


@bp.post("/indir")
@staff(*_READERS)
def download() -> ResponseReturnValue:
    """The list as a file, identity numbers masked."""
    return _file(full=False)


@bp.post("/indir-tckn")
@staff("manager", fresh=True)
def download_full() -> ResponseReturnValue:
    """The same with whole identity numbers, for the reason given."""
    return _file(full=True)


def _file(*, full: bool) -> ResponseReturnValue:
    now, form = clock.now(), request.form.get("bicim", "csv")
    term = _chosen(terms.current_terms(), now)
    if term is None:
        raise NotFound
    reason = request.form.get("gerekce", "")
    try:
        with transaction():
            attendance.record_export(term.code, form=form[:4], full=full, reason=reason, actor=current_actor(), now=now)
    except DomainError as error:
        answer = _page(sentence(error.code, error.params, "tr"), reason)
        return answer, error.status
    rows = attendance.cells(attendance.all_of(term.code, _standing(), now), full=full)
    return table(f"devam {term.code}", attendance.HEAD, rows, form)
