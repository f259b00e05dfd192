import json

import pytest

from lms.cli.main import parser


def run(capsys, *words):
    args = parser(8000).parse_args(["tariff", *words])
    assert args.run(args) == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _application(app, monkeypatch, now):
    monkeypatch.setattr("lms.cli.tariff.create_app", lambda: app)


ASKED = ("quote", "--turnover", "4000000", "--days", "180", "--on", "2021-06-01")


def test_a_quote_begins_with_what_its_version_is_today(capsys):
    lines = run(capsys, *ASKED, "--buyers", "5", "--instalments", "2").splitlines()
    assert lines == [
        "DDAS-TT-2020, historical: 2020-03-25 to 2022-05-26, not today's values",
        "rate %0,70, net premium 28.000,00 ₺",
        "cover 840.000,00 ₺ (30 times), per buyer 100.000,00 ₺",
        "paid at once: 25.200,00 ₺ (%10 off)",
        (
            "by instalments: 2021-06-01 7.000,00 ₺, 2021-07-01 10.500,00 ₺, 2021-08-01 10.500,00 ₺"
            " (the days are an example: a month apart)"
        ),
        "query fee, buyers: 5: 60,00 ₺, given back or spared with a policy within 10 days",
    ]


def test_what_no_source_says_is_told_as_unknown(capsys):
    out = run(capsys, "quote", "--turnover", "100000", "--days", "120", "--on", "2019-06-01")
    assert "net premium 2.000,00 ₺ (minimum premium)" in out
    assert "paid at once: open whether before or after the minimum (%10 off)" in out
    assert "by instalments: unknown" in out
    assert "query fee, buyers: 1: 20,00 ₺, 10,00 ₺ more with the policy" in out


def test_a_quote_for_scripts(capsys):
    answer = json.loads(run(capsys, *ASKED, "--json"))
    assert (answer["standing"], answer["net_premium"], answer["cash_price"]) == ("historical", "28000.00", "25200.00")
    assert [payment["amount"] for payment in answer["instalments"]] == ["7000.00"] * 4


def test_the_list_and_a_version_are_labelled(capsys):
    assert "DDAS-TT-2022" in run(capsys, "list")
    rows = {row["version"]: row for row in json.loads(run(capsys, "list", "--json"))}
    assert rows["DDAS-TT-2022"]["standing"].startswith("historical")
    assert (rows["DDAS-T-2024"]["standing"][:8], rows["DDAS-T-2024"]["quotable"]) == ("in force", False)
    assert "not today's values" in run(capsys, "show", "DDAS-TT-2020").splitlines()[1]


@pytest.mark.parametrize("words", [(*ASKED[:-1], "2021-06-41"), (*ASKED, "--buyers", "-1"), (*ASKED, "--buyers", "x")])
def test_a_word_that_is_no_day_or_number_is_refused(capsys, words):
    with pytest.raises(SystemExit):
        parser(8000).parse_args(["tariff", *words])
