"""Exercises as their members work on them. Every act goes through the member's own exercise; nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.sources import Documents
from lms.documents import services as documents
from lms.practice import queries
from lms.practice.loader import Library, check
from lms.practice.models import PracticeClaim, PracticeExercise, PracticePolicy, PracticeQuote
from lms.practice.rules import policies, quoting, tasks
from lms.practice.rules.firms import Buyer, Firm
from lms.practice.rules.policies import Cover, Invoice
from lms.practice.rules.quoting import Application, Line
from lms.practice.rules.states import State, move, state_on
from lms.practice.rules.tasks import FREE, PolicyFacts, QuoteFacts, Task, World
from lms.tariff import services as tariffs
from lms.tariff.rules.versions import KURUS, Tariff

MOST_QUOTES = 40
MOST_CLAIMS = 20
LONGEST = timedelta(days=3 * 366)


class NotStarted(Conflict):
    """The member has not begun this exercise."""

    def __init__(self) -> None:
        super().__init__("practice.not_started")


def library() -> Library:
    """The firms and tasks, held against the published tariffs. `lms content check` refuses faults; a tariff corrected at the
    desk since then must not close the screens."""
    return documents.derived(_library)


def _library(texts: Documents) -> Library:
    return check(texts, tariffs.catalogue())[0]


def task(code: str) -> Task | None:
    """The task of an address; None for the free exercise. Errors: NotFound."""
    found = library().task(code)
    if found is None and code != FREE:
        raise NotFound
    return found


def firm(code: str) -> Firm:
    """Errors: NotFound, also for a firm that is no longer in the files."""
    found = library().firms.get(code)
    if found is None:
        raise NotFound
    return found


def free_days() -> list[tuple[date, Tariff]]:
    """The days on which the free exercise may start: the first of a month in each tariff that can be quoted."""
    found = []
    for tariff in tariffs.catalogue().tariffs:
        if tariff.quotable:
            first = tariff.from_day.replace(day=1) + timedelta(days=62)
            found.append((first.replace(day=1), tariff))
    return found


# --- an exercise -------------------------------------------------------------------------------------------------------------


def own_exercise(actor: Actor, code: str, *, lock: bool = False) -> PracticeExercise:
    """The actor's exercise. Errors: NotFound (no such task), practice.not_started."""
    task(code)
    found = queries.exercise_of(actor.member_id, code, lock=lock)
    if found is None:
        raise NotStarted
    return found


def begin(actor: Actor, code: str, *, now: datetime, on: date | None = None) -> PracticeExercise:
    """Start a task or the free exercise, or start it again: what stood in it is gone, that it was completed stays."""
    found = task(code)
    day = found.on if found else on
    if day is None or (found is None and day not in [free for free, _ in free_days()]):
        raise Invalid("practice.day_unknown")
    fresh = {"answers": {}, "began_on": day, "today": day, "started_at": now}
    insert_ignore(PracticeExercise, [{"member_id": actor.member_id, "task": code, **fresh}], ["member_id", "task"])
    exercise = own_exercise(actor, code, lock=True)
    for name, value in fresh.items():
        setattr(exercise, name, value)
    exercise.quotes.clear()
    db.session.flush()
    for given in found.given if found else ():
        _make_given(exercise, given)
    db.session.flush()
    return exercise


def _make_given(exercise: PracticeExercise, given: tasks.Given) -> None:
    about = firm(given.firm)
    terms = tariffs.in_force(given.on).terms
    quote = _new_quote(exercise, quoting.right_application(about, terms), given.on)
    _answer(quote, about, given.on)
    if given.issued and quote.result:
        terms_of_payment = quote.result["instalments"] or {"down_percent": 0, "count": 0}
        plan = policies.plan(quote.result, on=given.on, way=given.issued, **terms_of_payment)
        _issue(quote, plan, given.on)


def move_day(actor: Actor, code: str, to: date) -> PracticeExercise:
    """Time goes forward. Errors: practice.day_back, practice.day_far."""
    exercise = own_exercise(actor, code, lock=True)
    if to < exercise.today:
        raise Invalid("practice.day_back", today=exercise.today)
    if to > exercise.began_on + LONGEST:
        raise Invalid("practice.day_far", last=exercise.began_on + LONGEST)
    exercise.today = to
    return exercise


def answer(actor: Actor, code: str, step_id: str, typed: str) -> Mapping[str, Any]:
    """What the learner read on the screens, kept as `tasks.judge` judges it now. Errors: NotFound."""
    exercise = own_exercise(actor, code, lock=True)
    about = world(exercise)
    step = next((s for s in about.task.steps if s.id == step_id and s.what in tasks.ASK), None) if about else None
    if about is None or step is None:
        raise NotFound
    kept = tasks.judge(about, step, typed)
    exercise.answers = {**exercise.answers, step.id: kept}
    return kept


def settle(exercise: PracticeExercise, *, actor: Actor, now: datetime) -> None:
    """After every act: a task whose steps are all done is completed."""
    about = world(exercise)
    if exercise.completed_at is None and about is not None and all(f.done for f in tasks.findings(about)):
        exercise.completed_at = now
        audit.record(Act.PRACTICE_COMPLETED, actor=actor, now=now, subject=("practice", exercise.task), data={})


def world(exercise: PracticeExercise) -> World | None:
    """The exercise as its checks see it; None for the free one."""
    about = task(exercise.task)
    if about is None:
        return None
    holder = firm(about.firm)
    issued = [quote.policy for quote in exercise.quotes if quote.policy is not None]
    claims = sorted((claim for policy in issued for claim in policy.claims), key=lambda claim: claim.id)
    return World(
        task=about,
        firm=holder,
        right=quoting.right_application(holder, tariffs.in_force(about.on).terms),
        quotes=tuple(_quote_facts(exercise, quote, about) for quote in exercise.quotes),
        policies=tuple(_policy_facts(policy) for policy in issued),
        claims=tuple((Invoice.from_json(claim.invoice), claim.result) for claim in claims),
        answers=exercise.answers,
    )


def _quote_facts(exercise: PracticeExercise, quote: PracticeQuote, about: Task) -> QuoteFacts:
    return QuoteFacts(
        number=quote.number,
        state=state_of(quote, exercise.today),
        given=quote.ordinal <= len(about.given),
        application=Application.from_json(quote.application),
        result=quote.result or {},
    )


def _policy_facts(policy: PracticePolicy) -> PolicyFacts:
    offer = _result(policy.quote)
    return PolicyFacts(
        printed=policy.printed_on is not None,
        payment=policy.payment,
        fees=policies.settle_fees(offer),
        buyers=policy.buyers,
        offer=offer,
    )


# --- quotes ------------------------------------------------------------------------------------------------------------------


def valid_until(quote: PracticeQuote) -> date | None:
    """The last day on which it may become a policy; None where no source says, or nothing was offered."""
    text = (quote.result or {}).get("valid_until")
    return date.fromisoformat(text) if text else None


def state_of(quote: PracticeQuote, today: date) -> State:
    """The quote's state on the exercise's day."""
    return state_on(quote.state, valid_until(quote), today)


def _result(quote: PracticeQuote) -> dict[str, Any]:
    if quote.result is None:
        raise NotFound
    return quote.result


def own_quote(exercise: PracticeExercise, code: str) -> PracticeQuote:
    """Errors: NotFound."""
    found = next((quote for quote in exercise.quotes if quote.code == code), None)
    if found is None:
        raise NotFound
    return found


def _new_quote(exercise: PracticeExercise, application: Application, on: date) -> PracticeQuote:
    ordinal = max((quote.ordinal for quote in exercise.quotes), default=0) + 1
    quote = PracticeQuote(
        code=new_code(), ordinal=ordinal, number=f"T-{on:%y%m}-{ordinal:03d}", firm=application.firm, state=State.DRAFT.value,
        opened_on=on, application=application.to_json(), policy=None,
    )  # fmt: skip
    exercise.quotes.append(quote)
    return quote


def _check_insured(application: Application, on: date) -> None:
    """What an application must hold before it is kept. Errors: practice.turnover_over_sales, practice.founded_later, the tariff's."""
    firm(application.firm)
    tariff = tariffs.in_force(on)
    if application.days not in tariff.terms:
        raise Invalid("tariff.term_not_offered", days=application.days, terms=", ".join(map(str, tariff.terms)))
    if application.turnover > application.net_sales:
        raise Invalid("practice.turnover_over_sales")
    if application.founded > on:
        raise Invalid("practice.founded_later")


def open_quote(actor: Actor, code: str, application: Application) -> PracticeQuote:
    """A new application as a draft. Errors: practice.too_many and what makes no application."""
    exercise = own_exercise(actor, code, lock=True)
    if len(exercise.quotes) >= MOST_QUOTES:
        raise Conflict("practice.too_many", most=MOST_QUOTES)
    _check_insured(application, exercise.today)
    quote = _new_quote(exercise, application, exercise.today)
    db.session.flush()
    return quote


def copy_quote(actor: Actor, code: str, quote_code: str) -> PracticeQuote:
    """The same data as a new application: what an expired or refused quote is followed by."""
    exercise = own_exercise(actor, code, lock=True)
    return open_quote(actor, code, Application.from_json(own_quote(exercise, quote_code).application))


def _draft(actor: Actor, code: str, quote_code: str) -> tuple[PracticeExercise, PracticeQuote, Application]:
    exercise = own_exercise(actor, code, lock=True)
    quote = own_quote(exercise, quote_code)
    move(state_of(quote, exercise.today), "change")
    return exercise, quote, Application.from_json(quote.application)


def change_quote(actor: Actor, code: str, quote_code: str, application: Application) -> PracticeQuote:
    """Other data of the insured; its buyers go when it is another firm."""
    exercise, quote, before = _draft(actor, code, quote_code)
    _check_insured(application, exercise.today)
    quote.firm = application.firm
    quote.application = replace(application, lines=before.lines if before.firm == application.firm else ()).to_json()
    return quote


def put_line(actor: Actor, code: str, quote_code: str, line: Line) -> Line:
    """List a buyer, or list it with other data. Errors: those of check_line, practice.buyer_later, practice.share_invalid."""
    _, quote, application = _draft(actor, code, quote_code)
    buyer = check_line(firm(application.firm), line)
    if buyer.later:
        raise Invalid("practice.buyer_later")
    if buyer.covered and not 1 <= line.share <= 100:
        raise Invalid("practice.share_invalid")
    others = tuple(other for other in application.lines if other.buyer != line.buyer)
    _store_lines(quote, application, (*others, line))
    return line


def check_line(about: Firm, line: Line) -> Buyer:
    """Errors: practice.buyer_unknown, practice.kind_wrong (its file tells another kind), practice.limit_missing."""
    buyer = about.buyer(line.buyer)
    if buyer is None:
        raise Invalid("practice.buyer_unknown")
    if buyer.kind != line.kind:
        raise Invalid("practice.kind_wrong", buyer=buyer.name)
    if buyer.covered and line.requested <= 0:
        raise Invalid("practice.limit_missing")
    return buyer


def drop_line(actor: Actor, code: str, quote_code: str, buyer: str) -> None:
    """Take a buyer off the list; one that is not on it changes nothing."""
    _, quote, application = _draft(actor, code, quote_code)
    _store_lines(quote, application, (line for line in application.lines if line.buyer != buyer))


def _store_lines(quote: PracticeQuote, application: Application, lines: Iterable[Line]) -> None:
    ordered = tuple(sorted(lines, key=lambda line: -line.share))
    quote.application = replace(application, lines=ordered).to_json()


def send(actor: Actor, code: str, quote_code: str) -> PracticeQuote:
    """Send the application: the tariff of the exercise's day answers at once, and the answer is frozen."""
    exercise, quote, application = _draft(actor, code, quote_code)
    _answer(quote, firm(application.firm), exercise.today)
    return quote


def _answer(quote: PracticeQuote, about: Firm, on: date) -> None:
    result = quoting.assess(tariffs.catalogue().tariffs, about, Application.from_json(quote.application), on)
    act = "decline" if result["refusals"] else "offer"
    quote.state = move(State(quote.state), act).value
    quote.sent_on, quote.version, quote.result = on, result["version"], result


def discard(actor: Actor, code: str, quote_code: str) -> None:
    """Throw a draft away."""
    exercise, quote, _ = _draft(actor, code, quote_code)
    exercise.quotes.remove(quote)


# --- policies ----------------------------------------------------------------------------------------------------------------


def issue(actor: Actor, code: str, quote_code: str, *, way: str, down_percent: int, count: int) -> PracticePolicy:
    """Turn an offer into a policy. Errors: practice.quote_expired and the other states, those of policies.plan."""
    exercise = own_exercise(actor, code, lock=True)
    quote = own_quote(exercise, quote_code)
    move(state_of(quote, exercise.today), "issue")
    plan = policies.plan(_result(quote), on=exercise.today, way=way, down_percent=down_percent, count=count)
    policy = _issue(quote, plan, exercise.today)
    db.session.flush()
    return policy


def _issue(quote: PracticeQuote, plan: dict[str, Any], on: date) -> PracticePolicy:
    quote.state = move(State(quote.state), "issue").value
    buyers = [{**found, "added_on": None} for found in _result(quote)["grants"] if found["limit"]]
    quote.policy = PracticePolicy(
        code=new_code(), number=f"P-{on:%y%m}-{quote.ordinal:03d}", issued_on=on, ends_on=policies.ends_on(on), payment=plan,
        buyers=buyers, claims=[],
    )  # fmt: skip
    return quote.policy


def own_policy(exercise: PracticeExercise, code: str) -> PracticePolicy:
    """Errors: NotFound."""
    found = [quote.policy for quote in exercise.quotes if quote.policy is not None and quote.policy.code == code]
    if not found:
        raise NotFound
    return found[0]


def print_policy(actor: Actor, code: str, policy_code: str) -> PracticePolicy:
    """The printing of the policy; the first day counts."""
    exercise = own_exercise(actor, code, lock=True)
    policy = own_policy(exercise, policy_code)
    policy.printed_on = policy.printed_on or exercise.today
    return policy


def add_buyer(actor: Actor, code: str, policy_code: str, line: Line) -> dict[str, Any]:
    """A buyer the insured began to work with during the term: no premium, no fee, and what was fixed at the start stays.

    Errors: practice.policy_over, practice.buyer_listed, practice.excluded_<kind>, practice.buyer_not_new, those of check_line.
    """
    exercise = own_exercise(actor, code, lock=True)
    policy = own_policy(exercise, policy_code)
    if exercise.today > policy.ends_on:
        raise Conflict("practice.policy_over", day=policy.ends_on)
    about = firm(policy.quote.firm)
    listed = {found["buyer"] for found in policy.buyers}
    if line.buyer in listed:
        raise Invalid("practice.buyer_listed")
    buyer = check_line(about, line)
    if not buyer.covered:
        raise Invalid(f"practice.excluded_{line.kind}")
    if not buyer.later:
        raise Invalid("practice.buyer_not_new")
    offer = _result(policy.quote)
    tariff = tariffs.version(offer["version"])
    manual = quoting.manual_open(tariffs.catalogue().tariffs, tariff, exercise.today)
    found = {**quoting.grant(about, line, offer["per_buyer_limit"], manual), "added_on": exercise.today.isoformat()}
    policy.buyers = [*policy.buyers, found]
    return found


# --- claims ------------------------------------------------------------------------------------------------------------------


def open_claim(actor: Actor, code: str, policy_code: str, invoice: Invoice) -> PracticeClaim:
    """Ask for the Centre's help with an unpaid invoice. Errors: practice.claims_unknown, too_many, those of rules.open_claim."""
    exercise = own_exercise(actor, code, lock=True)
    policy = own_policy(exercise, policy_code)
    if len(policy.claims) >= MOST_CLAIMS:
        raise Conflict("practice.too_many", most=MOST_CLAIMS)
    result = policies.open_claim(_cover(policy, invoice.buyer), invoice, exercise.today)
    claim = PracticeClaim(
        code=new_code(), number=f"H-{exercise.today:%y%m}-{policy.quote.ordinal:03d}-{len(policy.claims) + 1}",
        opened_on=exercise.today, invoice=invoice.to_json(), result=result,
    )  # fmt: skip
    policy.claims.append(claim)
    db.session.flush()
    return claim


def claim_terms(policy: PracticePolicy) -> Mapping[str, int] | None:
    """The periods of a claim under a policy's tariff; None where no source says."""
    stated = _stated(policy, "claims")
    return stated if isinstance(stated, dict) else None


def newest(key: str) -> list[str]:
    """The cell of the newest version that says this: some rules are told in full only later."""
    every = tariffs.catalogue().tariffs
    found = quoting.standing(every, every[-1], key)
    return [f"{found[0].id}:{key}"] if found else []


def _stated(policy: PracticePolicy, key: str) -> Any:
    found = quoting.standing(tariffs.catalogue().tariffs, tariffs.version(_result(policy.quote)["version"]), key)
    return found and found[1]


def _cover(policy: PracticePolicy, buyer: str) -> Cover:
    offer = _result(policy.quote)
    listed = next((found for found in policy.buyers if found["buyer"] == buyer), None)
    if listed is None:
        raise Invalid("practice.claim_no_limit")
    claims, threshold = claim_terms(policy), _stated(policy, "deductible")
    if claims is None:
        raise Conflict("practice.claims_unknown")
    return Cover(
        issued=policy.issued_on, ends=policy.ends_on, days=offer["days"], max_cover=offer["max_cover"],
        paid=sum(claim.result["paid"] or 0 for claim in policy.claims), limit=listed["limit"], ratio=listed["ratio"] or 0,
        limit_from=date.fromisoformat(listed["added_on"]) if listed["added_on"] else policy.issued_on,
        threshold=threshold * KURUS if threshold else None, claims=claims,
    )  # fmt: skip


def own_claim(exercise: PracticeExercise, code: str) -> PracticeClaim:
    """Errors: NotFound."""
    claims = [claim for quote in exercise.quotes if quote.policy for claim in quote.policy.claims]
    found = next((claim for claim in claims if claim.code == code), None)
    if found is None:
        raise NotFound
    return found
