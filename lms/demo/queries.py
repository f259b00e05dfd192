"""What the demonstration shows: captured messages, and the instants at which something falls due."""

from datetime import datetime
from typing import Any

import yaml
from sqlalchemy import func, select

from lms.core.config import ROOT
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.notifications.models import OutboxMessage


def due_instants(start: datetime, end: datetime) -> set[datetime]:
    """Stored instants in (start, end] at which a job has work: running attempts end, trainings open."""
    ends = select(Attempt.ends_at).where(
        Attempt.state == "in_progress", Attempt.ends_at > start, Attempt.ends_at <= end
    )
    opens = select(Application.assigned_at).where(Application.assigned_at > start, Application.assigned_at <= end)
    return {*db.session.scalars(ends), *db.session.scalars(opens)}


def outbox(limit: int = 200, offset: int = 0) -> list[OutboxMessage]:
    """The newest captured messages, by the demonstration's time."""
    newest = select(OutboxMessage).order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    return list(db.session.scalars(newest.limit(limit).offset(offset)))


def invitation_mail(recipient: str) -> OutboxMessage:
    """The captured invitation of an institution to this address."""
    mine = select(OutboxMessage).where(OutboxMessage.template == "invited", OutboxMessage.recipient == recipient)
    return db.session.scalars(mine).one()


def outbox_size() -> int:
    """How many messages were captured."""
    return db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_cards() -> dict[str, Any]:
    """The bank simulator's cards and one-time password, from the table that the simulator itself reads."""
    table: dict[str, Any] = yaml.safe_load((ROOT / "content/reference/bank_test_cards.yaml").read_text("utf-8"))
    return table
