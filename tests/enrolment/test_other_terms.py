"""R007: a second programme and a 2026 term are lived from data alone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask

from lms.core.access import SYSTEM
from lms.core.errors import Conflict
from lms.enrolment import services
from lms.terms import services as terms
from tests import factories
from tests.conftest import civil
from tests.enrolment.test_services import ANSWERS

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def crops(app: APIFlask, tmp_path: Path) -> None:
    folder = tmp_path / "programmes" / "tarim"
    (folder / "terms").mkdir(parents=True)
    shutil.copytree(CONTENT / "texts", tmp_path / "texts")
    (folder / "programme.yaml").write_text(
        "code: tarim\nname: {tr: Tarım Sigortası, en: Crop Insurance}\nservice_name: Tarım\nnumber_prefix: TRM\n",
        "utf-8",
    )
    term = (CONTENT / "programmes" / "ddta" / "terms" / "2025.yaml").read_text("utf-8")
    for old, new in {
        "ddta-2025-ilk": "tarim-2026", "2025-01-08": "2026-02-02", "2025-11-21": "2026-03-27", "2025-01-09": "2026-02-16",
        "2025-11-28": "2026-04-30", "533.00": "1200.50", "attempts: 3": "attempts: 2", "assignment_hours: 24": "assignment_hours: 48",
        "2025": "2026",
    }.items():  # fmt: skip
        term = term.replace(old, new)
    (folder / "terms" / "2026.yaml").write_text(term, "utf-8")
    terms.import_content(tmp_path, actor=SYSTEM, now=civil("2026-01-05 09:00"))


@pytest.mark.usefixtures("crops")
def test_R007_another_programme_another_year() -> None:
    term = terms.current_term("tarim-2026")
    assert (term.fee_kurus, term.attempts, term.programme.number_prefix) == (120050, 2, "TRM")
    person = factories.member()
    factories.paid(person, term, civil("2026-02-02 09:00"))
    early = services.submit(ANSWERS, term_code="tarim-2026", actor=person.actor(), now=civil("2026-02-02 10:00"))
    assert early.number.startswith("TRM-2026-")
    assert early.assigned_at == civil("2026-02-16 00:00")  # not before the study window
    other = factories.member()
    factories.paid(other, term, civil("2026-03-18 09:00"))
    late = services.submit(ANSWERS, term_code="tarim-2026", actor=other.actor(), now=civil("2026-03-18 10:00"))
    assert late.assigned_at == civil("2026-03-23 00:00")  # 48 hours, then Ramazan Bayramı 20-22 March
    assert terms.reachable_attempts(term, civil("2026-03-27 12:00")) == 2
    with pytest.raises(Conflict):
        services.submit(
            ANSWERS, term_code="tarim-2026", actor=factories.member().actor(), now=civil("2026-03-28 00:00")
        )


@pytest.mark.usefixtures("crops")
def test_R003_a_certificate_of_one_programme_is_none_of_another() -> None:
    person = factories.member()
    entry = services.entry(person, "tarim-2026", now=civil("2026-02-02 10:00"))
    assert entry.refused is not None
    assert entry.refused.code == "application.not_paid"
    assert entry.term.study_to - entry.term.study_from > timedelta(days=70)
