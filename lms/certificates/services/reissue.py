"""R055: a certificate made anew with a corrected name or number: same number, next version, a code of its own."""

from datetime import datetime

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.certificates import queries
from lms.certificates.models import Certificate
from lms.core.access import Actor
from lms.core.codes import new_verification_code
from lms.core.db import db
from lms.membership.models import Member
from lms.register import services as register


def reissue(member: Member, *, actor: Actor, now: datetime) -> int:
    """Every valid certificate of the person, with the name and masked number that the account has now; how many.

    Dates, windows and number stay. The old paper's code goes on to answer, with the newest version (D-19).
    """
    done = 0
    for before in queries.certificates_of(member.id):
        if before.revoked_at is None and _claim(before, now):
            _issue_anew(before, member, actor, now)
            done += 1
    return done


def _claim(before: Certificate, now: datetime) -> bool:
    """Of two at once one replaces it."""
    changed = db.session.execute(
        update(Certificate)
        .where(Certificate.id == before.id, Certificate.replaced_at.is_(None), Certificate.revoked_at.is_(None))
        .values(replaced_at=now)
        .returning(Certificate.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(before)
    return changed is not None


def _issue_anew(before: Certificate, member: Member, actor: Actor, now: datetime) -> None:
    name = member.full_name
    after = Certificate(
        code=new_verification_code(),
        number=before.number,
        version=before.version + 1,
        application_id=before.application_id,
        attempt_id=before.attempt_id,
        member_id=before.member_id,
        printed_name=name,
        content={**before.content, "holder": name, "holder_id": member.tckn_masked},
        available_from=before.available_from,
        view_days=before.view_days,
        issued_at=now,
        announced_at=before.announced_at,  # who was not told of the first one yet is told of this one
    )
    db.session.add(after)
    db.session.flush()
    register.correct(
        programme_code=before.application.term.programme.code, number=after.number, holder=name, verification_code=after.code
    )  # fmt: skip
    audit.record(
        Act.CERTIFICATE_REISSUED, actor=actor, subject=("certificate", before.application.code), now=now,
        data={"number": after.number, "version": after.version},
    )  # fmt: skip
