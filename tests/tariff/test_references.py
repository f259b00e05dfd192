from datetime import date
from pathlib import Path

import pytest

from lms.core.sources import Folder
from lms.tariff.loader import check, load
from lms.tariff.rules.references import BadReference, expand, short

AUTHORED = Folder(Path())
LAW = """
id: DENEME-2023
title: Deneme eşikleri
series: DENEME
effective: {value: 2023-05-25, status: public, sources: [{gazette: "32201"}]}
facts:
  medium_sales: {value: 500000000, text: Orta büyüklükte sınır, status: public, sources: [{gazette: "32201"}]}
  raise: {value: {percent: 50}, text: "%50 artırım", status: public, sources: [{gazette: "32201"}]}
  kinds: {value: [açık hesap, çek, senet], text: Üç araç, status: public, sources: [{gazette: "32201"}]}
  staff: {status: unknown, reason: Kaynakta yok.}
"""
WITH_LAW = dict(AUTHORED) | {"content/tariffs/law/DENEME-2023.yaml": LAW.encode()}
CATALOGUE = load(WITH_LAW)


@pytest.mark.parametrize(
    ("written", "printed", "cells"),
    [
        ("%{{DDAS-TT-2020:premium/3.000.001-5.000.000/180}}", "%0,70", ["DDAS-TT-2020:premium/3.000.001-5.000.000/180"]),
        ("{{DDAS-TT-2020:limits/0-5.000.000}} TL", "100.000 TL", ["DDAS-TT-2020:limits/0-5.000.000"]),
        ("{{ DDAS-TT-2020:min_premium }} TL", "2.000 TL", ["DDAS-TT-2020:min_premium"]),
        ("{{DDAS-TT-2020:instalments.down_percent}}", "25", ["DDAS-TT-2020:instalments.down_percent"]),
        ("{{DDAS-TT-2020:terms}} gün", "120, 180, 240 ve 360 gün", ["DDAS-TT-2020:terms"]),
        ("{{DDAS-TT-2020:terms.3}}", "360", ["DDAS-TT-2020:terms.3"]),
        ("{{DDAS-TT-2020:staged.1.from|date}}", "1 Nisan 2020", ["DDAS-TT-2020:staged.1.from"]),
        ("{{DDAS-TT-2020:effective|date}}", "25 Mart 2020", ["DDAS-TT-2020:effective"]),
        ("{{DENEME-2023:medium_sales|short}}", "500 milyon", ["DENEME-2023:medium_sales"]),
        ("{{DENEME-2023:kinds}}", "açık hesap, çek ve senet", ["DENEME-2023:kinds"]),
        ("{{DENEME-2023:raise|text}}", "%50 artırım", ["DENEME-2023:raise"]),
        (
            "{{quote:DDAS-TT-2020/4000000/180/max_cover}} TL",
            "840.000 TL",
            ["DDAS-TT-2020:premium/3.000.001-5.000.000/multiple", "DDAS-TT-2020:premium/3.000.001-5.000.000/180",
             "DDAS-TT-2020:min_premium"],
        ),
        ("{{quote:DDAS-TT-2020/100.000/120/net_premium}}", "2.000", ["DDAS-TT-2020:premium/0-3.000.000/120", "DDAS-TT-2020:min_premium"]),
        ("{{quote:DDAS-TT-2020/4000000/180/cash_price}}", "25.200", ["DDAS-TT-2020:cash_discount",
            "DDAS-TT-2020:premium/3.000.001-5.000.000/180", "DDAS-TT-2020:min_premium"]),
        ("{{quote:DDAS-TT-2020/4000000/180/rate}}", "0,70", ["DDAS-TT-2020:premium/3.000.001-5.000.000/180"]),
    ],
)  # fmt: skip
def test_a_reference_prints_the_cell_and_cites_it(written, printed, cells):
    expanded = expand(written, CATALOGUE)
    assert expanded.text == printed
    assert [citation.address for citation in expanded.citations] == cells


def test_the_citations_say_where_and_what():
    expanded = expand(
        "Oran %{{DDAS-TT-2020:premium/0-3.000.000/120}}, sınır {{DENEME-2023:medium_sales|short}} TL.", CATALOGUE
    )
    assert expanded.text == "Oran %0,50, sınır 500 milyon TL."
    assert [(c.shown, expanded.text[c.start : c.end]) for c in expanded.citations] == [
        ("0,50", "0,50"),
        ("500.000.000", "500 milyon"),
    ]


def test_a_text_without_references_is_left_alone():
    text = "Kıvrık { ayraç } ve %50."
    assert expand(text, CATALOGUE).text == text


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("DDAS-TT-2020:premium/1-2/120", "no such known value"),
        ("YOK-1:min_premium", "no such known value"),
        ("DENEME-2023:staff", "no such known value"),
        ("DDAS-TT-2020:premium", "no such known value"),
        ("DDAS-TT-2020:min_premium|uzun", "a format is one of"),
        ("DDAS-TT-2020:classes|date", "cannot be printed as date"),
        ("turnover", "no such known value"),
        ("quote:DDAS-TT-2020/4000000/180/tax", "FIELD one of"),
        ("quote:DDAS-T-2024/4000000/180/rate", "does not answer this (tariff.unknown)"),
        ("quote:DDAS-TT-2020/100000/120/cash_price", "the sources leave this open"),
    ],
)
def test_a_reference_that_prints_nothing_says_why(reference, why):
    with pytest.raises(BadReference, match=r".*") as refused:
        expand(f"x {{{{{reference}}}}}", CATALOGUE)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(125_000_000, "125 milyon"), (1_000_000_000, "1 milyar"), (2_500_000, "2,5 milyon"), (2_000, "2.000"), (3_000_001, "3.000.001")],
)  # fmt: skip
def test_short_amounts(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("medium_sales:", "Medium:", "a statement's key is like medium_sales"),
        ("id: DENEME-2023", "id: BASKA", "the id must be the file's name"),
        ("series: DENEME\n", "", "'series' is missing"),
        (
            'status: public, sources: [{gazette: "32201"}]}\nfacts',
            "status: public}\nfacts",
            "a known value needs a source",
        ),
    ],
)
def test_a_fault_in_a_rule_text_is_named(old, new, reason):
    broken = WITH_LAW | {"content/tariffs/law/DENEME-2023.yaml": LAW.replace(old, new, 1).encode()}
    faults = [str(fault) for fault in check(broken)[1]]
    assert any(fault.startswith("content/tariffs/law/DENEME-2023.yaml:") and reason in fault for fault in faults), (
        faults
    )


def test_two_texts_of_a_series_on_one_day_are_a_fault():
    twin = WITH_LAW | {"content/tariffs/law/DENEME-2024.yaml": LAW.replace("DENEME-2023", "DENEME-2024").encode()}
    assert any("takes effect on the same day as DENEME-2023" in fault.reason for fault in check(twin)[1])
    assert CATALOGUE.rule_text("DENEME-2023").from_day == date(2023, 5, 25)
