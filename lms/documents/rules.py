"""Authored documents: which files they are, how a change becomes what everybody reads, and who moved when two places hold it."""

import hashlib
import re
from enum import StrEnum
from typing import Final

from lms.core.errors import Conflict, Invalid

MAX_LETTERS: Final = 400_000
NOTE_LENGTH: Final = (5, 500)


class Kind(StrEnum):
    """What a document is."""

    TARIFF = "tariff"
    LAW = "law"
    REFERENCES = "references"
    TOPIC = "topic"
    PAPER = "paper"
    COURSE = "course"
    LESSON = "lesson"
    SLIDES = "slides"
    CHECK = "check"
    NARRATION = "narration"


_LESSON = r"content/programmes/[a-z0-9-]+/lessons/\d\d-[a-z0-9-]+"
_PLACES: Final = (
    (Kind.REFERENCES, r"content/tariffs/sources\.yaml"),
    (Kind.TARIFF, r"content/tariffs/[A-Za-z0-9-]+\.yaml"),
    (Kind.LAW, r"content/tariffs/law/[A-Za-z0-9-]+\.yaml"),
    (Kind.PAPER, r"question_bank/[a-z0-9-]+/paper\.yaml"),
    (Kind.TOPIC, r"question_bank/[a-z0-9-]+/[a-z0-9-]+\.yaml"),
    (Kind.COURSE, r"content/programmes/[a-z0-9-]+/lessons/course\.yaml"),
    (Kind.LESSON, _LESSON + r"/lesson\.yaml"),
    (Kind.SLIDES, _LESSON + r"/slides\.md"),
    (Kind.CHECK, _LESSON + r"/check\.yaml"),
    (Kind.NARRATION, _LESSON + r"/narration/[a-z0-9-]+\.txt"),
)


def kind_of(path: str) -> Kind | None:
    """What a path of the checkout holds; None for what is no document: recordings, fonts, terms, legal texts."""
    return next((kind for kind, pattern in _PLACES if re.fullmatch(pattern, path, re.ASCII)), None)


class State(StrEnum):
    """Where a revision stands. One of a document is published, at most one is a draft or proposed."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class Action(StrEnum):
    """What may happen to a revision."""

    SAVE = "save"
    PROPOSE = "propose"
    TAKE_BACK = "take_back"
    GIVE_BACK = "give_back"
    PUBLISH = "publish"
    DROP = "drop"
    SUPERSEDE = "supersede"


OPEN: Final = (State.DRAFT, State.PROPOSED)
MOVES: Final = {
    (State.DRAFT, Action.SAVE): State.DRAFT,
    (State.DRAFT, Action.PROPOSE): State.PROPOSED,
    (State.DRAFT, Action.DROP): State.REJECTED,
    (State.PROPOSED, Action.TAKE_BACK): State.DRAFT,
    (State.PROPOSED, Action.GIVE_BACK): State.DRAFT,
    (State.PROPOSED, Action.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, Action.SUPERSEDE): State.SUPERSEDED,
}


def move(state: State, action: Action) -> State:
    """The next state; ``documents.moved`` where the revision no longer takes this act."""
    try:
        return MOVES[state, action]
    except KeyError:
        raise Conflict("documents.moved") from None


class Moved(StrEnum):
    """Who changed a document since files and database were last the same."""

    NOBODY = "nobody"
    FILES = "files"
    DESK = "desk"
    BOTH = "both"


def moved(*, files: str | None, desk: str | None, common: str | None) -> Moved:
    """By the hashes of what the files hold, what is published, and what both held when they last were the same.

    None = not there, so that a new or a removed file is a change like any other.
    """
    if files == desk:
        return Moved.NOBODY
    if files == common:
        return Moved.DESK
    return Moved.FILES if desk == common else Moved.BOTH


def hash_of(data: bytes) -> str:
    """The identity of a text."""
    return hashlib.sha256(data).hexdigest()


def checked_text(text: str) -> str:
    """A text as it is kept: lines end with a line feed, the last one too.

    Errors: documents.too_long, documents.unreadable (control characters, half a letter).
    """
    text = re.sub(r"\r\n?", "\n", text).rstrip("\n") + "\n"
    if len(text) > MAX_LETTERS:
        raise Invalid("documents.too_long", most=MAX_LETTERS)
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", text):
        raise Invalid("documents.unreadable")
    return text


def checked_note(note: str) -> str:
    """What was changed and why, in the author's words; why a proposal goes back. Errors: documents.note."""
    note = " ".join(note.split())
    if not NOTE_LENGTH[0] <= len(note) <= NOTE_LENGTH[1]:
        raise Invalid("documents.note", least=NOTE_LENGTH[0], most=NOTE_LENGTH[1])
    return note
