"""Windows, the state of a payment and what an amount is good for, with the worked dates of the guide."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from lms.core.calendar import Window
from lms.core.errors import Conflict
from lms.payments import rules
from lms.payments.rules import Action, Note, Standing, State
from lms.register.rules import Standing as Known
from lms.register.rules import eligibility
from lms.terms.rules import Channel, Schedule
from lms.web.messages import table

TR = timezone(timedelta(hours=3))
APP = Window.of_days(date(2025, 1, 8), date(2025, 11, 21))
TERM = Schedule(application=APP, study=Window.of_days(date(2025, 1, 9), date(2025, 11, 28)))
FEE = 53300


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TR).astimezone(UTC)


# --- states -----------------------------------------------------------------------------------------------------------


def test_R038_the_whole_table_of_states():
    allowed = {
        ("pending", "retry"): "pending",
        ("pending", "settle"): "paid",
        ("pending", "decline"): "failed",
        ("pending", "expire"): "expired",
        ("failed", "settle"): "paid",
        ("expired", "settle"): "paid",
    }
    for state in State:
        for action in Action:
            if (state.value, action.value) in allowed:
                assert rules.advance(state, action) == allowed[state.value, action.value]
            else:
                with pytest.raises(Conflict) as caught:
                    rules.advance(state, action)
                assert caught.value.code == "payment.not_possible"


# --- the button -------------------------------------------------------------------------------------------------------


def standing(**changes) -> Standing:
    return Standing(**({"schedule": TERM, "eligibility": eligibility("first_time", Known.NONE)} | changes))


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        ("2025-01-07 23:59:59.999", "payment.window_not_open"),
        ("2025-01-08 00:00:00", None),
        ("2025-03-03 09:00:00", None),
        ("2025-11-21 23:44:59.999", None),
        ("2025-11-21 23:45:00", "payment.window_closing"),
        ("2025-11-21 23:59:59.999", "payment.window_closing"),
        ("2025-11-22 00:00:00", "payment.window_closed"),
    ],
)
def test_R008_R034_D3_the_button_and_the_window(now, refused):
    assert rules.offer(standing(), at(now)).refused == refused


def test_D3_the_last_hour_warns():
    assert rules.offer(standing(), at("2025-11-21 22:59:59.999")).warnings == ()
    assert rules.offer(standing(), at("2025-11-21 23:00:00")).warnings == ("payment.last_hour",)


NOON = at("2025-03-03 12:00")


def knows(kind, known):
    return rules.offer(standing(eligibility=eligibility(kind, known)), NOON)


def test_R003_a_holder_is_led_to_renewal():
    assert knows("first_time", Known.HOLDER).refused == "register.holder"
    assert knows("renewal", Known.HOLDER).open
    assert knows("renewal", Known.NONE).refused == "register.no_certificate"


def test_D2_a_revoked_holder_waits_for_staff():
    assert knows("first_time", Known.REVOKED).refused == "register.revoked"
    assert knows("renewal", Known.REVOKED).refused == "register.revoked"


def test_R003_no_hit_asks_for_a_declaration():
    assert knows("first_time", Known.NONE).declaration
    assert not knows("renewal", Known.HOLDER).declaration


def test_R034_paid_or_exempt_hides_the_button():
    assert rules.offer(standing(settled=True), NOON).refused == "payment.already_paid"
    assert rules.offer(standing(exempt=True), NOON).refused == "payment.exempt"


def test_R021_a_pending_exemption_warns_and_never_blocks():
    shown = rules.offer(standing(exemption_pending=True), NOON)
    assert shown.open
    assert shown.warnings == ("payment.exemption_pending",)


def test_R034_a_pending_order_is_continued():
    assert rules.offer(standing(pending=True), NOON).open


# --- settlement -------------------------------------------------------------------------------------------------------


def settled(base=FEE, paid_at="2025-03-03 09:05", **changes):
    return rules.settle(
        **({"base_kurus": base, "expected_kurus": FEE, "paid_at": at(paid_at), "window": APP} | changes)
    )


def test_the_exact_fee_entitles():
    outcome = settled()
    assert (outcome.note, outcome.entitles, outcome.queue) == (None, True, False)


def test_R010_the_banks_time_counts_not_the_callbacks():
    assert settled(paid_at="2025-11-21 23:59:50").entitles


@pytest.mark.parametrize("paid_at", ["2025-01-07 23:59:59.999", "2025-11-22 00:00"])
def test_R014_out_of_the_window_is_quarantined(paid_at):
    outcome = settled(paid_at=paid_at)
    assert (outcome.note, outcome.entitles, outcome.queue) == (Note.OUT_OF_WINDOW, False, True)


def test_R022_a_second_payment_is_kept_and_entitles_to_nothing():
    outcome = settled(already_settled=True)
    assert (outcome.note, outcome.entitles, outcome.queue) == (Note.DUPLICATE, False, False)


def test_R023_too_much_is_accepted_and_the_rest_recorded():
    outcome = settled(base=53301)
    assert (outcome.note, outcome.entitles, outcome.surplus_kurus) == (Note.OVERPAID, True, 1)


def test_R024_too_little_waits_for_staff():
    outcome = settled(base=53299)
    assert (outcome.note, outcome.entitles, outcome.queue) == (Note.UNDERPAID, False, True)


def test_R109_a_certificate_payment_has_no_window():
    assert settled(paid_at="2026-04-01 10:00", window=None).entitles


def test_R039_a_card_opens_the_form_at_once():
    assert rules.opens_at(Channel.CARD, NOON) == NOON


@pytest.mark.parametrize(
    ("paid", "imported", "opens"),
    [
        ("2025-11-21 17:00", "2025-11-21 18:30", "2025-11-21 23:00"),
        ("2025-11-21 18:00", "2025-11-21 19:00", "2025-11-22 00:00"),
        ("2025-03-03 10:00", "2025-03-04 09:00", "2025-03-04 09:00"),
    ],
)
def test_R043_the_branch_opens_after_six_hours_or_at_the_import(paid, imported, opens):
    assert rules.opens_at(Channel.BRANCH, at(paid), imported_at=at(imported)) == at(opens)


def test_R110_a_view_period_that_was_paid_for():
    first = at("2025-09-10 14:00")
    assert rules.viewable([first], 180, first)
    assert rules.viewable([first], 180, first + timedelta(days=180) - timedelta(microseconds=1))
    assert not rules.viewable([first], 180, first + timedelta(days=180))
    assert not rules.viewable([], 180, first)


# --- open orders ------------------------------------------------------------------------------------------------------


def test_R038_the_bank_is_asked_every_few_minutes_then_hourly_then_no_more():
    asked, now = [], NOON
    while (due := rules.next_inquiry(NOON, now)) is not None:
        assert due > now
        now = due
        asked.append((due - NOON) // timedelta(minutes=1))
    assert asked[:8] == [2, 4, 7, 11, 16, 22, 30, 90]
    assert asked[-1] >= 24 * 60


def test_R038_expiry_is_half_an_hour():
    assert not rules.expired(NOON, NOON + timedelta(minutes=30) - timedelta(microseconds=1))
    assert rules.expired(NOON, NOON + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("code", "told"),
    [("51", "limit"), ("54", "expired"), ("82", "details"), ("57", "closed"), ("91", "unreachable"), (rules.NOT_VERIFIED, "verification"),
     ("05", "other"), ("", "other"), ("<b>51</b>", "other")],
)  # fmt: skip
def test_a_refusal_is_told_in_our_words_never_in_the_banks(code, told):
    assert rules.refusal(code) == f"payment.refused.{told}"
    assert all(rules.refusal(code) in table(language) for language in ("tr", "en"))
