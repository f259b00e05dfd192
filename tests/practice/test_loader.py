import pytest

from lms.core.config import ROOT
from lms.core.sources import BrokenSource, Changed, Folder
from lms.courses import services as courses
from lms.practice.loader import FIRMS_FILE, check, load, places
from lms.tariff.loader import load as load_tariffs
from lms.web.messages import table

FILES = Folder(ROOT)
CATALOGUE = load_tariffs(FILES)
PLACES = places(courses.check(FILES))
FIRST = "content/practice/tasks/01-ilk-teklif.yaml"
CLAIM = "content/practice/tasks/08-hasar.yaml"
GIVEN = "content/practice/tasks/06-on-gun.yaml"


def faults_after(name, old, new):
    text = FILES[name].decode()
    assert old in text
    changed = Changed(FILES, {name: text.replace(old, new, 1).encode()})
    return changed, check(changed, CATALOGUE, PLACES)[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (FIRMS_FILE, "name: Örnek Mobilya Sanayi", "name: Demir Mobilya Sanayi", "a name says that it is invented"),
        (FIRMS_FILE, '"0000000101"', '"1234567890"', "starts with 0000"),
        (FIRMS_FILE, "kind: municipality", "kind: town", "kind is one of"),
        (FIRMS_FILE, "share: 30", "share: 0", "a share of 1 to 100"),
        (FIRMS_FILE, "share: 30", "share: 90", "make 122 per cent"),
        (FIRMS_FILE, "score: 2\n        ratio: 90", "score: 2\n        ratio: 80", "a cover ratio of 70 or 90"),
        (FIRMS_FILE, "score: 2\n        ratio: 90", "score: 2\n        ratio: 70", "a worse score never a higher one"),
        (FIRMS_FILE, "score: 2", "score: 7", "1 (best) to 6 (worst)"),
        (FIRMS_FILE, "code: deneme-tekstil", "code: ornek-mobilya", "stands twice"),
        (FIRMS_FILE, "cash: 900000", "coins: 900000", "unknown key 'coins'"),
        (FIRMS_FILE, "cash: 900000", "cash: 244400000", "exactly the ceiling of DDAS-TT-2022"),
        (FIRMS_FILE, "founded: 2015-05-12", "founded: 2021-05-12", "refused exactly where a step says declined"),
        (FIRST, "firm: ornek-mobilya", "firm: yok", "there is no firm 'yok'"),
        (FIRST, "on: 2022-06-01", "on: 2024-06-01", "no quote for ornek-mobilya on 2024-06-01: tariff.unknown"),
        (FIRST, "do: insured", "do: nothing", "a step has do:"),
        (FIRST, "ask: net_premium", "ask: limit", "limit says of: what it is about"),
        (FIRST, "lesson: prim#ornek", "lesson: prim#yok", "there is no lesson 'prim#yok'"),
        (FIRST, "id: alicilar", "id: isletme", "two steps have the same id"),
        (FIRST, ", en: The first quote", "", "'en' is missing"),
        (CLAIM, "amount: 200000", "amount: 2500", "exactly the threshold"),
        (CLAIM, "amount: 200000", "amount: 260000", "over the buyer's limit"),
        (CLAIM, "buyer: hayali-ev", "buyer: masal-dernek", "no covered buyer"),
        (CLAIM, "issued: instalments", "issued: barter", "issued is cash or instalments"),
        (GIVEN, "of: [ornek-mobilya]", "of: [ornek]", "there is no firm 'ornek'"),
    ],
)
def test_a_fault_names_file_line_and_reason(name, old, new, reason):
    changed, faults = faults_after(name, old, new)
    found = [fault for fault in faults if reason in fault.reason]
    assert found, faults
    assert all(fault.file.startswith("content/practice/") and fault.line > 0 for fault in found)
    if name == FIRMS_FILE:
        with pytest.raises(BrokenSource):
            load(changed, CATALOGUE)


def test_every_sentence_that_the_rules_and_files_can_ask_for_exists():
    from lms.practice.rules import firms, tasks

    wanted = {f"practice.hint_{ask}" for ask in tasks.ASK} | {
        f"practice.excluded_{kind}" for kind in firms.EXCLUDED_KINDS
    }
    wanted |= {f"practice.check_{name}" for name in tasks.INSURED}
    assert wanted <= table("tr").keys() & table("en").keys()
