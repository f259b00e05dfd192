"""The sums that a computed question may ask: each gives the answer by a version's own numbers, and what typical mistakes
would answer instead. Pure; amounts given are whole lira, amounts worked with are kuruş.

Nothing is asked that the sources leave open: a discount near the minimum premium, or a loss at the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from lms.core.errors import Invalid
from lms.questions.rules.question import Table
from lms.questions.rules.tables import limit_table, neighbours, premium_table
from lms.tariff.rules.quotes import Quote, half_up, quote_by, row_of
from lms.tariff.rules.versions import BPS, KURUS, MONTHS, Row, Tariff, day_text, lira, percent

Given = Mapping[str, Any]
Slip = tuple[str, str]  # a mistake's name, what it would answer
_OLD_MULTIPLES = (10, 15)  # of the first communiqué of 2018
_ROUND = frozenset({11, 12, 15, 25})


@dataclass(frozen=True, slots=True)
class Worked:
    """One sum, worked out. ``slips``: likeliest first; ``words``: what a text may show; ``steps``: the products to do in the head."""

    answer: str
    slips: list[Slip]
    words: dict[str, str]
    cells: tuple[str, ...] = ()
    steps: tuple[tuple[int, int], ...] = ()
    table: Table | None = None
    floor_applied: bool = False


class Kind(NamedTuple):
    """What a kind of sum needs to be given (one of the sets), and how it is worked."""

    needs: tuple[frozenset[str], ...]
    work: Callable[[Tariff, Given], Worked]


def money(value: int) -> str:
    """Kuruş as options print them: "72.000 TL", "405.000,14 TL"."""
    whole, rest = divmod(value, KURUS)
    return f"{lira(whole)},{rest:02d} TL" if rest else f"{lira(whole)} TL"


def countable(one: int, two: int) -> bool:
    """Whether a product can be done in the head: without the zeros, one factor has a single digit and the other is at most
    150, or one is at most 5 and the other has three digits, or one is 11, 12, 15 or 25 and the other has two digits."""
    less, more = sorted((_significant(one), _significant(two)))
    single = less <= 9 and (more <= 150 or (less <= 5 and more < 1000))
    return single or (more < 100 and bool(_ROUND & {less, more}))


def _significant(value: int) -> int:
    while value and value % 10 == 0:
        value //= 10
    return value


# --- sums on a premium --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Premium:
    """The net premium that a sum goes on from, and the premiums of the mistakes on the way to it."""

    amount: int
    multiple: int = 0
    wrong: list[tuple[str, int]] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    steps: tuple[tuple[int, int], ...] = ()
    table: Table | None = None
    floor_applied: bool = False
    quote: Quote | None = None

    def worked(
        self,
        of: Callable[[int], int],
        *others: tuple[str, int],
        words: Mapping[str, str] | None = None,
        cells: Iterable[str] = (),
        steps: Iterable[tuple[int, int]] = (),
    ) -> Worked:
        """The sum ``of`` this premium; ``others`` are the mistakes of the last step."""
        right = of(self.amount)
        slips = [(name, money(of(wrong))) for name, wrong in self.wrong]
        slips += [(name, money(value)) for name, value in (*others, ("decimal_place", right * 10), ("decimal_place", right // 10))]  # fmt: skip
        all_words = {**self.words, "premium": lira(self.amount // KURUS), **(words or {})}
        return Worked(
            money(right), slips, all_words, (*self.cells, *cells), (*self.steps, *steps), self.table, self.floor_applied
        )


def _premium(tariff: Tariff, given: Given, *, multiple: bool = False) -> _Premium:
    """From a turnover and a term, or simply given as ``premium``."""
    if "premium" in given:
        return _Premium(given["premium"] * KURUS, multiple=_one_multiple(tariff))
    quote = quote_by(tariff, turnover=given["turnover"] * KURUS, days=given["days"], on=tariff.from_day)
    rows = tariff.table("premium") or ()
    row = row_of(tariff, "premium", quote.turnover)
    cells = (quote.cells["rate"], *([quote.cells["floor"]] if quote.floor_applied else []))
    words = {
        "turnover": lira(given["turnover"]), "days": str(given["days"]), "band": row.label, "rate": percent(quote.rate_bps),
        "product": lira(half_up(quote.turnover * quote.rate_bps, BPS) // KURUS), "floor": lira(quote.floor // KURUS),
    }  # fmt: skip
    return _Premium(
        amount=quote.net_premium,
        multiple=quote.multiple,
        wrong=list(_wrong_premiums(rows, row, quote)),
        words=words,
        cells=cells,
        steps=((given["turnover"], quote.rate_bps),),
        table=premium_table(tariff, neighbours(rows, row), tariff.terms, multiple=multiple),
        floor_applied=quote.floor_applied,
        quote=quote,
    )


def _one_multiple(tariff: Tariff) -> int:
    """The multiple of the cover, where a version has the same one in every row."""
    found = {row.cells["multiple"] for row in tariff.table("premium") or ()}
    multiple = found.pop() if len(found) == 1 else None
    if multiple is None:
        raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table="cover_multiple")
    return multiple


def _wrong_premiums(rows: Iterable[Row], own: Row, quote: Quote) -> Iterable[tuple[str, int]]:
    """Premiums by the mistakes people make: nearest term and band first; only "missed_floor" leaves the minimum out."""
    for name, rate in _wrong_rates(rows, own, quote):
        yield name, max(half_up(quote.turnover * rate, BPS), quote.floor)
    if quote.floor_applied:
        yield "missed_floor", half_up(quote.turnover * quote.rate_bps, BPS)
        for name, rate in _wrong_rates(rows, own, quote):
            if name == "wrong_term":
                yield "missed_floor", half_up(quote.turnover * rate, BPS)
    yield "marginal", _marginal(rows, quote)


def _wrong_rates(rows: Iterable[Row], own: Row, quote: Quote) -> Iterable[tuple[str, int]]:
    """Rates that are read by mistake: of the own row's other terms and of the other rows' same term, nearest first."""
    terms = sorted(
        (int(column) for column in own.cells if column != "multiple"), key=lambda term: abs(term - quote.days)
    )
    places = list(rows)
    near = sorted(places, key=lambda row: abs(places.index(row) - places.index(own)))
    yield from (("wrong_term", own.cells[str(term)] or 0) for term in terms if term != quote.days)
    yield from (("wrong_band", row.cells[str(quote.days)] or 0) for row in near if row is not own)
    yield from (("wrong_cell", row.cells[str(term)] or 0) for row in near[1:3] for term in terms if term != quote.days)


def _marginal(rows: Iterable[Row], quote: Quote) -> int:
    """The slip of taking each band's rate for its own part only, as an income tax does."""
    total = 0
    for row in rows:
        part = min(quote.turnover, row.upto * KURUS) - row.over * KURUS
        total += max(0, part) * (row.cells[str(quote.days)] or 0)
    return half_up(total, BPS)


def _rate(tariff: Tariff, given: Given) -> Worked:
    found = _premium(tariff, given)
    quote = found.quote
    if quote is None:
        raise LookupError("a rate is asked of a turnover")
    rows = tariff.table("premium") or ()
    wrong = _wrong_rates(rows, row_of(tariff, "premium", quote.turnover), quote)
    slips = [(name, f"%{percent(rate)}") for name, rate in wrong]
    return Worked(f"%{percent(quote.rate_bps)}", slips, found.words, (quote.cells["rate"],), (), found.table)


def _net_premium(tariff: Tariff, given: Given) -> Worked:
    return _premium(tariff, given).worked(lambda amount: amount)


def _max_cover(tariff: Tariff, given: Given) -> Worked:
    found = _premium(tariff, given, multiple=True)
    label = (tariff.table("premium") or ())[0].label
    cell = found.quote.cells["multiple"] if found.quote else f"premium/{label}/multiple"
    return found.worked(
        lambda amount: amount * found.multiple,
        *(("wrong_multiple", found.amount * old) for old in _OLD_MULTIPLES),
        ("premium_itself", found.amount),
        words={"multiple": str(found.multiple), "cover": lira(found.amount * found.multiple // KURUS)},
        cells=[cell],
        steps=[(found.amount // KURUS, found.multiple)],
    )


def _cash_price(tariff: Tariff, given: Given) -> Worked:
    """Only where "discount, then minimum" and "minimum, then discount" come to the same."""
    found, discount = _premium(tariff, given), _value(tariff, "cash_discount")
    if found.floor_applied or found.amount * (100 - discount) < _value(tariff, "min_premium") * KURUS * 100:
        raise Invalid("question.open_point")
    return found.worked(
        lambda amount: amount * (100 - discount) // 100,
        ("discount_itself", found.amount * discount // 100),
        ("no_discount", found.amount),
        ("wrong_percent", found.amount * 75 // 100),
        ("wrong_percent", found.amount * (100 - discount // 2) // 100),
        words={"discount": lira(found.amount * discount // 100 // KURUS)},
        cells=["cash_discount"],
        steps=[(found.amount // KURUS, 100 - discount)],
    )


def _down_payment(tariff: Tariff, given: Given) -> Worked:
    found, share = _premium(tariff, given), _value(tariff, "instalments")["down_percent"]
    return found.worked(
        lambda amount: amount * share // 100,
        ("wrong_percent", found.amount * _value(tariff, "cash_discount") // 100),
        ("rest_itself", found.amount * (100 - share) // 100),
        ("wrong_percent", found.amount // 2),
        ("premium_itself", found.amount),
        cells=["instalments.down_percent"],
        steps=[(found.amount // KURUS, share)],
    )


def _instalment(tariff: Tariff, given: Given) -> Worked:
    """Each of the most equal instalments that may follow the least down payment."""
    found, rule = _premium(tariff, given), _value(tariff, "instalments")
    share, count = rule["down_percent"], rule["count"]
    other = 3 if count == 5 else 5
    rest = found.amount * (100 - share) // 100
    return found.worked(
        lambda amount: amount * (100 - share) // 100 // count,
        ("forgot_down_payment", found.amount // count),
        ("wrong_count", rest // other),
        ("down_itself", found.amount * share // 100),
        ("wrong_percent", found.amount * 90 // 100 // count),
        words={"down": lira((found.amount - rest) // KURUS), "rest": lira(rest // KURUS), "count": str(count)},
        cells=["instalments.down_percent", "instalments.count"],
        steps=[(found.amount // KURUS, share), (rest // KURUS // count, count)],
    )


def _extra_for_term(tariff: Tariff, given: Given) -> Worked:
    """By how much a longer term makes the premium dearer."""
    short = _premium(tariff, given)
    long = _premium(tariff, {**given, "days": given["longer"]})
    others = [_premium(tariff, {**given, "days": term}).amount for term in tariff.terms if term not in (given["days"], given["longer"])]  # fmt: skip
    wrong = [("wrong_term", abs(other - short.amount)) for other in others]
    wrong += [("wrong_term", abs(long.amount - other)) for other in others]
    extra = _Premium(
        long.amount - short.amount, wrong=wrong, cells=(*short.cells, *long.cells),
        steps=(*short.steps, *long.steps), table=short.table, floor_applied=short.floor_applied or long.floor_applied,
        words={**short.words, "longer": str(given["longer"]), "longer_rate": long.words["rate"], "longer_premium": lira(long.amount // KURUS)},
    )  # fmt: skip
    return extra.worked(
        lambda amount: amount,
        ("no_difference", long.amount),
        ("no_difference", short.amount),
        words={"premium": lira(short.amount // KURUS), "extra": lira(extra.amount // KURUS)},
    )


# --- sums on a limit, a loss, a fee -------------------------------------------------------------------------------


def _per_buyer_limit(tariff: Tariff, given: Given) -> Worked:
    rows = tariff.table("limits") or ()
    own = row_of(tariff, "limits", given["turnover"] * KURUS)
    near = sorted(rows, key=lambda row: abs(rows.index(row) - rows.index(own)))
    slips = [("wrong_band", money((row.cells["limit"] or 0) * KURUS)) for row in near if row is not own]
    limit = lira(own.cells["limit"] or 0)
    words = {"turnover": lira(given["turnover"]), "band": own.label, "limit": limit}
    return Worked(f"{limit} TL", slips, words, (f"limits/{own.label}",), (), limit_table(tariff, neighbours(rows, own)))


def _residual(
    rule: str, pick: Callable[[list[int]], int], wrong: Callable[[list[int]], int]
) -> Callable[[Tariff, Given], Worked]:
    """The limit of the buyers who were not assessed: in all the highest, by event the lowest of those given singly."""

    def work(tariff: Tariff, given: Given) -> Worked:
        _value(tariff, "residual")
        limits: list[int] = given["limits"]
        right = pick(limits)
        slips = [("other_rule", wrong(limits)), ("sum_of_all", sum(limits)), ("sum_of_all", sum(limits) - right)]
        slips += [("another_limit", limit) for limit in limits if limit not in (right, wrong(limits))]
        shown = [f"{lira(limit)} TL" for limit in limits]
        words = {"limits": f"{', '.join(shown[:-1])} ve {shown[-1]}", "limit": lira(right)}
        return Worked(
            f"{lira(right)} TL", [(name, f"{lira(value)} TL") for name, value in slips], words, (f"residual.{rule}",)
        )

    return work


def _payout(own: bool) -> Callable[[Tariff, Given], Worked]:
    """What the Centre pays of a loss above the threshold and within the limit, or what stays with the insured."""

    def work(tariff: Tariff, given: Given) -> Worked:
        ratios, loss, ratio = _value(tariff, "cover_ratios"), given["loss"], given["ratio"]
        if ratio not in ratios or loss <= _value(tariff, "deductible"):
            raise Invalid("question.open_point")
        other = next(one for one in ratios if one != ratio)
        paid, kept = loss * ratio, loss * (100 - ratio)
        wrong_paid, wrong_kept = loss * other, loss * (100 - other)
        right, rest, amiss = (kept, paid, wrong_kept) if own else (paid, kept, wrong_paid)
        slips = [("other_ratio", amiss), ("other_side", rest), ("whole_loss", loss * 100), ("other_ratio", wrong_kept), ("other_ratio", wrong_paid)]  # fmt: skip
        words = {"loss": lira(loss), "ratio": str(ratio), "paid": lira(paid // 100), "kept": lira(kept // 100)}
        return Worked(money(right), [(name, money(value)) for name, value in slips], words, ("cover_ratios",), ((loss, ratio),))  # fmt: skip

    return work


def _query_fee(tariff: Tariff, given: Given) -> Worked:
    """The fee of a quote for some buyers; ``policy: 1`` adds what the policy costs, where a version charges it."""
    rule, buyers, policy = _value(tariff, "query_fee"), given["buyers"], given.get("policy", 0)
    insured, buyer, on_policy = rule.get("insured", 0), rule["buyer"], rule.get("policy_buyer", 0)
    used = ("insured", "buyer", *(["policy_buyer"] if policy else []))
    right = insured + buyers * buyer + policy * buyers * on_policy
    slips = [("forgot_insured", right - insured), ("forgot_policy", insured + buyers * buyer)]
    slips += [("one_too_many", right + buyer), ("forgot_buyers", insured or buyer), ("one_too_many", right + 2 * buyer), ("wrong_fee", buyers * 10), ("wrong_fee", buyers * 15), ("wrong_fee", 2 * right)]  # fmt: skip
    words = {"buyers": str(buyers), "insured": str(insured), "buyer": str(buyer), "for_buyers": lira(buyers * buyer), "fee": lira(right)}  # fmt: skip
    return Worked(f"{lira(right)} TL", [(name, f"{lira(value)} TL") for name, value in slips], words, tuple(f"query_fee.{name}" for name in used if name in rule), ((buyers, buyer),))  # fmt: skip


# --- sums on the timeline of a claim ------------------------------------------------------------------------------

_OPTIONAL = {"both": ("extension", "notice"), "extension": ("extension",), "notice": ("notice",), "none": ()}


def _days_to_payment(tariff: Tariff, given: Given) -> Worked:
    """The days from the invoice to the latest payment, by which of the optional periods are used up (``use``)."""
    periods = _value(tariff, "claims")
    used = _OPTIONAL.get(given["use"], ())
    taken_up = (*used, "collection", "payment")
    days = given["days"] + sum(periods[name] for name in taken_up)
    left_out = [(f"forgot_{name}", days - periods[name]) for name in (*used, "payment", "collection")]
    taken = [(f"added_{name}", days + periods[name]) for name in ("extension", "notice") if name not in used]
    slips = [("forgot_term", days - given["days"]), *left_out, *taken]
    words = {"days": str(given["days"]), "total": str(days)} | {name: str(length) for name, length in periods.items()}
    return Worked(
        f"{days} gün", [(name, f"{value} gün") for name, value in slips], words, ("claims",), (), _periods(tariff)
    )


def _deadline(tariff: Tariff, given: Given) -> Worked:
    """The last day of an optional period that begins on the day after the due date."""
    periods, due = _value(tariff, "claims"), given["due"]
    length = periods[given["period"]]
    if length > 90:
        raise Invalid("question.not_countable")
    end = due + timedelta(days=length)
    others = [days for days in (30, 60, 90, 120) if days != length]
    slips = [("other_period", due + timedelta(days=days)) for days in others]
    slips += [("calendar_months", _months_later(due, length // 30)), ("one_day", end - timedelta(days=1))]
    words = {"due": day_text(due), "length": str(length), "end": day_text(end)}
    return Worked(
        day_text(end), [(name, day_text(day)) for name, day in slips], words, ("claims",), (), _periods(tariff)
    )


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // len(MONTHS), month % len(MONTHS) + 1, min(day.day, 28))


def _periods(tariff: Tariff) -> Table:
    names = {
        "extension": "Azami vade uzatımı (isteğe bağlı)", "notice": "İhbar süresi (isteğe bağlı)",
        "collection": "Tahsilat süreci", "payment": "Tazminat ödemesi",
    }  # fmt: skip
    rows = tuple((names[name], f"{days} gün") for name, days in _value(tariff, "claims").items())
    return Table(
        f"{day_text(tariff.from_day)} tarifesi dönemi: hasar süreci",
        ("Aşama", "Süre"),
        rows,
        ("", f"{tariff.id}:claims"),
    )


def _value(tariff: Tariff, key: str) -> Any:
    """A statement's value. Errors: tariff.unknown."""
    fact = tariff.fact(key)
    if not fact.known:
        raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table=key)
    return fact.value


def _needs(*names: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.split()) for group in names)


_FROM_PREMIUM = _needs("turnover days", "premium")
KINDS: dict[str, Kind] = {
    "rate": Kind(_needs("turnover days"), _rate),
    "net_premium": Kind(_needs("turnover days"), _net_premium),
    "max_cover": Kind(_FROM_PREMIUM, _max_cover),
    "cash_price": Kind(_FROM_PREMIUM, _cash_price),
    "down_payment": Kind(_FROM_PREMIUM, _down_payment),
    "instalment": Kind(_FROM_PREMIUM, _instalment),
    "extra_for_term": Kind(_needs("turnover days longer"), _extra_for_term),
    "per_buyer_limit": Kind(_needs("turnover"), _per_buyer_limit),
    "residual_total": Kind(_needs("limits"), _residual("aggregate", max, min)),
    "residual_event": Kind(_needs("limits"), _residual("per_event", min, max)),
    "payout": Kind(_needs("loss ratio"), _payout(own=False)),
    "own_share": Kind(_needs("loss ratio"), _payout(own=True)),
    "query_fee": Kind(_needs("buyers", "buyers policy"), _query_fee),
    "days_to_payment": Kind(_needs("days use"), _days_to_payment),
    "deadline": Kind(_needs("due period"), _deadline),
}
