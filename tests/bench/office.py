"""The office at 100,000 candidates: two terms of everything in PostgreSQL, made by set-based statements, and what its pages take.

``python -m tests.bench office`` measures this section alone. Who wants the same people for a measurement of their own calls
`seed` on an empty, migrated database, once.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from unittest import mock

from apiflask import APIFlask
from sqlalchemy import text

from lms.core import clock
from lms.core.codes import mask_tckn
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.text import fold
from lms.membership.models import Member
from lms.reports import jobs
from lms.terms.models import Term
from lms.web import access
from tests import factories
from tests.people import Person

PEOPLE = 100_000
TERMS = ("olcum-1", "olcum-2")
PAGES: dict[str, tuple[str, ...]] = {
    "desk": (
        "/yonetim",
        "/yonetim/adaylar/olcum0000100",
        "/yonetim/odemeler",
        "/yonetim/muafiyet",
        "/yonetim/sertifikalar",
    ),
    "people": (
        "/yonetim/devam?donem=olcum-1",
        "/yonetim/devam?donem=olcum-1&sira=ad",
        "/yonetim/devam?donem=olcum-1&durum=tamamladi&sayfa=500",
    ),
    "reports": (
        "/yonetim/raporlar",
        "/yonetim/raporlar/tamamlama",
        "/yonetim/raporlar/isaretler",
        "/yonetim/raporlar/tablo/kurumlar.csv",
    ),
}
"""The addresses of each group, as a manager opens them: `<group>_slowest_ms` is the median time of the slowest."""
ROUNDS = 7
_TARGET = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_FIRST = ("Deniz", "Ekin", "Işıl", "Çağrı", "Güneş", "Özgür", "Toprak", "Yağmur", "Evren", "Bilge")
_LAST = ("Örnek", "Deneme", "Sayım", "Ölçüm", "Taslak", "Varsayım", "Kurgu", "Temsil")


@dataclass(frozen=True, slots=True)
class Office:
    """What a measurement needs to know of the seeded world."""

    terms: tuple[Term, Term]
    now: datetime


def seed(people: int = PEOPLE) -> Office:
    """``people`` candidates over two terms: the first is over, the second is in its middle. Same numbers every time."""
    now = clock.now()
    with transaction() as session:
        terms = _terms(now)
        release, versions = factories.release((600, 900, 600, 1200, 600, 900)), factories.questions(60, topics=8)
        values = {
            "now": now, "a": terms[0].id, "b": terms[1].id, "release": release.id,
            "version": min(one.id for one in versions), "versions": len(versions),
        }  # fmt: skip
    with transaction() as session:
        session.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # rows that are right: no check of each key
        _members(people, now)
        session.execute(text("ANALYZE"))
        for statement in _WORLD:
            session.execute(text(statement), {key: values[key] for key in values if f":{key}" in statement})
            session.execute(
                text(f"ANALYZE {_TARGET.findall(statement)[0]}")
            )  # the next statements read what this one wrote
    return Office(terms, now)


def measure(app: APIFlask) -> Iterator[dict[str, Any]]:
    """The slowest page of each group, in this process, without the network: no page may take 300 ms."""
    with transaction() as session:
        known = session.query(Member).filter_by(code="olcum-yonetici").one_or_none()
        row = known or factories.member(
            code="olcum-yonetici", tckn=factories.valid_tckn(9_000_000), staff_role="manager"
        )
        manager = Person(row)
    yield from _counted()
    client = app.test_client()
    for group, addresses in PAGES.items():
        taken = {}
        with mock.patch.object(access, "principal", return_value=manager):
            for address in addresses:
                assert client.get(address).status_code == 200, address
                taken[address] = median(_milliseconds(client, address) for _ in range(ROUNDS))
        slowest = max(taken, key=lambda address: taken[address])
        yield {
            "name": f"{group}_slowest_ms", "value": round(taken[slowest], 1), "unit": "ms", "floor": None, "ratio": None,
            "page": slowest, "people": PEOPLE,
        }  # fmt: skip


def _counted() -> Iterator[dict[str, Any]]:
    """The hourly count of both terms, and the look for signs: no page waits for either."""
    for name, job in (("reports_count_s", jobs.count_terms), ("reports_signs_s", jobs.find_signs)):
        started = time.perf_counter()
        job(clock.now())
        seconds = round(time.perf_counter() - started, 1)
        yield {"name": name, "value": seconds, "unit": "s", "floor": None, "ratio": None, "people": PEOPLE}


def _milliseconds(client: Any, address: str) -> float:
    started = time.perf_counter()
    client.get(address).get_data()
    return (time.perf_counter() - started) * 1000


def _terms(now: datetime) -> tuple[Term, Term]:
    def one(code: str, start: datetime) -> Term:
        return factories.term(
            code=code, name_tr=f"Ölçüm dönemi {code[-1]}", name_en=f"Measured term {code[-1]}",
            application_from=start, application_to=start + timedelta(days=250),
            study_from=start + timedelta(days=1), study_to=start + timedelta(days=270),
        )  # fmt: skip

    return one(TERMS[0], now - timedelta(days=420)), one(TERMS[1], now - timedelta(days=130))


def _members(people: int, now: datetime) -> None:
    """Invented people with real sealed numbers, copied in; the odd ones come for the first term, the even ones for the second."""
    columns = "code, tckn_index, tckn_sealed, tckn_masked, first_name, last_name, name_folded, email, phone, language, created_at"
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor().copy(f"COPY member ({columns}) FROM STDIN") as copy:
        for row in _invented(people, now):
            copy.write_row(row)


def _invented(people: int, now: datetime) -> Iterator[tuple[object, ...]]:
    sealer = vault()
    for n in range(1, people + 1):
        tckn = factories.valid_tckn(1_000_000 + n)
        first, last = _FIRST[n % len(_FIRST)], f"{_LAST[n // 10 % len(_LAST)]} {n}"
        since = now - timedelta(days=(125 if n % 2 == 0 else 415) - n % 97)
        yield (
            f"olcum{n:07d}", sealer.index(tckn), sealer.seal(tckn), mask_tckn(tckn), first, last, fold(f"{first} {last}"),
            f"kisi{n}@olcum.example", f"+90555{n:07d}", "tr", since,
        )  # fmt: skip


# Each person's fate is read from `draw` (0-999), each attempt's from another multiple of the key; nothing is random. The
# days of a step lie after the days of the step before it.
_P = "WITH p AS (SELECT m.*, m.id * 7919 % 1000 AS draw, CASE WHEN m.id % 2 = 0 THEN :b ELSE :a END AS term_id FROM member m WHERE m.code LIKE 'olcum%') "
_T = "JOIN term t ON t.id = p.term_id "
_WORLD = (
    # 4 % only have an account; 3 % are exempt; 2 % have started to pay; 6 % paid and sent no form
    _P
    + """INSERT INTO exemption_request (code, member_id, term_id, term_code, relation, source, email, status, requested_at, decided_at, status_proven, kinship_proven,
        answered_at) SELECT 'muaf' || p.id, p.id, t.id, t.code, 'veteran', 'form', p.email, CASE WHEN draw < 70 THEN 'approved' WHEN draw < 72 THEN 'requested' ELSE
        'rejected' END, p.created_at + interval '1 day', CASE WHEN draw NOT IN (70, 71) THEN p.created_at + interval '2 days' END, true, true,
        CASE WHEN draw < 70 THEN p.created_at + interval '2 days' END FROM p """
    + _T
    + "WHERE draw BETWEEN 40 AND 75",
    _P
    + """INSERT INTO payment (code, member_id, term_id, term_code, purpose, subject, channel, amount_kurus, captured_kurus, status, note, created_at, paid_at,
        closed_at) SELECT 'ode' || p.id, p.id, t.id, t.code, 'application', '1', 'card', 53300, CASE WHEN draw >= 90 THEN 53300 END,
        CASE WHEN draw < 90 THEN 'pending' ELSE 'paid' END, CASE WHEN draw = 500 THEN 'duplicate' END, p.created_at + interval '2 days',
        CASE WHEN draw >= 90 THEN p.created_at + interval '2 days' END, CASE WHEN draw >= 90 THEN p.created_at + interval '2 days' END FROM p """
    + _T
    + "WHERE draw >= 70",
    """INSERT INTO entitlement (payment_id, member_id, purpose, term_code, subject, paid_at, opens_at, consumed_at, consumed_by)
        SELECT id, member_id, purpose, term_code, subject, paid_at, paid_at, CASE WHEN member_id * 7919 % 1000 >= 150 THEN paid_at + interval '1 hour' END,
        CASE WHEN member_id * 7919 % 1000 >= 150 THEN 'bas' || member_id || 'x1' END FROM payment WHERE status = 'paid'""",
    _P
    + """INSERT INTO application (code, number, member_id, term_id, term_code, ordinal, entitlement_id, exemption_id, submitted_at, first_name, last_name, email,
        phone, province, district, applicant_type, institution, education, assigned_at, assigned_why)
        SELECT 'bas' || p.id || 'x1', 'DDTA-9-' || p.id, p.id, t.id, t.code, 1, e.id, CASE WHEN e.id IS NULL THEN x.id END,
        p.created_at + interval '2 days 1 hour', p.first_name, p.last_name, p.email, p.phone, 'Ankara', 'Çankaya',
        (ARRAY['agency', 'agency', 'agency', 'bank', 'bank', 'insurer', 'broker', 'other'])[1 + p.id % 8],
        'Örnek Kurum ' || (p.id * 31 % 400 * (p.id * 17 % 400) / 400 + 1), 'bachelor', p.created_at + interval '3 days 1 hour', '{"value": "2025-01-09T12:00:00+03:00", "steps": []}' FROM p """
    + _T
    + """LEFT JOIN entitlement e ON e.member_id = p.id AND e.purpose = 'application' AND e.subject = '1'
        LEFT JOIN exemption_request x ON x.member_id = p.id AND x.status = 'approved' WHERE draw >= 150 OR draw BETWEEN 40 AND 69""",
    # 4 % never start, 5 % more never complete
    """INSERT INTO training (application_id, member_id, release_id, started_at, completed_at) SELECT id, member_id, :release, assigned_at + interval '5 hours',
        CASE WHEN id * 6271 % 100 >= 9 THEN assigned_at + interval '30 hours' END FROM application WHERE id * 6271 % 100 >= 4""",
    *(
        f"""INSERT INTO attempt (code, application_id, member_id, ordinal, available_at, started_at, ends_at, question_count, pass_mark, state, last_seq, finalised_at,
        finished_by, correct, score, passed, announced_at) SELECT a.code || '-{ordinal}', a.id, a.member_id, {ordinal}, s.at, s.at, s.at + interval '20 minutes', 10, 70,
        'finished', 10, s.at + (2 + a.id % 17) * interval '1 minute', CASE WHEN a.id % 10 = 0 THEN 'deadline' ELSE 'candidate' END, r.n, r.n * 10, r.n >= 7, s.at
        + interval '20 minutes' FROM {before}, LATERAL (SELECT {start} AS at) s, LATERAL (SELECT CASE WHEN a.id * {prime} % 100 < {passes} THEN 7 + a.id % 4
        ELSE 2 + a.id % 5 END AS n) r WHERE {where}"""
        for ordinal, prime, passes, before, start, where in (
            (
                1,
                4447,
                22,
                "training t JOIN application a ON a.id = t.application_id",
                "t.completed_at + (1 + a.id % 48) * interval '1 hour'",
                "t.completed_at IS NOT NULL",
            ),
            (
                2,
                5003,
                24,
                "attempt b JOIN application a ON a.id = b.application_id",
                "b.finalised_at + interval '8 days'",
                "b.ordinal = 1 AND NOT b.passed AND a.id % 50 <> 0",
            ),
            (
                3,
                6007,
                26,
                "attempt b JOIN application a ON a.id = b.application_id",
                "b.finalised_at + interval '8 days'",
                "b.ordinal = 2 AND NOT b.passed AND a.id % 50 <> 1",
            ),
        )
    ),
    "UPDATE application a SET outcome = 'passed', outcome_at = b.finalised_at FROM attempt b WHERE b.application_id = a.id AND b.passed",
    "UPDATE application a SET outcome = 'failed', outcome_at = b.finalised_at FROM attempt b WHERE b.application_id = a.id AND b.ordinal = 3 AND NOT b.passed",
    "UPDATE application a SET outcome = 'lapsed', outcome_at = t.study_to FROM term t WHERE t.id = a.term_id AND t.study_to < :now AND a.outcome IS NULL",
    # two of three who failed thrice ask again, pay again, and go through it once more
    """INSERT INTO reapplication_request (code, application_id, member_id, source, exempt_declared, explanation, status, requested_at, decided_at) SELECT 'yen' || id, id, member_id, 'form', false,
        'Sınavlara yeniden hazırlandım.', CASE WHEN id % 90 = 0 THEN 'requested' ELSE 'approved' END, outcome_at + interval '1 day',
        CASE WHEN id % 90 <> 0 THEN outcome_at + interval '2 days' END FROM application WHERE outcome = 'failed' AND id % 3 < 2""",
    """INSERT INTO payment (code, member_id, term_id, term_code, purpose, subject, channel, amount_kurus, captured_kurus, status, created_at, paid_at, closed_at)
        SELECT 'odx' || a.id, a.member_id, a.term_id, a.term_code, 'application', '2', 'card', 53300, 53300, 'paid', r.decided_at, r.decided_at, r.decided_at
        FROM reapplication_request r JOIN application a ON a.id = r.application_id WHERE r.status = 'approved'""",
    """INSERT INTO entitlement (payment_id, member_id, purpose, term_code, subject, paid_at, opens_at, consumed_at, consumed_by)
        SELECT id, member_id, purpose, term_code, subject, paid_at, paid_at, paid_at, 'bas' || member_id || 'x2' FROM payment WHERE subject = '2'""",
    """INSERT INTO application (code, number, member_id, term_id, term_code, ordinal, entitlement_id, submitted_at, first_name, last_name, email, phone, province,
        district, applicant_type, institution, education, assigned_at, assigned_why) SELECT 'bas' || a.member_id || 'x2', a.number || '-2', a.member_id, a.term_id,
        a.term_code, 2, e.id, e.paid_at, a.first_name, a.last_name, a.email, a.phone, a.province, a.district, a.applicant_type, a.institution, a.education,
        e.paid_at + interval '1 day', a.assigned_why FROM entitlement e JOIN application a ON a.member_id = e.member_id WHERE e.subject = '2'""",
    """INSERT INTO training (application_id, member_id, release_id, started_at, completed_at) SELECT id, member_id, :release, assigned_at + interval '5 hours',
        assigned_at + interval '30 hours' FROM application WHERE ordinal = 2""",
    *(
        f"""INSERT INTO attempt (code, application_id, member_id, ordinal, available_at, started_at, ends_at, question_count, pass_mark, state, last_seq, finalised_at,
        finished_by, correct, score, passed, announced_at) SELECT a.code || '-{ordinal}', a.id, a.member_id, {ordinal}, s.at, s.at, s.at + interval '20 minutes', 10, 70,
        'finished', 10, s.at + (3 + a.id % 15) * interval '1 minute', 'candidate', r.n, r.n * 10, r.n >= 7, s.at + interval '20 minutes'
        FROM {before}, LATERAL (SELECT {start} AS at) s, LATERAL (SELECT CASE WHEN a.id * {prime} % 100 < 35 THEN 7 + a.id % 4 ELSE 2 + a.id % 5 END AS n) r
        WHERE a.ordinal = 2 AND {where}"""
        for ordinal, prime, before, start, where in (
            (
                1,
                4447,
                "training t JOIN application a ON a.id = t.application_id",
                "t.completed_at + interval '1 day'",
                "true",
            ),
            (
                2,
                5003,
                "attempt b JOIN application a ON a.id = b.application_id",
                "b.finalised_at + interval '8 days'",
                "b.ordinal = 1 AND NOT b.passed",
            ),
            (
                3,
                6007,
                "attempt b JOIN application a ON a.id = b.application_id",
                "b.finalised_at + interval '8 days'",
                "b.ordinal = 2 AND NOT b.passed",
            ),
        )
    ),
    "UPDATE application a SET outcome = 'passed', outcome_at = b.finalised_at FROM attempt b WHERE a.ordinal = 2 AND b.application_id = a.id AND b.passed",
    "UPDATE application a SET outcome = 'failed', outcome_at = b.finalised_at FROM attempt b WHERE a.ordinal = 2 AND b.application_id = a.id AND b.ordinal = 3 AND NOT b.passed",
    # what has not happened yet has no row: the second term is in its middle
    "DELETE FROM attempt WHERE started_at > :now - interval '20 minutes'",
    "DELETE FROM training WHERE started_at > :now",
    "DELETE FROM application WHERE submitted_at > :now",
    "DELETE FROM entitlement WHERE paid_at > :now",
    "DELETE FROM payment WHERE paid_at > :now",
    "DELETE FROM reapplication_request WHERE requested_at > :now",
    "UPDATE training SET completed_at = NULL WHERE completed_at > :now",
    "UPDATE application SET outcome = NULL, outcome_at = NULL WHERE outcome_at > :now",
    """INSERT INTO lesson_progress (training_id, lesson_id, ranges, watched, position, updated_at) SELECT t.id, l.id, jsonb_build_array(jsonb_build_array(0, w.n)), w.n,
        w.n, t.started_at + l.ordinal * interval '3 hours' FROM training t JOIN lesson l ON l.release_id = t.release_id,
        LATERAL (SELECT CASE WHEN t.completed_at IS NULL THEN (l.duration * (t.id % 80) / 100)::int ELSE l.duration END AS n) w""",
    # ten questions each, the first `correct` of them right: the options hold one letter, a paper's text is not measured
    """INSERT INTO paper_item (attempt_id, number, question_version_id, variant, stem, options, key) SELECT a.id, n, :version + (a.id * 7 + n * 6) % :versions, 0, 'Soru?',
        '[{"key": "A", "text": "doğru"}, {"key": "B", "text": "yanlış 1"}]', 'A' FROM attempt a, generate_series(1, 10) n""",
    """INSERT INTO answer (attempt_id, number, option, seq, saved_at) SELECT a.id, n, CASE WHEN (n + a.id) % 10 < a.correct THEN 'A' ELSE 'B' END, n,
        a.started_at + n * (a.finalised_at - a.started_at) / 11 FROM attempt a, generate_series(1, 10) n""",
    "INSERT INTO answer_event (attempt_id, number, option, seq, at) SELECT attempt_id, number, option, seq, saved_at FROM answer",
    """INSERT INTO certificate (code, number, version, application_id, attempt_id, member_id, printed_name, content, available_from, view_days, issued_at, announced_at,
        revoked_at) SELECT 'OLCUM' || lpad(a.id::text, 12, '0'), 'DDTA-9-' || lpad(a.id::text, 6, '0'), 1, a.application_id, a.id, a.member_id, p.first_name || ' '
        || p.last_name, '{"program": "Ölçüm", "program_en": "Measured", "term": "Ölçüm", "term_en": "Measured"}', date_trunc('week', a.finalised_at) + interval '7 days', 180, a.finalised_at + interval '7 days', a.finalised_at + interval '7 days',
        CASE WHEN a.id % 900 = 0 THEN a.finalised_at + interval '30 days' END FROM attempt a JOIN application p ON p.id = a.application_id WHERE a.passed
        AND a.finalised_at < :now - interval '8 days'""",
    """INSERT INTO register_entry (tckn_index, tckn_sealed, programme_code, number, holder, issued_on, verification_code, source, revoked_at, created_at)
        SELECT m.tckn_index, m.tckn_sealed, 'ddta', c.number, c.printed_name, c.available_from::date, c.code, 'issued', c.revoked_at, c.issued_at
        FROM certificate c JOIN member m ON m.id = c.member_id""",
    """INSERT INTO ticket (code, member_id, email, subject, category, source, context, status, created_at, since, messages) SELECT 'des' || id, id, email, 'Sınav günü', 'exam', 'form', '{}',
        CASE WHEN id % 200 = 0 THEN 'open' ELSE 'closed' END, created_at + interval '9 days', created_at + interval '9 days', 1 FROM member WHERE id % 20 = 0 AND code LIKE 'olcum%'""",
    """INSERT INTO member_session (code, member_id, kind, token_hash, created_at, seen_at, expires_at, confirmed_at, ip, user_agent) SELECT 'oturum' || id, id, 'web',
        'olcum-' || id, created_at, created_at + interval '10 days', created_at + interval '11 days', created_at, '10.' || id % 200 || '.' || id / 200 % 250 || '.9',
        'Mozilla/5.0 (ölçüm ' || id % 40 || ')' FROM member WHERE code LIKE 'olcum%'""",
    """INSERT INTO outbox_message (dedupe, channel, recipient, member_code, language, template, params, created_at, next_try_at, tries, sent_at)
        SELECT 'olcum-' || id, 'mail', email, code, 'tr', 'training_open', '{}', created_at, created_at, 1, created_at FROM member WHERE code LIKE 'olcum%'""",
    """INSERT INTO audit_entry (at, act, actor_kind, actor_code, actor_label, ip, subject_kind, subject_code, data) SELECT a.at, a.act, 'member', m.code, '',
        '10.0.' || m.id % 250 || '.9', a.kind, a.code, '{}' FROM (SELECT submitted_at AS at, 'enrolment.submitted' AS act, member_id, 'application' AS kind, code
        FROM application UNION ALL SELECT started_at, 'exams.started', member_id, 'exam', code FROM attempt UNION ALL SELECT finalised_at, 'exams.completed', member_id,
        'exam', code FROM attempt) a JOIN member m ON m.id = a.member_id ORDER BY a.at""",
)
