from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.config import ROOT
from lms.core.errors import Conflict, DomainError, Invalid
from lms.core.sources import Folder
from lms.practice.loader import load
from lms.practice.rules import policies, quoting
from lms.practice.rules.firms import EXCLUDED_KINDS, Buyer
from lms.practice.rules.policies import Cover, Invoice
from lms.practice.rules.quoting import Application, Line
from lms.practice.rules.states import MOVES, State, move, state_on
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.quotes import quote_by
from lms.tariff.rules.versions import in_force

CATALOGUE = load_tariffs(Folder(ROOT))
TARIFFS = CATALOGUE.tariffs
LIBRARY = load(Folder(ROOT), CATALOGUE)
FIRM = LIBRARY.firms["ornek-mobilya"]
DAY = date(2022, 6, 1)
RIGHT = quoting.right_application(FIRM, (120, 180, 240, 360))
LIRA = 100


def assess(application=RIGHT, on=DAY, firm=FIRM):
    return quoting.assess(TARIFFS, firm, application, on)


# --- states ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", ["change", "offer", "decline", "issue"])
def test_what_the_table_does_not_allow_is_refused_by_name(state, act):
    if (state, act) in MOVES:
        assert move(state, act) is MOVES[state, act]
    else:
        with pytest.raises(Conflict) as refusal:
            move(state, act)
        assert refusal.value.code == f"practice.quote_{state}"


@given(st.integers(0, 40), st.sampled_from(["draft", "offered", "declined", "issued"]))
def test_only_an_offer_expires_and_only_after_its_last_day(days, stored):
    last = DAY + timedelta(days=10)
    found = state_on(stored, last, DAY + timedelta(days=days))
    assert (found is State.EXPIRED) == (stored == "offered" and days > 10)
    assert state_on(stored, None, date.max) == stored


# --- quotes ------------------------------------------------------------------------------------------------------------------


def test_the_answer_is_the_tariffs():
    found = assess()
    quote = quote_by(in_force(TARIFFS, DAY), turnover=4_000_000 * LIRA, days=180, on=DAY)
    assert found["version"] == "DDAS-TT-2022"
    for name in ("net_premium", "max_cover", "per_buyer_limit", "rate_bps", "cash_price"):
        assert found[name] == getattr(quote, name)
    assert found["valid_until"] == "2022-06-11"
    assert found["residual"] == {"aggregate": 140_000 * LIRA, "per_event": 60_000 * LIRA}


@pytest.mark.parametrize(
    ("on", "charged", "refunded", "policy", "valid_until"),
    [
        (date(2019, 6, 3), 4 * 1000, False, 3 * 1000, None),
        (date(2020, 6, 1), 4 * 1000, True, 0, "2020-06-11"),
        (date(2022, 6, 1), 4 * 1500, True, 0, "2022-06-11"),
    ],
)
def test_fees_and_the_ten_days_by_version(on, charged, refunded, policy, valid_until):
    found = assess(on=on)
    fees = found["fees"]
    assert (fees["quote"], fees["back"], fees["policy"]) == (charged, refunded, policy)
    assert found["valid_until"] == valid_until
    assert policies.settle_fees(found)["due"] == (0 if refunded else charged + policy)


def test_a_version_that_is_silent_is_filled_from_the_act_before_and_cited_there():
    cells = assess()["cells"]
    assert cells["residual"] == "DDAS-TT-2019:residual"
    assert cells["rate"] == "DDAS-TT-2022:premium/3.000.001-5.000.000/180"
    for address in cells.values():
        assert CATALOGUE.cell(address).value is not None


def test_a_version_that_says_unknown_is_not_filled():
    assert assess(on=date(2019, 6, 3))["instalments"] is None
    assert quoting.standing(TARIFFS, CATALOGUE.version("DDAS-T-2024"), "deductible") is None


@pytest.mark.parametrize(
    ("change", "on", "code"),
    [
        ({"founded": date(2020, 6, 2)}, DAY, "age_rule"),
        ({"taxpayer": "simple"}, DAY, "taxpayer_rule"),
        ({"size": "none"}, DAY, "classes"),
        ({"size": "medium"}, date(2019, 6, 3), "classes"),
        ({"net_sales": 260_000_000 * LIRA}, DAY, "ceiling"),
        ({"net_sales": 50_000_000 * LIRA, "size": "medium"}, date(2020, 3, 30), "staged"),
    ],
)
def test_who_cannot_be_insured_is_told_why_with_the_cell(change, on, code):
    found = assess(replace(RIGHT, **change), on)
    assert [refusal["code"] for refusal in found["refusals"]] == [f"practice.refused_{code}"]
    assert CATALOGUE.cell(found["refusals"][0]["cell"]).value is not None
    assert "net_premium" not in found


def test_two_years_to_the_day_are_two_years():
    assert assess(replace(RIGHT, founded=date(2020, 6, 1)))["refusals"] == []
    assert quoting.years_before(date(2024, 2, 29), 2) == date(2022, 2, 28)


def test_the_ceiling_itself_is_left_open():
    with pytest.raises(Invalid) as refusal:
        assess(replace(RIGHT, net_sales=250_000_000 * LIRA))
    assert refusal.value.code == "practice.ceiling_open"


@given(
    st.integers(1, 6), st.integers(1, 2_000_000), st.integers(0, 2_000_000), st.booleans(), st.booleans(), st.sampled_from(EXCLUDED_KINDS)
)  # fmt: skip
def test_a_limit_is_never_more_than_asked_nor_than_table_or_centre_allow(score, asked, most, wished, open_, excluded):
    buyer = Buyer("b", "Örnek B", "company", {}, 50, asked, score, 70 if score < 6 else None, manual=1_500_000)
    firm = replace(FIRM, buyers=(buyer, replace(buyer, code="x", kind=excluded)))
    found = quoting.grant(firm, Line("b", "company", 50, asked, wished), most, open_)
    assert 0 <= found["limit"] <= min(asked, max(most, 1_500_000))
    assert found["limit"] <= most or (wished and open_ and found["outcome"] == "raised")
    assert (found["limit"] == 0) == (score == 6 or most == 0 == found["limit"])
    assert quoting.grant(firm, Line("x", excluded, 0, asked), most, open_)["outcome"] == "excluded"


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ((), "practice.no_buyers"),
        ((30, None, None), "practice.share_short"),
        ((30, 20, 51), "practice.share_over"),
        ((None, 20, 40), "practice.bigger_left_out"),
    ],
)
def test_a_list_that_cannot_be_sent(shares, code):
    lines = tuple(replace(line, share=share) for line, share in zip(RIGHT.lines, shares, strict=False) if share)
    with pytest.raises(Invalid) as refusal:
        quoting.check_lines(FIRM, replace(RIGHT, lines=lines))
    assert refusal.value.code == code


def test_half_of_the_turnover_is_enough():
    quoting.check_lines(FIRM, replace(RIGHT, lines=RIGHT.lines[:2]))


def test_all_buyers_listed_leaves_none_over():
    lines = (replace(RIGHT.lines[0], share=50), *RIGHT.lines[1:2], replace(RIGHT.lines[2], share=30))
    assert assess(replace(RIGHT, lines=lines))["residual"] is None


@given(st.integers(1, 250_000_000 * LIRA), st.sampled_from([120, 180, 240, 360]), st.integers(1, 100))
def test_an_application_survives_its_storage(turnover, days, share):
    application = replace(RIGHT, turnover=turnover, days=days, lines=(Line("hayali-yapi", "company", share, 1, True),))
    assert Application.from_json(application.to_json()) == application


# --- payment -----------------------------------------------------------------------------------------------------------------


@given(st.integers(2_000 * LIRA, 2_000_000 * LIRA), st.integers(25, 99), st.integers(1, 5))
def test_instalments_make_the_premium(total, down, count):
    offer = {"net_premium": total, "cash_price": None, "instalments": {"down_percent": 25, "count": 5}}
    found = policies.plan(offer, on=DAY, way="instalments", down_percent=down, count=count)
    assert found["down"] + sum(found["rest"]) == total
    assert len(found["rest"]) == count
    assert max(found["rest"]) - min(found["rest"]) < count
    assert 4 * found["down"] >= total


@pytest.mark.parametrize(
    ("offer", "values", "code"),
    [
        ({"cash_price": None}, {"way": "cash"}, "practice.cash_open"),
        ({"instalments": None}, {"way": "instalments"}, "practice.instalments_unknown"),
        ({}, {"way": "instalments", "down_percent": 24, "count": 1}, "practice.down_too_low"),
        ({}, {"way": "instalments", "down_percent": 100, "count": 1}, "practice.down_too_low"),
        ({}, {"way": "instalments", "down_percent": 25, "count": 6}, "tariff.instalments_over"),
        ({}, {"way": "instalments", "down_percent": 25, "count": 0}, "tariff.instalments_over"),
    ],
)
def test_what_cannot_be_paid_so(offer, values, code):
    with pytest.raises(Invalid) as refusal:
        policies.plan({**assess(), **offer}, on=DAY, **values)
    assert refusal.value.code == code


def test_at_once_means_a_tenth_less():
    assert policies.plan(assess(), on=DAY, way="cash") == {
        "way": "cash",
        "total": 25_200 * LIRA,
        "down": 25_200 * LIRA,
        "rest": [],
    }


# --- claims ------------------------------------------------------------------------------------------------------------------

COVER = Cover(
    issued=DAY, ends=date(2023, 6, 1), days=180, max_cover=840_000 * LIRA, paid=0, limit=140_000 * LIRA, ratio=90, limit_from=DAY,
    threshold=2_500 * LIRA, claims={"extension": 60, "notice": 30, "collection": 120, "payment": 30},
)  # fmt: skip
INVOICE = Invoice("hayali-yapi", date(2022, 7, 1), date(2022, 12, 28), 100_000 * LIRA, 60)


def test_the_longest_way_is_term_60_30_120_30():
    today = INVOICE.due + timedelta(days=90)
    found = policies.open_claim(COVER, INVOICE, today)
    assert found["days"] == {"term": 180, "extension": 60, "notice": 30, "collection": 120, "payment": 30}
    assert date.fromisoformat(found["payment_by"]) - INVOICE.issued == timedelta(days=180 + 60 + 30 + 120 + 30)
    assert found["paid"] == 90_000 * LIRA


@given(st.integers(1, 180), st.integers(0, 60), st.integers(0, 30), st.integers(2, 365))
def test_the_days_follow_on_from_each_other(term, extension, notice, sold):
    issued = DAY + timedelta(days=sold)
    invoice = replace(INVOICE, issued=issued, due=issued + timedelta(days=term), extension=extension)
    found = policies.open_claim(COVER, invoice, invoice.due + timedelta(days=extension + notice))
    order = [found[name] for name in ("invoice", "due", "extended", "opened", "collection_end", "payment_by")]
    assert order == sorted(order)
    assert date.fromisoformat(order[-1]) - issued == timedelta(days=sum(found["days"].values()))


@given(st.integers(0, 900_000 * LIRA), st.integers(0, 840_000 * LIRA), st.sampled_from([70, 90]))
def test_a_payment_never_leaves_limit_cover_and_threshold(loss, used, ratio):
    found = policies.payment(replace(COVER, paid=used, ratio=ratio), loss)
    if loss == 2_500 * LIRA:
        assert found == {"paid": None, "why": "threshold_open"}
    elif loss < 2_500 * LIRA:
        assert found == {"paid": 0, "why": "below_threshold"}
    elif loss > COVER.limit:
        assert found == {"paid": None, "why": "limit_open"}
    else:
        assert found["paid"] == min((loss * ratio + 50) // 100, COVER.max_cover - used)


@pytest.mark.parametrize(
    ("invoice", "today", "code"),
    [
        ({"issued": date(2022, 5, 31)}, 0, "practice.claim_before_cover"),
        ({"issued": DAY}, 0, "practice.claim_first_day"),
        ({"issued": date(2023, 6, 2), "due": date(2023, 6, 3)}, 0, "practice.claim_after_end"),
        ({"due": date(2022, 6, 30)}, 0, "practice.claim_due_order"),
        ({"due": date(2022, 12, 29)}, 0, "practice.claim_term"),
        ({"extension": 61}, 0, "practice.claim_extension"),
        ({"extension": -1}, 0, "practice.claim_extension"),
        ({}, -1, "practice.claim_not_due"),
        ({}, 31, "practice.claim_late"),
    ],
)
def test_what_cannot_be_claimed_is_told_why(invoice, today, code):
    changed = replace(INVOICE, **invoice)
    with pytest.raises(DomainError) as refusal:
        policies.open_claim(COVER, changed, changed.due + timedelta(days=changed.extension + today))
    assert refusal.value.code == code


def test_a_buyer_without_a_limit_or_added_later_bars_the_claim():
    for change, code in (
        ({"limit": 0}, "practice.claim_no_limit"),
        ({"limit_from": date(2022, 7, 2)}, "practice.claim_before_cover"),
    ):
        with pytest.raises(DomainError) as refusal:
            policies.open_claim(replace(COVER, **change), INVOICE, INVOICE.due + timedelta(days=60))
        assert refusal.value.code == code
