"""Pages of the holder: "Sertifikalarım", the document, and another view period."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from lms.certificates.services import certificates as services
from lms.certificates.services.certificates import Document
from lms.core import clock
from lms.core.errors import Forbidden
from lms.payments.views import order_page
from lms.web.access import current_actor, member

bp = Blueprint("certificates", __name__)


@bp.get("/sertifikalarim")
@member
def mine() -> ResponseReturnValue:
    """R105, R107: every certificate, also one whose Monday is still to come; electronic only."""
    actor = current_actor()
    held = services.held_by(actor.member_id, now=clock.now())
    return render_template("certificates/list.html", held=held, earlier=services.earlier_of(actor))


@bp.get("/sertifikalarim/<certificate_id>.pdf")
@member
def document(certificate_id: str) -> ResponseReturnValue:
    """R106: the PDF, to see and to print. Its first opening issues the certificate if no job has, and keeps the bytes."""
    try:
        return pdf_response(open_document(certificate_id))
    except Forbidden as refusal:
        if refusal.code != "certificate.view_expired":
            raise
        held = services.own(certificate_id, actor=current_actor(), now=clock.now())
        return make_response(render_template("certificates/expired.html", held=held), 403)


def open_document(certificate_id: str) -> Document:
    """The caller's document, for the page and the API: read where it was made before, else made once."""
    actor, now = current_actor(), clock.now()
    made = services.stored_pdf(certificate_id, actor=actor, now=now)
    if made is not None:
        return made
    return services.make_pdf(certificate_id, actor=actor, now=now)


def pdf_response(made: Document) -> Response:
    """Shown in the browser, saved under its number; never under a name or an identity number."""
    response = make_response(made.data)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="sertifika-{made.number}.pdf"'
    return response


@bp.route("/sertifikalarim/<certificate_id>/odeme", methods=["GET", "POST"])
@member
def renew(certificate_id: str) -> ResponseReturnValue:
    """R109, R110: "Sertifika Ödemesi", on the same pages and the same way as every payment."""
    quote = services.renewal_quote(certificate_id, actor=current_actor(), now=clock.now())
    return order_page(quote)
