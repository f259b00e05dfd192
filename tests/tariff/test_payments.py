from datetime import date
from pathlib import Path

import pytest

from lms.core.errors import Invalid
from lms.core.sources import Folder
from lms.tariff.loader import load
from lms.tariff.rules.payments import fees, plan

CATALOGUE = load(Folder(Path()))


def rule(version, key):
    return CATALOGUE.version(version).fact(key).value


def test_a_plan_names_days_and_amounts_to_the_kurus():
    payments = plan(28_000_01, rule("DDAS-TT-2020", "instalments"), start=date(2021, 10, 31))
    assert [(payment.due.isoformat(), payment.amount) for payment in payments] == [
        ("2021-10-31", 700_001),
        ("2021-11-30", 700_000),
        ("2021-12-31", 700_000),
        ("2022-01-31", 700_000),
    ]


def test_kurus_that_do_not_divide_go_to_the_first_instalment():
    amounts = [p.amount for p in plan(200_000, {"down_percent": 25, "count": 5}, start=date(2022, 6, 1), count=4)]
    assert amounts == [50_000, 37_500, 37_500, 37_500, 37_500]
    assert [p.amount for p in plan(100, {"down_percent": 25, "count": 5}, start=date(2022, 6, 1), count=4)][1:] == [
        21, 18, 18, 18,
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "count"), [("DDAS-TT-2020", 4), ("DDAS-TT-2022", 6), ("DDAS-TT-2022", 0)])
def test_more_instalments_than_the_version_allows_are_refused(version, count):
    with pytest.raises(Invalid) as refused:
        plan(28_000_00, rule(version, "instalments"), start=date(2022, 6, 1), count=count)
    assert refused.value.code == "tariff.instalments_over"


@pytest.mark.parametrize(
    ("version", "quote", "policy", "back", "days"),
    [
        ("DDAS-TT-2018", 60, 50, False, None),
        ("DDAS-TT-2019", 60, 50, False, None),
        ("DDAS-TT-2020", 60, 0, True, 10),
        ("DDAS-TT-2022", 90, 0, True, 10),
        ("DDAS-T-2024", 150, 0, True, None),
    ],
)
def test_the_fees_of_five_buyers_over_time(version, quote, policy, back, days):
    answer = fees(rule(version, "query_fee"), 5)
    assert (answer.quote, answer.policy, answer.back, answer.within_days) == (quote * 100, policy * 100, back, days)
