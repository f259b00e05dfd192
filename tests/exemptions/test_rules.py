from datetime import UTC, date, datetime

import pytest

from lms.core.calendar import turkish_calendar
from lms.core.errors import Conflict, Invalid
from lms.exemptions.rules import (
    MOVES,
    STANDING,
    Action,
    Relation,
    Standing,
    Status,
    check_decision,
    check_documents,
    check_relation,
    move,
    opens_at,
    shown,
    urgency,
)

SENT = datetime(2025, 4, 2, 6, 0, tzinfo=UTC)
LAST_DAY = date(2025, 11, 21)


def test_R116_the_five_relations_and_no_other() -> None:
    assert {check_relation(r) for r in Relation} == set(Relation) == STANDING.keys()
    assert len(Relation) == 5


@pytest.mark.parametrize("other", ["martyr_parent", "martyr_sibling", "veteran_parent", "", "VETERAN"])
def test_R117_parents_and_siblings_are_not_covered(other: str) -> None:
    with pytest.raises(Invalid, match=r"exemption\.relation"):
        check_relation(other)


def test_R118_the_standing_follows_from_the_relation() -> None:
    assert STANDING[Relation.VETERAN] is Standing.VETERAN
    assert STANDING[Relation.MARTYR_CHILD] is Standing.MARTYR_RELATIVE
    assert STANDING[Relation.VETERAN_SPOUSE] is Standing.VETERAN_RELATIVE


def test_R118_a_request_needs_a_document() -> None:
    with pytest.raises(Invalid, match="no_document"):
        check_documents([])
    with pytest.raises(Invalid, match="too_many"):
        check_documents([1, 1], already=7)
    with pytest.raises(Invalid, match="too_big"):
        check_documents([11 * 1024 * 1024])
    check_documents([1] * 8)


def test_R119_approved_is_shown_only_when_the_answer_was_sent() -> None:
    assert shown(Status.APPROVED, None) is Status.REQUESTED
    assert shown(Status.APPROVED, SENT) is Status.APPROVED
    assert shown(Status.REJECTED, None) is Status.REJECTED
    assert opens_at(Status.APPROVED, None) is None
    assert opens_at(Status.APPROVED, SENT) == SENT
    assert opens_at(Status.REQUESTED, SENT) is None


def test_R119_a_decided_request_takes_no_second_decision() -> None:
    for status in (Status.APPROVED, Status.REJECTED):
        for action in Action:
            with pytest.raises(Conflict, match=r"exemption\.decided"):
                move(status, action)
    assert all(move(status, action) is after for (status, action), after in MOVES.items())


def test_R118_an_approval_needs_both_facts() -> None:
    for status_proven, kinship_proven in ((True, False), (False, True), (False, False)):
        with pytest.raises(Invalid, match=r"exemption\.facts"):
            check_decision(Action.APPROVE, reason="", status_proven=status_proven, kinship_proven=kinship_proven)
    assert check_decision(Action.APPROVE, reason=" ", status_proven=True, kinship_proven=True) == ""


def test_R119_asking_for_more_and_rejecting_carry_a_reason() -> None:
    for action in (Action.ASK_MORE, Action.REJECT):
        with pytest.raises(Invalid, match=r"exemption\.reason"):
            check_decision(action, reason="  kısa ", status_proven=False, kinship_proven=False)
        text = check_decision(action, reason=" Belge okunamıyor. ", status_proven=False, kinship_proven=False)
        assert text == "Belge okunamıyor."


@pytest.mark.parametrize(
    ("today", "left", "safe"),
    [
        (date(2025, 11, 14), 5, True),  # Friday: five business days before the form closes is the last safe day
        (date(2025, 11, 15), 5, False),
        (date(2025, 11, 17), 4, False),
        (date(2025, 11, 20), 1, False),
        (date(2025, 11, 21), 0, False),
        (date(2025, 11, 30), 0, False),
        (date(2025, 10, 27), 18, True),  # 28 October counts (D-1), 29 October does not
    ],
)
def test_D20_business_days_until_an_approval_is_useless(today: date, left: int, safe: bool) -> None:
    found = urgency(today, LAST_DAY, 5, turkish_calendar())
    assert (found.left, found.safe) == (left, safe)
