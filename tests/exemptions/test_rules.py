from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from lms.core.calendar import turkish_calendar
from lms.core.errors import Conflict, Invalid
from lms.exemptions.rules import (
    MOVES,
    REASONS,
    STANDING,
    Action,
    Decision,
    Evidence,
    Reason,
    Relation,
    Standing,
    Status,
    approval,
    barcode,
    barcodes,
    check_decision,
    check_documents,
    check_evidence,
    check_relation,
    move,
    shown,
    urgency,
)
from lms.web.messages import table

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
        check_documents([6 * 1024 * 1024] * 2)
    check_documents([1] * 8)
    check_documents([], barcodes=1)


def test_R119_approved_is_shown_only_when_the_answer_was_sent() -> None:
    assert shown(Status.APPROVED, None) is Status.REQUESTED
    assert shown(Status.APPROVED, SENT) is Status.APPROVED
    assert shown(Status.REJECTED, None) is Status.REJECTED


def test_R119_a_decided_request_takes_no_second_decision() -> None:
    for status in (Status.APPROVED, Status.REJECTED):
        for action in Action:
            with pytest.raises(Conflict, match=r"exemption\.decided"):
                move(status, action)
    assert all(move(status, action) is after for (status, action), after in MOVES.items())


def test_R119_where_two_persons_decide_the_first_approval_proposes() -> None:
    assert approval(Status.REQUESTED, two_persons=False) is Action.APPROVE
    assert approval(Status.REQUESTED, two_persons=True) is Action.PROPOSE
    assert approval(Status.CONFIRMING, two_persons=True) is Action.APPROVE
    assert move(Status.CONFIRMING, Action.SEND_BACK) is Status.REQUESTED
    assert shown(Status.CONFIRMING, None) is Status.REQUESTED
    with pytest.raises(Conflict):
        move(Status.CONFIRMING, Action.REJECT)


def test_R118_an_approval_needs_both_facts() -> None:
    for action in (Action.APPROVE, Action.PROPOSE):
        for status_proven, kinship_proven in ((True, False), (False, True), (False, False)):
            with pytest.raises(Invalid, match=r"exemption\.facts"):
                check_decision(Decision(action, status_proven=status_proven, kinship_proven=kinship_proven))
        proven = Decision(action, None, " ", status_proven=True, kinship_proven=True)
        assert check_decision(proven) == replace(proven, reason="")


def test_R119_asking_for_more_and_rejecting_carry_a_reason_of_the_list() -> None:
    for action, other in ((Action.ASK_MORE, Reason.NOT_COVERED), (Action.REJECT, Reason.UNREADABLE)):
        for code in (None, other):
            with pytest.raises(Invalid, match=r"exemption\.reason_code"):
                check_decision(Decision(action, code, "Uzun bir açıklama."))
        for text in ("", "  kısa "):
            with pytest.raises(Invalid, match=r"exemption\.reason$"):
                check_decision(Decision(action, Reason.OTHER, text))
        assert check_decision(Decision(action, Reason.OTHER, " Belge okunamıyor. ")).reason == "Belge okunamıyor."
        for listed in REASONS[action]:
            if listed is not Reason.OTHER:
                assert check_decision(Decision(action, listed)).reason == ""
    with pytest.raises(Invalid, match=r"exemption\.reason$"):
        check_decision(Decision(Action.SEND_BACK))


def test_R119_what_contradicts_the_pressed_button_is_no_decision() -> None:
    proven = Decision(Action.APPROVE, Reason.KINSHIP_UNPROVEN, status_proven=True, kinship_proven=True)
    for action in (Action.APPROVE, Action.PROPOSE):
        with pytest.raises(Invalid, match=r"exemption\.reason_of_refusal"):
            check_decision(replace(proven, action=action))
    with pytest.raises(Invalid, match=r"exemption\.facts_proven"):
        check_decision(replace(proven, action=Action.REJECT))
    other = replace(proven, action=Action.REJECT, reason_code=Reason.OTHER, reason="Başvuru süresi bitti.")
    assert check_decision(other) == other
    assert check_decision(replace(proven, action=Action.REJECT, kinship_proven=False)).reason == ""


def test_every_reason_fits_a_decision_and_has_its_sentence_in_both_languages() -> None:
    assert {reason for listed in REASONS.values() for reason in listed} == set(Reason)
    for language in ("tr", "en"):
        assert {f"exemption.reason.{reason}" for reason in Reason} <= table(language).keys()


@pytest.mark.parametrize(
    ("typed", "code"),
    [("nvi1-2345-6789-abcd", "NVI123456789ABCD"), (" YOK 12345678 ", "YOK12345678"), ("ı1i23456789", "I1I23456789")],
)
def test_R118_a_barcode_is_kept_without_its_spaces(typed: str, code: str) -> None:
    assert barcode(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "1234567", "ABCDEFGHIJ", "A" * 20 + "1" * 20, "12345678<script>", "şşşş12345678"]
)
def test_R118_what_cannot_be_a_barcode_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match=r"exemption\.barcode"):
        barcode(typed)


def test_R118_barcodes_are_counted_once_each() -> None:
    assert barcodes("YOK12345678\n\nyok 1234 5678\nNVI99999999") == ["YOK12345678", "NVI99999999"]
    with pytest.raises(Invalid, match="too_many_barcodes"):
        barcodes("YOK12345678\nNVI99999999", already=3)


def test_R118_a_barcode_alone_proves_nothing_before_it_was_looked_up() -> None:
    with pytest.raises(Invalid, match="barcode_unverified"):
        check_evidence(Evidence(documents=0, barcodes=2, verified=0, earlier=False))
    check_evidence(Evidence(documents=0, barcodes=2, verified=1, earlier=False))
    check_evidence(Evidence(documents=1, barcodes=1, verified=0, earlier=False))
    check_evidence(Evidence(documents=0, barcodes=0, verified=0, earlier=True))


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
