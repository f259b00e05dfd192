import pytest

from lms.core.errors import Conflict, Invalid
from lms.documents import rules
from lms.documents.rules import Action, Kind, Moved, State


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("content/tariffs/DDAS-TT-2020.yaml", Kind.TARIFF),
        ("content/tariffs/sources.yaml", Kind.REFERENCES),
        ("content/tariffs/law/KOBI-2023.yaml", Kind.LAW),
        ("question_bank/ddta/prim.yaml", Kind.TOPIC),
        ("question_bank/ddta/paper.yaml", Kind.PAPER),
        ("content/programmes/ddta/lessons/course.yaml", Kind.COURSE),
        ("content/programmes/ddta/lessons/05-prim-ve-tarife/lesson.yaml", Kind.LESSON),
        ("content/programmes/ddta/lessons/05-prim-ve-tarife/slides.md", Kind.SLIDES),
        ("content/programmes/ddta/lessons/05-prim-ve-tarife/check.yaml", Kind.CHECK),
        ("content/programmes/ddta/lessons/05-prim-ve-tarife/narration/taban.txt", Kind.NARRATION),
        ("content/programmes/ddta/lessons/05-prim-ve-tarife/narration/04.wav", None),
        ("content/programmes/ddta/terms/2025.yaml", None),
        ("content/texts/kvkk_notice.tr.md", None),
        ("content/tariffs/../texts/a.yaml", None),
        ("/etc/passwd", None),
        ("question_bank/ddta/prim.yaml\n", None),
    ],
)
def test_a_path_says_what_it_holds(path, kind):
    assert rules.kind_of(path) is kind


def test_every_move_that_is_not_in_the_table_is_refused():
    for state in State:
        for action in Action:
            if (state, action) not in rules.MOVES:
                with pytest.raises(Conflict, match=r"documents\.moved"):
                    rules.move(state, action)
    assert rules.move(State.PROPOSED, Action.PUBLISH) is State.PUBLISHED


@pytest.mark.parametrize(
    ("files", "desk", "common", "who"),
    [
        ("a", "a", "a", Moved.NOBODY),
        ("b", "b", "a", Moved.NOBODY),  # the same change at both places
        ("b", "a", "a", Moved.FILES),
        ("a", "b", "a", Moved.DESK),
        ("b", "c", "a", Moved.BOTH),
        ("a", None, None, Moved.FILES),  # a new file
        (None, "a", None, Moved.DESK),  # written at the desk, not exported yet
        (None, "a", "a", Moved.FILES),  # the file was removed
        ("a", None, "a", Moved.DESK),  # the desk took it away
        ("b", None, "a", Moved.BOTH),
        (None, None, "a", Moved.NOBODY),
    ],
)
def test_who_changed_a_document(files, desk, common, who):
    assert rules.moved(files=files, desk=desk, common=common) is who


def test_a_text_has_one_form():
    assert rules.checked_text("a\r\nb\r\n\r\n") == "a\nb\n"
    for text in ("a\x00b", "a\x1bb", "\ud800"):
        with pytest.raises(Invalid, match=r"documents\.unreadable"):
            rules.checked_text(text)
    with pytest.raises(Invalid, match=r"documents\.too_long"):
        rules.checked_text("a" * (rules.MAX_LETTERS + 1))
