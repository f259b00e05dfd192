"""The legal texts as everybody may read them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms.core.errors import NotFound
from lms.membership.queries import current_text
from lms.web.access import public
from lms.web.i18n import language

bp = Blueprint("terms", __name__)

PUBLISHED = {
    "aydinlatma": "kvkk_notice",
    "kosullar": "application_terms",
    "sozlesme": "service_contract",
    "on-bilgilendirme": "pre_information",
}


@bp.get("/aydinlatma", defaults={"name": "aydinlatma"}, endpoint="notice")
@bp.get("/kosullar", defaults={"name": "kosullar"}, endpoint="conditions")
@bp.get("/metinler/<name>")
@public
def text(name: str) -> ResponseReturnValue:
    """One text in its version of today."""
    kind = PUBLISHED.get(name)
    found = current_text(kind, None, language()) if kind else None
    if found is None:
        raise NotFound
    return render_template("terms/text.html", text=found)
