"""R010-R013, R043, R047-R062, R094, R098: the form's checks and the life of an application."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from lms.core.calendar import ISTANBUL, Explained, Window, turkish_calendar
from lms.core.errors import Conflict, FieldErrors
from lms.enrolment import rules
from lms.enrolment.rules import Action, Admission, Answers, ApplicantType, Earlier, Education, Outcome, Status
from lms.terms.rules import Schedule

S2025 = Schedule(
    application=Window.of_days(date(2025, 1, 8), date(2025, 11, 21)),
    study=Window.of_days(date(2025, 1, 9), date(2025, 11, 28)),
)
END = S2025.study.end
DISTRICTS = {"Ankara": ("Çankaya", "Keçiören"), "Samsun": ("19 Mayıs", "Atakum")}
INSTITUTIONS = {
    "bank": ("Örnek Bankası A.Ş.",),
    "insurer": ("Örnek Sigorta A.Ş.",),
    "agency": (),
    "broker": (),
    "other": (),
}
GOOD = Answers(
    applicant_type="agency",
    institution="Işık Sigorta Aracılık",
    education="bachelor",
    phone="0532 123 45 67",
    province="Ankara",
    district="Çankaya",
    accepts_notice=True,
    accepts_terms=True,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def check(answers: Answers) -> rules.Form:
    return rules.check_answers(answers, districts=DISTRICTS, institutions=INSTITUTIONS)


def wrong(**changes: object) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refused:
        check(replace(GOOD, **changes))  # type: ignore[arg-type]
    return refused.value.fields


# --- the form ----------------------------------------------------------------------------------------------------


def test_R049_the_five_types_have_the_literal_labels() -> None:
    assert list(rules.APPLICANT_LABELS.values()) == [
        "Acente",
        "Banka/Özel Kurum",
        "Sigorta,Reasürans ve Emeklilik Şirketi",
        "Broker",
        "Diğer",
    ]


def test_a_good_form_is_normalised() -> None:
    form = check(replace(GOOD, institution="  Işık   Sigorta  Aracılık "))
    assert form == rules.Form(
        applicant_type=ApplicantType.AGENCY,
        institution="Işık Sigorta Aracılık",
        education=Education.BACHELOR,
        phone="+905321234567",
        province="Ankara",
        district="Çankaya",
        explicit_consent=False,
    )


@pytest.mark.parametrize("typed", ["bachelor", "Lisans", "LİSANS", "university", "Üniversite"])
def test_R051_education_by_code_or_word(typed: str) -> None:
    assert check(replace(GOOD, education=typed)).education is Education.BACHELOR


def test_R052_R053_contact_is_optional() -> None:
    form = check(replace(GOOD, phone="", province="", district=""))
    assert (form.phone, form.province, form.district) == (None, None, None)


def test_R057_boxes_are_separate_and_unticked_by_default() -> None:
    assert Answers() == Answers(accepts_notice=False, accepts_terms=False, explicit_consent=False)
    assert wrong(accepts_notice=False) == {"accepts_notice": "form.read_notice"}
    assert wrong(accepts_terms=False) == {"accepts_terms": "form.accept_terms"}
    assert check(replace(GOOD, explicit_consent=True)).explicit_consent is True


def test_R063_explicit_consent_is_no_condition() -> None:
    assert check(replace(GOOD, explicit_consent=False)).explicit_consent is False


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(FieldErrors) as refused:
        check(Answers(phone="12", province="Atlantis"))
    assert refused.value.fields == {
        "applicant_type": "form.choose",
        "institution": "form.required",
        "education": "form.choose",
        "phone": "phone.form",
        "province": "province.unknown",
        "accepts_notice": "form.read_notice",
        "accepts_terms": "form.accept_terms",
    }


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"applicant_type": "Acente"}, {"applicant_type": "form.choose"}),
        ({"applicant_type": "agency\x00"}, {"applicant_type": "form.choose"}),
        ({"education": "none"}, {"education": "form.choose"}),
        ({"institution": "   "}, {"institution": "form.required"}),
        ({"institution": "x" * 121}, {"institution": "institution.invalid"}),
        ({"institution": "12345"}, {"institution": "institution.invalid"}),
        ({"institution": "a\x00b"}, {"institution": "institution.invalid"}),
        ({"applicant_type": "other", "institution": ""}, {"institution": "form.required"}),
        ({"institution": "Örnek Bankası A.Ş."}, {"institution": "institution.other_type"}),
        ({"district": "Atakum"}, {"district": "district.of_other_province"}),
        ({"province": "", "district": "Çankaya"}, {"province": "province.first"}),
        ({"province": "", "district": ""}, None),
        ({"applicant_type": "other", "institution": "Serbest çalışıyorum"}, None),
        ({"applicant_type": "bank", "institution": "Örnek Bankası A.Ş."}, None),
        ({"applicant_type": "bank", "institution": "Listede Olmayan Banka A.Ş."}, None),
        ({"province": "Samsun", "district": "19 Mayıs"}, None),
    ],
)
def test_R049_R052_fields(changes: dict[str, str], fields: dict[str, str] | None) -> None:
    if fields is None:
        check(replace(GOOD, **changes))  # type: ignore[arg-type]
    else:
        assert wrong(**changes) == fields


@pytest.mark.parametrize("typed", ["5321234567", "+905321234567", "0 (532) 123 45 67"])
def test_R053_a_mobile_asks_for_the_result_by_sms(typed: str) -> None:
    assert check(replace(GOOD, phone=typed)).phone == "+905321234567"


@pytest.mark.parametrize("typed", ["532123456", "02161234567", "+495321234567", "x"])
def test_R053_what_is_no_turkish_mobile_is_refused(typed: str) -> None:
    assert wrong(phone=typed) == {"phone": "phone.form"}


# --- may the form be sent? ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "opens", "code"),
    [
        ("2025-03-03T09:00", "2025-03-03T09:00", None),
        ("2025-03-03T09:00", "2025-03-03T09:00:00.001", "application.form_not_open_yet"),
        ("2025-03-03T09:00", None, "application.not_paid"),
        ("2025-01-07T23:59:59.999", "2025-01-07T10:00", "term.not_open_yet"),
        ("2025-11-21T23:59:59.999", "2025-11-21T23:59:50", None),
        ("2025-11-22T00:00", "2025-11-21T23:59:50", "term.closed"),
        ("2025-11-22T00:00:20", None, "term.closed"),
        ("2025-11-21T22:59", "2025-11-21T23:00", "application.form_not_open_yet"),  # R043: paid at the branch at 17.00
    ],
)
def test_R010_R043_when_the_form_may_be_sent(now: str, opens: str | None, code: str | None) -> None:
    admission = Admission(at(opens)) if opens else None
    if code is None:
        rules.check_form(S2025, admission, at(now))
        return
    with pytest.raises(Conflict) as refused:
        rules.check_form(S2025, admission, at(now))
    assert refused.value.code == code


def test_R062_the_first_application() -> None:
    assert rules.next_ordinal([]) == 1


def test_R062_one_open_application() -> None:
    with pytest.raises(Conflict) as refused:
        rules.next_ordinal([Earlier("a1", 1, None)])
    assert (refused.value.code, refused.value.params["id"]) == ("application.exists", "a1")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_R099_a_further_one_only_after_three_fails_and_an_approval(outcome: Outcome) -> None:
    with pytest.raises(Conflict) as refused:
        rules.next_ordinal([Earlier("a1", 1, outcome)])
    assert refused.value.code == "application.needs_approval"
    approved = [Earlier("a1", 1, outcome, reapplication_approved=True)]
    if outcome is Outcome.FAILED:
        assert rules.next_ordinal(approved) == 2
    else:
        with pytest.raises(Conflict):
            rules.next_ordinal(approved)


def test_R101_the_number_of_reapplications_is_not_limited_but_each_needs_its_own_approval() -> None:
    first = Earlier("a1", 1, Outcome.FAILED, reapplication_approved=True)
    assert rules.next_ordinal([Earlier("a2", 2, Outcome.FAILED, reapplication_approved=True), first]) == 3
    with pytest.raises(Conflict):
        rules.next_ordinal([first, Earlier("a2", 2, Outcome.FAILED)])


# --- the life ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "action", "result"),
    [
        (None, Action.PASS, Outcome.PASSED),
        (None, Action.FAIL, Outcome.FAILED),
        (None, Action.LAPSE, Outcome.LAPSED),
        (None, Action.INVALIDATE, Outcome.INVALID),
        (Outcome.LAPSED, Action.PASS, Outcome.PASSED),
        (Outcome.LAPSED, Action.FAIL, Outcome.FAILED),
        (Outcome.FAILED, Action.PASS, Outcome.PASSED),
        (Outcome.FAILED, Action.REOPEN, None),
        (Outcome.LAPSED, Action.REOPEN, None),
        (Outcome.PASSED, Action.INVALIDATE, Outcome.INVALID),
        (Outcome.FAILED, Action.INVALIDATE, Outcome.INVALID),
        (Outcome.LAPSED, Action.INVALIDATE, Outcome.INVALID),
    ],
)
def test_R012_transitions(before: Outcome | None, action: Action, result: Outcome | None) -> None:
    assert rules.after(before, action) is result


@pytest.mark.parametrize(
    ("before", "action"),
    [
        (Outcome.PASSED, Action.FAIL),
        (Outcome.PASSED, Action.PASS),
        (Outcome.PASSED, Action.LAPSE),
        (Outcome.PASSED, Action.REOPEN),
        (Outcome.FAILED, Action.LAPSE),
        (Outcome.INVALID, Action.PASS),
        (Outcome.INVALID, Action.REOPEN),
        (None, Action.REOPEN),
    ],
)
def test_R012_no_end_is_undone_in_silence(before: Outcome | None, action: Action) -> None:
    with pytest.raises(Conflict) as refused:
        rules.after(before, action)
    assert refused.value.code == "application.transition"


@pytest.mark.parametrize(
    ("now", "trained", "expected"),
    [
        ("2025-03-30T12:00", None, Status.SUBMITTED),
        ("2025-04-01T23:59:59.999", None, Status.SUBMITTED),
        ("2025-04-02T00:00", None, Status.IN_TRAINING),
        ("2025-04-03T12:00", "2025-04-03T12:00", Status.IN_EXAMS),
        ("2025-04-03T11:59", "2025-04-03T12:00", Status.IN_TRAINING),
        ("2025-11-28T23:59:59.999", None, Status.IN_TRAINING),
        ("2025-11-29T00:00", None, Status.LAPSED),
        ("2025-11-29T00:00", "2025-04-03T12:00", Status.LAPSED),
    ],
)
def test_R013_status_is_right_without_any_job(now: str, trained: str | None, expected: Status) -> None:
    trained_at = at(trained) if trained else None
    found = rules.status(None, assigned_at=at("2025-04-02T00:00"), study_end=END, trained_at=trained_at, now=at(now))
    assert found is expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_the_status(outcome: Outcome) -> None:
    found = rules.status(outcome, assigned_at=END, study_end=END, trained_at=None, now=END + timedelta(days=9))
    assert found.value == outcome.value


def test_R127_the_promised_date_is_frozen_with_its_why() -> None:
    form_at = at("2025-03-28T14:00")
    explained = rules.training_assignment(form_at, S2025, turkish_calendar())
    assigned_at, why = rules.frozen_assignment(S2025, form_at, explained)
    assert assigned_at == at("2025-04-02T00:00")
    assert Explained.from_json(why) == explained
    with pytest.raises(ValueError, match="before"):
        rules.frozen_assignment(S2025, assigned_at + timedelta(days=1), explained)
