"""People in tests: register, log in without the page, log in through it."""

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from lms.core import clock
from lms.core.access import ANONYMOUS
from lms.core.config import vault
from lms.core.db import transaction
from lms.membership import credential
from lms.membership.models import Member
from lms.membership.rules import second_factor
from lms.membership.services import accounts
from tests.factories import valid_tckn

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
PASSWORD = "kuzey rüzgârı 7 bulut"


def person(seed: int = 500, **changes: Any) -> dict[str, Any]:
    """What somebody types to register."""
    typed = {
        "tckn": valid_tckn(seed), "first_name": "Çağla", "last_name": "Işık", "email": f"cagla{seed}@example.org", "phone": "",
        "password": PASSWORD, "accepts_notice": True,
    }  # fmt: skip
    return {**typed, **changes}


def register(seed: int = 500, **changes: Any) -> Member:
    with transaction():
        return accounts.register(**person(seed, **changes), actor=ANONYMOUS, now=NOW)


def log_in(client: FlaskClient, member: Member) -> None:
    """Put the member (staff: second step done) into this client's session, without pages."""
    with transaction():
        made = credential.open_session(member, wall=clock.wall())
        if member.staff_role is not None:
            made.session.second_factor_at = clock.wall()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = made.token
        cookie["_fresh"] = True


def code_now(member: Member, shift: int = 0) -> str:
    """What the member's authenticator app shows, `shift` steps from now."""
    assert member.totp_sealed is not None
    return second_factor.code_at(vault().open(member.totp_sealed), second_factor.step_of(clock.wall()) + shift)
