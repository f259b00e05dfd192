"""Membership without pages: registering, logging in, links, changes, staff."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from argon2 import extract_parameters
from sqlalchemy import event, func, select

from lms.audit import queries as audit
from lms.core import clock
from lms.core import config as configuration
from lms.core.access import ANONYMOUS, SYSTEM, Actor
from lms.core.config import Config, vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, FieldErrors, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from lms.membership import credential, queries
from lms.membership.credential import LogIn, Origin
from lms.membership.models import Acceptance, LegalText, LoginTally, Member, MemberSession, OneTimeLink
from lms.membership.services import accounts, entry, links, staff
from lms.notifications import queries as outbox
from lms.notifications.services import compose
from tests.membership.helpers import NOW, PASSWORD, code_now, person, register

WALL = clock.wall()
HOME = Origin(ip="203.0.113.7", user_agent="Firefox/140.0 (Windows)")
ELSEWHERE = Origin(ip="198.51.100.9")
WRONG = "yanlış bir şifre 9"


def sign_up(seed: int = 500, **changes: object) -> Member:
    return accounts.sign_up(**person(seed, **changes), actor=ANONYMOUS, now=NOW, wall=WALL)


def enter(member: Member, password: str = PASSWORD, *, origin: Origin = HOME, wall=WALL, channel: str = "web") -> LogIn:
    number = vault().open(member.tckn_sealed)
    return entry.log_in(tckn=number, password=password, origin=origin, now=NOW, wall=wall, channel=channel)


def link_in(template: str) -> str:
    """The token of the latest message with this template."""
    db.session.expire_all()
    row = next(row for row in outbox.latest() if row.template == template)
    return compose(row).text.split("/sifre-belirle/")[1].split()[0]


# --- registering -----------------------------------------------------------------------------------------------------


def test_R028_R030_a_member_is_there_at_once(app: APIFlask) -> None:
    member = sign_up(phone="0532 123 45 67")
    assert enter(member).member.code == member.code
    assert (member.full_name, member.phone) == ("Çağla Işık", "+905321234567")
    assert [row.template for row in outbox.of_person(member.code)] == ["welcome"]
    assert "membership.registered" in [row.act for row in audit.of_person(member.code)]


def test_R028_the_number_lies_sealed_and_is_found_by_its_hash(app: APIFlask) -> None:
    typed = person()
    member = sign_up()
    stored = " ".join(str(value) for value in db.session.execute(select(Member.__table__)).one())
    assert typed["tckn"] not in stored
    assert member.tckn_masked == f"{typed['tckn'][:3]}******{typed['tckn'][-2:]}"
    assert queries.member_by_tckn(typed["tckn"]) is member


def test_R031_everything_wrong_is_said_at_once(app: APIFlask) -> None:
    with pytest.raises(FieldErrors) as raised:
        sign_up(
            tckn="12345678912",
            first_name="A1",
            email="a@b",
            phone="123",
            password="galatasaray1905",
            accepts_notice=False,
        )
    assert raised.value.fields == {
        "tckn": "tckn.checksum", "first_name": "name.digits", "email": "email.form", "phone": "phone.form",
        "password": "password.common", "accepts_notice": "notice.required",
    }  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(Member)) == 0


def test_R029_R031_a_number_twice_is_answered_neutrally_and_its_owner_hears_of_it(app: APIFlask) -> None:
    owner = sign_up(email="owner@example.org")
    for _ in range(2):
        with pytest.raises(Conflict, match=r"member\.not_opened"):
            sign_up(email="thief@example.org", first_name="Başka")
    db.session.expire_all()
    assert owner.email == "owner@example.org"
    told = [row for row in outbox.latest() if row.template == "account_exists"]
    assert [row.recipient for row in told] == ["owner@example.org"]
    assert [row.act for row in audit.of_person(owner.code)].count("membership.registration_repeated") == 2


def test_R031_numbers_cannot_be_tried_through_registration(app: APIFlask) -> None:
    for seed in range(600, 611):
        register(seed)
    for seed in range(600, 610):
        with pytest.raises(Conflict):
            sign_up(seed)
    with pytest.raises(TooMany):
        sign_up(610)
    assert sum(row.template == "account_exists" for row in outbox.latest()) == 10


def test_R031_honest_registrations_of_one_office_are_not_slowed(app: APIFlask) -> None:
    for seed in range(700, 715):
        sign_up(seed)


def test_R063_the_notice_in_force_is_acknowledged_in_its_version(app: APIFlask) -> None:
    with transaction() as session:
        for lang in ("tr", "en"):
            session.add(
                LegalText(
                    kind="kvkk_notice",
                    language=lang,
                    version=1,
                    title="t",
                    body="b",
                    sha256=lang * 32,
                    published_at=NOW,
                )
            )
    member = sign_up(language="en")
    answer = db.session.scalars(select(Acceptance)).one()
    assert (answer.member_id, answer.text.language, answer.given, answer.subject_code) == (
        member.id,
        "en",
        True,
        member.code,
    )


# --- passwords and tallies -------------------------------------------------------------------------------------------


def test_V11_4_2_passwords_are_hashed_with_argon2id_and_today_s_costs(app: APIFlask, config: Config) -> None:
    member = sign_up()
    assert member.password_hash is not None
    assert member.password_hash.startswith("$argon2id$")
    assert extract_parameters(member.password_hash).memory_cost == 8
    configuration.activate(replace(config, argon2=(2, 16, 1)))
    enter(member)
    configuration.activate(config)
    db.session.expire_all()
    assert extract_parameters(member.password_hash).memory_cost == 16
    assert Config.__dataclass_fields__["argon2"].default == (3, 65536, 4)


@pytest.mark.parametrize("password", ["ş" * 64, "  iki boşluk  ", "BÜYÜK ığdır İĞDIR", "e\u0301 bileşik harf"])
def test_V6_2_a_password_is_verified_exactly_as_typed(app: APIFlask, password: str) -> None:
    member = sign_up(password=password)
    enter(member, password)
    for other in (password.strip(), password.lower(), password[:-1], password.replace("ı", "i"), password + " "):
        if other != password:
            with pytest.raises(Unauthenticated):
                enter(member, other)


def test_R031_the_answer_is_the_same_for_every_reason(app: APIFlask) -> None:
    member = sign_up()
    gone = sign_up(501)
    with transaction():
        gone.disabled_at = WALL
    answers = set()
    for number, password in (
        (vault().open(member.tckn_sealed), WRONG),
        (person(999)["tckn"], PASSWORD),
        ("12345678912", PASSWORD),
        ("", ""),
        ("' or 1=1 --", "\ud800"),
        (vault().open(gone.tckn_sealed), PASSWORD),
    ):
        with pytest.raises(Unauthenticated) as raised:
            entry.log_in(tckn=number, password=password, origin=HOME, now=NOW, wall=WALL)
        answers.add((raised.value.code, str(raised.value.params)))
    assert answers == {("login.failed", "{}")}


def test_R031_an_unknown_number_costs_the_same_work(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str | None] = []
    original = credential.passwords.verify
    monkeypatch.setattr(
        credential.passwords, "verify", lambda hashed, typed: verified.append(hashed) or original(hashed, typed)
    )
    with pytest.raises(Unauthenticated):
        entry.log_in(tckn=person(999)["tckn"], password=PASSWORD, origin=HOME, now=NOW, wall=WALL)
    assert verified == [None]  # verified against nobody's hash: passwords.verify does the work all the same


def fail(member: Member, origin: Origin, wall=WALL) -> type[Exception]:
    with pytest.raises((Unauthenticated, TooMany)) as raised:
        enter(member, WRONG, origin=origin, wall=wall)
    return raised.type


def test_V6_3_1_twenty_bad_tries_are_slowed_and_the_owner_elsewhere_is_not(app: APIFlask) -> None:
    member = sign_up()
    outcomes = [fail(member, HOME) for _ in range(20)]
    assert outcomes.count(Unauthenticated) == 5
    with pytest.raises(TooMany) as raised:
        enter(member, origin=HOME)  # the right password waits as well: a stranger learns nothing
    assert raised.value.retry_after == 5
    enter(member, origin=ELSEWHERE)
    enter(member, origin=HOME, wall=WALL + timedelta(seconds=5))


def test_V6_3_1_a_known_device_is_not_slowed_by_strangers_on_its_own_network(app: APIFlask) -> None:
    member = sign_up()
    for _ in range(20):
        fail(member, HOME)
    known = replace(HOME, devices={member.code: "d" * 26})
    enter(member, origin=known)
    stranger = replace(HOME, devices={"somebody": "d" * 26})
    assert fail(member, stranger) is TooMany
    assert [fail(member, known) for _ in range(6)].count(TooMany) == 1  # and it has a tally of its own


def test_V6_3_1_guessing_from_many_networks_slows_each_new_one_after_one_try(app: APIFlask) -> None:
    member = sign_up()
    for n in range(50):
        assert fail(member, Origin(ip=f"192.0.2.{n}")) is Unauthenticated
    fresh = Origin(ip="198.51.100.77")
    assert [fail(member, fresh), fail(member, fresh)] == [Unauthenticated, TooMany]
    enter(member, origin=ELSEWHERE)


def test_V6_3_1_one_password_tried_on_many_numbers_slows_the_network(app: APIFlask) -> None:
    with transaction() as session:
        session.add(LoginTally(bucket="network:203.0.113.7", failures=100, last_at=WALL))
    with pytest.raises(TooMany) as raised:
        entry.log_in(tckn=person(1)["tckn"], password="x", origin=HOME, now=NOW, wall=WALL)
    assert raised.value.retry_after == 1


def test_V6_3_1_nobody_waits_for_the_successes_of_others_behind_one_address(app: APIFlask) -> None:
    """An operator's address: its hundred failures slow who comes after a failure, not everybody for ever."""
    members = [sign_up(seed) for seed in range(800, 804)]
    with transaction() as session:
        session.add(LoginTally(bucket=f"network:{HOME.ip}", failures=110, last_at=WALL - timedelta(seconds=10)))
    for member in members:
        enter(member, origin=HOME)
    assert fail(members[0], HOME) is Unauthenticated
    with pytest.raises(TooMany) as raised:
        enter(members[1], origin=HOME)
    assert raised.value.retry_after == 10
    for minutes in (20, 40, 59):
        enter(members[2], origin=HOME, wall=WALL + timedelta(minutes=minutes))
    assert fail(members[3], HOME, WALL + timedelta(minutes=60)) is Unauthenticated
    tally = db.session.get(LoginTally, f"network:{HOME.ip}", populate_existing=True)
    assert tally is not None
    assert tally.failures == 1  # an hour without a failure has passed, however many came in meanwhile


def test_V6_3_1_a_right_password_takes_its_try_back(app: APIFlask) -> None:
    member = sign_up()
    for _ in range(4):
        fail(member, HOME)
    enter(member)
    assert [fail(member, HOME) for _ in range(5)] == [Unauthenticated] * 5
    tally = db.session.get(LoginTally, f"account:{member.tckn_index}", populate_existing=True)
    assert tally is not None
    assert tally.failures == 9


def test_V16_3_failures_and_successes_are_logged_with_where(app: APIFlask) -> None:
    member = sign_up()
    fail(member, HOME)
    enter(member)
    rows = audit.of_person(member.code)
    assert [(row.act, row.ip) for row in rows][:2] == [
        ("membership.logged_in", HOME.ip),
        ("membership.login_failed", HOME.ip),
    ]


def test_what_no_bucket_remembers_is_tidied(app: APIFlask) -> None:
    member = sign_up()
    fail(member, HOME)
    assert credential.forget_tallies(WALL + timedelta(days=1)) == 0
    assert credential.forget_tallies(WALL + timedelta(days=3)) == 4  # one of them is the registration's


# --- sessions --------------------------------------------------------------------------------------------------------


def test_V7_2_tokens_are_random_and_only_their_hash_is_stored(app: APIFlask) -> None:
    member = sign_up()
    made = [enter(member) for _ in range(2)]
    assert made[0].token != made[1].token
    assert len(made[0].token) >= 43
    assert made[0].token not in str(db.session.execute(select(MemberSession.__table__)).all())


def test_V7_3_a_session_ends_by_idling_and_in_any_case(app: APIFlask) -> None:
    made = enter(sign_up())
    assert queries.live_session(made.token, "web", WALL + timedelta(minutes=59))
    assert not queries.live_session(made.token, "web", WALL + timedelta(minutes=60))
    for hour in range(1, 24):
        at = WALL + timedelta(minutes=30 * hour)
        if queries.live_session(made.token, "web", at):
            with transaction():
                credential.touch(made.session, at)
            db.session.expire_all()
    assert made.session.seen_at == WALL + timedelta(hours=11, minutes=30)
    assert not queries.live_session(made.token, "web", WALL + timedelta(hours=12))


def test_V7_3_an_exam_keeps_the_session(app: APIFlask) -> None:
    made = enter(sign_up())
    with transaction():
        credential.keep_sessions(made.member.id, timedelta(minutes=90), wall=WALL)
    db.session.expire_all()
    assert queries.live_session(made.token, "web", WALL + timedelta(minutes=99))
    assert not queries.live_session(made.token, "web", WALL + timedelta(minutes=101))


def test_V7_4_1_logging_out_ends_it_on_the_server(app: APIFlask) -> None:
    member = sign_up()
    made, other = enter(member), enter(member)
    with transaction():
        entry.log_out(made.session, actor=member.actor(), now=NOW, wall=WALL)
    assert not queries.live_session(made.token, "web", WALL)
    assert queries.live_session(other.token, "web", WALL)


def test_V7_4_2_a_disabled_account_opens_nothing(app: APIFlask) -> None:
    made = enter(sign_up())
    with transaction():
        made.member.disabled_at = WALL
    assert not queries.live_session(made.token, "web", WALL)


def test_V7_5_2_one_of_two_sessions_is_ended_and_a_stranger_s_does_not_exist(app: APIFlask) -> None:
    member = sign_up()
    here, there, foreign = enter(member), enter(member), enter(sign_up(501))
    times = {"actor": member.actor(), "now": NOW, "wall": WALL}
    with transaction():
        entry.end_session(there.session.code, **times)
    with pytest.raises(NotFound), transaction():
        entry.end_session(foreign.session.code, **times)
    assert [s.code for s in queries.sessions_of(member.id, WALL)] == [here.session.code]


def test_the_api_token_opens_the_api_in_one_statement(app: APIFlask) -> None:
    member = sign_up()
    made = entry.create_token(tckn=person()["tckn"], password=PASSWORD, origin=HOME, now=NOW, wall=WALL)
    assert made.session.expires_at == WALL + timedelta(days=30)
    db.session.expire_all()
    db.session.rollback()
    statements: list[str] = []
    engine = db.session.connection().engine

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    actor = credential.member_for_token(made.token, wall=WALL, ip="203.0.113.7")
    event.remove(engine, "before_cursor_execute", count)
    assert actor is not None
    assert (actor.kind, actor.code, actor.ip) == ("member", member.code, "203.0.113.7")
    assert len([s for s in statements if s.startswith("SELECT")]) == 1
    assert credential.member_for_token(made.token + "x", wall=WALL) is None
    assert queries.live_session(made.token, "web", WALL) is None  # a bearer token is no cookie
    assert credential.member_for_token(enter(member).token, wall=WALL) is None


# --- second factor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(app: APIFlask) -> Iterator[Member]:
    typed = {name: person(800)[name] for name in ("tckn", "first_name", "last_name", "email")}
    with transaction():
        member, link = staff.create_staff("reviewer", person=typed, actor=SYSTEM, now=NOW, wall=WALL)
    links.set_password(link.rsplit("/", 1)[1], password=PASSWORD, actor=ANONYMOUS, now=NOW, wall=WALL)
    return member


def test_V6_3_3_a_staff_session_opens_nothing_before_the_second_step(clerk: Member) -> None:
    made = enter(clerk)
    assert made.session.second_factor_at is None
    assert made.session.expires_at == WALL + timedelta(minutes=10)
    assert queries.totp_secret(clerk)
    now_wall = clock.wall()
    token = entry.confirm_second_factor(made.session, code_now(clerk), actor=clerk.actor(), now=NOW, wall=now_wall)
    assert token != made.token
    assert not queries.live_session(made.token, "web", now_wall)
    live = queries.live_session(token, "web", now_wall)
    assert live is not None
    assert live.second_factor_at == now_wall
    assert live.expires_at == WALL + timedelta(hours=10)
    assert queries.totp_secret(clerk) is None  # never shown again


def test_V6_5_1_a_code_opens_one_session(clerk: Member) -> None:
    first, second = enter(clerk), enter(clerk)
    code, wall = code_now(clerk), clock.wall()
    entry.confirm_second_factor(first.session, code, actor=clerk.actor(), now=NOW, wall=wall)
    with pytest.raises(Invalid, match=r"totp\.wrong"):
        entry.confirm_second_factor(second.session, code, actor=clerk.actor(), now=NOW, wall=wall)


def test_V6_5_5_the_sixth_guess_waits(clerk: Member) -> None:
    made, wall = enter(clerk), clock.wall()
    for _ in range(5):
        with pytest.raises(Invalid, match=r"totp\.wrong"):
            entry.confirm_second_factor(made.session, "000000", actor=clerk.actor(), now=NOW, wall=wall)
    with pytest.raises(TooMany):
        entry.confirm_second_factor(made.session, code_now(clerk), actor=clerk.actor(), now=NOW, wall=wall)
    assert [row.act for row in audit.of_person(clerk.code)].count("membership.second_factor_failed") == 5


def test_staff_have_no_api_token(clerk: Member) -> None:
    with pytest.raises(Forbidden):
        enter(clerk, channel="api")


def test_V6_4_1_an_invited_account_tells_who_it_is(app: APIFlask) -> None:
    with transaction():
        member, link = staff.create_staff("manager", actor=SYSTEM, now=NOW, wall=WALL)
    token = link.rsplit("/", 1)[1]
    with pytest.raises(FieldErrors):
        links.set_password(token, password=PASSWORD, person={}, actor=ANONYMOUS, now=NOW, wall=WALL)
    typed = {name: person(801)[name] for name in ("tckn", "first_name", "last_name", "email")}
    links.set_password(token, password=PASSWORD, person=typed, actor=ANONYMOUS, now=NOW, wall=WALL)
    db.session.expire_all()
    assert member.full_name == "Çağla Işık"
    assert enter(member).member.staff_role == "manager"
    assert [m.code for m in queries.staff_directory("manager")] == [member.code]


def test_staff_accounts_ask_for_a_role_that_exists_and_a_number_of_their_own(app: APIFlask) -> None:
    register(500)
    typed = {name: person(500)[name] for name in ("tckn", "first_name", "last_name", "email")}
    with pytest.raises(Invalid, match=r"staff\.role"), transaction():
        staff.create_staff("king", actor=SYSTEM, now=NOW, wall=WALL)
    with pytest.raises(Conflict, match=r"staff\.exists"), transaction():
        staff.create_staff("manager", person=typed, actor=SYSTEM, now=NOW, wall=WALL)


# --- one-time links --------------------------------------------------------------------------------------------------


def ask(channel: str = "mail", number: str | None = None, wall=WALL, ip: str = "203.0.113.7") -> None:
    actor = Actor(kind="anonymous", ip=ip)
    links.ask_password_link(tckn=number or person()["tckn"], channel=channel, actor=actor, now=NOW, wall=wall)


def test_R032_a_link_sets_a_password_once_and_ends_all_sessions(app: APIFlask) -> None:
    member = sign_up()
    made = enter(member)
    ask()
    token = link_in("password_reset")
    links.set_password(token, password="yepyeni bir şifre", actor=ANONYMOUS, now=NOW, wall=WALL + timedelta(minutes=29))
    assert not queries.live_session(made.token, "web", WALL)
    with pytest.raises(NotFound, match=r"link\.dead"):
        links.set_password(token, password="bir başka şifre", actor=ANONYMOUS, now=NOW, wall=WALL)
    enter(member, "yepyeni bir şifre")
    assert outbox.of_person(member.code)[0].template == "password_changed"


def test_R032_a_link_is_short_lived_and_stored_as_a_hash(app: APIFlask) -> None:
    sign_up()
    ask()
    token = link_in("password_reset")
    assert queries.live_link(token, WALL + timedelta(minutes=30)) is None
    assert token not in str(db.session.execute(select(OneTimeLink.__table__)).all())
    with pytest.raises(FieldErrors):
        links.set_password(token, password="12345678", actor=ANONYMOUS, now=NOW, wall=WALL)
    assert queries.live_link(token, WALL) is not None  # a refused password does not use it up


def test_R032_by_sms_where_there_is_a_number_else_by_mail(app: APIFlask) -> None:
    sign_up(phone="05321234567")
    ask("sms")
    assert outbox.latest(1)[0].channel == "sms"
    sign_up(501)
    ask("sms", person(501)["tckn"])
    assert outbox.latest(1)[0].channel == "mail"


def test_R032_an_unknown_number_gets_the_same_answer_and_nothing_is_sent(app: APIFlask) -> None:
    ask()
    ask(number="12345678912")
    assert not outbox.latest()
    assert not db.session.scalars(select(OneTimeLink)).all()


def test_R032_asking_again_at_once_sends_nothing_more_and_nobody_can_stop_it_for_another(app: APIFlask) -> None:
    sign_up()
    start = WALL.replace(second=0, minute=WALL.minute // 2 * 2)
    for second in range(5):
        ask(wall=start + timedelta(seconds=second))
    assert sum(row.template == "password_reset" for row in outbox.latest()) == 1
    ask(wall=start + timedelta(minutes=2))
    assert sum(row.template == "password_reset" for row in outbox.latest()) == 2


def test_R032_requests_of_one_network_are_slowed(app: APIFlask) -> None:
    for n in range(100):
        ask(number=person(n)["tckn"])
    with pytest.raises(TooMany):
        ask()
    ask(ip="198.51.100.9")


def test_V6_4_3_a_link_does_not_pass_by_the_second_factor(clerk: Member) -> None:
    ask(number=person(800)["tckn"])
    links.set_password(link_in("password_reset"), password="yepyeni bir şifre", actor=ANONYMOUS, now=NOW, wall=WALL)
    assert enter(clerk, "yepyeni bir şifre").session.second_factor_at is None


# --- changes ---------------------------------------------------------------------------------------------------------


def times(member: Member) -> dict[str, object]:
    return {"actor": member.actor(), "now": NOW, "wall": WALL}


def test_R068_V7_4_3_a_new_password_needs_the_old_one_and_ends_the_other_sessions(app: APIFlask) -> None:
    member = sign_up()
    here, there = enter(member), enter(member)
    with pytest.raises(FieldErrors) as raised:
        links.change_password(here.session, current=WRONG, new="yepyeni bir şifre", **times(member))
    assert raised.value.fields == {"current_password": "password.wrong"}
    token = links.change_password(here.session, current=PASSWORD, new="yepyeni bir şifre", **times(member))
    assert queries.live_session(token, "web", WALL)
    assert not queries.live_session(here.token, "web", WALL)
    assert not queries.live_session(there.token, "web", WALL)
    enter(member, "yepyeni bir şifre")


def test_V7_5_1_a_new_address_needs_the_password_and_both_addresses_hear_of_it(app: APIFlask) -> None:
    member = sign_up(email="eski@example.org")
    made = enter(member)
    with pytest.raises(FieldErrors):
        accounts.change_email(made.session, email="yeni@example.org", password=WRONG, **times(member))
    db.session.expire_all()
    assert member.email == "eski@example.org"
    accounts.change_email(made.session, email="yeni@example.org", password=PASSWORD, **times(member))
    told = {row.recipient for row in outbox.latest() if row.template == "email_changed"}
    assert told == {"eski@example.org", "yeni@example.org"}
    assert audit.of_person(member.code)[0].act == "membership.email_changed"


def test_V7_5_1_a_mobile_number_is_added_and_taken_away_with_the_password(app: APIFlask) -> None:
    member = sign_up()
    made = enter(member)
    accounts.change_phone(made.session, phone="0532 123 45 67", password=PASSWORD, **times(member))
    assert member.phone == "+905321234567"
    accounts.change_phone(made.session, phone=" ", password=PASSWORD, **times(member))
    assert member.phone is None


def test_guessing_the_password_inside_a_stolen_session_is_slowed(app: APIFlask) -> None:
    member = sign_up()
    made = enter(member)
    for _ in range(5):
        with pytest.raises(FieldErrors):
            accounts.change_email(made.session, email="x@example.org", password=WRONG, **times(member))
    with pytest.raises(TooMany):
        accounts.change_email(made.session, email="x@example.org", password=PASSWORD, **times(member))


def test_the_language_is_one_of_two(app: APIFlask) -> None:
    member = sign_up()
    with transaction():
        accounts.change_language(member, "en", actor=member.actor(), now=NOW)
    assert member.language == "en"
    with pytest.raises(Invalid), transaction():
        accounts.change_language(member, "de", actor=member.actor(), now=NOW)


def test_texts_in_force(app: APIFlask) -> None:
    def text(kind: str, language: str, **more: object) -> LegalText:
        return LegalText(
            kind=kind,
            language=language,
            version=1,
            title=kind,
            body="b",
            sha256=f"{kind}{language}"[:64],
            published_at=NOW,
            **more,
        )

    with transaction() as session:
        session.add_all(
            [text("contract", "tr"), text("contract", "en", superseded_at=NOW), text("ddta/contract", "tr")]
        )
    general, own = queries.current_text("contract", lang="en"), queries.current_text("contract", program="ddta")
    assert general is not None
    assert own is not None
    assert (general.language, own.kind) == ("tr", "ddta/contract")
    assert queries.current_text("none") is None
