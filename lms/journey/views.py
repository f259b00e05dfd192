"""The first page: for strangers what this is, for a candidate the journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.calendar import local, spoken_end
from lms.enrolment import services as enrolment
from lms.journey import services
from lms.journey.rules import NextStep
from lms.journey.services import Journey
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.terms import rules as term_rules
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import Channel, Phase
from lms.web.access import current_actor, public
from lms.web.i18n import language
from lms.web.messages import sentence

bp = Blueprint("journey", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """The candidate's journey, or the first page; staff work at their desk."""
    actor = current_actor()
    if actor.kind == "staff":
        return redirect("/yonetim")
    person = member_by_code(actor.code) if actor.kind == "member" else None
    return _home(person) if person is not None else _landing()


# --- strangers ---------------------------------------------------------------------------------------------------


def _landing() -> str:
    now = clock.now()
    announced = terms.announced_terms(now)
    first = [t for t in announced if t.kind == "first_time"]
    renewal = next((t for t in announced if t.kind == "renewal"), None)
    return render_template("journey/landing.html", cards=[_card(t, now) for t in first], renewal=renewal, now=now)


def _card(term: Term, now: datetime) -> dict[str, Any]:
    phase = term_rules.phase(term.schedule, now)
    return {
        "term": term,
        "application": term.schedule.application,
        "study": term.schedule.study,
        "upcoming": phase is Phase.UPCOMING,
        "closed": phase is Phase.STUDY_ONLY,
        "reachable": terms.reachable_attempts(term, now),
    }


# --- the candidate -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    quiet: bool = False


def _home(person: Member) -> str:
    now = clock.now()
    journey = services.journey(person, now)
    step = journey.next
    return render_template(
        "journey/home.html",
        person=person,
        journey=journey,
        states={stage.value: state.value for stage, state in journey.states.items()},
        step=step,
        title=sentence(f"next.{step.code}", step.shown, language()),
        text=sentence(f"next.{step.code}.text", step.shown, language()),
        buttons=_buttons(journey),
        last_days=_last_days(journey, now),
        limit=_limit(journey),
        now=now,
        several=len(enrolment.applications_of(person.id)) > 1,
    )


def _buttons(journey: Journey) -> list[Button]:
    step = journey.next
    labels = {
        "pay": _("Ödeme Yap"),
        "payment_pending": _("Ödemenin durumunu gör"),
        "payment_held": _("Ödemenin durumunu gör"),
        "apply": _("Başvuru formunu doldur"),
        "study": _("Eğitime git"),
        "sit_exam": _("Sınava git"),
        "resume_exam": _("Sınava dön"),
        "reapply": _("Yeniden başvuru iste"),
        "wait_reapply": _("Talebin durumunu gör"),
        "declare_reapply": _("Beyan et"),
        "view_certificate": _("Sertifikalarım"),
        "renew_view": _("Sertifika Ödemesi"),
        "renewal": _("Yenileme eğitimine bak"),
        "no_certificate": _("Açık dönemlere bak"),
    }
    found = [Button(labels.get(step.code, _("Destek")), step.url)] if step.url else []
    code = journey.application.code if journey.application else ""
    exemption = _("Muafiyet isteğimin durumu") if journey.exemption_pending else _("Ücret muafiyeti iste")
    if journey.documents_wanted:
        exemption = _("Belge ekle")
    extra = {
        "wait_training": [Button(_("Takvimime ekle"), "/takvimim", quiet=True)],
        "wait_exam": [Button(_("Eğitimi yeniden izle"), f"/egitimlerim/{code}", quiet=True)],
        "pay": [Button(exemption, "/muafiyet", quiet=True)],
    }
    return found + extra.get(step.code, [])


@dataclass(frozen=True, slots=True)
class LastDay:
    """One date of the side list: `day` is a whole day, `moment` an instant."""

    label: str
    day: date | None = None
    moment: datetime | None = None
    note: str = ""


def _last_days(journey: Journey, now: datetime) -> list[LastDay]:
    """R015, R045, D-3, D-20: what can still go wrong in time, with its last day."""
    term = journey.term
    if term is None or journey.next.code in (
        "lapsed",
        "invalid",
        "failed",
        "reapply",
        "wait_reapply",
        "declare_reapply",
        "missed",
        "certificate_revoked",
        "view_certificate",
        "renew_view",
        "wait_certificate",
    ):
        return []
    study = LastDay(_("Eğitim ve sınavlar"), day=term.schedule.study.last_day)
    if journey.application is not None:
        return [study, *_attempt_days(journey)]
    return [*_entrance_days(journey, term, now), study]


def _entrance_days(journey: Journey, term: Term, now: datetime) -> list[LastDay]:
    schedule, calendar = term.schedule, terms.calendar()
    if not schedule.application.contains(now):
        return []
    found = [LastDay(_("Başvuru formu"), day=schedule.application.last_day)]
    if journey.next.code in ("pay", "payment_pending"):
        found.insert(0, LastDay(_("Kartla ödemeye başlama"), moment=schedule.last_card_start))
        if term_rules.branch_advisable(now, schedule, calendar):
            found.append(LastDay(_("Şubeden ödemede dekont"), day=term_rules.receipt_last_day(schedule, calendar)))
        safe = term_rules.exemption_last_day(schedule, calendar)
        if now < schedule.application.end and local(now).date() <= safe and not journey.exemption_pending:
            found.append(LastDay(_("Muafiyet isteği"), day=safe))
    days = term_rules.last_form_days(schedule, calendar)
    wanted = max((n for n, last in days.items() if last >= local(now).date()), default=0)
    if wanted > 1:
        found.append(LastDay(_("%(n)s sınav hakkına yetişmek için form", n=wanted), day=days[wanted]))
    return found


def _attempt_days(journey: Journey) -> list[LastDay]:
    outlook = journey.outlook
    if outlook is None or outlook.finish_before is None:
        return []
    label = _("Kalan %(n)s hakka da yetişmek için sıradaki sınavın bitişi", n=outlook.reachable)
    return [LastDay(label, moment=spoken_end(outlook.finish_before))]


def _limit(journey: Journey) -> dict[str, Any] | None:
    """R015, R096: told as soon as the calendar takes an attempt away."""
    if journey.outlook is not None and journey.outlook.lost:
        return {"rights": journey.outlook.rights, "reachable": journey.outlook.reachable}
    term = journey.term
    if journey.application is None and term is not None and journey.next.code in ("pay", "apply"):
        reachable = _reachable_now(term, journey.next)
        if 0 < reachable < term.attempts:
            return {"rights": term.attempts, "reachable": reachable}
    return None


def _reachable_now(term: Term, step: NextStep) -> int:
    now = clock.now()
    if step.code == "apply":
        return term_rules.reachable_attempts(now, term.schedule, terms.calendar())
    return terms.reachable_attempts(term, now, Channel.CARD)
