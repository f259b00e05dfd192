"""Guided tasks that check themselves: what of a step is done, and what is missing and why. Pure.

A step either waits for something to be done on the screens (``do``) or asks what they show (``ask``). What is expected is
never authored: it follows from the firm's file, the task's invoices and the frozen result of the tariff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lms.core.errors import Invalid
from lms.practice.rules.firms import Firm, Words
from lms.practice.rules.policies import Invoice
from lms.practice.rules.quoting import Application
from lms.practice.rules.states import State
from lms.tariff.rules.quotes import turnover_of

FREE = "serbest"


@dataclass(frozen=True, slots=True)
class Step:
    """``what``: one of DO or ASK; ``of``: whom or what it is about (a buyer, a way of paying, a refusal ...)."""

    id: str
    text: Words
    what: str
    of: tuple[str, ...] = ()
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A quote that stands there from the start, as the firm's file asks for it; ``issued``: how its policy is paid, if any."""

    firm: str
    on: date
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A guided exercise: its day, its firm, quotes that stand there from the start, invoices to claim, and its steps."""

    code: str
    title: Words
    story: Words
    on: date
    firm: str
    minutes: int
    given: tuple[Given, ...]
    invoices: tuple[Invoice, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """A quote as the checks see it."""

    number: str
    state: State
    given: bool
    application: Application
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A policy as the checks see it, with the answer of its quote."""

    printed: bool
    payment: Mapping[str, Any]
    fees: Mapping[str, int] | None
    buyers: Sequence[Mapping[str, Any]]
    offer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """An exercise as it stands: newest quote, policy and claim last."""

    task: Task
    firm: Firm
    right: Application
    quotes: tuple[QuoteFacts, ...] = ()
    policies: tuple[PolicyFacts, ...] = ()
    claims: tuple[tuple[Invoice, Mapping[str, Any]], ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def own(self) -> tuple[QuoteFacts, ...]:
        """The learner's quotes for the task's firm."""
        return tuple(q for q in self.quotes if not q.given and q.application.firm == self.firm.code)

    @property
    def offer(self) -> Mapping[str, Any] | None:
        """The newest answer with an offer; a given one only where the learner has none."""
        offers = [q.result for q in (*(q for q in self.quotes if q.given), *self.own) if q.state is not State.DRAFT]
        return next((result for result in reversed(offers) if not result["refusals"]), None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step has come to: right, or the reasons why not yet; ``cells``: where the tariff says so.

    ``closed``: it asks for what the screens do not show yet.
    """

    done: bool
    reasons: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    cells: tuple[str, ...] = ()
    closed: bool = False


Reason = tuple[str, dict[str, Any]]


def _first_miss(candidates: Sequence[Any], misses: Callable[[Any], list[Reason]], none: str) -> Finding:
    """Done if any candidate misses nothing; else what the newest one misses."""
    found = [misses(candidate) for candidate in candidates]
    if any(not missed for missed in found):
        return Finding(True)
    return Finding(False, tuple(found[-1]) if found else ((none, {}),))


INSURED = ("founded", "taxpayer", "size", "net_sales", "turnover", "days")


def insured_misses(right: Application, typed: Application) -> list[Reason]:
    """Which of the firm's data were not typed as its file tells them."""
    return [
        (f"practice.check_{name}", {"typed": getattr(typed, name)})
        for name in INSURED
        if getattr(typed, name) != getattr(right, name)
    ]


def _do_insured(world: World, _step: Step) -> Finding:
    return _first_miss(world.own, lambda q: insured_misses(world.right, q.application), "practice.check_no_application")


def _do_buyers(world: World, step: Step) -> Finding:
    """The buyers named (all covered ones if none is), with share and limit as the file gives them, excluded ones apart."""
    wanted = step.of or tuple(buyer.code for buyer in world.firm.listed)

    def misses(quote: QuoteFacts) -> list[Reason]:
        lines = {line.buyer: line for line in quote.application.lines}
        reasons: list[Reason] = []
        for code in wanted:
            buyer, line = world.firm.buyer(code), lines.get(code)
            if buyer is None:
                continue
            if line is None:
                reasons.append(("practice.check_buyer_missing", {"buyer": buyer.name}))
            elif buyer.covered and line.share != buyer.share:
                reasons.append(("practice.check_share", {"buyer": buyer.name, "typed": line.share}))
            elif buyer.covered and line.requested != buyer.asks:
                reasons.append(("practice.check_requested", {"buyer": buyer.name}))
        return reasons

    return _first_miss(world.own, misses, "practice.check_no_application")


def _do_sent(world: World, _step: Step) -> Finding:
    """Sent and answered with an offer, on the right data."""

    def misses(quote: QuoteFacts) -> list[Reason]:
        if quote.state is State.DRAFT:
            return [("practice.check_not_sent", {})]
        if quote.result["refusals"]:
            return [("practice.check_refused", {})]
        return insured_misses(world.right, quote.application)

    return _first_miss(world.own, misses, "practice.check_no_application")


def _do_declined(world: World, step: Step) -> Finding:
    for quote in world.own:
        for refusal in quote.result.get("refusals", ()):
            if refusal["code"] == f"practice.refused_{step.of[0]}":
                return Finding(True, cells=(refusal["cell"],))
    return Finding(False, (("practice.check_not_declined", {}),))


def _do_manual(world: World, step: Step) -> Finding:
    for quote in world.own:
        for found in quote.result.get("grants", ()):
            if found["buyer"] in step.of and found["outcome"] in ("raised", "not_raised"):
                return Finding(True, cells=(quote.result["cells"]["limit_allocation"],))
    return Finding(False, (("practice.check_manual", {}),))


def _do_expired(world: World, _step: Step) -> Finding:
    if any(quote.state is State.EXPIRED for quote in world.quotes):
        return Finding(True)
    return Finding(False, (("practice.check_not_expired", {}),))


def _do_issued(world: World, step: Step) -> Finding:
    def misses(policy: PolicyFacts) -> list[Reason]:
        wrong = bool(step.of) and policy.payment["way"] not in step.of
        return [(f"practice.check_pay_{step.of[0]}", {})] if wrong else []

    return _first_miss(world.policies, misses, "practice.check_no_policy")


def _do_printed(world: World, _step: Step) -> Finding:
    done = any(policy.printed for policy in world.policies)
    return Finding(done, () if done else (("practice.check_not_printed", {}),))


def _do_added(world: World, step: Step) -> Finding:
    for policy in world.policies:
        if any(found["buyer"] in step.of and found["added_on"] for found in policy.buyers):
            return Finding(True, cells=(policy.offer["cells"].get("add_buyer", ""),))
    return Finding(False, (("practice.check_not_added", {}),))


def _do_claim(world: World, _step: Step) -> Finding:
    """The task's invoice, claimed as it is written."""
    wanted = world.task.invoices[0]

    def misses(claim: tuple[Invoice, Mapping[str, Any]]) -> list[Reason]:
        return [
            (f"practice.check_claim_{name}", {})
            for name in ("buyer", "issued", "due", "amount", "extension")
            if getattr(claim[0], name) != getattr(wanted, name)
        ]

    return _first_miss(world.claims, misses, "practice.check_no_claim")


DO: dict[str, Callable[[World, Step], Finding]] = {
    "insured": _do_insured,
    "buyers": _do_buyers,
    "sent": _do_sent,
    "declined": _do_declined,
    "manual": _do_manual,
    "expired": _do_expired,
    "issued": _do_issued,
    "printed": _do_printed,
    "added": _do_added,
    "claim": _do_claim,
}


def _offer(name: str) -> Callable[[World, Step], Any]:
    return lambda world, _step: world.offer and world.offer[name]


def _limit(world: World, step: Step) -> Any:
    """Of a listed buyer or of one added later."""
    given = [*(world.offer or {}).get("grants", ()), *(found for policy in world.policies for found in policy.buyers)]
    return next((found["limit"] for found in given if found["buyer"] == step.of[0]), None)


def _residual(name: str) -> Callable[[World, Step], Any]:
    return lambda world, _step: world.offer and world.offer["residual"] and world.offer["residual"][name]


def _fees(world: World, _step: Step) -> Any:
    return world.offer and world.offer["fees"] and world.offer["fees"]["quote"]


def _fees_due(world: World, _step: Step) -> Any:
    return world.policies[-1].fees and world.policies[-1].fees["due"] if world.policies else None


def _down(world: World, _step: Step) -> Any:
    return world.policies[-1].payment["down"] if world.policies else None


def _cover_then(world: World, _step: Step) -> Any:
    return world.policies[-1].offer["max_cover"] if world.policies else None


def _claim(name: str) -> Callable[[World, Step], Any]:
    return lambda world, _step: world.claims[-1][1][name] if world.claims else None


def _number(world: World, step: Step) -> Any:
    """The number of the given quote for a firm."""
    return next((q.number for q in world.quotes if q.given and q.application.firm == step.of[0]), None)


# What may be asked: the kind of its answer, where the answer is found, and the cells it follows from.
ASK: dict[str, tuple[str, Callable[[World, Step], Any], tuple[str, ...]]] = {
    "net_premium": ("money", _offer("net_premium"), ("rate", "floor")),
    "max_cover": ("money", _offer("max_cover"), ("multiple",)),
    "per_buyer_limit": ("money", _offer("per_buyer_limit"), ("limit",)),
    "limit": ("money", _limit, ("limit",)),
    "residual_aggregate": ("money", _residual("aggregate"), ("residual",)),
    "residual_event": ("money", _residual("per_event"), ("residual",)),
    "cash_price": ("money", _offer("cash_price"), ("cash_discount",)),
    "fees": ("money", _fees, ("query_fee",)),
    "fees_due": ("money", _fees_due, ("query_fee",)),
    "down": ("money", _down, ("instalments",)),
    "cover_then": ("money", _cover_then, ("add_buyer",)),
    "valid_until": ("date", _offer("valid_until"), ("quote_validity",)),
    "extended": ("date", _claim("extended"), ("claims",)),
    "collection_end": ("date", _claim("collection_end"), ("claims",)),
    "payment_by": ("date", _claim("payment_by"), ("claims",)),
    "paid": ("money", _claim("paid"), ("cover_ratios", "deductible")),
    "number": ("text", _number, ()),
}


def expected(world: World, step: Step) -> Any:
    """What the screens show for an asking step: kuruş, an ISO day or a number; None if they show nothing yet."""
    return ASK[step.what][1](world, step)


def judge(world: World, step: Step, typed: str) -> Mapping[str, Any]:
    """An answer as it is kept: its text (days in their ISO form), whether it is right, and ``why`` it could not be judged.

    Why: practice.answer_early (the screens show nothing yet), practice.answer_money, practice.day_invalid.
    """
    text, right, why = typed.strip()[:40], False, ""
    wanted, kind = expected(world, step), ASK[step.what][0]
    try:
        if wanted is None:
            why = "practice.answer_early"
        elif kind == "money":
            right = turnover_of(text) == int(wanted)
        else:
            text = _iso(text) if kind == "date" else text
            right = text.casefold() == str(wanted).casefold()
    except Invalid as error:
        why = error.code if kind == "date" else "practice.answer_money"
    return {"text": text, "right": right, "why": why}


def _iso(typed: str) -> str:
    """A day as a browser sends it, or as people write it where there is no field for days: "11.06.2022"."""
    parts = typed.split(".")
    text = "-".join(part.zfill(2) for part in reversed(parts)) if len(parts) == 3 else typed
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid("practice.day_invalid") from None


def check(world: World, step: Step) -> Finding:
    """What a step has come to. An answer that was right stays right, whatever is quoted after it."""
    if step.what in DO:
        return DO[step.what](world, step)
    answer = world.answers.get(step.id)
    cells = tuple((world.offer or {}).get("cells", {}).get(name, "") for name in ASK[step.what][2])
    cells = tuple(dict.fromkeys(cell for cell in cells if cell))
    if answer is not None and answer["right"]:
        return Finding(True, cells=cells)
    if expected(world, step) is None:
        return Finding(False, closed=True)
    if answer is None or answer.get("why") == "practice.answer_early":
        return Finding(False)
    return Finding(False, ((answer.get("why") or f"practice.hint_{step.what}", {}),), cells)


def findings(world: World) -> list[Finding]:
    """All steps of the task, in order."""
    return [check(world, step) for step in world.task.steps]
