"""A term's version as the file that its authors would write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import yaml

from lms.core.calendar import Window
from lms.core.money import decimal_text
from lms.terms.rules import COUNTS

_HEAD: Final = "# Written by `lms content export` from the desk's version {version}.\n"


def term_yaml(code: str, version: int, parameters: Mapping[str, Any]) -> str:
    """What `loader` reads back to the same parameters."""
    file: dict[str, Any] = {
        "code": code,
        "kind": parameters["kind"],
        "name": {"tr": parameters["name_tr"], "en": parameters["name_en"]},
        "example": parameters["is_example"],
        "application": _days(parameters["application_from"], parameters["application_to"]),
        "study": _days(parameters["study_from"], parameters["study_to"]),
        "fee": decimal_text(parameters["fee_kurus"]),
        "view_fee": decimal_text(parameters["view_fee_kurus"]),
        "view_fee_example": parameters["view_fee_is_example"],
        "exemption_two_persons": parameters["exemption_two_persons"],
        **{name: parameters[name] for name in COUNTS},
    }
    text: str = yaml.safe_dump(file, allow_unicode=True, sort_keys=False, width=120)
    return _HEAD.format(version=version) + text


def _days(start: datetime, end: datetime) -> dict[str, Any]:
    window = Window(start, end)
    return {"first_day": window.first_day, "last_day": window.last_day}
