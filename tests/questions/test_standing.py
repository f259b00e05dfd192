"""A question leaves the draw by itself: the day its claim about today ends, or at once when its own version was corrected."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from lms.core.access import SYSTEM
from lms.core.db import db, transaction
from lms.core.sources import Folder
from lms.questions import queries, services
from lms.questions.models import Question, QuestionVersion
from lms.questions.rules.drawing import Slot
from lms.questions.rules.question import Question as Authored
from lms.questions.rules.question import Variant
from lms.questions.rules.standing import Held, first_shortage

CODE = "prim-900"
PLAIN = f"""
  - code: {CODE}
    difficulty: 1
    stem: 27 Mayıs 2022 tarifesine göre taban prim ne kadardır?
    answer: 2.000 TL
    distractors: [1.500 TL, 2.500 TL, 3.000 TL]
    explanation: Taban prim 2.000 TL’dir.
    sources: [{{page: zekeriya2022}}]
    cells: ["DDAS-TT-2022:min_premium"]
"""
VERSION = "content/tariffs/DENEME-2026.yaml"
LAST = "content/tariffs/DDAS-T-2025.yaml"


@pytest.fixture
def root(tmp_path):
    for name in ("content/tariffs", "content/programmes", "question_bank"):
        shutil.copytree(name, tmp_path / name)
    return tmp_path


def add(root, question):
    path = root / "question_bank/ddta/prim.yaml"
    path.write_text(path.read_text("utf-8").rstrip("\n") + question, "utf-8")


def edit(root, name, old, new):
    path = Path(root, name)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def load(root, now):
    with transaction():
        return services.import_bank(Folder(root), actor=SYSTEM, now=now())


def drawn_on(day):
    return CODE in {entry.code for entry in queries.pool("ddta", day)}


def row():
    return db.session.query(Question).filter_by(code=CODE).one()


def test_a_correction_of_its_own_version_holds_a_question_back_until_somebody_looks(app, now, root):
    add(root, PLAIN)
    load(root, now)
    assert drawn_on(date(2025, 3, 3))
    edit(root, "content/tariffs/DDAS-TT-2022.yaml", "value: 2000", "value: 2100")
    load(root, now)
    assert (row().held_from, row().held_why) == (date(2025, 3, 3), "corrected")
    assert not drawn_on(date(2025, 3, 3))
    assert db.session.query(QuestionVersion).join(Question).filter_by(code=CODE).count() == 1
    now.set("2025-03-05 09:00")
    load(root, now)
    assert row().held_from == date(2025, 3, 3)  # as long as it stands so
    edit(root, "question_bank/ddta/prim.yaml", "answer: 2.000 TL\n    distractors: [1.500 TL", "answer: 2.100 TL\n    distractors: [1.500 TL")  # fmt: skip
    load(root, now)
    assert (row().held_from, row().held_why) == (None, None)
    assert drawn_on(date(2025, 3, 5))


def test_who_looked_and_found_it_right_says_so_with_a_day(app, now, root):
    add(root, PLAIN)
    load(root, now)
    edit(root, "content/tariffs/DDAS-TT-2022.yaml", "value: 2000", "value: 2100")
    load(root, now)
    edit(root, "question_bank/ddta/prim.yaml", f"code: {CODE}\n", f"code: {CODE}\n    checked: 2025-03-03\n")
    load(root, now)
    assert drawn_on(date(2025, 3, 3))


CLAIM = PLAIN.replace("DDAS-TT-2022:min_premium", "DDAS-T-2025:ceiling").replace(
    "27 Mayıs 2022 tarifesine göre taban prim ne kadardır?",
    "4 Kasım 2025 tarifesine göre yürürlükteki kural hangisidir?",
)


def later(root, ceiling):
    """The last version again, under an invented name from an invented day, with this ceiling."""
    text = Path(root, LAST).read_text("utf-8").replace("id: DDAS-T-2025", "id: DENEME-2026")
    text = text.replace("value: 2025-11-04", "value: 2026-05-01").replace("value: 1000000000", f"value: {ceiling}")
    Path(root, VERSION).write_text(text, "utf-8")


def test_a_claim_about_today_ends_the_day_a_later_version_says_otherwise(app, now, root):
    add(root, CLAIM)
    load(root, now)
    assert drawn_on(date(2026, 5, 1))
    later(root, 77)
    load(root, now)
    assert (row().held_from, row().held_why) == (date(2026, 5, 1), "replaced")
    assert drawn_on(date(2026, 4, 30))
    assert not drawn_on(date(2026, 5, 1))


def test_a_claim_that_a_later_version_repeats_stays(app, now, root):
    add(root, CLAIM)
    later(root, 1000000000)
    load(root, now)
    assert drawn_on(date(2026, 5, 1))


def test_a_dated_wording_stays_when_a_later_version_comes(app, now, root):
    add(root, PLAIN)
    load(root, now)
    later(root, 77)
    load(root, now)
    assert drawn_on(date(2026, 5, 1))


def plain(code, **changes):
    variant = Variant("Soru", ("a", "b", "c", "d"), "Neden")
    return Authored(code, "ddta", "prim", "prim", 1, (), (variant,), **changes)


def test_the_first_day_on_which_the_papers_could_not_be_filled():
    slots, today = [Slot("prim", 1)], date(2025, 3, 3)
    bank = [plain("a-001"), plain("a-002"), plain("a-003", until=date(2024, 1, 1)), plain("a-004")]
    assert first_shortage(bank, {}, slots, 3, today) is None
    held = {"a-002": Held(date(2026, 5, 1), "replaced")}
    short = first_shortage(bank, held, slots, 3, today)
    assert (short.slot, short.day, short.have, short.needed) == (slots[0], date(2026, 5, 1), 2, 3)
    assert first_shortage([*bank, plain("a-005", from_day=date(2026, 5, 1))], held, slots, 3, today) is None
