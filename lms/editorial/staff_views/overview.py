"""What waits at the desk, every document with its history, what a version touches, and the building of the course."""

from __future__ import annotations

from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import NotFound
from lms.documents import queries as documents
from lms.documents import services as texts
from lms.documents.rules import Kind, State, kind_of
from lms.editorial import formats, queries
from lms.editorial.services import builds as building
from lms.editorial.services import stale as staleness
from lms.editorial.staff_views.base import DECIDERS, KINDS, LOOKERS, bp, may_write
from lms.tariff.rules.versions import RuleText
from lms.web.access import current_actor, staff

_ORDER = list(Kind)


@bp.get("")
@staff(*LOOKERS)
def index() -> str:
    """Proposals, drafts, what is outdated, and every document."""
    actor = current_actor()
    opened = documents.open_ones()
    names = sorted((name for name in texts.published() if kind_of(name)), key=lambda n: (_ORDER.index(kind_of(n) or Kind.TARIFF), n))  # fmt: skip
    catalogue = staleness.current_catalogue()
    newest = staleness.newest(catalogue)
    items = staleness.touched(newest, catalogue)
    return render_template(
        "editorial/index.html",
        proposals=[row for row in opened if row.state == State.PROPOSED],
        drafts=[row for row in opened if row.state == State.DRAFT],
        groups=[(KINDS[kind], list(group)) for kind, group in groupby(names, key=lambda n: kind_of(n) or Kind.TARIFF)],
        newest=newest,
        changed=[item for item in items if item.changed],
        look=[item for item in items if not item.changed],
        held=staleness.held(),
        build=next(iter(queries.latest_builds(1)), None),
        taken_in=documents.last_publication() is not None,
        writes=may_write(actor),
    )


@bp.get("/belge/<path:name>")
@staff(*LOOKERS)
def document(name: str) -> str:
    """One document: what is published, who works on it, everything it ever said."""
    rows = documents.history(name)
    if not rows:
        raise NotFound
    shown = next((row for row in rows if row.code == request.args.get("surum")), None)
    base = next((row for row in rows if shown and row.id == shown.base_id), None)
    return render_template(
        "editorial/document.html",
        name=name,
        rows=rows,
        draft=next((row for row in rows if row.state in ("draft", "proposed")), None),
        shown=shown,
        diff=texts.diff(base.body if base else "", shown.body) if shown else [],
        questions=_questions(name, rows[0].body),
        writes=may_write(current_actor()),
    )


def _questions(name: str, body: str | None) -> dict[str, str]:
    """The questions of a topic's text, by code."""
    if kind_of(name) is not Kind.TOPIC:
        return {}
    return {code: str(place.values.get("stem", "")) for code, place in formats.questions_in(body or "").items()}


@bp.get("/guncellik")
@staff(*LOOKERS)
def stale() -> str:
    """What a version touches: every lesson and question with the old value beside the new."""
    catalogue = staleness.current_catalogue()
    known: list[RuleText] = [*catalogue.tariffs, *catalogue.laws]
    versions = sorted(known, key=lambda text: text.from_day, reverse=True)
    wanted = request.args.get("surum", "")
    version = next((text for text in versions if text.id == wanted), staleness.newest(catalogue))
    items = staleness.touched(version, catalogue)
    return render_template(
        "editorial/stale.html",
        version=version,
        versions=versions,
        changed=[item for item in items if item.changed],
        look=[item for item in items if not item.changed],
        held=staleness.held(),
        places=_places(),
        writes=may_write(current_actor()),
    )


def _places() -> dict[str, str]:
    """Lesson code -> its slides, so that an outdated slide is one click from its text."""
    found = {}
    tree = texts.published()
    for name in tree:
        if kind_of(name) is Kind.LESSON:
            first = tree[name].decode().partition("\n")[0]
            found[first.removeprefix("code:").strip()] = name.replace("lesson.yaml", "slides.md")
    return found


@bp.get("/yapim")
@staff(*LOOKERS)
def builds() -> str:
    """How far the building of what changed is."""
    rows = queries.latest_builds()
    return render_template(
        "editorial/builds.html",
        rows=rows,
        running=any(row.state in ("waiting", "running") for row in rows),
        decides=current_actor().role in DECIDERS,
    )


@bp.post("/yapim/<int:build>")
@staff(*DECIDERS)
def retry(build: int) -> ResponseReturnValue:
    """Try again what failed."""
    with transaction():
        building.retry(build, actor=current_actor(), now=clock.now())
    flash("Yapım yeniden sıraya alındı.", "good")
    return redirect(url_for("editorial.builds"), 303)
