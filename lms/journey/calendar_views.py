"""A candidate's dates: on a page, as a file, and at a secret address that their calendar program asks."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.config import config
from lms.core.db import transaction
from lms.core.errors import NotFound
from lms.journey import formats, rules, services
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.web.access import client_ip, current_actor, member, public
from lms.web.messages import sentence
from lms.web.throttle import hit

bp = Blueprint("calendar", __name__)
UNKNOWN_LINKS = "30/minute"


def _own() -> Member:
    person = member_by_code(current_actor().code)
    assert person is not None  # noqa: S101 - the guard let a member in
    return person


def _ics(person: Member) -> Response:
    """The person's dates in their own language; nothing in it is more than a date."""
    now = clock.now()
    found = services.journey(person, now)
    entries = [
        formats.Entry(
            services.calendar_key(person, found, one.code),
            one.at,
            f"SEGEM: {sentence(f'dated.{one.code}', {}, person.language)}",
        )
        for one in rules.dates(found.facts)
    ]
    base = config().base_url
    body = formats.ics(entries, name="SEGEM Akademi", url=f"{base}/", host=urlsplit(base).hostname or "segem", now=now)
    return Response(body, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})


@bp.get("/takvimim")
@member
def page() -> str:
    """Every date and why, and how to have them in one's own calendar."""
    return _page(None)


def _page(link: str | None) -> str:
    person = _own()
    found = services.journey(person, clock.now())
    return render_template(
        "journey/calendar.html", dates=rules.dates(found.facts), feed=services.feed_of(person.id), link=link
    )


@bp.get("/takvimim.ics")
@member
def download() -> Response:
    """The dates as they are now, once."""
    answer = _ics(_own())
    answer.headers["Content-Disposition"] = 'attachment; filename="segem-takvim.ics"'
    return answer


@bp.post("/takvimim")
@member
def subscribe() -> ResponseReturnValue:
    """A new secret address, shown on this one page only; an earlier one ends."""
    with transaction():
        token = services.open_feed(_own(), actor=current_actor(), now=clock.now())
    response = Response(_page(config().base_url + url_for("calendar.feed", token=token)))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/takvimim/kapat")
@member
def end() -> ResponseReturnValue:
    """The address answers nobody any more."""
    with transaction():
        services.end_feed(_own(), actor=current_actor(), now=clock.now())
    flash(_("Takvim bağlantısı kapatıldı. Takviminizdeki aboneliği silebilirsiniz."), "success")
    return redirect(url_for("calendar.page"), 303)


@bp.get("/takvim/<token>.ics")
@public
def feed(token: str) -> Response:
    """What a calendar program asks every few hours: the secret in the address is the key."""
    try:
        owner = services.feed_owner(token)
    except NotFound:
        hit("calendar", client_ip(), UNKNOWN_LINKS)
        raise
    return _ics(owner)
