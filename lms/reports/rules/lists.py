"""R063: lists of completions for the authorities: what may be asked, and how long the files stay."""

from datetime import date, timedelta
from enum import StrEnum

from lms.core.errors import FieldErrors

KEPT = timedelta(days=7)
RECIPIENTS = ("seddk", "orym", "authority")
BASES = ("duty", "request")
REFERENCE_MIN, REFERENCE_MAX = 3, 120
HEAD = ("Adı soyadı", "T.C. kimlik no", "Sertifika no", "Sertifika tarihi", "Dönem", "Durum", "İptal tarihi")


class State(StrEnum):
    """Of a list."""

    WAITING = "waiting"
    READY = "ready"
    ERASED = "erased"


def check_request(
    *, recipient: str, basis: str, reference: str, term_code: str, known: bool, first: date | None, last: date | None
) -> None:
    """Somebody is told something for a reason: recipient, basis and letter are named, and the list has a bound."""
    faults = {}
    if recipient not in RECIPIENTS:
        faults["recipient"] = "report.recipient"
    if basis not in BASES:
        faults["basis"] = "report.basis"
    if not REFERENCE_MIN <= len(reference.strip()) <= REFERENCE_MAX:
        faults["reference"] = "report.reference"
    if term_code and not known:
        faults["term"] = "report.term"
    if not term_code and (first is None or last is None):
        faults["term"] = "report.unbounded"
    if first is not None and last is not None and first > last:
        faults["to_day"] = "report.days"
    if faults:
        raise FieldErrors(faults)
