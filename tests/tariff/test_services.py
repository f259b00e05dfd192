from datetime import date

import pytest

from lms.core.errors import Invalid, NotFound
from lms.tariff import services
from lms.tariff.rules.quotes import turnover_of


def lira(whole):
    return {"amount": f"{whole}.00", "currency": "TRY"}


pytestmark = pytest.mark.usefixtures("app")


def test_a_quote_as_the_api_answers_it():
    answer = services.fields(services.quote(turnover=400_000_000, days=180, on=date(2021, 6, 1)), date(2025, 3, 3))
    assert answer == {
        "version": "DDAS-TT-2020",
        "standing": "historical",
        "effective_from": "2020-03-25",
        "effective_to": "2022-05-27",
        "rate_bps": 70,
        "net_premium": lira(28000),
        "max_cover": lira(840000),
        "cover_multiple": 30,
        "per_buyer_limit": lira(100000),
        "floor": lira(2000),
        "floor_applied": False,
        "cash_discount_percent": 10,
        "cash_price": lira(25200),
        "instalments": {"down_payment": lira(7000), "rest": [lira(7000)] * 3},
        "query_fee": {
            "insured": lira(10),
            "buyer": lira(10),
            "policy_buyer": lira(0),
            "refunded_with_policy": True,
            "within_days": 10,
        },
        "offered_from": None,
    }


def test_what_the_sources_leave_open_is_null():
    answer = services.fields(services.quote(turnover=10_000_000, days=120, on=date(2019, 6, 1)), date(2019, 6, 1))
    assert (answer["standing"], answer["cash_price"], answer["instalments"]) == ("in_force", None, None)


def test_versions_and_their_days():
    assert services.in_force(date(2025, 3, 3)).id == "DDAS-T-2024"
    assert services.until(services.version("DDAS-TT-2022")) == date(2023, 1, 7)
    with pytest.raises(NotFound):
        services.version("yok")


@pytest.mark.parametrize(
    ("text", "kurus"),
    [
        ("4000000", 400_000_000),
        ("4.000.000", 400_000_000),
        (" 4.000.000,5 TL", 400_000_050),
        ("4000000.50", 400_000_050),
        ("3.000.000,01 ₺", 300_000_001),
        ("0", 0),
        ("4.000", 400_000),
    ],
)
def test_a_turnover_as_people_type_it(text, kurus):
    assert turnover_of(text) == kurus


@pytest.mark.parametrize("text", ["", "-1", "4,000,000", "1e9", "dört", "4.00.000", "9" * 31, "٤٠٠", "1,234"])
def test_what_is_no_turnover(text):
    with pytest.raises(Invalid, match=r"tariff\.turnover_invalid"):
        turnover_of(text)


def test_what_no_sum_is_made_for():
    with pytest.raises(Invalid, match=r"tariff\.turnover_absurd"):
        turnover_of("99999999999999")


def test_a_version_in_the_terminal():
    lines = services.outline(services.version("DDAS-TT-2020"), date(2025, 3, 3))
    assert lines[:2] == [
        "25 Mart 2020 tarifesi (Resmî Gazete 31079)",
        "DDAS-TT-2020, historical: 2020-03-25 to 2022-05-26, not today's values",
    ]
    assert "    <- teblig-amendment-2020, m.3, tablo" in lines
    assert "    2020-04-01  Merkez talep üzerine alıcı limitini artırabilir (m. 7/3)" in lines
    assert lines[-1].startswith("no source says anything about: ")
    assert "    10.000.001-15.000.000           0,40      0,50      0,60      0,88        30" in lines
    assert any(line.startswith("query_fee") and "[document]" in line for line in lines)
    unknown = services.outline(services.version("DDAS-T-2023"), date(2025, 3, 3))
    assert any("[unknown] m.12(1) tablosu" in line for line in unknown)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2025, 3, 3), "historical: 2020-03-25 to 2022-05-26, not today's values"),
        (date(2021, 1, 1), "in force 2020-03-25 to 2022-05-26"),
        (date(2019, 6, 1), "not yet in force (2020-03-25 to 2022-05-26)"),
    ],
)
def test_a_version_says_what_it_is_today(today, said):
    assert services.standing(services.version("DDAS-TT-2020"), today) == said
