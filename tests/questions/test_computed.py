"""Computed questions: what each kind of sum answers, what its mistakes answer, and what cannot be asked."""

from datetime import date
from pathlib import Path

import pytest

from lms.core.errors import DomainError
from lms.core.sources import Folder
from lms.questions.rules.computed import Sum, sum_faults, variants
from lms.questions.rules.sums import KINDS, countable, money
from lms.tariff.loader import load

CATALOGUE = load(Folder(Path()))
T2019, T2020, T2022, T2024 = (CATALOGUE.version(f"DDAS-{name}") for name in ("TT-2019", "TT-2020", "TT-2022", "T-2024"))


def work(tariff, what, **given):
    return KINDS[what].work(tariff, given)


@pytest.mark.parametrize(
    ("tariff", "what", "given", "answer"),
    [
        (T2020, "net_premium", {"turnover": 12_000_000, "days": 240}, "72.000 TL"),
        (T2020, "net_premium", {"turnover": 100_000, "days": 120}, "2.000 TL"),
        (T2020, "max_cover", {"turnover": 12_000_000, "days": 240}, "2.160.000 TL"),
        (T2020, "max_cover", {"premium": 28_000}, "840.000 TL"),
        (T2020, "rate", {"turnover": 12_000_000, "days": 240}, "%0,60"),
        (T2020, "per_buyer_limit", {"turnover": 12_000_000}, "200.000 TL"),
        (T2022, "cash_price", {"premium": 40_000}, "36.000 TL"),
        (T2022, "cash_price", {"turnover": 2_000_000, "days": 120}, "9.000 TL"),
        (T2022, "down_payment", {"premium": 40_000}, "10.000 TL"),
        (T2022, "instalment", {"premium": 40_000}, "6.000 TL"),
        (T2020, "extra_for_term", {"turnover": 20_000_000, "days": 120, "longer": 240}, "40.000 TL"),
        (T2019, "residual_total", {"limits": [300_000, 200_000, 50_000]}, "300.000 TL"),
        (T2019, "residual_event", {"limits": [400_000, 250_000, 80_000]}, "80.000 TL"),
        (T2022, "payout", {"loss": 100_000, "ratio": 70}, "70.000 TL"),
        (T2019, "own_share", {"loss": 60_000, "ratio": 90}, "6.000 TL"),
        (T2019, "query_fee", {"buyers": 5}, "60 TL"),
        (T2019, "query_fee", {"buyers": 4, "policy": 1}, "90 TL"),
        (T2020, "query_fee", {"buyers": 4, "policy": 1}, "50 TL"),
        (T2024, "query_fee", {"buyers": 8}, "240 TL"),
        (T2019, "days_to_payment", {"days": 0, "use": "both"}, "240 gün"),
        (T2019, "days_to_payment", {"days": 90, "use": "none"}, "240 gün"),
        (T2019, "deadline", {"due": date(2019, 4, 10), "period": "extension"}, "9 Haziran 2019"),
        (T2019, "deadline", {"due": date(2019, 4, 5), "period": "notice"}, "5 Mayıs 2019"),
    ],
)
def test_the_answer_comes_from_the_version(tariff, what, given, answer):
    assert work(tariff, what, **given).answer == answer


def test_typical_mistakes_are_known_by_name():
    found = work(T2020, "net_premium", turnover=5_000_000, days=120).slips
    assert {("marginal", "24.000 TL"), ("wrong_term", "35.000 TL"), ("wrong_band", "25.000 TL")} <= set(found)
    assert ("missed_floor", "1.920 TL") in work(T2020, "net_premium", turnover=240_000, days=180).slips
    assert ("wrong_multiple", "280.000 TL") in work(T2020, "max_cover", premium=28_000).slips
    assert ("other_ratio", "90.000 TL") in work(T2022, "payout", loss=100_000, ratio=70).slips
    assert ("forgot_payment", "210 gün") in work(T2019, "days_to_payment", days=0, use="both").slips
    assert ("calendar_months", "10 Haziran 2019") in work(
        T2019, "deadline", due=date(2019, 4, 10), period="extension"
    ).slips


def test_the_nearest_band_and_term_come_first():
    slips = work(T2020, "rate", turnover=12_000_000, days=240).slips
    assert next(text for name, text in slips if name == "wrong_term") in ("%0,50", "%0,40")
    assert [text for name, text in slips if name == "wrong_band"][:2] == ["%0,85", "%0,55"]


@pytest.mark.parametrize(
    ("tariff", "what", "given", "error"),
    [
        (T2022, "cash_price", {"turnover": 440_000, "days": 120}, "question.open_point"),
        (T2022, "cash_price", {"turnover": 100_000, "days": 120}, "question.open_point"),
        (T2022, "payout", {"loss": 2_500, "ratio": 70}, "question.open_point"),
        (T2022, "payout", {"loss": 50_000, "ratio": 80}, "question.open_point"),
        (T2024, "net_premium", {"turnover": 4_000_000, "days": 120}, "tariff.unknown"),
        (T2019, "instalment", {"premium": 40_000}, "tariff.unknown"),
        (T2019, "net_premium", {"turnover": 4_000_000, "days": 240}, "tariff.term_not_offered"),
        (T2019, "net_premium", {"turnover": 40_000_000, "days": 120}, "tariff.turnover_out_of_range"),
        (T2019, "deadline", {"due": date(2019, 4, 10), "period": "collection"}, "question.not_countable"),
    ],
)
def test_what_is_open_or_unknown_is_not_asked(tariff, what, given, error):
    with pytest.raises(DomainError) as refused:
        work(tariff, what, **given)
    assert refused.value.code == error


@pytest.mark.parametrize(
    ("one", "two", "in_the_head"),
    [
        (4_000_000, 45, True),
        (8_000_000, 123, True),
        (12_000_000, 88, True),
        (250_000_000, 47, True),
        (5_000_000, 999, True),
        (8_000_000, 160, True),  # 8 × 16
        (7_000_000, 233, False),
        (16_000_000, 35, False),
        (13_500_000, 50, True),
        (37_000_000, 79, False),
        (12_000_000, 123, False),
    ],
)
def test_what_is_done_in_the_head(one, two, in_the_head):
    assert countable(one, two) == countable(two, one) == in_the_head


def test_sums_are_printed_as_options_print_them():
    assert [money(40_500_014), money(7_200_000)] == ["405.000,14 TL", "72.000 TL"]


STEM = "25 Mart 2020: ciro {{turnover}} TL, {{days}} gün. Net prim?"


def asked(what="net_premium", mistakes=("marginal", "wrong_band", "wrong_term"), **given):
    return Sum(what, date(2020, 3, 25), given or {"turnover": (4_000_000, 8_000_000), "days": (120, 240)}, mistakes)


def test_every_combination_is_a_variant_with_its_own_table_options_and_citations():
    found, faults = variants(asked(), T2020, STEM, "{{turnover}} × %{{rate}} = {{answer}}")
    assert faults == []
    assert [(one.given["turnover"], one.given["days"]) for one in found] == [
        (4_000_000, 120), (4_000_000, 240), (8_000_000, 120), (8_000_000, 240),
    ]  # fmt: skip
    first = found[0]
    assert first.stem == "25 Mart 2020: ciro 4.000.000 TL, 120 gün. Net prim?"
    assert first.options == ("18.000 TL", "19.500 TL", "20.000 TL", "28.000 TL")
    assert first.explanation == "4.000.000 × %0,45 = 18.000 TL"
    assert [row[0] for row in first.table.rows] == ["0-3.000.000", "3.000.001-5.000.000", "5.000.001-10.000.000"]
    assert [(cite.address, cite.shown) for cite in first.cites] == [
        ("DDAS-TT-2020:premium/3.000.001-5.000.000/120", "0,45")
    ]


@pytest.mark.parametrize(
    ("given", "stem", "fault"),
    [
        ({"turnover": (16_000_000, 4_000_000), "days": (120, 240)}, STEM, "16000000 × 35 is not done in the head"),
        ({"turnover": (4_000_000, 200_000_000), "days": (120, 240)}, STEM, "tariff.turnover_out_of_range"),
        ({"turnover": (100_000, 4_000_000), "days": (120, 240)}, STEM, "the minimum premium decides some variants"),
        ({"turnover": (4_000_000, 8_000_000), "days": (120, 240)}, "{{turnover}}?", "the same stem"),
        ({"turnover": (4_000_000, 8_000_000), "days": (120, 240)}, STEM + "{{ciro}}", "there is no {{ciro}}"),
        ({"turnover": (1_000_000, 2_000_000), "days": (120, 240)}, STEM, "'marginal' gives no further option"),
    ],
)
def test_a_variant_at_fault_is_named(given, stem, fault):
    assert any(fault in reason for reason in variants(asked(**given), T2020, stem, "{{answer}}")[1])


@pytest.mark.parametrize(
    ("asks", "fault"),
    [
        (asked(what="premium"), "what is one of"),
        (asked(turnover=(1,)), "net_premium is given days, turnover"),
        (asked(mistakes=("marginal",)), "names 3 mistakes"),
        (asked(turnover=(4_000_000,), days=(120,)), "1 variants"),
        (asked(turnover=tuple(range(20)), days=(120, 180, 240, 360)), "80 variants"),
    ],
)
def test_a_sum_at_fault_is_named(asks, fault):
    assert any(fault in reason for reason in sum_faults(asks))
