from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lms.core.sources import Folder
from lms.tariff.loader import load
from lms.tariff.rules.standing import Standing, standing
from lms.tariff.rules.versions import Fact, Law

CATALOGUE = load(Folder(Path()))
ROW = "premium/100.000.001-125.000.000"


def law(name, day, **facts):
    known = {key: Fact(key, "public", value, key) if value else Fact(key, "unknown") for key, value in facts.items()}
    return Law(name, name, "ESIK", Fact("effective", "public", date.fromisoformat(day)), facts=known)


LAWS = replace(
    CATALOGUE,
    laws=(
        law("ESIK-1", "2018-06-24", small=25, medium=125, micro=3),
        law("ESIK-2", "2022-03-18", small=50, medium=125, micro=5),
        law("ESIK-3", "2025-08-07", small=50, medium=1000, micro=0),
    ),
)


@pytest.mark.parametrize(
    ("address", "shown", "on", "kind", "said", "since"),
    [
        ("DDAS-TT-2020:limits/0-5.000.000", "100.000", "2020-03-24", "ahead", "100.000", "2020-03-25"),
        ("DDAS-TT-2020:limits/0-5.000.000", "100.000", "2022-05-26", "current", "100.000", "2020-03-25"),
        ("DDAS-TT-2020:limits/0-5.000.000", "100.000", "2022-05-27", "superseded_changed", "150.000", "2022-05-27"),
        ("DDAS-TT-2020:limits/0-5.000.000", "100.000", "2025-11-05", "superseded_unknown", "", "2023-01-07"),
        ("DDAS-TT-2020:limits/0-5.000.000", "200.000", "2021-01-01", "corrected", "100.000", None),
        ("DDAS-TT-2020:limits/0-6.000.000", "100.000", "2021-01-01", "lost", "", None),
        ("DDAS-TT-1999:min_premium", "2.000", "2021-01-01", "lost", "", None),
        ("DDAS-TT-2019:premium/0-3.000.000/120", "0,50", "2022-06-01", "superseded_same_value", "0,50", "2020-03-25"),
        (f"DDAS-TT-2020:{ROW}/120", "0,22", "2022-06-01", "superseded_gone", "0,22", "2022-05-27"),
        ("DDAS-TT-2020:effective", "25 Mart 2020", "2022-06-01", "superseded_same_value", "25 Mart 2020", "2022-05-27"),
        ("DDAS-TT-2020:instalments.count", "3", "2022-06-01", "superseded_changed", "5", "2022-05-27"),
        ("DDAS-TT-2020:query_fee.insured", "10", "2022-06-01", "superseded_unknown", "", "2022-05-27"),
        ("DDAS-TT-2022:ceiling", "250.000.000", "2025-11-04", "superseded_changed", "1.000.000.000", "2025-11-04"),
        ("ESIK-1:small", "25", "2022-03-17", "current", "25", "2018-06-24"),
        ("ESIK-1:small", "25", "2025-09-01", "superseded_changed", "50", "2022-03-18"),
        ("ESIK-1:medium", "125", "2023-01-01", "superseded_same_value", "125", "2022-03-18"),
        ("ESIK-1:medium", "125", "2025-09-01", "superseded_changed", "1.000", "2025-08-07"),
        ("ESIK-1:micro", "3", "2025-09-01", "superseded_unknown", "", "2025-08-07"),
    ],
)  # fmt: skip
def test_how_a_citation_stands_on_a_day(address, shown, on, kind, said, since):
    found = standing(address, shown, LAWS, date.fromisoformat(on))
    assert (found.kind, found.value) == (kind, said)
    assert found.from_day == (since and date.fromisoformat(since))
    assert found.stale == (kind in {"superseded_changed", "superseded_gone", "superseded_unknown", "corrected", "lost"})


def test_the_place_that_holds_now_is_named():
    day = date(2022, 6, 1)
    assert standing(f"DDAS-TT-2020:{ROW}/360", "0,49", CATALOGUE, day) == Standing(
        "superseded_gone", "DDAS-TT-2022:premium/100.000.001-175.000.000/360", "0,49", date(2022, 5, 27)
    )
    # no single row holds a band that was cut in two
    assert standing("DDAS-TT-2022:limits/75.000.001-175.000.000", "900.000", CATALOGUE, day).kind == "current"
    assert standing("DDAS-TT-2020:min_premium", "2.000", CATALOGUE, day).address == "DDAS-TT-2022:min_premium"


def test_every_cell_is_current_on_its_versions_first_day():
    for tariff in CATALOGUE.tariffs:
        for key in ("premium", "limits", "cover_multiple"):
            for row in tariff.table(key) or ():
                for column, value in row.cells.items():
                    cell = tariff.cell(f"{key}/{row.label}" + ("" if column == "limit" else f"/{column}"))
                    assert value is not None
                    found = standing(f"{tariff.id}:{cell.address}", cell.text, CATALOGUE, tariff.from_day)
                    assert found.kind == "current"
