"""Documents: one truth with history. What files bring, what the desk writes, and who wins."""

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms.core.access import SYSTEM, Actor
from lms.core.config import ROOT
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.sources import Folder
from lms.documents import queries, services
from lms.documents.models import Revision
from lms.documents.rules import State

TARIFF = "content/tariffs/DDAS-TT-2020.yaml"
TOPIC = "question_bank/ddta/prim.yaml"
NEW = "content/tariffs/DENEME-2026.yaml"
ANN = Actor(kind="staff", code="ann", label="Ann", role="editor")
BEN = Actor(kind="staff", code="ben", label="Ben", role="editor")


@pytest.fixture
def root(tmp_path):
    """A small installation."""
    for name, text in ((TARIFF, "id: eski\n"), (TOPIC, "topic: prim\n"), ("content/texts/a.tr.md", "x\n")):
        put(tmp_path, name, text)
    return tmp_path


def put(root, name, text):
    path = Path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def take(root, now, **options):
    with transaction():
        plan = services.intake(Folder(root), **{"over": False, **options})
        services.take_in(plan, actor=SYSTEM, now=now())
    return plan


def save(path, text, actor, now, expected=None):
    with transaction():
        token = services.seen(path) if expected is None else expected
        return services.save(path, text, expected=token, note="bir deneme", actor=actor, now=now())


def publish(row, actor, now):
    with transaction():
        services.propose(row.code, actor=Actor("staff", code=row.author_code), now=now())
        return services.publish([row], note="", after=services.number(), actor=actor, now=now())


def text_of(name):
    return services.published()[name].decode()


def test_without_publication_the_files_of_the_installation_are_read(app):
    assert services.number() == 0
    assert set(services.published()) == set(Folder(ROOT))


def test_files_are_taken_in_once(app, now, root):
    assert set(take(root, now).changes) == {TARIFF, TOPIC}
    assert (text_of(TARIFF), services.number()) == ("id: eski\n", 1)
    again = take(root, now)
    assert (again.changes, len(again.same), services.number()) == ({}, 2, 1)
    put(root, TARIFF, "id: yeni\n")
    assert list(take(root, now).changes) == [TARIFF]
    assert text_of(TARIFF) == "id: yeni\n"
    assert [(r.ordinal, r.state) for r in queries.history(TARIFF)] == [(2, "published"), (1, "superseded")]


def test_a_removed_file_is_gone_and_may_come_back(app, now, root):
    take(root, now)
    Path(root, TOPIC).unlink()
    take(root, now)
    assert TOPIC not in services.published()
    put(root, TOPIC, "topic: prim\n")
    take(root, now)
    assert text_of(TOPIC) == "topic: prim\n"
    assert [row.body for row in queries.history(TOPIC)] == ["topic: prim\n", None, "topic: prim\n"]


def test_what_the_desk_wrote_stays_when_the_files_did_not_change(app, now, root):
    take(root, now)
    publish(save(TARIFF, "id: masa", ANN, now), BEN, now)
    plan = take(root, now)
    assert (plan.changes, plan.desk) == ({}, (TARIFF,))
    assert text_of(TARIFF) == "id: masa\n"


def test_changed_at_both_places_is_refused_by_name_unless_the_files_shall_win(app, now, root):
    take(root, now)
    publish(save(TARIFF, "id: masa", ANN, now), BEN, now)
    put(root, TARIFF, "id: dosya\n")
    put(root, TOPIC, "topic: dosya\n")
    with pytest.raises(Conflict) as refused:
        take(root, now)
    assert refused.value.code == "documents.conflict"
    assert refused.value.params["paths"] == TARIFF
    assert text_of(TOPIC) == "topic: prim\n"  # nothing of it was applied
    take(root, now, over=True)
    assert text_of(TARIFF) == "id: dosya\n"
    assert "id: masa\n" in [row.body for row in queries.history(TARIFF)]


def test_export_and_import_meet(app, now, root):
    take(root, now)
    publish(save(TARIFF, "id: masa", ANN, now), BEN, now)
    publish(save(NEW, "id: DENEME-2026", BEN, now), ANN, now)
    with transaction():
        written = services.export(root, home=True, over=False)
    assert [(w.what, w.path) for w in written] == [("changed", TARIFF), ("new", NEW)]
    assert Path(root, TARIFF).read_text("utf-8") == "id: masa\n"
    assert take(root, now).changes == {}
    put(root, TARIFF, "id: masa ve dosya\n")  # since the export only the file changed
    assert list(take(root, now).changes) == [TARIFF]


def test_export_does_not_write_over_what_nobody_took_in(app, now, root, tmp_path):
    take(root, now)
    publish(save(TOPIC, "topic: masa", ANN, now), BEN, now)
    put(root, TARIFF, "id: dosya\n")
    with pytest.raises(Conflict) as refused, transaction():
        services.export(root, home=True, over=False)
    assert refused.value.params["paths"] == TARIFF
    elsewhere = tmp_path / "elsewhere"
    with transaction():
        assert {w.what for w in services.export(elsewhere, home=False, over=False)} == {"new"}
    assert Path(elsewhere, TOPIC).read_text("utf-8") == "topic: masa\n"


def test_nobody_publishes_their_own_text(app, now, root):
    take(root, now)
    row = save(TARIFF, "id: masa", ANN, now)
    with pytest.raises(Conflict, match=r"documents\.own"):
        publish(row, ANN, now)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            update(Revision)
            .where(Revision.code == row.code)
            .values(state=State.PUBLISHED, decided_code="ann", publication_id=1)
        )


def test_a_draft_has_one_author_and_the_other_is_told_who_and_when(app, now, root):
    take(root, now)
    save(TARIFF, "id: bir", ANN, now)
    with pytest.raises(Conflict) as refused:
        save(TARIFF, "id: iki", BEN, now)
    assert refused.value.code == "documents.taken"
    assert refused.value.params == {"by": "Ann", "at": now()}
    assert queries.open_one(TARIFF).body == "id: bir\n"


def test_two_windows_of_one_person_do_not_write_over_each_other(app, now, root):
    take(root, now)
    first = services.seen(TARIFF)
    save(TARIFF, "id: bir", ANN, now)
    with pytest.raises(Conflict, match=r"documents\.changed"):
        save(TARIFF, "id: iki", ANN, now, expected=first)


def test_a_draft_on_an_older_text_is_not_published_over_the_newer(app, now, root):
    take(root, now)
    row = save(TARIFF, "id: masa", ANN, now)
    put(root, TARIFF, "id: dosya\n")
    take(root, now)
    with pytest.raises(Conflict) as refused:
        publish(row, BEN, now)
    assert refused.value.code == "documents.outrun"
    row = save(TARIFF, "id: masa ve dosya", ANN, now)
    publish(row, BEN, now)
    assert text_of(TARIFF) == "id: masa ve dosya\n"


def test_of_two_who_publish_at_once_one_wins(app, now, root):
    take(root, now)
    one, two = save(TARIFF, "id: bir", ANN, now), save(TOPIC, "topic: iki", ANN, now)
    with transaction():
        for row in (one, two):
            services.propose(row.code, actor=ANN, now=now())
    checked = services.number()
    with transaction():
        services.publish([one], note="", after=checked, actor=BEN, now=now())
    with pytest.raises(Conflict) as refused, transaction():
        services.publish([two], note="", after=checked, actor=BEN, now=now())
    assert refused.value.code == "documents.published_meanwhile"
    assert refused.value.params["by"] == "Ben"


def test_a_proposal_goes_back_with_a_reason_and_comes_again(app, now, root):
    take(root, now)
    row = save(TARIFF, "id: masa", ANN, now)
    with transaction():
        services.propose(row.code, actor=ANN, now=now())
        with pytest.raises(Invalid, match=r"documents\.note"):
            services.give_back(row.code, reason="", actor=BEN, now=now())
        services.give_back(row.code, reason="Kaynağı yok", actor=BEN, now=now())
    assert (row.state, row.reason) == ("draft", "Kaynağı yok")
    publish(save(TARIFF, "id: kaynakli", ANN, now), BEN, now)
    assert text_of(TARIFF) == "id: kaynakli\n"


def test_only_documents_are_written(app, now, root):
    with pytest.raises(NotFound):
        save("content/texts/a.tr.md", "x", ANN, now)


def test_a_draft_may_be_dropped_and_another_begun(app, now, root):
    take(root, now)
    row = save(TARIFF, "id: bir", ANN, now)
    with transaction():
        services.drop(row.code, actor=BEN, now=now())
    assert save(TARIFF, "id: iki", BEN, now).ordinal == 3


def test_a_diff_shows_the_lines_that_changed():
    assert services.diff("a\nb\n", "a\nc\n") == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
