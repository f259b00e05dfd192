"""Every authored task can be done on the screens, from the first step to the last, by who reads the files and the screens."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.core.sources import Folder
from lms.practice import services
from lms.practice.loader import check
from lms.practice.models import PracticeExercise
from lms.practice.rules import tasks
from lms.practice.rules.tasks import World
from lms.tariff.loader import load
from tests.practice.conftest import Learner, text_of

TASKS = check(Folder(services.documents.ROOT), load(Folder(services.documents.ROOT)))[0].tasks


def _lira(kurus: int) -> str:
    return f"{kurus // 100},{kurus % 100:02d}"


class Solver(Learner):
    """Does what a step says, as its firm's file and the screens say it."""

    def exercise(self) -> PracticeExercise:
        db.session.expire_all()
        return db.session.query(PracticeExercise).one()

    def world(self) -> World:
        found = services.world(self.exercise())
        assert found is not None
        return found

    def last_quote(self) -> str:
        return f"/teklif/{self.exercise().quotes[-1].code}"

    def last_policy(self) -> str:
        return f"/police/{next(q.policy.code for q in reversed(self.exercise().quotes) if q.policy)}"

    def do(self, step: tasks.Step) -> None:
        getattr(self, f"do_{step.what}" if step.what in tasks.DO else "answer")(step)

    def do_insured(self, _step: tasks.Step) -> None:
        right = self.world().right
        self.post(
            "/teklif", firm=right.firm, founded=right.founded.isoformat(), taxpayer=right.taxpayer, size=right.size,
            net_sales=_lira(right.net_sales), turnover=_lira(right.turnover), days=right.days,
        )  # fmt: skip

    def do_buyers(self, step: tasks.Step) -> None:
        world = self.world()
        asked_by_hand = {code for other in world.task.steps if other.what == "manual" for code in other.of}
        for code in step.of or [buyer.code for buyer in world.firm.listed]:
            buyer = world.firm.buyer(code)
            assert buyer is not None
            values: dict[str, Any] = {"buyer": code, "kind": buyer.kind}
            if buyer.covered:
                values |= {"share": buyer.share, "requested": _lira(buyer.asks)}
            if code in asked_by_hand:
                values["manual"] = "y"
            assert self.post(f"{self.last_quote()}/alici", **values).status_code == 303

    def do_sent(self, _step: tasks.Step) -> None:
        if not self.world().own:
            self.post(f"{self.last_quote_of(self.world().firm.code)}/yeniden")
        self.post(f"{self.last_quote()}/gonder")

    do_declined = do_sent

    def last_quote_of(self, firm: str) -> str:
        return f"/teklif/{[q.code for q in self.exercise().quotes if q.firm == firm][-1]}"

    def do_manual(self, _step: tasks.Step) -> None:
        """Asked for when the buyer was listed."""

    def do_expired(self, _step: tasks.Step) -> None:
        last = max(filter(None, map(services.valid_until, self.exercise().quotes)))
        self.post("/gun", tarih=(last + timedelta(days=1)).isoformat())

    def do_issued(self, step: tasks.Step) -> None:
        way = step.of[0] if step.of else "cash"
        self.post(f"{self.last_quote()}/police", way=way, down_percent="40", count="3")

    def do_printed(self, _step: tasks.Step) -> None:
        self.post(f"{self.last_policy()}/basim")

    def do_added(self, step: tasks.Step) -> None:
        buyer = self.world().firm.buyer(step.of[0])
        assert buyer is not None
        self.post(f"{self.last_policy()}/alici", buyer=buyer.code, kind=buyer.kind, requested=_lira(buyer.asks))

    def do_claim(self, _step: tasks.Step) -> None:
        invoice = self.world().task.invoices[0]
        self.post("/gun", tarih=(invoice.due + timedelta(days=invoice.extension + 10)).isoformat())
        self.post(
            f"{self.last_policy()}/hasar", buyer=invoice.buyer, issued=invoice.issued.isoformat(), due=invoice.due.isoformat(),
            amount=_lira(invoice.amount), extension=invoice.extension,
        )  # fmt: skip

    def answer(self, step: tasks.Step) -> None:
        wanted = tasks.expected(self.world(), step)
        assert wanted is not None, step.id
        assert wanted != 0 or step.what == "fees_due"
        self.post(f"/cevap/{step.id}", cevap=_lira(wanted) if isinstance(wanted, int) else wanted)


@pytest.mark.parametrize("task", TASKS, ids=[task.code for task in TASKS])
def test_a_task_is_completed_step_by_step(client: FlaskClient, member: Any, task: tasks.Task) -> None:
    solver = Solver(client, task.code)
    solver.begin()
    assert solver.get().status_code == 200
    for number, step in enumerate(task.steps):
        before = tasks.findings(solver.world())
        assert not before[number].done or step.what == "manual", step.id
        solver.do(step)
        found = tasks.findings(solver.world())[number]
        assert found.done, (step.id, found.reasons)
        assert solver.get().status_code == 200
        assert solver.get(lang="en").status_code == 200
    assert solver.exercise().completed_at is not None
    assert "Görevi tamamladınız" in text_of(solver.get(lang="tr"))
    assert db.session.query(AuditEntry).filter_by(act="practice.completed").count() == 1
    solver.begin()
    assert solver.exercise().completed_at is not None


def test_a_step_says_what_is_missing_and_why(client: FlaskClient, member: Any) -> None:
    learner = Learner(client)
    learner.begin()
    learner.draft(turnover="5.000.000", days="120")
    text = text_of(learner.get())
    assert "Vadeli ciro 5.000.000 TL yazılmış. Yalnız yurt içi açık hesap" in text
    assert "Vade seçeneği 120 gün" in text
    learner.post("/cevap/prim", cevap="1")
    assert "Cevabı henüz ekranlarda göremezsiniz" in text_of(learner.get())
    learner.quote()
    learner.post("/cevap/prim", cevap="yirmi sekiz")
    assert "Tutarı TL olarak, rakamla yazın" in text_of(learner.get())
    learner.post("/cevap/prim", cevap="30.000")
    page = learner.get()
    assert "o tek oran cironun tamamıyla çarpılır" in text_of(page)
    assert "/tarife/DDAS-TT-2022#premium-3000001-5000000-180" in page.get_data(as_text=True)
    assert 'value="30.000"' in page.get_data(as_text=True)
    learner.post("/cevap/prim", cevap="28.000,00")
    learner.post("/cevap/son-gun", cevap="11.06.2022")
    assert "Cevabınız: 11 Haziran 2022" in text_of(learner.get())
    assert learner.post("/cevap/yok", cevap="1").status_code == 404


def test_right_answers_stay_right(client: FlaskClient, member: Any) -> None:
    learner = Solver(client, "ilk-teklif")
    learner.begin()
    learner.quote()
    learner.post("/cevap/prim", cevap="28000")
    learner.quote(turnover="3.000.000")
    assert tasks.findings(learner.world())[3].done


def test_nothing_is_shown_of_a_day_that_the_files_do_not_give(client: FlaskClient, member: Any) -> None:
    """A policy outlives its tariff: after the last known one no quote is made, the policy goes on."""
    learner = Learner(client)
    learner.begin()
    policy = learner.policy()
    learner.post("/gun", tarih=date(2023, 2, 1).isoformat())
    answer = learner.get("/teklif")
    assert answer.status_code == 422
    assert "tabloları kaynaklarımızda tam değil" in text_of(answer)
    assert "tabloları bilinmeyen tarife" in text_of(learner.get(policy))
