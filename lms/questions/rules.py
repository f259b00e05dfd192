"""Questions: what identifies a version, which slips a computed question can tempt with, and how a paper is drawn. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import IntEnum
from functools import partial
from typing import Literal, NamedTuple

from lms.core.errors import DomainError
from lms.tariff.rules import BPS, KURUS, Quote, Source, Tariff, half_up, lira, percent, quote_by

LETTERS = "ABCD"
OPTIONS = len(LETTERS)
DIFFICULTIES = (1, 2, 3)
Asked = Literal["rate", "net_premium", "max_cover", "per_buyer_limit"]
ASKED: tuple[Asked, ...] = ("rate", "net_premium", "max_cover", "per_buyer_limit")


@dataclass(frozen=True, slots=True)
class Table:
    """A real table under the stem: the printed tariff rows that the question needs."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """What a computed question asks of which tariff: its key and its distractors are checked against the tariff."""

    what: Asked
    turnover: int  # whole lira
    days: int
    on: date


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its author wrote it. The first option is the key; candidates see the options shuffled.

    ``from_day`` and ``until`` bound the days on which it may be drawn: a sentence about what holds today stops being
    true when a new act takes effect.
    """

    code: str
    programme: str
    topic: str
    lesson: str
    difficulty: int
    stem: str
    options: tuple[str, ...]
    explanation: str
    sources: tuple[Source, ...]
    table: Table | None = None
    asks: Sum | None = None
    cells: tuple[str, ...] = ()
    from_day: date | None = None
    until: date | None = None

    @property
    def content_hash(self) -> str:
        """The identity of this version: any change of anything in it makes another one."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def holds_on(self, day: date) -> bool:
        """Whether it may be drawn on a civil day."""
        return (self.from_day is None or self.from_day <= day) and (self.until is None or day < self.until)


class Slot(NamedTuple):
    """One place of a paper: every paper has the same slots, so papers are comparable."""

    topic: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that may be drawn; ``id`` stays the same over its versions."""

    id: int
    code: str
    topic: str
    difficulty: int


def slots_for(slots: Sequence[Slot], count: int) -> list[Slot]:
    """The slots of a paper of ``count`` questions: the blueprint's, from the start again if it is shorter."""
    return [slots[index % len(slots)] for index in range(count)]


def draw(pool: Iterable[Entry], slots: Sequence[Slot], used: Collection[int], seed: str) -> list[Entry]:
    """One question for each slot, in the paper's order. The same arguments give the same paper, in any process.

    A question already used is taken only when no unused one is left in the whole pool. A slot that has run dry is
    filled from its topic at the nearest difficulty, then from any topic at the nearest difficulty. A pool smaller than
    the paper gives a shorter paper.
    """
    left = sorted(pool, key=lambda entry: _rank(seed, entry.code))
    chosen: dict[int, Entry] = {}
    for worst in _Match:
        for index, slot in enumerate(slots):
            found = [entry for entry in left if _match(entry, slot, used) <= worst] if index not in chosen else []
            if found:
                chosen[index] = min(found, key=partial(_distance, slot))
                left.remove(chosen[index])
    return sorted(chosen.values(), key=lambda entry: _rank(seed, f"order/{entry.code}"))


def option_order(seed: str, code: str, count: int = OPTIONS) -> list[int]:
    """The indexes of a question's options in the order of the letters A, B, C, D of this paper."""
    return sorted(range(count), key=lambda index: _rank(seed, f"option/{code}/{index}"))


def _rank(seed: str, name: str) -> bytes:
    """A fixed pseudo-random place: independent of Python's generator, of row order and of the machine."""
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()


class _Match(IntEnum):
    """How well a question suits a slot, best first."""

    EXACT = 0
    TOPIC = 1
    UNUSED = 2
    REPEATED = 3


def _match(entry: Entry, slot: Slot, used: Collection[int]) -> _Match:
    if entry.id in used:
        return _Match.REPEATED
    if entry.topic != slot.topic:
        return _Match.UNUSED
    return _Match.EXACT if entry.difficulty == slot.difficulty else _Match.TOPIC


def _distance(slot: Slot, entry: Entry) -> tuple[bool, int]:
    return entry.topic != slot.topic, abs(entry.difficulty - slot.difficulty)


def shortages(entries: Iterable[Entry], slots: Sequence[Slot], papers: int) -> list[tuple[Slot, int, int]]:
    """Slots that cannot serve ``papers`` papers without a substitute: (slot, questions there are, questions needed)."""
    stock: dict[Slot, int] = {}
    for entry in entries:
        slot = Slot(entry.topic, entry.difficulty)
        stock[slot] = stock.get(slot, 0) + 1
    needed = {slot: papers * slots.count(slot) for slot in dict.fromkeys(slots)}
    return [(slot, stock.get(slot, 0), count) for slot, count in needed.items() if stock.get(slot, 0) < count]


# --- computed questions -------------------------------------------------------------------------------------------


def value_text(what: Asked, value: int) -> str:
    """A sum's answer as options print it: "%0,60", "72.000 TL", "405.000,14 TL"."""
    if what == "rate":
        return f"%{percent(value)}"
    whole, rest = divmod(value, KURUS)
    return f"{lira(whole)},{rest:02d} TL" if rest else f"{lira(whole)} TL"


def answer_text(tariff: Tariff, asks: Sum) -> str:
    """The key of a computed question. Errors: those of a quote."""
    return _answer(asks.what, _quote(tariff, asks.turnover * KURUS, asks.days, asks))


def slips(tariff: Tariff, asks: Sum) -> dict[str, str]:
    """What typical mistakes would answer, as option text -> the mistake's name; the right answer is not among them."""
    found: dict[str, str] = {}

    def add(name: str, value: int) -> None:
        found.setdefault(value_text(asks.what, value), name)

    right = _quote(tariff, asks.turnover * KURUS, asks.days, asks)
    if asks.what == "per_buyer_limit":
        for row in tariff.table("limits") or ():
            add("wrong_band", (row.cells["limit"] or 0) * KURUS)
        found.pop(_answer(asks.what, right), None)
        return found
    for name, rate in _rates(tariff, right):
        product = right.turnover * rate
        floor = right.floor * BPS
        for slip, amount in ((name, max(product, floor)), ("missed_floor", product)):
            add(slip, _asked(asks.what, rate, amount, right.multiple))
        if asks.what == "max_cover":
            for multiple in (10, 15, 1):
                add("wrong_multiple", half_up(multiple * max(product, floor), BPS))
    if asks.what != "rate":
        add("marginal", _marginal(tariff, right) * (right.multiple if asks.what == "max_cover" else 1))
        exact = right.turnover * right.rate_bps
        for factor, name in ((10, "decimal_place"), (100, "decimal_place")):
            add(name, _asked(asks.what, 0, exact * factor, right.multiple))
            add(name, _asked(asks.what, 0, exact // factor, right.multiple))
    found.pop(_answer(asks.what, right), None)
    return found


def _quote(tariff: Tariff, turnover: int, days: int, asks: Sum) -> Quote:
    return quote_by(tariff, turnover=turnover, days=days, on=asks.on)


def _answer(what: Asked, answer: Quote) -> str:
    value = answer.rate_bps if what == "rate" else getattr(answer, what)
    return value_text(what, value)


def _rates(tariff: Tariff, right: Quote) -> Iterable[tuple[str, int]]:
    """The right rate first, then those of the other terms, then those of the other bands."""
    rows = tariff.table("premium") or ()
    yield "missed_floor", right.rate_bps
    own = next(row for row in rows if row.holds(right.turnover))
    for row in (own, *(row for row in rows if row is not own)):
        for term in tariff.terms:
            rate = row.cells[str(term)]
            if rate is not None:
                yield ("wrong_term" if row is own else "wrong_band"), rate


def _asked(what: Asked, rate: int, product: int, multiple: int) -> int:
    if what == "rate":
        return rate
    return half_up(product * (multiple if what == "max_cover" else 1), BPS)


def _marginal(tariff: Tariff, right: Quote) -> int:
    """The slip of taking each band's rate for its own part only, as an income tax does."""
    total = 0
    for row in tariff.table("premium") or ():
        part = min(right.turnover, row.upto * KURUS) - row.over * KURUS
        if part > 0:
            total += part * (row.cells[str(right.days)] or 0)
    return half_up(total, BPS)


# --- checks on text -----------------------------------------------------------------------------------------------

# Points that no source settles (DOMAIN.md): a question on one of them would have no right answer.
OPEN_POINTS = (
    (re.compile(r"tam(?: olarak)? 2\.500 TL", re.IGNORECASE), "a loss of exactly 2.500 TL is an open point"),
    (re.compile(r"\bBSMV\b"), "BSMV is in no source"),
    (re.compile(r"(indirim\w*\s.*\btaban|taban\w*\s.*\bindirim)", re.IGNORECASE), "discount and floor: their order is an open point"),
)  # fmt: skip
CLAIMS_TODAY = re.compile(r"\b(bugün|hâlen|halen|güncel|şu an|yürürlükteki)", re.IGNORECASE)
ALL_OF_ABOVE = re.compile(r"\b(hepsi|hiçbiri|yukarıdaki\w*|[A-D] ve [A-D])\b", re.IGNORECASE)


def same_option(one: str, two: str) -> bool:
    """Whether two options say the same: case, spaces, final stops and trailing decimal zeros do not count."""
    return _plain(one) == _plain(two)


def _plain(text: str) -> str:
    text = re.sub(r",0+(?=\D|$)", "", re.sub(r"(,\d*[1-9])0+(?=\D|$)", r"\1", text))
    return re.sub(r"[\s.!]+$", "", " ".join(text.split())).replace("I", "ı").replace("İ", "i").lower()


def text_faults(question: Question) -> list[str]:
    """What is wrong with a question's words."""
    faults = []
    options = question.options
    if any(same_option(options[i], options[j]) for i in range(len(options)) for j in range(i)):
        faults.append("two options are equal")
    whole = " ".join((question.stem, *options))
    faults += [reason for pattern, reason in OPEN_POINTS if pattern.search(whole)]
    if any(ALL_OF_ABOVE.search(option) for option in options):
        faults.append("an option points at the others (hepsi, hiçbiri, A ve B): options are shuffled")
    if CLAIMS_TODAY.search(question.stem) and not (question.until or question.from_day):
        faults.append("the stem claims what holds today: give the days it holds (from, until)")
    if len(question.stem) > 700 or any(len(option) > 220 for option in options):
        faults.append("the stem (700 characters) or an option (220) is too long for a phone")
    return faults


def sum_faults(question: Question, tariff: Tariff) -> list[str]:
    """Whether the tariff gives the key of a computed question, and each distractor is a mistake one makes."""
    asks = question.asks
    if asks is None:
        return []
    try:
        right, wrong = answer_text(tariff, asks), slips(tariff, asks)
    except DomainError as error:
        return [f"{tariff.id} cannot answer this ({error.code})"]
    faults = []
    if question.options[0] != right:
        faults.append(f"the tariff answers {right!r}, not {question.options[0]!r}")
    some = ", ".join(list(wrong)[:12])
    strange = [option for option in question.options[1:] if option not in wrong]
    return faults + [f"{option!r} is no typical mistake; some are: {some}" for option in strange]
