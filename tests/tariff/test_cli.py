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


def test_amounts_and_days_are_read_as_people_write_them(capsys):
    typed = ("quote", "--turnover", "4.000.000", "--days", "180", "--on", "01.06.2021", "--json")
    assert run(capsys, *typed) == run(capsys, *ASKED, "--json")


WRONG = [
    ("--turnover", "0", "'0' is no turnover; write an amount above 0"),
    ("--turnover", "-5", "'-5' is no turnover"),
    ("--days", "0", "'0' is no number of days; write a whole number above 0"),
    ("--days", "-30", "'-30' is no number of days"),
    ("--on", "2021-06-41", "'2021-06-41' is not a day; write it like 2021-06-01 or 01.06.2021"),
    ("--on", "31.02.2021", "'31.02.2021' is not a day"),
    ("--buyers", "-1", "'-1' is no number"),
    ("--buyers", "x", "'x' is no number"),
]


@pytest.mark.parametrize(("option", "typed", "sentence"), WRONG)
def test_a_word_that_is_no_day_or_number_is_refused_in_one_sentence(capsys, option, typed, sentence):
    with pytest.raises(SystemExit) as ended:
        parser(8000).parse_args(["tariff", *ASKED, option, typed])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"lms tariff quote: argument {option}: {sentence}")
    assert said.count("\n") == 1
