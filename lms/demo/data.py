"""The demonstration's data: content imported, one account for every stage of the journey and every staff role.

Every stage is lived through the same services as the pages, at instants before the demonstration begins: what the
accounts show is what the rules made of it, nothing is written past them.
"""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import typst

from lms import scheduler
from lms.certificates.rules import Decision, Ground
from lms.certificates.services import certificates
from lms.certificates.services import revocation as revocations
from lms.core import clock
from lms.core.access import ANONYMOUS, STAFF_ROLES, SYSTEM, Actor
from lms.core.clock import ISTANBUL
from lms.core.config import ROOT, config, vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.corporate import services as corporate
from lms.demo import accounts, mailbag, queries
from lms.editorial.services import files as editorial
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.enrolment.rules import Answers
from lms.exams.services import attempts as exams
from lms.exemptions.rules import Action, Reason, Relation
from lms.exemptions.rules import Decision as ExemptionDecision
from lms.exemptions.services import requests as exemptions
from lms.exemptions.services import review
from lms.learning import services as learning
from lms.learning.rules import Claim
from lms.membership import queries as members
from lms.membership.models import Member
from lms.membership.rules import second_factor
from lms.membership.services import accounts as membership
from lms.membership.services import links
from lms.membership.services import staff as staff_accounts
from lms.notifications.services import compose
from lms.payments.gateways import Inquiry
from lms.payments.services import orders as payments
from lms.terms import services as terms
from lms.web.messages import sentence

CONTENT, BANK = ROOT / "content", ROOT / "question_bank"
PASSWORD = "Deneme-2025-yolculuk"  # noqa: S105 - printed at /demo on purpose
FIRST_IMPORT = datetime(2024, 1, 2, 9, 0, tzinfo=ISTANBUL)
INSTITUTION = "Örnek Sigorta Brokerliği A.Ş."
TERM, EARLIER_TERM = "ddta-2025-ilk", "ddta-2024"
NAMES = (
    ("Deniz", "Örnek"), ("Ege", "Deneme"), ("Su", "Misal"), ("Toprak", "Örnekoğlu"), ("Işıl", "Denemeci"), ("Çağrı", "Misalli"),
    ("Ümit", "Örneksoy"), ("Güneş", "Denemeoğlu"), ("İlkim", "Misaloğlu"), ("Şule", "Örneközü"),
)  # fmt: skip
STAFF_NAMES = {
    "reviewer": ("İnceleyen", "Personel"), "editor": ("Yazan", "Personel"), "accountant": ("Sayan", "Personel"),
    "support": ("Yanıtlayan", "Personel"), "manager": ("Yöneten", "Personel"), "auditor": ("Denetleyen", "Personel"),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One invented account while its story is written."""

    tckn: str
    member: Member

    @property
    def actor(self) -> Actor:
        return self.member.actor("127.0.0.1")


def civil(text: str) -> datetime:
    """ "2025-02-27 10:00" in Istanbul."""
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def prepare(say: Callable[[str], None]) -> None:
    """Content and accounts of a fresh demonstration; what is there already is left alone."""
    stamp = config().var_dir / "content-imported"
    if not stamp.exists() or stamp.read_text("utf-8") != fingerprint():
        say("content: terms, texts, lessons, questions ...")
        try:
            import_content()
            stamp.write_text(fingerprint(), "utf-8")
        except Conflict as error:
            say(f"content: not taken in. {sentence(error.code, error.params, 'en')}")
    if not accounts.published():
        say("accounts at every stage (about a minute) ...")
        accounts.publish([*_staff(), *_candidates(), *_desk(), *_institution()])
        scheduler.sweep(clock.now())


def fingerprint() -> str:
    """Of everything authored: what is unchanged is not imported again."""
    found = hashlib.sha256()
    for path in sorted(path for root in (CONTENT, BANK) for path in root.rglob("*") if path.is_file()):
        found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def import_content() -> None:
    """Terms, texts, lessons and questions, as of the first day of the earliest term."""
    prepared = editorial.prepare()
    with transaction():
        terms.import_content(CONTENT, actor=SYSTEM, now=FIRST_IMPORT)
        editorial.take_in(prepared, actor=SYSTEM, now=FIRST_IMPORT)


_numbers = itertools.count(2_671_000)


def invented_tckn() -> str:
    """The next number of an invented series that passes the checksum."""
    return accounts.checked_tckn(100_000_000 + next(_numbers))


def _staff() -> list[dict[str, str]]:
    rows = []
    for role in STAFF_ROLES:
        tckn, (first, last) = invented_tckn(), STAFF_NAMES[role]
        details = {"tckn": tckn, "first_name": first, "last_name": last, "email": f"{role}@example.org"}
        with transaction():
            member, link = staff_accounts.create_staff(
                role, person=details, actor=SYSTEM, now=FIRST_IMPORT, wall=clock.wall()
            )
        actor = member.actor("127.0.0.1")
        links.set_password(link.rsplit("/", 1)[1], password=PASSWORD, actor=actor, now=FIRST_IMPORT, wall=clock.wall())
        secret = second_factor.new_secret()
        with transaction():
            member.totp_sealed, member.totp_confirmed_at = vault().seal(secret), FIRST_IMPORT
            db.session.add(member)
        rows.append({"role": role, "tckn": tckn, "password": PASSWORD, "totp_secret": secret})
    return rows


def _candidates() -> list[dict[str, str]]:
    stories: dict[str, Callable[[Person], object]] = {
        "new": lambda _person: None,
        "paid": lambda person: _pay(person, civil("2025-03-01 11:00")),
        "applied": lambda person: _apply(person, civil("2025-03-03 08:30")),
        "training": _half_watched,
        "exam": lambda person: _watch(person, _apply(person, civil("2025-02-25 10:00")), civil("2025-03-01 10:00")),
        "failed_once": lambda person: _fail(person, _trained(person, "2025-02-20 10:00"), ("2025-02-27 19:00",)),
        "failed_thrice": lambda person: _fail(
            person, _trained(person, "2025-01-16 10:00"), ("2025-01-18 10:00", "2025-01-26 15:00", "2025-02-02 15:00")
        ),
        "certified": lambda person: _certify(person, _trained(person, "2025-02-13 10:00"), "2025-02-18 20:00"),
        "view_expired": lambda person: _certify(
            person, _trained(person, "2024-05-06 10:00", EARLIER_TERM), "2024-05-10 21:00"
        ),
        "revoked": _revoked,
    }
    rows = []
    for (stage, story), (first, last) in zip(stories.items(), NAMES, strict=True):
        person = _register(
            first, last, civil("2024-05-05 12:00") if stage == "view_expired" else civil("2025-01-08 10:00")
        )
        story(person)
        rows.append({"stage": stage, "tckn": person.tckn, "password": PASSWORD})
    return rows


def _register(first: str, last: str, at: datetime) -> Person:
    tckn = invented_tckn()
    with transaction():
        member = membership.register(
            tckn=tckn, first_name=first, last_name=last, email=f"aday{tckn[-6:]}@example.org", phone="0532 000 00 00", password=PASSWORD,
            accepts_notice=True, actor=replace(ANONYMOUS, ip="127.0.0.1"), now=at,
        )  # fmt: skip
    return Person(tckn, member)


def _pay(person: Person, at: datetime, term_code: str = TERM) -> None:
    _settle(person, payments.application_quote(person.member, terms.current_term(term_code), now=at), at)


def _settle(person: Person, quote: payments.Quote, at: datetime) -> None:
    """A card payment, settled by an answer of the bank as its inquiry would give it."""
    agreed = payments.Consents(accepts_contract=True, accepts_immediate_performance=True, declares_no_certificate=True)
    started = payments.start_payment(person.actor, quote, agreed, now=at)
    paid_at = at + timedelta(minutes=1)
    answer = Inquiry(
        "approved",
        auth_amount=quote.amount_kurus,
        captured=quote.amount_kurus * 102 // 100,
        paid_at=paid_at,
        auth_code="304919",
        masked_pan="411111******1111",
    )
    payments.apply_answer(started.redirect.fields["orderid"], answer, now=paid_at)


def _apply(person: Person, at: datetime, term_code: str = TERM) -> Application:
    _pay(person, at - timedelta(minutes=10), term_code)
    return _send_form(person, at, term_code)


def _send_form(person: Person, at: datetime, term_code: str = TERM) -> Application:
    answers = Answers(
        applicant_type="broker", institution=INSTITUTION, education="bachelor", phone="0532 000 00 00", province="Ankara", district="Çankaya",
        accepts_notice=True, accepts_terms=True, explicit_consent=False,
    )  # fmt: skip
    with transaction():
        return enrolment.submit(answers, term_code=term_code, actor=person.actor, now=at)


def _watch(person: Person, application: Application, start: datetime, *, lessons: int | None = None) -> datetime:
    """Play every lesson (or the first few) from ``start`` at normal speed; when the last one ended."""
    at = start
    training = next(t for t in learning.trainings_of(person.actor, now=at) if t.id == application.code)
    for number, lesson in enumerate(training.lessons[:lessons]):
        for seq in (1, 2):
            with transaction():
                length = lesson.lesson.duration
                claim = Claim.parse(
                    {"session": f"demo-{number}", "seq": seq, "played": [[0, length]], "position": length, "rate": 1.0}
                )
                learning.beat(person.actor, training.id, lesson.id, claim, now=at)
            at += timedelta(seconds=length + 1)
    return at


def _half_watched(person: Person) -> None:
    application = _apply(person, civil("2025-02-26 10:00"))
    _watch(person, application, civil("2025-02-28 20:00"), lessons=2)


def _trained(person: Person, applied: str, term_code: str = TERM) -> Application:
    application = _apply(person, civil(applied), term_code)
    _watch(person, application, application.assigned_at + timedelta(hours=1))
    return application


def _sit(person: Person, application: Application, ordinal: int, at: datetime, right: int) -> None:
    """One attempt with ``right`` correct answers, finished twelve minutes after its start."""
    code = f"{application.code}-{ordinal}"
    with transaction():
        paper = exams.start(code, actor=person.actor, now=at)
    key = exams.demo_key(code)
    for number in range(1, len(paper.questions) + 1):
        letter = key[str(number)] if number <= right else next(x for x in "ABCD" if x != key[str(number)])
        with transaction():
            exams.save_answer(
                code, number, letter, seq=number, actor=person.actor, now=at + timedelta(seconds=60 * number)
            )
    with transaction():
        exams.complete(code, actor=person.actor, now=at + timedelta(minutes=12))


def _fail(person: Person, application: Application, times: tuple[str, ...]) -> None:
    for ordinal, at in enumerate(times, 1):
        _sit(person, application, ordinal, civil(at), right=3 + ordinal)


def _certify(person: Person, application: Application, at: str) -> Application:
    _sit(person, application, 1, civil(at), right=9)
    with transaction():
        certificates.issue_due(now=civil(at) + timedelta(days=8))
    return application


def _revoked(person: Person) -> None:
    application = _certify(person, _trained(person, "2025-01-10 10:00"), "2025-01-16 20:00")
    staff = {m.staff_role: m.actor("127.0.0.1") for m in members.staff_directory()}
    with transaction():
        asked = revocations.request_revocation(
            application.code,
            Ground.FALSE_STATEMENT,
            "Başvurudaki beyanın gerçek olmadığı belgeyle anlaşıldı (örnek).",
            actor=staff["reviewer"],
            now=civil("2025-02-10 10:00"),
        )
    with transaction():
        revocations.decide_revocation(
            asked.code,
            Decision.CONFIRM,
            "Belge incelendi (örnek).",
            actor=staff["manager"],
            now=civil("2025-02-11 10:00"),
        )


def _desk() -> list[dict[str, str]]:
    """What waits for the staff: two requests for exemption, one answered with the wish for a better copy, and mail."""
    reviewer = members.staff_directory("reviewer")[0].actor("127.0.0.1")
    waiting, _code = _ask_exemption("Yağmur", "Örnekli", Relation.VETERAN_CHILD, civil("2025-02-27 16:40"))
    asked, code = _ask_exemption("Kaya", "Denemegil", Relation.MARTYR_SPOUSE, civil("2025-02-26 09:12"))
    with transaction():
        review.decide(
            code=code,
            decision=ExemptionDecision(
                Action.ASK_MORE, Reason.UNREADABLE, "Nüfus kayıt örneğinde yakınlık satırı okunmuyor."
            ),
            expected=review.seen(review.for_review(code)),
            actor=reviewer,
            now=civil("2025-02-28 10:05"),
        )
    writer = _register("Umut", "Yazanoğlu", civil("2025-02-25 11:00"))
    manager = members.staff_directory("manager")[0].actor("127.0.0.1")
    mailbag.deliver(writer.member, writer.tckn, _paper, manager, civil("2025-03-03 07:10"))
    stages = (("exemption_requested", waiting), ("exemption_more_documents", asked))
    return [{"stage": stage, "tckn": person.tckn, "password": PASSWORD} for stage, person in stages]


def _institution() -> list[dict[str, str]]:
    """An institution and its people, each at another point: completed, paid for, to be paid for, still asked, not joining."""
    at = civil("2025-02-10 10:00")
    agent = _register("Bahar", "Temsilci", at - timedelta(days=5))
    manager = members.staff_directory("manager")[0].actor("127.0.0.1")
    completed, paid, later = (_register(first, "Kurumlu", at) for first in ("Asya", "Bora", "Ceren"))
    guests = [
        (one.tckn, one.member.first_name, one.member.last_name, one.member.email) for one in (completed, paid, later)
    ]
    guests += [(invented_tckn(), first, "Kurumlu", f"{first.lower()}@example.org") for first in ("Defne", "Emre")]
    with transaction():
        corporate.appoint(
            INSTITUTION, agent.tckn, "Kurumun 5 Şubat 2025 tarihli yazısı (örnek).", actor=manager, now=at
        )
        corporate.invite("\n".join(";".join(one) for one in guests).encode(), TERM, actor=agent.actor, now=at)
    for person in (completed, paid):
        _join(person, at + timedelta(hours=1))
    with transaction():
        corporate.refuse(_token(guests[4][3]), actor=ANONYMOUS, now=at + timedelta(hours=2))
    institution, term = corporate.own_institution(agent.actor), terms.current_term(TERM)
    invited = [one.invitation.code for one in corporate.people(institution, term, at).people]
    _settle(agent, corporate.group_quote(institution, term, invited), at + timedelta(hours=3))
    application = _send_form(completed, at + timedelta(hours=4))
    _watch(completed, application, application.assigned_at + timedelta(hours=1))
    _certify(completed, application, "2025-02-13 20:00")
    _join(later, civil("2025-02-28 14:00"))
    return [{"stage": "representative", "tckn": agent.tckn, "password": PASSWORD}]


def _join(person: Person, at: datetime) -> None:
    with transaction():
        corporate.accept(
            _token(person.member.email), person.member, read_notice=True, declares=True, language="tr", actor=person.actor, now=at
        )  # fmt: skip


def _token(email: str) -> str:
    """Of the link in the invitation that was mailed to this address."""
    return compose(queries.invitation_mail(email)).text.partition("/davet/")[2].split()[0]


def _ask_exemption(first: str, last: str, relation: Relation, at: datetime) -> tuple[Person, str]:
    person = _register(first, last, at - timedelta(minutes=20))
    papers = [(f"{title}.pdf", _paper(title, f"{first} {last}")) for title in ("durum belgesi", "nüfus kayıt örneği")]
    documents = exemptions.prepare(papers, actor=person.actor, now=at)
    with transaction():
        row = exemptions.request(term_code=TERM, relation=relation, documents=documents, actor=person.actor, now=at)
    return person, row.code


def _paper(title: str, name: str) -> bytes:
    """A page that says itself that it is no real document."""
    text = f"""#set page(paper: "a4", margin: 3cm)
#set text(lang: "tr", size: 13pt)
#align(center)[#text(20pt, weight: "bold")[ÖRNEK BELGE] \\ Gösterim içindir, gerçek değildir.]
#v(2cm)
#table(columns: (5cm, 1fr), inset: 9pt, [Belge], [{title}], [Ad Soyad], [{name}], [Düzenleyen], [Örnek Kurumu], [Tarih], [20.02.2025])
"""
    return bytes(typst.compile(text.encode()))
