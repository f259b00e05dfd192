import re

import pytest

from lms.audit.rules import Act


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_a_code_of_its_feature_and_a_text_in_both_languages(act: Act) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", act.value)
    assert act.text("tr").strip() == act.tr
    assert act.text("en").strip() == act.en
    assert act.tr
    assert act.en
    assert act.tr != act.en
    assert act == act.value


def test_acts_of_a_feature_stand_together() -> None:
    order = [act.feature for act in Act]
    blocks = [feature for at, feature in enumerate(order) if at == 0 or order[at - 1] != feature]
    assert len(blocks) == len(set(blocks))
