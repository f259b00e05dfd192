"""What the pages of the desk share: who may look, write and decide; how documents and faults are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, url_for
from flask.sansio.blueprints import BlueprintSetupState

from lms.core.access import Actor
from lms.core.sources import Fault
from lms.documents.models import Revision
from lms.documents.rules import Kind, kind_of
from lms.editorial.rendering import fault_text

bp = Blueprint("editorial", __name__, url_prefix="/yonetim/icerik")

LOOKERS = ("editor", "manager", "auditor")
DECIDERS = ("editor", "manager")
KINDS: Mapping[Kind, str] = {
    Kind.TARIFF: "Tarife sürümü", Kind.LAW: "Kural metni", Kind.REFERENCES: "Kaynak listesi", Kind.TOPIC: "Soru konusu",
    Kind.PAPER: "Sınav kâğıdı", Kind.COURSE: "Eğitim", Kind.LESSON: "Ders bilgisi", Kind.SLIDES: "Slaytlar ve anlatım",
    Kind.CHECK: "Kendini sına", Kind.NARRATION: "Slayt anlatımı",
}  # fmt: skip
STATES = {
    "draft": ("taslak", ""), "proposed": ("onay bekliyor", "warn"), "published": ("yayında", "good"),
    "rejected": ("bırakıldı", "quiet"), "superseded": ("eski", "quiet"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as the desk tells it."""

    line: int
    text: str
    place: str = ""


def told(faults: Iterable[Fault], path: str) -> list[Told]:
    """Faults in Turkish; those of other documents with their name."""
    return [Told(f.line, fault_text(f.reason), "" if f.file == path else f.file) for f in faults]


def kind_name(path: str) -> str:
    kind = kind_of(path)
    return KINDS[kind] if kind else ""


def short_name(path: str) -> str:
    """The part of a path that tells documents of one kind apart: "DDAS-TT-2020", "prim", "05-prim-ve-tarife"."""
    pieces = path.split("/")
    file = pieces[-1].rpartition(".")[0]
    if "lessons" not in pieces:
        return file
    lesson = pieces[pieces.index("lessons") + 1]
    return f"{lesson} {file}" if "narration" in pieces else lesson.removesuffix(".yaml")


def edit_url(path: str) -> str:
    """Where a document is edited: a version in its form, everything else as text."""
    if kind_of(path) is Kind.TARIFF:
        return url_for("editorial.tariff", version=short_name(path))
    return url_for("editorial.text", name=path)


def may_write(actor: Actor) -> bool:
    return actor.role == "editor"


def mine(rows: Sequence[Revision], actor: Actor) -> list[Revision]:
    """A person's own open revisions."""
    return [row for row in rows if row.author_code == actor.code]


def _tell(state: BlueprintSetupState) -> None:
    """Names for the templates and their macros."""
    names = {"kind_name": kind_name, "short_name": short_name, "edit_url": edit_url, "DOC_STATES": STATES}
    state.app.jinja_env.globals.update(names)
    state.app.jinja_env.filters["fault_text"] = fault_text


bp.record(_tell)
