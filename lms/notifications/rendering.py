"""Templates of messages: `templates/email/<key>.{tr,en}.txt` and `<key>.sms.{tr,en}.txt`, plain text.

The first line of a mail is `Subject: ...`. A template is ours and is never built from input; parameters are only ever
values. Filters: `date`, `moment` (ISO text or instants, written out in the message's language), `money` (kuruş), `sentence` (the words of a reason code)
and `explain` (an explained date's steps, as the page shows them).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound

from lms.core.clock import ISTANBUL
from lms.core.money import turkish_text
from lms.notifications import rules
from lms.web.messages import explained, sentence

FOLDER: Final = Path(__file__).resolve().parents[2] / "templates" / "email"
_PATTERN: Final = {"tr": "d MMMM y EEEE", "en": "EEEE d MMMM y"}


def _date(language: str, value: str | date) -> str:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    day = instant.astimezone(ISTANBUL).date() if isinstance(instant, datetime) and instant.tzinfo else instant
    return format_date(day, _PATTERN[language], locale=language)


def _moment(language: str, value: str | datetime) -> str:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    clock = "HH.mm" if language == "tr" else "HH:mm"
    return format_datetime(instant.astimezone(ISTANBUL), f"{_PATTERN[language]}, {clock}", locale=language)


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  plain text: escaping would spoil it
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["date"] = lambda value: _date(language, value)
    environment.filters["moment"] = lambda value: _moment(language, value)
    environment.filters["money"] = turkish_text
    environment.filters["sentence"] = lambda code: sentence(code, {}, language)
    environment.filters["explain"] = lambda steps: explained(steps, language)
    return environment


_HOLE: Final = re.compile(r"\s*\{[{%].*?[}%]\}")


_NAMES: Final = {
    "accommodation": "Ek süre isteğinin sonucu",
    "exam_annulled": "Sınavın geçersiz sayıldığı",
    "exam_open": "Sınavın açıldığı",
    "exam_regraded": "Sınavın yeniden değerlendirildiği",
    "exam_result": "Sınav sonucu",
    "invitation_withdrawn": "Kurumsal davetin geri alındığı",
    "invited": "Kurumsal başvuru daveti",
    "mail_missing": "E-posta ile istekte eksik olanlar",
    "mail_reapplication": "Yeniden başvuru e-postasının alındığı",
    "mail_slip": "Dekont e-postasının alındığı",
    "marketing/term_announced": "Yeni dönem duyurusu",
    "study_reminder": "Eğitim ya da sınav hatırlatması",
    "ticket_answered": "Destek yanıtı",
    "ticket_opened": "Destek talebinin alındığı",
}
"""Messages whose subject says little without its parameters."""

_TROUBLES: Final = (
    (r"\b5\.1\.\d|recipient 55[013]|no such|unknown", "böyle bir adres yok"),
    (r"\b[45]\.2\.2|\b552\b|quota|full", "posta kutusu dolu"),
    (r"^no gateway", "SMS gönderimi kurulu değil"),
    (r"^(template|compose|not a mail)", "ileti oluşturulamadı; sistem sorumlusuna bildirin"),
    (r"^sms (401|403)", "SMS operatörü girişimizi kabul etmedi; sistem sorumlusuna bildirin"),
    (r"^sms 429", "SMS operatörü şimdilik almıyor"),
    (r"^sms 4", "SMS operatörü numarayı kabul etmedi"),
    (r"\b5\d\d\b|\b5\.\d\.\d", "alıcının sunucusu kabul etmedi"),
    (r"\b4\d\d\b|\b4\.\d\.\d", "alıcının sunucusu şimdilik almıyor"),
    (r"^(smtp|sms)", "sunucuya ulaşılamıyor"),
)


def trouble(reason: str) -> str:
    """Why a message is not where it should be, in words that staff can act on."""
    return next((words for pattern, words in _TROUBLES if re.search(pattern, reason, re.IGNORECASE)), "ulaşmadı")


@cache
def subject(template: str) -> str:
    """What a message is about, in Turkish, for a list of the staff: the template's subject without its parameters."""
    if template in _NAMES:
        return _NAMES[template]
    path = FOLDER / f"{template}.tr.txt"
    first = path.read_text("utf-8").partition("\n")[0] if path.is_file() else ""
    said = _HOLE.sub("", first.partition(":")[2]).replace("()", "")
    return " ".join(said.split()).rstrip(" :,") or template


def render(template: str, channel: str, language: str, params: Mapping[str, object]) -> rules.Message:
    """The message as it leaves. Raises `rules.UnfitMessageError`, also where the template is missing or a parameter of it is."""
    infix = ".sms" if channel == "sms" else ""
    try:
        text = _environment(language).get_template(f"{template}{infix}.{language}.txt").render(params)
    except (TemplateError, ValueError, TypeError) as fault:
        raise rules.UnfitMessageError("message.template", template=template) from fault
    return rules.sms(text) if channel == "sms" else rules.mail(text)


def exists(template: str, channel: str) -> bool:
    """Whether `template` can be sent on `channel`, in both languages."""
    infix = ".sms" if channel == "sms" else ""
    try:
        for language in ("tr", "en"):
            _environment(language).get_template(f"{template}{infix}.{language}.txt")
    except TemplateNotFound:
        return False
    return True
