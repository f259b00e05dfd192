"""R013, R096: shortly before the study window ends, whoever has not finished the training or sat an open exam is told once more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lms.core.calendar import local, spoken_end
from lms.enrolment.models import Application
from lms.exams.queries import attempts, due
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Status
from lms.notifications.services import Draft, enqueue_many
from lms.terms.models import Term
from lms.terms.rules import STUDY_REMIND_BEFORE

REMINDER: Final = "study_reminder"


def remind(*, now: datetime) -> int:
    """Each reminder once an application; a job that ran late sends the latest only. How many messages are new."""
    drafts: list[Draft] = []
    for term in due.closing_terms(now, max(STUDY_REMIND_BEFORE.values())):
        passed = [
            (r, term.study_to - ahead) for r, ahead in STUDY_REMIND_BEFORE.items() if term.study_to - ahead <= now
        ]
        reminder, since = passed[-1]
        drafts += _drafts(term, str(reminder), since, now)
    return enqueue_many(REMINDER, drafts, now=now, channels=("mail", "sms"))


def _drafts(term: Term, reminder: str, since: datetime, now: datetime) -> list[Draft]:
    found = due.unfinished(term, since, reminder)
    sat = attempts.sittings(application.id for application, completed in found if completed is not None)
    drafts = []
    for application, completed in found:
        params = _base(application, term)
        if completed is None:
            params |= {"stage": "training", "ordinal": 0}
        else:
            right = rules.standing(attempts.parameters(term), completed, sat.get(application.id, []), now).open_right
            if right is None or right.status is not Status.ASSIGNED or right.available.value >= since:
                continue
            params |= {"stage": "exam", "ordinal": right.ordinal}
        drafts.append(Draft(attempts.recipient(application), f"study-reminder:{application.code}:{reminder}", params))
    return drafts


def _base(application: Application, term: Term) -> dict[str, object]:
    return {
        "name": application.first_name,
        "number": application.number,
        "term": term.name(application.member.language),
        "until": local(spoken_end(term.study_to)).isoformat(),
    }
