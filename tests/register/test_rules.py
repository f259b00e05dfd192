"""R002-R004, D-2: first-timer, holder, revoked."""

from __future__ import annotations

import pytest

from lms.core.errors import Conflict, Invalid
from lms.register.rules import Standing, check_eligible, eligibility, standing


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], Standing.NONE),
        ([False], Standing.HOLDER),
        ([True], Standing.REVOKED),
        ([True, False], Standing.HOLDER),
        ([True, True], Standing.REVOKED),
    ],
)
def test_R003_standing(flags: list[bool], expected: Standing) -> None:
    assert standing(flags) is expected


def test_R004_without_a_certificate_a_declaration_opens_the_first_term() -> None:
    check_eligible("first_time", Standing.NONE, declared=True)
    with pytest.raises(Invalid) as refused:
        check_eligible("first_time", Standing.NONE, declared=False)
    assert refused.value.code == "register.declaration_needed"


@pytest.mark.parametrize("declared", [True, False])
def test_R003_a_holder_is_led_to_renewal_whatever_is_declared(declared: bool) -> None:
    with pytest.raises(Conflict) as refused:
        check_eligible("first_time", Standing.HOLDER, declared=declared)
    assert refused.value.code == "register.holder"
    assert eligibility("first_time", Standing.HOLDER).lead_to == "renewal"
    check_eligible("renewal", Standing.HOLDER, declared=declared)


@pytest.mark.parametrize("kind", ["first_time", "renewal"])
def test_D2_a_revoked_holder_waits_for_a_staff_decision(kind: str) -> None:
    with pytest.raises(Conflict) as refused:
        check_eligible(kind, Standing.REVOKED, declared=True)
    assert refused.value.code == "register.revoked"
    check_eligible(kind, Standing.REVOKED, declared=True, cleared=True)


def test_R003_renewal_needs_a_certificate() -> None:
    decision = eligibility("renewal", Standing.NONE)
    assert (decision.eligible, decision.code, decision.lead_to) == (False, "register.no_certificate", "first_time")
