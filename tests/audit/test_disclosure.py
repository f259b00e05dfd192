"""R063: what leaves the institution is logged per person, whatever the size of the list."""

from datetime import UTC, datetime, timedelta

from apiflask import APIFlask

from lms.audit import queries
from lms.audit.rules import Act, Basis, Fact, Recipient
from lms.audit.services import disclose, disclose_many
from lms.core.access import SYSTEM, Actor
from lms.core.db import db, transaction

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
MANAGER = Actor(kind="staff", id=8, code="ayse00000002", label="Ayşe İnceler", role="manager")


def test_R063_a_disclosure_says_to_whom_why_what_and_by_whom(app: APIFlask) -> None:
    with transaction():
        disclose(
            Recipient.INSTITUTION, basis=Basis.CORPORATE, subject=("member", "deniz0000001"), name="Örnek Sigorta A.Ş.",
            what=[Fact.COMPLETION, Fact.CERTIFICATE], reference="K-12", actor=MANAGER, now=NOW,
        )  # fmt: skip
    (row,) = queries.disclosures_of("deniz0000001")
    assert (row.recipient, row.recipient_name, row.basis, row.reference) == (
        "institution", "Örnek Sigorta A.Ş.", "corporate", "K-12",
    )  # fmt: skip
    assert (row.what, row.actor_label, row.at) == (["completion", "certificate"], "Ayşe İnceler", NOW)
    (entry,) = queries.of_act(Act.DISCLOSED)
    assert (entry.subject_code, entry.data["persons"], entry.data["batch"]) == ("deniz0000001", 1, row.batch)


def test_R063_a_list_is_one_act_and_one_row_for_each_person(app: APIFlask) -> None:
    codes = [f"person{n:06}" for n in range(300)]
    with transaction():
        batch = disclose_many(
            Recipient.SEDDK, basis=Basis.DUTY, subjects=[("member", code) for code in codes], what=[Fact.NAME, Fact.TCKN],
            actor=MANAGER, now=NOW,
        )  # fmt: skip
        disclose(
            Recipient.ORYM, basis=Basis.DUTY, subject=("register", "2019-1"), what=[Fact.NAME], actor=SYSTEM, now=NOW
        )
    assert all(len(queries.disclosures_of(code)) == 1 for code in codes[:3])
    (entry,) = [row for row in queries.of_act(Act.DISCLOSED) if row.subject_kind == "disclosure"]
    assert (entry.subject_code, entry.data["persons"]) == (batch, 300)
    first = queries.disclosures(recipient="seddk", limit=200)
    rest = queries.disclosures(recipient="seddk", before=first[-1].id, limit=200)
    assert (len(first), len(rest)) == (200, 100)
    assert [row.recipient for row in queries.disclosures(subject="2019-1")] == ["orym"]


def test_the_trail_is_searched_by_act_person_thing_and_time(app: APIFlask) -> None:
    from lms.audit.services import record

    member = Actor(kind="member", id=1, code="deniz0000001", label="Deniz Örnek")
    with transaction():
        for hour in range(5):
            record(Act.LOGGED_IN, actor=member, subject=("member", member.code), now=NOW + timedelta(hours=hour))
        record(Act.TERM_LOADED, actor=MANAGER, subject=("term", "t1"), now=NOW)
    assert {row.actor_label for row in queries.of_person(member.code)} == {""}
    newest = queries.search(queries.Wanted(act="membership.logged_in"), limit=2)
    assert [row.at.hour for row in newest] == [10, 9]
    older = queries.search(queries.Wanted(act="membership.logged_in"), before=newest[-1].id, limit=9)
    assert [row.at.hour for row in older] == [8, 7, 6]
    found = queries.search(queries.Wanted(actor=MANAGER.code, subject="t1", since=NOW, until=NOW + timedelta(hours=1)))
    assert [row.act for row in found] == ["terms.term_loaded"]
    assert queries.search(queries.Wanted(subject="t1", until=NOW)) == []
    db.session.rollback()
