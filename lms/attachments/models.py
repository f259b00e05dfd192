"""What was kept out."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model


class RefusedUpload(Model):
    """A file that was not taken: its fingerprint and the reason, never its content.

    ``place`` is where it came in (a feature's word: "exemptions", "mail"), ``reason`` the code of the error that the
    sender was told, ``signature`` what the scanner called it.
    """

    __tablename__ = "refused_upload"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_code: Mapped[str] = mapped_column(String(40))
    actor_label: Mapped[str] = mapped_column(String(120))
    ip: Mapped[str | None] = mapped_column(String(45))
    place: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(String(60))
    signature: Mapped[str | None] = mapped_column(String(200))
