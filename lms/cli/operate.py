"""Operating: schema, jobs, staff, the bank, health, backup."""

import argparse
import json
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import current_app
from flask_migrate import check, upgrade
from sqlalchemy import text

from lms import scheduler
from lms.app import create_app
from lms.attachments.gateways import version as scanner_version
from lms.core import clock
from lms.core.access import STAFF_ROLES, SYSTEM
from lms.core.clock import ISTANBUL
from lms.core.config import Config, ConfigError, config, vault
from lms.core.db import db, transaction
from lms.core.sheets import csv_lines
from lms.mailroom.gateways import ImapMailbox, accounts
from lms.membership.services import staff
from lms.notifications import queries as notifications
from lms.payments import jobs as payments
from lms.payments.services import branch
from lms.register import services as register
from lms.web.access import rule_of
from lms.web.messages import sentence


def db_upgrade(_args: argparse.Namespace) -> int:
    """Bring the database to the newest schema."""
    with create_app().app_context():
        upgrade()
    return 0


def db_check(_args: argparse.Namespace) -> int:
    """Whether the models and the migrations agree."""
    with create_app().app_context():
        check()
    return 0


def sweep(args: argparse.Namespace) -> int:
    """Do everything that is due, once."""
    with create_app().app_context():
        now = datetime.fromisoformat(args.at) if args.at else clock.now()
        now = now if now.tzinfo else now.replace(tzinfo=ISTANBUL)
        if now > clock.now():
            raise ConfigError("--at must not lie ahead: what is due then would be done too early.")
        done = scheduler.sweep(now)
    print(json.dumps(done) if args.json else "\n".join(f"{name}: {count}" for name, count in done.items()))
    return 1 if -1 in done.values() else 0


def run_scheduler(_args: argparse.Namespace) -> int:
    """Run the jobs in this process until it is stopped."""
    stopped = threading.Event()
    running = scheduler.start(create_app())
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _signal, _frame: stopped.set())
    stopped.wait()
    running.shutdown(wait=True)
    return 0


def create_staff(args: argparse.Namespace) -> int:
    """Create a staff account; prints a one-time link on which its owner sets name and password."""
    with create_app().app_context():
        with transaction():
            _member, link = staff.create_staff(args.role, actor=SYSTEM, now=clock.now(), wall=clock.wall())
        print(link)
    return 0


def print_roles(_args: argparse.Namespace) -> int:
    """Who may open what below /yonetim, read from the views themselves; "!" asks again for password and code."""
    app = create_app()
    with app.app_context():
        for line in role_lines():
            print(line)
    return 0


def role_lines() -> list[str]:
    """One line for each page and act of the staff: method, address, roles."""
    found = []
    for route in current_app.url_map.iter_rules():
        rule = rule_of(route.endpoint)
        if rule is None or rule.kind != "staff":
            continue
        mark = "!" if rule.fresh else " "
        found += [
            f"{route.rule}  {method}{mark} {', '.join(role for role in STAFF_ROLES if role in rule.roles)}"
            for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return sorted(found)


def import_register(args: argparse.Namespace) -> int:
    """Enter the certificates of earlier years (CSV or XLSX: tckn, number, holder, issued_on, revoked_on); a result for each line."""
    path = Path(args.file)
    with create_app().app_context(), transaction():
        results = register.import_table(
            path.read_bytes(), programme_code=args.programme, actor=SYSTEM, now=clock.now(),
            correct=args.correct, dry_run=args.dry_run,
        )  # fmt: skip
    rows = [(one.line, one.number, one.outcome.value, _why(one)) for one in results]
    if args.json:
        named = [dict(zip(_RESULT, row, strict=True)) for row in rows]
        print(json.dumps(named, ensure_ascii=False))
    else:
        print("".join(csv_lines(_RESULT, rows)).removeprefix("\ufeff"), end="")
    return 1 if any(one.outcome is register.Outcome.REFUSED for one in results) else 0


_RESULT = ("line", "number", "result", "reason")


def _why(one: register.Result) -> str:
    return sentence(f"register.line.{one.why}", {}, "en") if one.why else ""


def import_branch(args: argparse.Namespace) -> int:
    """Import the bank's collection file of branch payments; a result for each line. A refused file changes nothing."""
    data = Path(args.file).read_bytes()
    with create_app().app_context():
        done = branch.take_file(data, actor=SYSTEM, now=clock.now())
        rows = [
            (one.line_no, one.kind, one.tckn_masked, one.amount_kurus, one.bank_ref, one.result) for one in done.lines
        ]
    if args.json:
        named = [dict(zip(_BRANCH_RESULT, row, strict=True)) for row in rows]
        print(json.dumps({"file": done.file.number, "repeated": done.repeated, "lines": named}, ensure_ascii=False))
    else:
        print("".join(csv_lines(_BRANCH_RESULT, rows)).removeprefix("\ufeff"), end="")
    return 0


_BRANCH_RESULT = ("line", "kind", "tckn", "amount_kurus", "bank_ref", "result")


def inquire(_args: argparse.Namespace) -> int:
    """Ask the bank about every order that is still open."""
    with create_app().app_context():
        print(payments.inquire_open_orders(clock.now()))
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Check configuration, database, clock, queue, keys and disk."""
    with create_app().app_context():
        findings = [_checked(name, probe) for name, probe in _PROBES.items()]
    if args.json:
        print(json.dumps([{"check": n, "ok": ok, "found": found} for n, ok, found in findings], ensure_ascii=False))
    else:
        print("\n".join(f"{'ok  ' if ok else 'BAD '} {name}: {found}" for name, ok, found in findings))
    return 0 if all(ok for _, ok, _ in findings) else 1


def _checked(name: str, probe: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, probe()
    except Exception as error:
        return name, False, str(error).splitlines()[0]


def _config() -> str:
    return f"{config().mode}, {config().base_url}"


def _database() -> str:
    version = db.session.scalar(text("select version_num from alembic_version"))
    return f"{db.engine.dialect.name}, schema {version}"


def _clock() -> str:
    if not config().demo and abs((clock.now() - clock.wall()).total_seconds()) > 1:
        raise RuntimeError("the domain clock differs from real time")
    return clock.now().astimezone(ISTANBUL).isoformat(timespec="seconds")


def _queue() -> str:
    lost, waiting = notifications.counts()
    return f"{waiting} messages waiting, {lost} failed"


def _keys() -> str:
    if vault().open(vault().seal("probe")) != "probe":
        raise RuntimeError("what was sealed does not open")
    return "seal and open"


def _disk() -> str:
    free = shutil.disk_usage(config().var_dir).free // 2**20
    if free < 500:
        raise RuntimeError(f"only {free} MB free")
    return f"{free} MB free"


def _scanner() -> str:
    url = config().clamd_url
    return "not configured (LMS_CLAMD_URL)" if url is None else scanner_version(url)


def _mail_in() -> str:
    settings = config()
    if settings.imap_url is None:
        return "not configured (LMS_IMAP_URL)"
    told = []
    for account in accounts(settings.imap_accounts or ""):
        with ImapMailbox(settings.imap_url, account) as box:
            told.append(f"{account.mailbox}: {box.unseen()} waiting")
    if not told:
        raise RuntimeError("LMS_IMAP_ACCOUNTS is empty")
    return ", ".join(told)


_PROBES = {
    "config": _config, "database": _database, "clock": _clock, "queue": _queue, "keys": _keys, "disk": _disk,
    "scanner": _scanner, "mail_in": _mail_in,
}  # fmt: skip


def backup(args: argparse.Namespace) -> int:
    """Write database and files into one archive, consistently and while the system runs."""
    settings, path = Config.from_env(), Path(args.file)
    if not path.parent.is_dir():
        raise ConfigError(f"{path.parent} is no folder: name a file in one that exists.")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(path, "w:gz") as archive:
        dump = Path(folder) / "database"
        if settings.database_url.startswith("sqlite"):
            with sqlite3.connect(_sqlite(settings)) as source, sqlite3.connect(dump) as target:
                source.backup(target)
        else:
            _postgres("pg_dump", "--format=custom", f"--file={dump}", "--dbname", _dsn(settings))
        archive.add(dump, "database")
        if Path(settings.files_url).is_dir():
            archive.add(settings.files_url, "files")
        kept = sum(member.isfile() for member in archive.getmembers()) - 1
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MB, the database and {kept} file{'' if kept == 1 else 's'}")
    print(f"to read it back into an empty place: lms restore {path}")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Read an archive of `lms backup` back; refuses to overwrite files that exist."""
    settings = Config.from_env()
    if Path(settings.files_url).exists() and any(Path(settings.files_url).iterdir()):
        raise ConfigError("LMS_FILES_URL is not empty: restore into an empty place.")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(args.file, "r:gz") as archive:
        archive.extractall(folder, filter="data")
        dump = Path(folder) / "database"
        if settings.database_url.startswith("sqlite"):
            target = _sqlite(settings)
            if target.exists():
                raise ConfigError("LMS_DATABASE_URL exists already: restore into an empty place.")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dump, target)
        else:
            _postgres("pg_restore", "--no-owner", "--exit-on-error", "--dbname", _dsn(settings), str(dump))
        if (Path(folder) / "files").is_dir():
            shutil.copytree(Path(folder) / "files", settings.files_url, dirs_exist_ok=True)
    return 0


def _sqlite(settings: Config) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _dsn(settings: Config) -> str:
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://")


def _postgres(tool: str, *arguments: str) -> None:
    path = shutil.which(tool)
    if path is None:
        raise ConfigError(f"{tool} is not installed: it comes with PostgreSQL's client programs.")
    subprocess.run([path, *arguments], check=True)  # noqa: S603 - our own arguments
