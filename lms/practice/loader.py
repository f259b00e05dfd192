"""Reads content/practice: the invented firms and the guided tasks. Collects every fault; documents with one are not used at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lms.core.errors import Invalid
from lms.core.sources import Documents, Fault, Part, names_in, raise_if_broken, read_document
from lms.courses.rules.lesson import Course
from lms.practice.rules import quoting
from lms.practice.rules.firms import (
    KINDS,
    RATIOS,
    SALES,
    SIZES,
    TAXPAYERS,
    WORST_SCORE,
    Buyer,
    Firm,
    Words,
)  # fmt: skip
from lms.practice.rules.policies import Invoice
from lms.practice.rules.tasks import ASK, DO, FREE, Given, Step, Task
from lms.tariff.rules.versions import KURUS, Catalogue, in_force

FIRMS_FILE = "content/practice/firms.yaml"
TASKS = "content/practice/tasks"
LANGUAGES = ("tr", "en")
INVENTED = ("Örnek", "Hayali", "Kurgu", "Masal", "Uydurma", "Deneme")
_CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_TASK_FILE = re.compile(r"\d\d-(?P<code>[a-z0-9-]+)\.yaml")


@dataclass(frozen=True, slots=True)
class Library:
    """The firms by code, and the tasks in their order."""

    firms: Mapping[str, Firm]
    tasks: tuple[Task, ...]

    def task(self, code: str) -> Task | None:
        return next((task for task in self.tasks if task.code == code), None)


def load(documents: Documents, catalogue: Catalogue) -> Library:
    """Errors: BrokenSource with every fault."""
    library, faults = check(documents, catalogue)
    raise_if_broken(faults)
    return library


def check(
    documents: Documents, catalogue: Catalogue, lessons: frozenset[str] | None = None
) -> tuple[Library, list[Fault]]:
    """What can be read, and what is wrong; ``lessons``: what a step may refer to ("prim", "prim#taban"), None = not checked."""
    faults: list[Fault] = []
    root = read_document(documents, FIRMS_FILE, faults)
    firms: dict[str, Firm] = {}
    for part in root.items("firms") if root else ():
        firm = _firm(part)
        if firm.code in firms:
            part.fault(f"the code {firm.code!r} stands twice")
        firms[firm.code] = firm
        _check_firm(firm, part, catalogue)
    if root is not None:
        _check_ratios(firms.values(), root)
    tasks = []
    for name in names_in(documents, TASKS, ".yaml"):
        named = _TASK_FILE.fullmatch(name.rpartition("/")[2])
        about = read_document(documents, name, faults)
        if named is None:
            faults.append(Fault(name, 1, "a task's file is called NN-code.yaml (01-ilk-teklif.yaml)"))
        elif about is not None:
            tasks.append(_Reader(about, firms, catalogue, lessons).task(named["code"]))
    if not tasks:
        faults.append(Fault(TASKS, 1, "holds no task"))
    return Library(firms, tuple(tasks)), faults


def places(courses: Iterable[Course]) -> frozenset[str]:
    """What a step may refer to: the lessons by code, and their slides."""
    lessons = [lesson for course in courses for lesson in course.lessons]
    slides = {f"{lesson.code}#{slide.id}" for lesson in lessons for slide in lesson.slides}
    return frozenset(slides | {lesson.code for lesson in lessons})


def _words(part: Part, key: str) -> Words:
    """A sentence in both languages."""
    words = part.at(key)
    if words is None:
        part.fault(f"{key!r} is missing")
        return dict.fromkeys(LANGUAGES, "")
    words.only(*LANGUAGES)
    return {language: words.need(language, str, "") for language in LANGUAGES}


def _one_of(part: Part, key: str, known: tuple[str, ...]) -> str:
    value = part.need(key, str, known[0])
    if value not in known:
        (part.at(key) or part).fault(f"{key} is one of {', '.join(known)}")
        return known[0]
    return value


def _code(part: Part) -> str:
    code = part.need("code", str, "")
    if code and not _CODE.fullmatch(code):
        (part.at("code") or part).fault("a code is like ornek-mobilya")
    return code


def _name(part: Part) -> str:
    name = part.need("name", str, "")
    if not any(word in name.split() for word in INVENTED):
        (part.at("name") or part).fault(f"a name says that it is invented: one of {', '.join(INVENTED)}")
    return name


def _lira(part: Part, key: str) -> int:
    value = part.need(key, int, 0)
    if value < 0:
        (part.at(key) or part).fault("an amount is not negative")
    return value * KURUS


def _firm(part: Part) -> Firm:
    part.only("code", "name", "tax_number", "about", "founded", "taxpayer", "size", "longest_term", "sales", "buyers")
    number = part.need("tax_number", str, "")
    if not re.fullmatch(r"0000\d{6}", number):
        (part.at("tax_number") or part).fault("an invented tax number has ten digits and starts with 0000")
    sales = part.at("sales") or Part({}, part.file, part.line, part.faults)
    sales.only(*SALES)
    return Firm(
        code=_code(part),
        name=_name(part),
        tax_number=number,
        about=_words(part, "about"),
        founded=part.need("founded", date, date.min),
        taxpayer=_one_of(part, "taxpayer", TAXPAYERS),
        size=_one_of(part, "size", SIZES),
        sales={key: _lira(sales, key) for key, _ in sales.pairs() if key in SALES},
        longest_term=part.need("longest_term", int, 0),
        buyers=tuple(_buyer(item) for item in part.items("buyers")),
    )


def _buyer(part: Part) -> Buyer:
    part.only("code", "name", "kind", "about", "share", "asks", "score", "ratio", "manual", "later")
    kind = _one_of(part, "kind", KINDS)
    buyer = Buyer(
        code=_code(part),
        name=_name(part),
        kind=kind,
        about=_words(part, "about"),
        share=part.get("share", int, 0),
        asks=_lira(part, "asks") if "asks" in part else 0,
        score=part.get("score", int),
        ratio=part.get("ratio", int),
        manual=_lira(part, "manual") if "manual" in part else None,
        later=part.get("later", bool, False),
    )
    if not buyer.covered and (buyer.share or buyer.asks or buyer.score or buyer.ratio or buyer.manual):
        part.fault(f"a buyer of the kind {kind} is never covered: no share, asks, score, ratio, manual")
    if buyer.covered:
        if not buyer.asks or (buyer.share != 0 if buyer.later else not 1 <= buyer.share <= 100):
            part.fault(
                "a covered buyer has a limit that the firm asks for (asks) and, unless later, a share of 1 to 100"
            )
        if buyer.score not in range(1, WORST_SCORE + 1):
            part.fault(f"a score is 1 (best) to {WORST_SCORE} (worst)")
        elif (buyer.ratio is None) != (buyer.score == WORST_SCORE) or buyer.ratio not in (None, *RATIOS):
            part.fault(f"a score of 1 to 5 has a cover ratio of 70 or 90, {WORST_SCORE} has none")
    return buyer


def _check_firm(firm: Firm, part: Part, catalogue: Catalogue) -> None:
    total = sum(buyer.share for buyer in firm.buyers)
    if not quoting.LEAST_SHARE <= total <= 100:
        part.fault(f"the shares of the buyers make {total} per cent; a file lists buyers for 50 to 100")
    if len({buyer.code for buyer in firm.buyers}) < len(firm.buyers):
        part.fault("two buyers have the same code")
    for tariff in catalogue.tariffs:
        if firm.net_sales == (tariff.fact("ceiling").value or -1) * KURUS:
            part.fault(f"the net sales are exactly the ceiling of {tariff.id}; the sources leave that open")


def _check_ratios(firms: Iterable[Firm], root: Part) -> None:
    """No source says which score has which ratio, so the data must at least not contradict itself: worse is never better."""
    lowest: dict[int, set[int]] = {}
    for firm in firms:
        for buyer in firm.buyers:
            if buyer.score and buyer.ratio:
                lowest.setdefault(buyer.score, set()).add(buyer.ratio)
    ordered = [ratios for _, ratios in sorted(lowest.items())]
    if any(len(ratios) > 1 for ratios in ordered) or ordered != sorted(ordered, key=max, reverse=True):
        root.fault("one score has one cover ratio in all files, and a worse score never a higher one")


class _Reader:
    """One task."""

    def __init__(
        self, root: Part, firms: Mapping[str, Firm], catalogue: Catalogue, lessons: frozenset[str] | None
    ) -> None:
        self.root, self.firms, self.catalogue, self.lessons = root, firms, catalogue, lessons

    def task(self, code: str) -> Task:
        root = self.root
        root.only("title", "story", "on", "firm", "minutes", "given", "invoices", "steps")
        firm = self.firm(root, "firm")
        task = Task(
            code=code,
            title=_words(root, "title"),
            story=_words(root, "story"),
            on=root.need("on", date, date(2022, 6, 1)),
            firm=firm.code if firm else "",
            minutes=root.need("minutes", int, 10),
            given=tuple(self.given(item) for item in root.items("given")),
            invoices=tuple(self.invoice(item) for item in root.items("invoices")),
            steps=tuple(self.step(item, firm) for item in root.items("steps")),
        )
        if code == FREE:
            root.fault(f"{FREE!r} is the name of the free exercise")
        if not task.steps:
            root.fault("a task has steps")
        if len({step.id for step in task.steps}) < len(task.steps):
            root.fault("two steps have the same id")
        does = {step.what for step in task.steps}
        if "claim" in does and not task.invoices:
            root.fault("a task with a claim has an invoice")
        if "issued" in does and any(given.issued for given in task.given):
            root.fault("a task whose policy stands there from the start has no step issued")
        if firm is not None and not root.faults:
            self.agree(task, firm)
        return task

    def firm(self, part: Part, key: str) -> Firm | None:
        code = part.need(key, str, "")
        if code and code not in self.firms:
            (part.at(key) or part).fault(f"there is no firm {code!r} in {FIRMS_FILE}")
        return self.firms.get(code)

    def given(self, part: Part) -> Given:
        part.only("firm", "on", "issued")
        firm = self.firm(part, "firm")
        on = part.need("on", date, date.min)
        if firm is not None and on != date.min:
            answer = self.answer(part, firm, on)
            if answer is not None and answer["refusals"]:
                part.fault("a quote that stands there from the start is an offer")
        issued = part.get("issued", str, "")
        if issued not in ("", "cash", "instalments"):
            part.fault("issued is cash or instalments")
        return Given(firm.code if firm else "", on, issued)

    def invoice(self, part: Part) -> Invoice:
        part.only("buyer", "issued", "due", "amount", "extension")
        issued, due = part.need("issued", date, date.min), part.need("due", date, date.min)
        return Invoice(
            part.need("buyer", str, ""), issued, due, _lira(part, "amount"), part.get("extension", int, 0)
        )  # fmt: skip

    def step(self, part: Part, firm: Firm | None) -> Step:
        part.only("id", "text", "do", "ask", "of", "lesson")
        known: dict[str, Mapping[str, object]] = {"do": DO, "ask": ASK}
        said = [key for key in known if key in part]
        what = part.need(said[0], str, "") if len(said) == 1 else ""
        if len(said) != 1 or what not in known[said[0]]:
            part.fault(f"a step has do: {', '.join(DO)}; or ask: {', '.join(ASK)}")
        of = tuple(item.plain(str, "") for item in part.items("of"))
        if what in ("buyers", "manual", "added", "limit") and firm is not None:
            for code in of:
                if firm.buyer(code) is None:
                    (part.at("of") or part).fault(f"{firm.code} has no buyer {code!r}")
        if what == "number" and of and of[0] not in self.firms:
            (part.at("of") or part).fault(f"there is no firm {of[0]!r} in {FIRMS_FILE}")
        if what in ("manual", "added", "limit", "declined", "number") and not of:
            part.fault(f"{what} says of: what it is about")
        lesson = part.get("lesson", str, "")
        if lesson and self.lessons is not None and lesson not in self.lessons:
            (part.at("lesson") or part).fault(f"there is no lesson {lesson!r}")
        return Step(part.need("id", str, ""), _words(part, "text"), what, of, lesson)

    def answer(self, part: Part, firm: Firm, on: date) -> dict[str, object] | None:
        """What the tariff answers to the firm's right application on a day; a fault if it cannot."""
        tariffs = self.catalogue.tariffs
        try:
            tariff = in_force(tariffs, on)
            return quoting.assess(tariffs, firm, quoting.right_application(firm, tariff.terms), on)
        except Invalid as error:
            part.fault(f"no quote for {firm.code} on {on}: {error.code}")
            return None

    def agree(self, task: Task, firm: Firm) -> None:
        """The task can be done, and asks nothing that the sources leave open."""
        answer = self.answer(self.root, firm, task.on)
        if answer is None:
            return
        asked = {step.what for step in task.steps}
        if bool(answer["refusals"]) != ("declined" in asked):
            self.root.fault("the firm is refused exactly where a step says declined")
        if not answer["refusals"] and "cash_price" in asked and answer["cash_price"] is None:
            self.root.fault("the sources leave this firm's price for paying at once open: ask something else")
        for invoice in task.invoices:
            self.claimable(invoice, firm, answer)

    def claimable(self, invoice: Invoice, firm: Firm, answer: Mapping[str, object]) -> None:
        buyer = firm.buyer(invoice.buyer)
        if buyer is None or not buyer.covered:
            self.root.fault(f"{firm.code} has no covered buyer {invoice.buyer!r}")
            return
        threshold = quoting.standing(
            self.catalogue.tariffs, self.catalogue.version(str(answer["version"])) or self.catalogue.tariffs[0], "deductible"
        )  # fmt: skip
        if threshold and invoice.amount == threshold[1] * KURUS:
            self.root.fault("an invoice of exactly the threshold is never asked: the sources leave it open")
        if invoice.amount > min(buyer.asks, int(str(answer["per_buyer_limit"]))):
            self.root.fault("an invoice over the buyer's limit is never asked: the sources leave its payment open")
