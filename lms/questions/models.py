"""The question bank: stable questions, immutable versions (papers point at a version), and the slots of a paper."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model


class Question(Model):
    """A question by its stable code; withdrawn ones are never drawn again.

    ``held_from``: the civil day from which it leaves the draw by itself, as of the last import; ``held_why`` says whether
    a later version says otherwise (replaced) or its own was corrected.
    """

    __tablename__ = "question"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    programme_code: Mapped[str] = mapped_column(String(40), index=True)
    topic: Mapped[str] = mapped_column(String(60), index=True)
    withdrawn_at: Mapped[datetime | None]
    held_from: Mapped[date | None]
    held_why: Mapped[str | None] = mapped_column(String(12))


class QuestionVersion(Model):
    """One wording of a question. ``options`` is a list of texts; ``answer`` the index of the right one, never sent out.

    A computed question has ``variants``: the same stem with other numbers, each with its own table, options, explanation
    and citations, the right option at the same ``answer``; the wording's own columns show the first of them.
    ``slide_id`` is the slide of the lesson that teaches it. ``holds_from`` and ``holds_until`` (half-open, civil days) bound when the wording may be drawn.
    """

    __tablename__ = "question_version"
    __table_args__ = (
        UniqueConstraint("question_id", "content_hash"),
        CheckConstraint("difficulty BETWEEN 1 AND 3", name="difficulty"),
        Index(
            "ux_question_version_current", "question_id", unique=True,
            sqlite_where=text("superseded_at IS NULL"), postgresql_where=text("superseded_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    question: Mapped[Question] = relationship(lazy="joined", innerjoin=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    source_hash: Mapped[str] = mapped_column(String(64), server_default="")
    stem: Mapped[str] = mapped_column(Text)
    table: Mapped[
        dict[str, Any] | None
    ]  # {"caption", "head": [...], "rows": [[...]], "cells": [addresses of the columns]}
    options: Mapped[list[Any]]
    answer: Mapped[int]
    explanation: Mapped[str] = mapped_column(Text)
    difficulty: Mapped[int]
    lesson_code: Mapped[str] = mapped_column(String(60))
    slide_id: Mapped[str | None] = mapped_column(String(60))
    sources: Mapped[list[Any]]  # [{"kind", "key", "quote", "place", "note"}]
    citations: Mapped[
        list[Any]
    ]  # [{"address": "DDAS-TT-2020:premium/0-3.000.000/120", "shown": "0,50", "marks": [{"place", "start", "end"}]}]
    variants: Mapped[
        list[Any] | None
    ]  # [{"stem", "table", "options", "explanation", "citations", "given", "mistakes"}]
    holds_from: Mapped[date | None]
    holds_until: Mapped[date | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class PaperPlan(Model):
    """A programme's paper: the slots [[topic, difficulty], ...] that every paper fills, the topics' titles, and the areas
    [{"title", "title_en", "topics": [...]}] by which a result is told."""

    __tablename__ = "paper_plan"

    programme_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    slots: Mapped[list[Any]]
    titles: Mapped[dict[str, Any]]
    areas: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    imported_at: Mapped[datetime]
