import json
import re
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import Invalid
from lms.core.sources import Folder
from lms.tariff.loader import load
from lms.tariff.rules import quotes
from lms.tariff.rules.payments import plan
from lms.tariff.rules.quotes import quote
from lms.tariff.rules.versions import in_force, percent, until

CATALOGUE = load(Folder(Path()))
TARIFFS = CATALOGUE.tariffs
QUOTABLE = [tariff for tariff in TARIFFS if tariff.quotable]

# The tables as they are printed, typed in once more here, apart from content/.
PRINTED = {
    "DDAS-TT-2019": """
        3000000 50 80 140; 5000000 45 70 123; 10000000 42 60 105; 15000000 40 50 88; 20000000 35 45 79; 25000000 32 40 70""",
    "DDAS-TT-2020": """
        3000000 50 80 120 140; 5000000 45 70 105 123; 10000000 42 60 85 105; 15000000 40 50 60 88; 20000000 35 45 55 79;
        25000000 32 40 50 70; 40000000 29 37 47 65; 65000000 26 33 42 58; 100000000 24 30 37 53; 125000000 22 28 34 49""",
    "DDAS-TT-2022": """
        3000000 50 80 120 140; 5000000 45 70 105 123; 10000000 42 60 85 105; 15000000 40 50 60 88; 20000000 35 45 55 79;
        25000000 32 40 50 70; 40000000 29 37 47 65; 65000000 26 33 42 58; 100000000 24 30 37 53; 175000000 22 28 34 49;
        250000000 20 26 32 47""",
}
LIMITS = {
    "DDAS-TT-2018": "5000000 100000; 15000000 200000; 25000000 300000",
    "DDAS-TT-2019": "5000000 100000; 15000000 200000; 25000000 300000",
    "DDAS-TT-2020": """5000000 100000; 15000000 200000; 25000000 300000; 40000000 500000; 75000000 600000;
        125000000 750000""",
    "DDAS-TT-2022": """5000000 150000; 15000000 300000; 25000000 450000; 40000000 600000; 75000000 800000;
        175000000 900000; 250000000 1000000""",
}


def numbers(text):
    return [[int(word) for word in row.split()] for row in text.split(";")]


def ask(turnover, days, on):
    return quote(TARIFFS, turnover=turnover * 100, days=days, on=date.fromisoformat(on))


@pytest.mark.parametrize("version", PRINTED)
def test_every_printed_premium_row(version):
    tariff = CATALOGUE.version(version)
    rows = tariff.table("premium")
    assert [[row.upto, *(row.cells[str(term)] for term in tariff.terms)] for row in rows] == numbers(PRINTED[version])
    assert {row.cells["multiple"] for row in rows} == {30}
    assert [row.over for row in rows] == [0, *(row.upto for row in rows)][:-1]


@pytest.mark.parametrize("version", LIMITS)
def test_every_printed_limit_row(version):
    rows = CATALOGUE.version(version).table("limits")
    assert [[row.upto, row.cells["limit"]] for row in rows] == numbers(LIMITS[version])


@pytest.mark.parametrize(
    ("asked", "premium", "cover", "limit", "floor"),
    [
        ((4_000_000, 180, "2019-06-01"), 2_800_000, 84_000_000, 100_000, False),
        ((100_000, 120, "2019-06-01"), 200_000, 6_000_000, 100_000, True),
        ((3_000_000, 120, "2019-06-01"), 1_500_000, 45_000_000, 100_000, False),
        ((3_000_001, 120, "2019-06-01"), 1_350_000, 40_500_014, 100_000, False),
        ((12_000_000, 240, "2021-01-01"), 7_200_000, 216_000_000, 200_000, False),
        ((125_000_000, 360, "2021-01-01"), 61_250_000, 1_837_500_000, 750_000, False),
        ((200_000_000, 360, "2022-06-01"), 94_000_000, 2_820_000_000, 1_000_000, False),
        ((5_000_000, 120, "2022-06-01"), 2_250_000, 67_500_000, 150_000, False),
    ],
)
def test_worked_examples(asked, premium, cover, limit, floor):
    answer = ask(*asked)
    assert (answer.net_premium, answer.max_cover, answer.floor_applied) == (premium, cover, floor)
    assert answer.per_buyer_limit == limit * 100


@pytest.mark.parametrize(("days", "least"), [(120, 400_000), (180, 250_000), (240, 166_667), (360, 142_858)])
def test_the_floor_binds_below(days, least):
    assert not ask(least, days, "2020-06-01").floor_applied
    below = ask(least - 1, days, "2020-06-01")
    assert (below.floor_applied, below.net_premium, below.max_cover) == (True, 200_000, 6_000_000)


def test_the_first_text_knew_only_its_multiples():
    rows = CATALOGUE.version("DDAS-TT-2018").table("cover_multiple")
    assert [(row.upto, row.cells["multiple"]) for row in rows] == [(10_000_000, 10), (25_000_000, 15)]


def test_of_the_text_of_2025_one_row_is_known():
    (row,) = CATALOGUE.version("DDAS-T-2025").table("premium")
    assert (row.label, list(row.cells.values())) == ("500.000.001-1.000.000.000", [17, 23, 30, 45, 30])


def test_the_premium_falls_at_every_edge_and_is_not_corrected():
    for tariff in QUOTABLE:
        for row in tariff.table("premium")[:-1]:
            for days in tariff.terms:
                at = quotes.quote_by(tariff, turnover=row.upto * 100, days=days, on=tariff.from_day)
                past = quotes.quote_by(tariff, turnover=row.upto * 100 + 100, days=days, on=tariff.from_day)
                assert past.net_premium < at.net_premium


def test_a_fraction_past_the_printed_edge_is_in_the_next_row():
    assert quote(TARIFFS, turnover=300_000_050, days=120, on=date(2020, 6, 1)).rate_bps == 45
    assert quote(TARIFFS, turnover=300_000_000, days=120, on=date(2020, 6, 1)).rate_bps == 50


def test_limit_bands_are_a_table_of_their_own():
    answer = ask(70_000_000, 120, "2020-06-01")
    assert (answer.rate_bps, answer.per_buyer_limit) == (24, 60_000_000)
    assert answer.cells["rate"] == "premium/65.000.001-100.000.000/120"
    assert answer.cells["limit"] == "limits/40.000.001-75.000.000"


@pytest.mark.parametrize(
    ("turnover", "days", "on", "code"),
    [
        (4_000_000, 180, "2018-12-31", "tariff.not_in_force"),
        (4_000_000, 180, "2019-01-01", "tariff.unknown"),
        (4_000_000, 180, "2023-01-07", "tariff.unknown"),
        (4_000_000, 180, "2025-03-03", "tariff.unknown"),
        (600_000_000, 180, "2025-11-04", "tariff.unknown"),
        (4_000_000, 240, "2020-03-24", "tariff.term_not_offered"),
        (4_000_000, 150, "2021-06-01", "tariff.term_not_offered"),
        (4_000_000, 0, "2021-06-01", "tariff.term_not_offered"),
        (25_000_001, 120, "2019-06-01", "tariff.turnover_out_of_range"),
        (125_000_001, 120, "2021-06-01", "tariff.turnover_out_of_range"),
        (250_000_001, 120, "2022-06-01", "tariff.turnover_out_of_range"),
        (-1, 120, "2022-06-01", "tariff.turnover_invalid"),
        (10**14, 120, "2022-06-01", "tariff.turnover_invalid"),
    ],
)
def test_what_cannot_be_quoted_is_refused_by_name(turnover, days, on, code):
    with pytest.raises(Invalid) as refused:
        ask(turnover, days, on)
    assert refused.value.code == code


def test_versions_hold_from_their_day_to_the_next():
    expected = [
        ("2019-01-01", "DDAS-TT-2018"), ("2019-03-26", "DDAS-TT-2018"), ("2019-03-27", "DDAS-TT-2019"),
        ("2020-03-24", "DDAS-TT-2019"), ("2020-03-25", "DDAS-TT-2020"), ("2022-05-26", "DDAS-TT-2020"),
        ("2022-05-27", "DDAS-TT-2022"), ("2023-01-07", "DDAS-T-2023"), ("2023-12-06", "DDAS-T-2023b"),
        ("2024-11-09", "DDAS-T-2024"), ("2025-11-03", "DDAS-T-2024"), ("2025-11-04", "DDAS-T-2025"),
    ]  # fmt: skip
    assert [(day, in_force(TARIFFS, date.fromisoformat(day)).id) for day, _ in expected] == expected
    assert until(TARIFFS, CATALOGUE.version("DDAS-TT-2020")) == date(2022, 5, 27)
    assert until(TARIFFS, TARIFFS[-1]) is None


def test_phased_entry_of_2020_is_told_and_not_decided():
    assert ask(50_000_000, 120, "2020-03-31").offered_from == date(2020, 4, 1)
    assert ask(50_000_000, 120, "2020-04-01").offered_from is None
    assert ask(40_000_000, 120, "2020-03-31").offered_from is None


def test_the_cash_price_is_open_where_floor_and_discount_could_meet():
    assert ask(4_000_000, 180, "2021-06-01").cash_price == 2_520_000
    assert ask(400_000, 120, "2021-06-01").cash_price is None  # 2.000 -> 1.800 or 2.000?
    assert ask(444_445, 120, "2021-06-01").cash_price == 200_000
    assert ask(100_000, 120, "2021-06-01").cash_price is None


def test_cells_have_addresses():
    tariff = CATALOGUE.version("DDAS-TT-2020")
    assert tariff.cell("premium/10.000.001-15.000.000/240").text == "0,60"
    assert tariff.cell("limits/5.000.001-15.000.000").text == "200.000"
    assert tariff.cell("min_premium").value == 2000
    for address in ("premium/1-2/120", "premium", "min_premium/x", "yok", "limits/5.000.001-15.000.000/120"):
        with pytest.raises(Invalid, match=r"tariff\.no_cell"):
            tariff.cell(address)


def asked():
    """A version, one of its terms, a turnover (kuruş) that its table holds."""
    return st.sampled_from(QUOTABLE).flatmap(
        lambda t: st.tuples(st.just(t), st.sampled_from(t.terms), st.integers(0, t.table("premium")[-1].upto * 100))
    )


@given(asked())
def test_a_quote_is_exact(asked):
    tariff, days, turnover = asked
    answer = quotes.quote_by(tariff, turnover=turnover, days=days, on=tariff.from_day)
    exact = turnover * answer.rate_bps  # in 1/10.000 kuruş
    assert answer.net_premium >= answer.floor
    assert answer.floor_applied == (exact < answer.floor * 10_000)
    if not answer.floor_applied:
        assert abs(answer.net_premium * 10_000 - exact) <= 5_000
        assert abs(answer.max_cover * 10_000 - 30 * exact) <= 5_000
    assert tariff.cell(answer.cells["rate"]).value == answer.rate_bps
    assert tariff.cell(answer.cells["limit"]).value * 100 == answer.per_buyer_limit


@given(asked())
def test_a_quote_is_what_fractions_say(asked):
    tariff, days, turnover = asked
    answer = quotes.quote_by(tariff, turnover=turnover, days=days, on=tariff.from_day)
    exact = Fraction(turnover * answer.rate_bps, 10_000)
    premium = max(exact, Fraction(answer.floor))
    assert answer.net_premium == floor(premium + Fraction(1, 2))
    assert answer.max_cover == floor(answer.multiple * premium + Fraction(1, 2))
    if answer.cash_price is not None:
        assert answer.cash_price == floor(exact * Fraction(100 - answer.cash_discount, 100) + Fraction(1, 2))


@given(asked(), st.integers(0, 10**9))
def test_the_premium_never_falls_within_a_band(asked, more):
    tariff, days, turnover = asked
    row = quotes.row_of(tariff, "premium", turnover)
    higher = min(turnover + more, row.upto * 100)
    first, second = (quotes.quote_by(tariff, turnover=t, days=days, on=tariff.from_day) for t in (turnover, higher))
    assert first.net_premium <= second.net_premium
    assert first.max_cover <= second.max_cover


@given(asked(), st.integers(1, 5), st.sampled_from([25, 30, 33]))
def test_a_plan_adds_up_to_the_premium(asked, count, share):
    tariff, days, turnover = asked
    premium = quotes.quote_by(tariff, turnover=turnover, days=days, on=tariff.from_day).net_premium
    payments = plan(premium, {"down_percent": share, "count": 5}, start=date(2024, 1, 31), count=count)
    amounts = [payment.amount for payment in payments]
    assert sum(amounts) == premium
    assert len(amounts) == count + 1
    assert share * premium <= 100 * amounts[0] < share * premium + 100
    assert amounts[1] - amounts[-1] in range(count)
    assert len(set(amounts[2:])) <= 1


SHARED = Path("../shared")
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: facts and seeds are not compared")


@needs_shared
def test_the_files_agree_with_the_collected_facts():
    facts = json.loads((SHARED / "tariffs.json").read_text("utf-8"))
    assert {version["id"] for version in facts["versions"]} == {tariff.id for tariff in TARIFFS}
    for version in facts["versions"]:
        tariff = CATALOGUE.version(version["id"])
        assert tariff.from_day.isoformat() == version["effective_from"]["value"]
        assert tariff.gazette_number == version["rg_no"]
        assert tariff.quotable == version["calculator_enabled"]
        rows = version["premium_bands"]["value"]
        assert (rows is None) == (tariff.table("premium") is None)
        for row, printed in zip(tariff.table("premium") or (), rows or (), strict=True):
            assert {key: row.cells[key] for key in printed["rate_bps"]} == printed["rate_bps"]
            assert row.upto == printed["lte"]
        assert version["per_buyer_limits"]["value"] is None or [
            row.cells["limit"] for row in tariff.table("limits")
        ] == [row["per_buyer_limit_try"] for row in version["per_buyer_limits"]["value"]]


def squeeze(text):
    return re.sub(r"\s+", " ", text)


@needs_shared
def test_every_quoted_document_says_so():
    texts = {path.stem: squeeze(path.read_text("utf-8").replace("**", "")) for path in (SHARED / "seeds").glob("*.txt")}
    for text in (*TARIFFS, *CATALOGUE.laws):
        for fact in (text.effective, *text.facts.values()):
            for source in fact.sources:
                if source.kind == "document" and source.quote:
                    assert squeeze(source.quote) in texts[source.key], (text.id, fact.key, source.quote)


@needs_shared
def test_the_printed_tables_stand_in_the_documents():
    seen = {
        "DDAS-TT-2019": "orym-slides-2019",
        "DDAS-TT-2020": "teblig-amendment-2020",
        "DDAS-TT-2022": "bank-product-page",
    }
    for version, document in seen.items():
        tariff = CATALOGUE.version(version)
        text = re.sub(r"\s*-\s*", "-", squeeze((SHARED / "seeds" / f"{document}.txt").read_text("utf-8")))
        for row in tariff.table("premium"):
            cells = " ".join([*(percent(row.cells[str(term)]) for term in tariff.terms), "30"])
            assert f"{row.label} {cells}" in text, row.label
