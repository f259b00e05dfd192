"""Every step of the journey and every act of the office that tells somebody has its words, in both languages, and every date its why."""

import ast
import re
from pathlib import Path

import pytest

from lms.notifications import rendering
from lms.notifications.rules import Kind, kind_of

LMS = Path(rendering.__file__).resolve().parents[1]
STEPS = {
    "membership": ("welcome", "account_exists", "password_reset", "password_changed", "email_changed"),
    "payment": ("payment_received", "payment_failed", "payment_held", "payment_duplicate", "payment_reviewed"),
    "exemption": (
        "exemption_received",
        "exemption_added",
        "exemption_more",
        "exemption_approved",
        "exemption_rejected",
    ),
    "application": ("form_reminder", "form_longer", "application_received", "lapsed"),
    "training": ("training_assigned", "study_reminder"),
    "exam": ("exam_open", "exam_result", "exam_regraded", "exam_annulled"),
    "re-application": ("reapplication_received", "reapplication_approved", "reapplication_rejected"),
    "identity": ("dispute_received", "dispute_refused", "account_yours", "account_moved"),
    "extra time": ("accommodation_received", "accommodation"),
    "certificate": ("certificate_ready", "view_ends", "certificate_revoked", "application_invalid"),
    "support": ("ticket_opened", "ticket_answered"),
    "mail and slips": ("mail_missing", "mail_reapplication", "mail_slip", "slip_decided"),
    "institution": ("represents", "represents_ended", "invited", "invitation_withdrawn", "seat_paid"),
    "announcement": ("marketing/term_announced",),
}
BY_SMS = ("password_reset", "form_reminder", "training_assigned", "study_reminder", "exam_open", "exam_result")
_AHEAD = re.compile(
    r"\{\{ *\w*(last_day|until|due|next_at|available_at|assigned_at|opens_at|study_to|ended_at)\b[^}]*\| *(date|moment)"
)
"""A date that somebody has to keep, as a template prints it."""
PUBLISHED = {"marketing/term_announced"}
"""The term's own days, which no rule computes."""
WHY = {"tr": "Neden bu tarih:", "en": "Why this date:"}


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_told_in_both_languages(step: str) -> None:
    assert [name for name in STEPS[step] if not rendering.exists(name, "mail")] == []


def test_what_is_urgent_is_also_told_by_sms() -> None:
    assert [name for name in BY_SMS if not rendering.exists(name, "sms")] == []


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_mail_that_sets_a_date_says_why(language: str) -> None:
    texts = {
        path.relative_to(rendering.FOLDER).as_posix().removesuffix(f".{language}.txt"): path.read_text("utf-8")
        for path in rendering.FOLDER.rglob(f"*.{language}.txt")
        if ".sms." not in path.name
    }
    dated = [name for name, text in texts.items() if _AHEAD.search(text) and name not in PUBLISHED]
    assert len(dated) > 15
    assert [name for name in dated if WHY[language] not in texts[name]] == []


def _strings(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_no_template_is_left_that_nothing_sends() -> None:
    """Each key stands in the code of some feature, as a whole or as the end of a composed one."""
    said = set().union(*(_strings(path) for path in LMS.rglob("*.py")))
    keys = {
        re.sub(r"(\.sms)?\.(tr|en)\.txt$", "", path.relative_to(rendering.FOLDER).as_posix())
        for path in rendering.FOLDER.rglob("*.txt")
    }
    assert sorted(key for key in keys if key not in said) == []


def test_only_what_stands_in_the_marketing_folder_advertises() -> None:
    kinds = {name: kind_of(name) for names in STEPS.values() for name in names}
    assert [name for name, kind in kinds.items() if kind is Kind.MARKETING] == ["marketing/term_announced"]


def test_every_message_has_a_name_that_a_list_can_show() -> None:
    """Without its parameters a subject may say nothing, or begin in the middle."""
    keys = {
        path.relative_to(rendering.FOLDER).as_posix().removesuffix(".tr.txt")
        for path in rendering.FOLDER.rglob("*.tr.txt")
        if ".sms." not in path.name
    }
    bad = [name for name in (rendering.subject(key) for key in keys) if not name[0].isupper() or len(name) < 8]
    assert bad == []
    assert not any(rendering.subject(key).startswith("Re") for key in keys)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("smtp recipient 550", "böyle bir adres yok"),
        ("5.2.2 mailbox full", "posta kutusu dolu"),
        ("smtp 554", "alıcının sunucusu kabul etmedi"),
        ("smtp recipient 450", "alıcının sunucusu şimdilik almıyor"),
        ("smtp ConnectionRefusedError", "sunucuya ulaşılamıyor"),
        ("sms 422", "SMS operatörü numarayı kabul etmedi"),
        ("no gateway is configured", "SMS gönderimi kurulu değil"),
        ("template: message.long", "ileti oluşturulamadı; sistem sorumlusuna bildirin"),
        ("", "ulaşmadı"),
    ],
)
def test_what_went_wrong_is_told_in_words(reason: str, words: str) -> None:
    assert rendering.trouble(reason) == words
