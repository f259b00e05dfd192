"""Configuration, only from the environment (``LMS_*``; secrets also as ``LMS_*_FILE``). Nothing is guessed in production."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lms.core.vault import Vault

DEMO_SECRET = "demo-only-not-a-secret"  # noqa: S105 - refused in production
ROOT = Path(__file__).resolve().parents[2]


class ConfigError(Exception):
    """The environment does not describe a system that may run; says which variable and why."""


@dataclass(frozen=True, slots=True)
class BankConfig:
    """The merchant's terminal at Garanti BBVA (DOMAIN.md 2.1). Defaults are the simulator's and demo only."""

    page_url: str
    xml_url: str
    mode: str = "TEST"
    merchant_id: str = "7000679"
    terminal_id: str = "30691298"
    user_id: str = "PROVOOS"
    password: str = field(default="123qweASD/", repr=False)
    store_key: str = field(default="12345678", repr=False)
    algorithm: str = "512"  # or v0.01: one per terminal, as the bank has set it up

    @property
    def origin(self) -> str:
        """Scheme and host of the hosted page: the one foreign address that a form may post to."""
        return "/".join(self.page_url.split("/")[:3])


@dataclass(frozen=True, slots=True)
class Config:
    """One frozen value for the whole process; see ``from_env`` for the names of the variables."""

    mode: Literal["demo", "production"]
    port: int
    database_url: str
    var_dir: Path
    base_url: str
    secret_key: str = field(repr=False)
    data_keys: tuple[str, ...] = field(repr=False)
    index_key: str = field(repr=False)
    bank: BankConfig
    files_url: str
    mail_url: str | None = field(default=None, repr=False)
    mail_from: str = "SEGEM Akademi <bilgi@segem.org.tr>"
    sms_url: str | None = field(default=None, repr=False)
    imap_url: str | None = field(default=None, repr=False)
    imap_accounts: str | None = field(default=None, repr=False)
    clamd_url: str | None = None
    redis_url: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    scheduler_in_process: bool = False
    testing: bool = False
    argon2: tuple[int, int, int] = (3, 65536, 4)
    sql_echo: bool = False

    @property
    def demo(self) -> bool:
        """Whether this is the demonstration: simulated clock and bank, captured mail, ready accounts."""
        return self.mode == "demo"

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS: cookies and HSTS depend on it."""
        return self.base_url.startswith("https://")

    def vault(self) -> Vault:
        """Seals and finds what must not lie readable in the database."""
        return Vault(self.data_keys, self.index_key)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Read ``LMS_*``; raise ``ConfigError`` with one sentence that says what to set."""
        read = _Reader(os.environ if env is None else env)
        mode = read("LMS_MODE", "demo")
        if mode not in ("demo", "production"):
            raise ConfigError("LMS_MODE must be demo or production.")
        port = read.number("PORT", "8000")
        var_dir = Path(read("LMS_VAR_DIR", str(ROOT / "var" / str(port)))).resolve()
        base_url = read("LMS_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        bank_url = read("LMS_BANK_URL", f"http://127.0.0.1:{port + 1}").rstrip("/")
        secret = read("LMS_SECRET_KEY", DEMO_SECRET)
        config = cls(
            mode="production" if mode == "production" else "demo",
            port=port,
            database_url=read("LMS_DATABASE_URL", f"sqlite:///{var_dir / 'lms.sqlite3'}"),
            var_dir=var_dir,
            base_url=base_url,
            secret_key=secret,
            data_keys=tuple(read("LMS_DATA_KEY", secret).split()),
            index_key=read("LMS_INDEX_KEY", secret),
            bank=BankConfig(
                page_url=read("LMS_BANK_PAGE_URL", f"{bank_url}/servlet/gt3dengine"),
                xml_url=read("LMS_BANK_XML_URL", f"{bank_url}/VPServlet"),
                mode=read("LMS_BANK_MODE", "TEST"),
                merchant_id=read("LMS_BANK_MERCHANT_ID", "7000679"),
                terminal_id=read("LMS_BANK_TERMINAL_ID", "30691298"),
                user_id=read("LMS_BANK_USER_ID", "PROVOOS"),
                password=read("LMS_BANK_PASSWORD", "123qweASD/"),
                store_key=read("LMS_BANK_STORE_KEY", "12345678"),
                algorithm=read("LMS_BANK_ALGORITHM", "512"),
            ),
            files_url=read("LMS_FILES_URL", str(var_dir / "files")),
            mail_url=read("LMS_MAIL_URL", "") or None,
            mail_from=read("LMS_MAIL_FROM", "SEGEM Akademi <bilgi@segem.org.tr>"),
            sms_url=read("LMS_SMS_URL", "") or None,
            imap_url=read("LMS_IMAP_URL", "") or None,
            imap_accounts=read("LMS_IMAP_ACCOUNTS", "") or None,
            clamd_url=read("LMS_CLAMD_URL", "") or None,
            redis_url=read("LMS_REDIS_URL", "") or None,
            metrics_token=read("LMS_METRICS_TOKEN", "") or None,
            trusted_proxies=read.number("LMS_TRUSTED_PROXIES", "0"),
            scheduler_in_process=read("LMS_SCHEDULER", "1" if mode == "demo" else "0") == "1",
        )
        if config.clamd_url is not None and not config.clamd_url.startswith(("tcp://", "unix:")):
            raise ConfigError("LMS_CLAMD_URL must be tcp://host:port or unix:/path/of/socket.")
        if not config.demo:
            _refuse_unsafe(config, read)
        return config


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __call__(self, name: str, default: str) -> str:
        path = self._env.get(f"{name}_FILE")
        if path:
            try:
                return Path(path).read_text("utf-8").strip()
            except OSError as error:
                raise ConfigError(f"{name}_FILE cannot be read: {error.strerror}.") from error
        return self._env.get(name, default)

    def number(self, name: str, default: str) -> int:
        text = self(name, default)
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise ConfigError(f"{name} must be a whole number.")
        return int(text)


def _refuse_unsafe(config: Config, read: _Reader) -> None:
    """Production does not start with what is only good enough for a demonstration; every reason is named at once."""
    faults = []
    secrets = (config.secret_key, config.index_key, *config.data_keys)
    if DEMO_SECRET in secrets or not config.data_keys or min(map(len, secrets)) < 32:
        faults.append("LMS_SECRET_KEY (and LMS_DATA_KEY, LMS_INDEX_KEY) must be set, 32 characters at least.")
    if not read("LMS_DATA_KEY", "") or not read("LMS_INDEX_KEY", ""):
        faults.append("LMS_DATA_KEY and LMS_INDEX_KEY must be set apart from LMS_SECRET_KEY: they outlive it.")
    if config.database_url.startswith("sqlite") and read("LMS_ALLOW_SQLITE", "") != "1":
        faults.append("LMS_DATABASE_URL is SQLite; use PostgreSQL, or set LMS_ALLOW_SQLITE=1.")
    if not config.secure:
        faults.append("LMS_BASE_URL must begin with https://.")
    if any(
        host in url
        for host in ("127.0.0.1", "localhost", "[::1]")
        for url in (config.bank.page_url, config.bank.xml_url)
    ):
        faults.append("LMS_BANK_URL is the bank simulator; set the bank's address.")
    if (
        config.bank.password == BankConfig.__dataclass_fields__["password"].default
        or config.bank.store_key == "12345678"
    ):
        faults.append("LMS_BANK_PASSWORD and LMS_BANK_STORE_KEY must be the terminal's own.")
    if "://" in config.files_url and not config.files_url.startswith("file://"):
        faults.append("LMS_FILES_URL must be a folder: this version keeps files nowhere else.")
    if config.mail_url is None:
        faults.append("LMS_MAIL_URL must be set (smtp://user:password@host:587).")
    if faults:
        raise ConfigError(" ".join(faults))


class _Active:
    config: Config | None = None
    vault: Vault | None = None


def activate(config: Config) -> None:
    """Make ``config`` the process's own; ``create_app`` calls it once."""
    _Active.config = config
    _Active.vault = config.vault()


def config() -> Config:
    """The running process's configuration."""
    if _Active.config is None:
        raise ConfigError("No configuration is active: create_app() has not run.")
    return _Active.config


def vault() -> Vault:
    """The running process's vault."""
    if _Active.vault is None:
        raise ConfigError("No configuration is active: create_app() has not run.")
    return _Active.vault
