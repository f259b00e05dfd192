"""The pages of an institution's representative, and the page on which an invited person decides."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.corporate import queries, services
from lms.corporate.forms import AnswerForm, ListForm
from lms.corporate.models import Institution, Invitation
from lms.corporate.rules import Progress
from lms.membership.models import Member
from lms.membership.queries import current_text, member_by_code
from lms.payments.views import order_page
from lms.terms import services as terms
from lms.terms.models import Term
from lms.web.access import current_actor, member, public
from lms.web.asked import page_number
from lms.web.i18n import language
from lms.web.throttle import hit

bp = Blueprint("corporate", __name__)
LIST_LIMIT = "20/day"
PROGRESS = {
    Progress.INVITED: (_l("yanıt bekleniyor"), ""),
    Progress.EXPIRED: (_l("yanıtlamadı"), "quiet"),
    Progress.REFUSED: (_l("daveti geri çevirdi"), "quiet"),
    Progress.WITHDRAWN: (_l("daveti geri aldınız"), "quiet"),
    Progress.ACCEPTED: (_l("kabul etti"), "warn"),
    Progress.PAYING: (_l("ödeniyor"), "warn"),
    Progress.PAID: (_l("ücreti ödendi"), ""),
    Progress.COMPLETED: (_l("tamamladı"), "good"),
    Progress.ENDED: (_l("dönem bitti"), "quiet"),
}


@bp.app_template_global("represented")
def represented() -> str | None:
    """For the account page, which is a feature below: the institution that this person acts for."""
    found = queries.representation(current_actor().member_id)
    return found.institution.name if found else None


@bp.app_template_global("joined_institutions")
def joined_institutions() -> list[tuple[Invitation, bool]]:
    """For the account page: whose invitations this person accepted, and whether they may still step back."""
    return services.joined(current_actor(), clock.now())


# --- the institution ---------------------------------------------------------------------------------------------------


@bp.get("/kurum")
@member
def home() -> ResponseReturnValue:
    """R063: who was invited, who is to be paid for, who completed."""
    institution = services.own_institution(current_actor())
    return _home(institution, _chosen(institution), ListForm())


@bp.post("/kurum")
@member
def upload() -> ResponseReturnValue:
    """A list: each good line becomes an invitation, each bad one is named with its reason."""
    actor, now = current_actor(), clock.now()
    institution = services.own_institution(actor)
    term = _chosen(institution)
    form = ListForm()
    if term is None or not form.validate_on_submit():
        return _home(institution, term, form), 422
    try:
        hit("corporate_list", actor.code, LIST_LIMIT)
        with transaction():
            lines = services.invite(form.file.data.read(), term.code, actor=actor, now=now)
    except DomainError as error:
        form.refuse(error, "file")
        return _home(institution, term, form), error.status
    return render_template("corporate/lines.html", lines=lines, term=term, institution=institution)


@bp.post("/kurum/davetler/<code>/geri-al")
@member
def withdraw(code: str) -> ResponseReturnValue:
    """Take an invitation back that nothing was paid for."""
    with transaction():
        row = services.withdraw(code, actor=current_actor(), now=clock.now())
    flash(_("Davet geri alındı; kişinin bilgileri silindi."), "good")
    return redirect(url_for("corporate.home", donem=row.term_code), 303)


@bp.route("/kurum/odeme/<term_code>", methods=["GET", "POST"])
@member
def pay(term_code: str) -> ResponseReturnValue:
    """The order for the chosen people, on the page of every payment."""
    institution = services.own_institution(current_actor())
    term = terms.term_of(current_actor().member_id, term_code)
    quote = services.group_quote(institution, term, request.args.getlist("kisi"))
    return order_page(quote)


def _chosen(institution: Institution) -> Term | None:
    shown = services.terms_shown(institution, current_actor(), clock.now())
    wanted = request.values.get("donem", "")
    return next((term for term in shown if term.code == wanted), shown[0] if shown else None)


def _home(institution: Institution, term: Term | None, form: ListForm) -> str:
    now = clock.now()
    return render_template(
        "corporate/home.html",
        institution=institution,
        term=term,
        terms=services.terms_shown(institution, current_actor(), now),
        is_open=term is not None and term.schedule.application.contains(now),
        page=services.people(institution, term, now, page_number()) if term else None,
        payments=services.payments_of(current_actor(), institution),
        form=form,
        PROGRESS=PROGRESS,
    )


# --- the invited person --------------------------------------------------------------------------------------------------


@bp.get("/davet/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """Who invites, to what, and what they will see; the answer is the person's own."""
    return _invitation(token, AnswerForm())


@bp.post("/davet/<token>")
@member
def accept(token: str) -> ResponseReturnValue:
    """Join with one's own account."""
    form = AnswerForm()
    person = _person()
    if person is None or not form.validate_on_submit():
        return _invitation(token, form), 422
    try:
        with transaction():
            services.accept(
                token, person, read_notice=bool(form.read_notice.data), declares=bool(form.declares.data),
                language=language(), actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        fields = {"invitation.notice_needed": "read_notice", "register.declaration_needed": "declares"}
        form.refuse(error, fields.get(error.code))
        return _invitation(token, form), error.status
    flash(_("Daveti kabul ettiniz. Kurumunuz ücretinizi ödediğinde size yazacağız; formu siz göndereceksiniz."), "good")
    return redirect(url_for("journey.home"), 303)


@bp.post("/hesabim/davetler/<code>/vazgec")
@member
def leave(code: str) -> ResponseReturnValue:
    """Step back from a corporate application that nobody has paid for yet."""
    with transaction():
        services.leave(code, actor=current_actor(), now=clock.now())
    flash(_("Kurumsal başvurudan ayrıldınız. Kurumun verdiği bilgileriniz silindi."), "good")
    return redirect("/hesabim", 303)


@bp.post("/davet/<token>/geri-cevir")
@public
def refuse(token: str) -> ResponseReturnValue:
    """No account is needed to say no."""
    with transaction():
        services.refuse(token, actor=current_actor(), now=clock.now())
    return render_template("corporate/refused.html")


def _person() -> Member | None:
    actor = current_actor()
    return member_by_code(actor.code) if actor.kind == "member" else None


def _invitation(token: str, form: AnswerForm) -> str:
    row, person, now = services.invitation(token), _person(), clock.now()
    standing, declaration = None, False
    if services.ended(row, now) is None and person is not None and services.is_meant(row, person):
        try:
            declaration = services.needs_declaration(row, person)
        except DomainError as error:
            standing = error
    return render_template(
        "corporate/invitation.html",
        row=row,
        token=token,
        person=person,
        meant=person is not None and services.is_meant(row, person),
        ended=services.ended(row, now),
        notice=current_text(services.NOTICE, row.term.programme.code, language()),
        declaration_text=current_text(services.DECLARATION, row.term.programme.code, language()),
        declaration=declaration,
        standing=standing,
        form=form,
    )
