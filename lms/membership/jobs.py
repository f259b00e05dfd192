"""Tidying what nobody needs any more: old tallies, ended sessions, used links."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_

from lms.core import clock
from lms.core.db import transaction
from lms.membership import credential
from lms.membership.models import MemberSession, OneTimeLink

KEPT: Final = timedelta(days=30)
"""Ended sessions and links stay this long for questions of the kind "who was that?"; the audit trail stays longer."""


def tidy(_now: datetime) -> int:
    """Delete in three statements; how many rows. Sessions and tallies live in real time, whatever the demo's clock says."""
    wall = clock.wall()
    old = wall - KEPT
    with transaction() as session:
        ended = delete(MemberSession).where(or_(MemberSession.ended_at < old, MemberSession.expires_at < old))
        used = delete(OneTimeLink).where(OneTimeLink.expires_at < old)
        gone = len(session.scalars(ended.returning(MemberSession.id)).all())
        gone += len(session.scalars(used.returning(OneTimeLink.id)).all())
    return gone + credential.forget_tallies(wall)
