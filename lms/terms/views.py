"""The legal texts as everybody may read them."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms.core.errors import NotFound
from lms.membership.queries import current_text, text_versions
from lms.web.access import public
from lms.web.i18n import language

bp = Blueprint("terms", __name__)

PUBLISHED = {
    "aydinlatma": "kvkk_notice",
    "kosullar": "application_terms",
    "sozlesme": "service_contract",
    "on-bilgilendirme": "pre_information",
    "hemen-ifa": "immediate_performance",
    "acik-riza": "explicit_consent",
    "duyuru-izni": "announcements_consent",
    "muafiyet-belgeleri": "exemption_notice",
    "sertifika-beyani": "no_certificate_declaration",
    "kurumsal-basvuru": "corporate_notice",
    "cerezler": "cookies",
}


@bp.get("/aydinlatma", defaults={"name": "aydinlatma"}, endpoint="notice")
@bp.get("/kosullar", defaults={"name": "kosullar"}, endpoint="conditions")
@bp.get("/cerezler", defaults={"name": "cerezler"}, endpoint="cookies")
@bp.get("/metinler/<name>")
@public
def text(name: str) -> ResponseReturnValue:
    """One text in its version of today, or as an earlier version had it (``surum``)."""
    kind = PUBLISHED.get(name)
    current = current_text(kind, None, language()) if kind else None
    if current is None:
        raise NotFound
    versions = text_versions(current.kind, current.language)
    wanted = request.args.get("surum", current.version, type=int)
    found = next((one for one in versions if one.version == wanted), None)
    if found is None:
        raise NotFound
    return render_template("terms/text.html", text=found, current=current, versions=versions, name=name)


@bp.get("/metinler")
@public
def texts() -> str:
    """Every text that somebody is asked to read, accept or consent to."""
    found = [(name, current_text(kind, None, language())) for name, kind in PUBLISHED.items()]
    return render_template("terms/texts.html", texts=[(name, one) for name, one in found if one is not None])
