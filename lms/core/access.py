"""Who acts. Services and the audit know people only as this plain value."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["member", "staff", "system", "bank", "anonymous"]
STAFF_ROLES = ("reviewer", "editor", "accountant", "support", "manager", "auditor")


@dataclass(frozen=True, slots=True)
class Actor:
    """``id`` is the member's key inside, ``code`` the one outside; ``label`` is what an audit row shows (never a TCKN)."""

    kind: ActorKind
    id: int | None = None
    code: str = ""
    label: str = ""
    role: str | None = None
    ip: str | None = None

    @property
    def member_id(self) -> int:
        """The member's key; only for actors that are a person."""
        if self.id is None:
            raise LookupError("this actor is no member")
        return self.id


SYSTEM = Actor(kind="system", label="system")
BANK = Actor(kind="bank", label="bank")
ANONYMOUS = Actor(kind="anonymous", label="anonymous")
