import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM
from lms.core.db import db, transaction
from lms.core.sources import BrokenSource, Folder
from lms.questions import queries, services
from lms.questions.models import PaperPlan, Question, QuestionVersion


@pytest.fixture
def bank(tmp_path):
    for name in ("content/tariffs", "content/programmes"):
        shutil.copytree(name, tmp_path / name)
    return Path(shutil.copytree("question_bank", tmp_path / "question_bank"))


@pytest.fixture
def imported(app, now, bank):
    """The bank of the repository, in the database."""
    return load(bank, now)


def load(bank, now):
    with transaction():
        return services.import_bank(Folder(bank.parent), actor=SYSTEM, now=now())


def edit(bank, name, old, new):
    path = bank / "ddta" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def versions(code):
    return db.session.scalars(
        select(QuestionVersion).join(Question).where(Question.code == code).order_by(QuestionVersion.id)
    ).all()


def audited():
    return db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.act == "questions.imported"))


def test_the_second_import_changes_nothing(imported, bank, now):
    assert imported.new >= 60
    again = load(bank, now)
    assert (again.anything, again.unchanged) == (False, imported.new)
    assert audited() == 1


def test_a_changed_wording_is_a_new_version_and_the_old_one_stays(imported, bank, now):
    edit(bank, "prim.yaml", "Prim hesabında hangi ciro esas alınır?", "Primin hesabında hangi ciro esas alınır?")
    assert load(bank, now).changed == 1
    old, new = versions("prim-001")
    assert old.superseded_at == now()
    assert new.superseded_at is None
    assert (old.stem, new.stem) == (
        "Prim hesabında hangi ciro esas alınır?",
        "Primin hesabında hangi ciro esas alınır?",
    )
    edit(bank, "prim.yaml", "Primin hesabında hangi ciro esas alınır?", "Prim hesabında hangi ciro esas alınır?")
    assert load(bank, now).changed == 1
    assert [version.superseded_at for version in versions("prim-001")] == [None, now()]


def test_a_removed_question_is_withdrawn_and_may_come_back(imported, bank, now):
    text = (bank / "ddta/sistem.yaml").read_text("utf-8")
    start, end = text.index("  - code: sistem-002"), text.index("  - code: sistem-003")
    (bank / "ddta/sistem.yaml").write_text(text[:start] + text[end:], "utf-8")
    gone = load(bank, now)
    assert (gone.withdrawn, gone.unchanged) == (1, imported.new - 1)
    assert "sistem-002" not in {entry.code for entry in queries.pool("ddta", date(2025, 3, 3))}
    (bank / "ddta/sistem.yaml").write_text(text, "utf-8")
    back = load(bank, now)
    assert (back.restored, back.changed) == (1, 0)
    assert "sistem-002" in {entry.code for entry in queries.pool("ddta", date(2025, 3, 3))}


def test_a_broken_file_changes_nothing(imported, bank, now):
    edit(bank, "prim.yaml", "Prim hesabında hangi ciro", "Hangi ciro")
    edit(bank, "hasar.yaml", "difficulty: 1", "difficulty: bir")
    with pytest.raises(BrokenSource, match=r"question_bank/ddta/hasar\.yaml:\d+: a whole number"):
        load(bank, now)
    assert len(versions("prim-001")) == 1
    assert audited() == 1


def test_a_paper_is_frozen_with_letters_and_a_key(imported, now):
    paper = services.draw("ddta", 10, used=(), seed="s1", now=now())
    assert [item.number for item in paper] == list(range(1, 11))
    for item in paper:
        version = db.session.get(QuestionVersion, item.version_id)
        texts = {option["key"]: option["text"] for option in item.options}
        assert list(texts) == ["A", "B", "C", "D"]
        shown = version.variants[item.variant] if version.variants else vars(version)
        table = shown["table"] and {name: shown["table"][name] for name in ("caption", "head", "rows")}
        assert (item.stem, item.table) == (shown["stem"], table)
        assert sorted(texts.values()) == sorted(shown["options"])
        assert texts[item.key] == shown["options"][0]
    assert paper == services.draw("ddta", 10, used=(), seed="s1", now=now())
    assert paper != services.draw("ddta", 10, used=(), seed="s2", now=now())
    assert any(item.table for item in paper)


def test_a_computed_question_keeps_its_variants_with_what_they_cite(imported, now):
    (version,) = versions("hesap-001")
    assert len(version.variants) == 12
    first = version.variants[0]
    assert (version.stem, version.options) == (first["stem"], first["options"])
    assert first["given"] == {"turnover": 11_000_000, "days": 120}
    (cited,) = first["citations"]
    assert (cited["address"], cited["shown"]) == ("DDAS-TT-2020:premium/10.000.001-15.000.000/120", "0,40")
    places = {"stem": first["stem"], "explanation": first["explanation"], "options/0": first["options"][0]}
    told = [places[mark["place"]][mark["start"] : mark["end"]] for mark in cited["marks"]]
    assert told == ["44.000 TL", "0,40", "44.000", "10.000.001-15.000.000"]
    assert first["mistakes"] == ["marginal", "wrong_band", "wrong_term"]
    assert versions("prim-001")[0].variants is None


def test_papers_of_different_people_show_different_numbers_of_one_question(imported, now):
    seen = {}
    for seed in range(60):
        for item in services.draw("ddta", 10, used=(), seed=str(seed), now=now()):
            seen.setdefault(item.question_id, set()).add(item.stem)
    computed = {version.question_id for version in db.session.scalars(select(QuestionVersion)) if version.variants}
    assert sum(len(stems) > 1 for question, stems in seen.items() if question in computed) > 20


def test_papers_of_one_person_share_no_question_while_others_are_left(imported, now):
    used: set[int] = set()
    for attempt in range(imported.new // 10 - 1):
        paper = {item.question_id for item in services.draw("ddta", 10, used=used, seed=str(attempt), now=now())}
        assert len(paper) == 10
        assert not paper & used
        used |= paper


def test_two_people_get_papers_of_the_same_plan(imported, now):
    def profile(seed):
        ids = [item.question_id for item in services.draw("ddta", 10, used=(), seed=seed, now=now())]
        by_id = {entry.id: (entry.topic, entry.difficulty) for entry in queries.pool("ddta", date(2025, 3, 3))}
        return Counter(by_id[question] for question in ids)

    assert profile("a") == profile("b") == Counter(queries.plan("ddta"))


def test_what_claims_today_leaves_the_draw_with_the_new_act(imported, now):
    before = {entry.code for entry in queries.pool("ddta", date(2025, 11, 3))}
    after = {entry.code for entry in queries.pool("ddta", date(2025, 11, 4))}
    assert "kobi-014" in before - after
    assert "kobi-013" in after - before


def test_a_programme_without_questions_gives_no_paper(imported, now):
    assert services.draw("yok", 10, used=(), seed="s", now=now()) == []


def test_import_and_draw_take_a_fixed_number_of_statements(imported, bank, now):
    statements = []
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        db.session.expire_all()
        services.draw("ddta", 10, used=(), seed="s", now=now())
        drawn = [text for text in statements if "SAVEPOINT" not in text]
        statements.clear()
        load(bank, now)
        loaded = [text for text in statements if "SAVEPOINT" not in text]
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    assert len(drawn) <= 3
    assert len(loaded) <= 4


def test_topics_have_titles(imported):
    assert queries.topic_titles("ddta")["hesap"] == "Tarifeden hesap"


def test_R090b_a_plan_keeps_the_areas_a_result_is_told_by(imported, bank, now):
    plan = db.session.get(PaperPlan, "ddta")
    assert {topic for area in plan.areas for topic in area["topics"]} == {topic for topic, _ in plan.slots}
    edit(bank, "paper.yaml", "title: Hasar ve süreç", "title: Hasar")
    load(bank, now)
    assert db.session.get(PaperPlan, "ddta").areas[-1]["title"] == "Hasar"


def test_a_second_programme_is_data_and_has_papers_of_its_own(imported, bank, now):
    other = bank / "kefalet"
    other.mkdir()
    (other / "paper.yaml").write_text("slots:\n  - {topic: genel, difficulty: 1}\n", "utf-8")
    entry = (
        "  - code: genel-{n:03d}\n    difficulty: 1\n    stem: Soru {n}?\n    answer: doğru\n"
        "    distractors: [bir, iki, üç]\n    explanation: Çünkü.\n    cells: ['GS-2009:buyer']\n    sources: [{{gazette: '12345', place: m.1}}]\n"
    )
    questions = "".join(entry.format(n=n) for n in range(1, 5))
    (other / "genel.yaml").write_text(f"topic: genel\ntitle: Genel\nlesson: genel\nquestions:\n{questions}", "utf-8")
    assert load(bank, now).new == 4
    paper = services.draw("kefalet", 3, used=(), seed="s", now=now())
    assert len(paper) == 3
    assert all(item.stem.startswith("Soru") for item in paper)
    assert not any(item.stem.startswith("Soru ") for item in services.draw("ddta", 10, used=(), seed="s", now=now()))
