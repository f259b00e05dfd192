"""Drawing a paper: the slots that every paper fills, which question and which of its numbers the seed picks. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from lms.questions.rules.question import OPTIONS

FEWEST = 2  # questions of an area in a paper: with one, the area's result would be that question's


class Slot(NamedTuple):
    """One place of a paper: every paper has the same slots, so papers are comparable."""

    topic: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class Area:
    """Topics that a result is told by together (docs/decisions/0011)."""

    title: str
    title_en: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that may be drawn; ``id`` stays the same over its versions."""

    id: int
    code: str
    topic: str
    difficulty: int


def area_faults(slots: Sequence[Slot], areas: Sequence[Area]) -> list[str]:
    """What is wrong with a plan's areas: every topic of the paper in exactly one, each with two questions or more."""
    topics = [topic for area in areas for topic in area.topics]
    faults = [f"{slot.topic}: in no area" for slot in dict.fromkeys(slots) if areas and slot.topic not in topics]
    faults += [f"{topic}: in two areas" for topic in dict.fromkeys(topics) if topics.count(topic) > 1]
    for area in areas:
        if sum(slot.topic in area.topics for slot in slots) < FEWEST:
            faults.append(f"{area.title}: an area has at least {FEWEST} questions of a paper")
    return list(dict.fromkeys(faults))


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


def variant(seed: str, code: str, count: int) -> int:
    """Which of a question's ``count`` variants this paper shows: its numbers are fresh in every paper."""
    return int.from_bytes(_rank(seed, f"variant/{code}")) % count


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
