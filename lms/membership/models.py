"""People: accounts, sessions, one-time links, and the texts that they acknowledged."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.access import STAFF_ROLES, Actor
from lms.core.db import Key, Model

_ROLES = ", ".join(f"'{role}'" for role in STAFF_ROLES)


class Member(Model):
    """One account for portal and academy (D-12), one per TCKN (R028). ``staff_role`` makes it a staff account."""

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint(f"staff_role IS NULL OR staff_role IN ({_ROLES})", name="staff_role"),
        CheckConstraint("language IN ('tr', 'en')", name="language"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    tckn_index: Mapped[str] = mapped_column(String(64), unique=True)
    tckn_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tckn_masked: Mapped[str] = mapped_column(String(11))
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(String(170), index=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    phone: Mapped[str | None] = mapped_column(String(16), index=True)
    language: Mapped[str] = mapped_column(String(2), default="tr")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    staff_role: Mapped[str | None] = mapped_column(String(20))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def full_name(self) -> str:
        """First and last name as typed."""
        return f"{self.first_name} {self.last_name}"

    def actor(self, ip: str | None = None) -> Actor:
        """This person as who acts: staff by role, else a member."""
        kind = "staff" if self.staff_role else "member"
        return Actor(kind=kind, id=self.id, code=self.code, label=self.full_name, role=self.staff_role, ip=ip)  # type: ignore[arg-type]


class MemberSession(Model):
    """A live log-in of the page or the API: the cookie or bearer token is random, only its hash is stored."""

    __tablename__ = "member_session"
    __table_args__ = (CheckConstraint("kind IN ('web', 'api')", name="kind"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    kind: Mapped[str] = mapped_column(String(3))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime]  # the last full authentication, for dangerous acts
    second_factor_at: Mapped[datetime | None]
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class OneTimeLink(Model):
    """A random, short-lived, single-use token: password reset, a staff member's first password, a new e-mail address."""

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("purpose IN ('reset', 'invite', 'email')", name="purpose"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    value: Mapped[str | None] = mapped_column(String(254))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginTally(Model):
    """How often somebody failed in one bucket (membership.rules.throttling); forgotten rows are tidied away."""

    __tablename__ = "login_tally"

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class LegalText(Model):
    """A version of a notice, contract or consent text in one language; never changed, only followed by a newer one."""

    __tablename__ = "legal_text"
    __table_args__ = (UniqueConstraint("kind", "language", "sha256"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40), index=True)
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)  # Markdown of our own content files
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Acceptance(Model):
    """That a person read, accepted, consented to or refused one version of a text, for one subject (R036, R057, D-6)."""

    __tablename__ = "acceptance"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("legal_text.id"))
    text: Mapped[LegalText] = relationship(lazy="joined", innerjoin=True)
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_code: Mapped[str] = mapped_column(String(60), index=True)
    given: Mapped[bool]
    at: Mapped[datetime]
    ip: Mapped[str | None] = mapped_column(String(45))
