"""The simulated bank's own settings, read from the environment that the merchant's side also knows."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    database: Path
    merchant_id: str = "7000679"
    terminal_id: str = "30691298"
    user_id: str = "PROVOOS"
    password: str = field(default="123qweASD/", repr=False)
    store_key: str = field(default="12345678", repr=False)
    # R040: the bank adds its commission on its own page, in hundredths of a percent.
    commission_bps: int = 150
    # The demonstration's shared clock, so that authorisation times are in domain time.
    clock_file: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        env = os.environ if env is None else env
        var_dir = Path(env.get("LMS_VAR_DIR") or ROOT / "var" / env.get("PORT", "8000"))
        plain = {
            name: env[key]
            for name, key in {
                "merchant_id": "LMS_BANK_MERCHANT_ID",
                "terminal_id": "LMS_BANK_TERMINAL_ID",
                "user_id": "LMS_BANK_USER_ID",
                "password": "LMS_BANK_PASSWORD",
                "store_key": "LMS_BANK_STORE_KEY",
            }.items()
            if env.get(key)
        }
        return cls(
            database=var_dir / "bank.sqlite3",
            clock_file=var_dir / "clock.json",
            commission_bps=int(env.get("LMS_BANK_COMMISSION_BPS", "150")),
            **plain,
        )
