"""The person's own slips: what was sent and what came of it, and sending one (R045)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import DomainError, TooMany
from lms.slips import queries, services
from lms.slips.forms import UploadForm
from lms.web.access import current_actor, member
from lms.web.throttle import hit
from lms.web.uploads import chosen

bp = Blueprint("slips", __name__, url_prefix="/odemelerim/dekont")
UPLOAD_LIMIT = "20/hour"


@bp.get("")
@member
def mine() -> str:
    """Every slip with its answer, and the form for another."""
    return _page(UploadForm(formdata=None))


@bp.post("")
@member
def send() -> ResponseReturnValue:
    """R045: it counts from now, as one by mail does from its arrival."""
    form, actor, now = UploadForm(), current_actor(), clock.now()
    if not form.validate_on_submit():
        return _page(form), 422
    release()
    try:
        hit("slip", actor.code, UPLOAD_LIMIT)
        documents = services.prepare(chosen(form.documents.data), actor=actor, now=now)
        with transaction():
            services.upload(documents, actor=actor, now=now)
    except TooMany:
        raise
    except DomainError as error:
        form.refuse(error, "documents")
        return _page(form), error.status
    flash(_("Dekontunuz alındı. Banka kaydıyla karşılaştırılınca yanıtımızı e-posta ile de alırsınız."), "good")
    return redirect(url_for("slips.mine"), 303)


def _page(form: UploadForm) -> str:
    slips = queries.of_member(current_actor().member_id)
    last_day = services.last_day(clock.now())
    return render_template("slips/mine.html", form=form, slips=slips, last_day=last_day)
