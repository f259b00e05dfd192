"""The staff accounts: who is let in, and as what."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import STAFF_ROLES, Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, Invalid
from lms.membership.models import Member
from lms.membership.rules import sessions
from lms.membership.services.accounts import existing, insert_member, read_person
from lms.membership.services.links import add_link, link_url


def create_staff(
    role: str, *, person: Mapping[str, str] | None = None, actor: Actor, now: datetime, wall: datetime
) -> tuple[Member, str]:
    """A staff account and the address of its one-time page, where its owner sets the password (V6.4.1).

    What `person` (tckn, first_name, last_name, email) leaves out is asked for on that page. A candidate's number stays
    a candidate's: `staff.exists`. Errors: `staff.role`, or by field.
    """
    if role not in STAFF_ROLES:
        raise Invalid("staff.role", roles=", ".join(STAFF_ROLES))
    code = new_code()
    if person:
        if not insert_member(code, read_person(person), language="tr", now=now, staff_role=role):
            raise Conflict("staff.exists")
    else:
        blank = {
            "tckn_index": f"invited:{code}",
            "tckn_sealed": b"",
            "tckn_masked": "",
            "first_name": "",
            "last_name": "",
        }
        db.session.add(
            Member(code=code, **blank, name_folded="", email="", language="tr", created_at=now, staff_role=role)
        )
        db.session.flush()
    member = existing(code)
    token = secrets.token_urlsafe(24)
    add_link(member, "invite", token, until=wall + sessions.STAFF_LINK, wall=wall)
    record(Act.STAFF_CREATED, actor=actor, subject=("member", code), data={"role": role}, now=now)
    return member, link_url(token)
