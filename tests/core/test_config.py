"""Production starts with nothing that is only good enough for a demonstration, and says what is missing."""

import pytest

from lms.core.config import Config, ConfigError

GOOD = {
    "LMS_MODE": "production", "LMS_DATABASE_URL": "postgresql+psycopg://lms@db/lms", "LMS_BASE_URL": "https://aday.example.org",
    "LMS_SECRET_KEY": "s" * 40, "LMS_DATA_KEY": "d" * 40, "LMS_INDEX_KEY": "i" * 40, "LMS_MAIL_URL": "smtp://u:p@mail.example.org:587",
    "LMS_BANK_URL": "https://bank.example.org", "LMS_BANK_PASSWORD": "the-terminal's", "LMS_BANK_STORE_KEY": "its-own-key",
}  # fmt: skip


def test_a_complete_environment_starts() -> None:
    config = Config.from_env(GOOD)
    assert not config.demo
    assert config.secure
    assert "s" * 40 not in repr(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMS_SECRET_KEY", ""),
        ("LMS_SECRET_KEY", "short"),
        ("LMS_DATA_KEY", "short"),
        ("LMS_DATA_KEY", " "),
        ("LMS_INDEX_KEY", "short"),
        ("LMS_DATABASE_URL", "sqlite:////srv/lms.sqlite3"),
        ("LMS_BASE_URL", "http://aday.example.org"),
        ("LMS_BANK_URL", "http://127.0.0.1:8001"),
        ("LMS_BANK_PAGE_URL", "http://localhost:8001/page"),
        ("LMS_BANK_XML_URL", "http://localhost:8001/VPServlet"),
        ("LMS_BANK_STORE_KEY", "12345678"),
        ("LMS_MAIL_URL", ""),
        ("LMS_MODE", "staging"),
        ("PORT", "http"),
        ("LMS_TRUSTED_PROXIES", "-1"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_env({**GOOD, name: value})
    shown = name.replace("LMS_BANK_PAGE_URL", "LMS_BANK_URL").replace("LMS_BANK_XML_URL", "LMS_BANK_URL")
    assert shown in str(refused.value)


def test_the_simulator_cannot_hide_behind_one_address() -> None:
    only_the_page = {**GOOD, "LMS_BANK_URL": "", "LMS_BANK_PAGE_URL": "https://bank.example.org/page"}
    del only_the_page["LMS_BANK_URL"]
    with pytest.raises(ConfigError, match="LMS_BANK_URL"):
        Config.from_env(only_the_page)
