"""R063: a line of a list, an answer, and all that an institution sees."""

from datetime import timedelta

import pytest

from lms.core.errors import Conflict, Invalid
from lms.corporate import rules
from lms.corporate.rules import Known, Progress, State
from tests.conftest import civil

NOW = civil("2025-03-03 09:00")
LATER = NOW + timedelta(days=30)


def test_R063_a_line_is_a_person_with_a_number_two_names_and_an_address():
    guest = rules.read_line(["10000000146", "İpek", "Şığöç", "ipek@example.org", "more"])
    assert (guest.first_name, guest.last_name, guest.email) == ("İpek", "Şığöç", "ipek@example.org")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["10000000146", "İpek", "Şığöç"], "invitation.columns"),
        (["12345678912", "İpek", "Şığöç", "ipek@example.org"], "tckn.checksum"),
        (["10000000146", "İpek", "Şığöç", "nobody"], "email.invalid"),
    ],
)
def test_R063_a_bad_line_says_why(cells, code):
    with pytest.raises(Invalid) as refused:
        rules.read_line(cells)
    assert refused.value.code.split(".")[0] == code.split(".")[0]


def test_the_heading_of_the_columns_is_no_person():
    assert rules.is_head(["T.C. kimlik no", "ad"])
    assert not rules.is_head(["10000000146", "İpek"])


def test_R063_an_invitation_is_answered_once_and_in_time():
    rules.check_answer(State.INVITED, LATER, NOW)
    with pytest.raises(Conflict, match=r"invitation\.answered"):
        rules.check_answer(State.ACCEPTED, LATER, NOW)
    with pytest.raises(Conflict, match=r"invitation\.withdrawn"):
        rules.check_answer(State.WITHDRAWN, LATER, NOW)
    with pytest.raises(Conflict, match=r"invitation\.expired"):
        rules.check_answer(State.INVITED, NOW, NOW)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (Known(State.INVITED, LATER), Progress.INVITED),
        (Known(State.INVITED, NOW), Progress.EXPIRED),
        (Known(State.REFUSED, LATER), Progress.REFUSED),
        (Known(State.ACCEPTED, LATER), Progress.ACCEPTED),
        (Known(State.ACCEPTED, LATER, paying=True), Progress.PAYING),
        (Known(State.ACCEPTED, LATER, paid=True), Progress.PAID),
        (Known(State.WITHDRAWN, LATER), Progress.WITHDRAWN),
        (Known(State.ACCEPTED, LATER, paid=True, told=True), Progress.COMPLETED),
        (Known(State.ACCEPTED, LATER, paid=True, study_to=NOW), Progress.ENDED),
        (Known(State.ACCEPTED, LATER, paid=True, told=True, study_to=NOW), Progress.COMPLETED),
    ],
)
def test_R063_completion_and_nothing_more(known, shown):
    assert rules.progress(known, NOW) is shown
