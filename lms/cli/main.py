"""The `lms` command: what operators and scripts type. Exit 0, 1 (found something wrong) or 2 (could not do it)."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NoReturn

from sqlalchemy.exc import SQLAlchemyError

from lms.cli import content, exchange, mail, operate, presence, privacy, serve, tariff
from lms.core.access import STAFF_ROLES
from lms.core.config import Config, ConfigError
from lms.core.errors import DomainError, Invalid
from lms.core.sources import BrokenSource
from lms.mailroom.rules import Mailbox
from lms.questions.formats.files import READERS, WRITERS
from lms.tariff.rules.quotes import turnover_of
from lms.web.messages import sentence

_DAYS = re.compile(r"0*[1-9][0-9]{0,4}")
_TURKISH_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
Run = Callable[[argparse.Namespace], int]
_OVER: dict[str, Any] = {"action": "store_true", "help": "also over what changed at both places"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """What is typed wrong is told like everything else: in one sentence."""
        self.exit(2, f"{self.prog}: {message} (--help tells more)\n")


def _add(
    group: "argparse._SubParsersAction[_Parser]",
    name: str,
    run: Run,
    *,
    as_json: bool = False,
    place: Callable[[], None] = presence.need_database,
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=(run.__doc__ or "").strip().split("\n")[0])
    parser.set_defaults(run=run, place=place)
    if as_json:
        parser.add_argument("--json", action="store_true", help="for a script")
    return parser


def _group(
    commands: "argparse._SubParsersAction[_Parser]", name: str, about: str
) -> "argparse._SubParsersAction[_Parser]":
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def parser(port: int = 8000) -> argparse.ArgumentParser:
    """Every command with its options."""
    root = _Parser(prog="lms", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for name, run in (("serve", serve.serve), ("web", serve.web)):
        command = _add(commands, name, run, place=presence.nothing)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=port)
        command.add_argument("--threads", type=int, default=8)
        command.add_argument("--workers", type=int, default=0, help="default: 1 in demo, 2 in production")
    _add(commands, "scheduler", operate.run_scheduler)
    _add(commands, "sweep", operate.sweep, as_json=True).add_argument("--at", help="an instant, ISO 8601")
    database = _group(commands, "db", "the schema")
    _add(database, "upgrade", operate.db_upgrade, place=presence.nothing)
    _add(database, "check", operate.db_check)
    _content(commands)
    accounts = _group(commands, "staff", "staff accounts")
    _add(accounts, "create", operate.create_staff).add_argument("--role", required=True, choices=STAFF_ROLES)
    _add(accounts, "roles", operate.print_roles, place=presence.nothing)
    banks = _group(commands, "bank", "the bank")
    _add(banks, "inquire", operate.inquire)
    _add(banks, "import", operate.import_branch, as_json=True).add_argument("file")
    entered = _add(
        _group(commands, "register", "who holds a certificate"), "import", operate.import_register, as_json=True
    )
    entered.add_argument("file")
    entered.add_argument("--programme", default="ddta")
    entered.add_argument("--correct", action="store_true", help="take other facts for numbers that stand already")
    entered.add_argument("--dry-run", action="store_true", help="tell what would happen, store nothing")
    audit = _group(commands, "audit", "the audit trail's chain")
    verified = _add(audit, "verify", privacy.verify_audit, as_json=True)
    verified.add_argument("--head", help="a head that was kept elsewhere: must be one of the chain's")
    _add(audit, "head", privacy.audit_head)
    held = _add(
        _group(commands, "privacy", "personal data"),
        "inventory",
        privacy.inventory,
        as_json=True,
        place=presence.nothing,
    )
    held.add_argument("--csv", action="store_true", help="for a spreadsheet")
    taken = _add(_group(commands, "mail", "mail that came"), "import", mail.import_mail, as_json=True)
    taken.add_argument("file", nargs="+")
    taken.add_argument("--mailbox", choices=[one.value for one in Mailbox], default=Mailbox.BILGI.value)
    _add(commands, "doctor", operate.doctor, as_json=True)
    _add(commands, "backup", operate.backup).add_argument("file")
    _add(commands, "restore", operate.restore, place=presence.nothing).add_argument("file")
    return root


def _content(commands: "argparse._SubParsersAction[_Parser]") -> None:
    authored = _group(commands, "content", "lessons, terms and texts")
    for name, run in (
        ("check", content.check_content),
        ("build", content.build_content),
    ):
        _add(authored, name, run, place=presence.nothing)
    _add(authored, "import", content.import_content).add_argument("--over", **_OVER)
    export = _add(authored, "export", content.export_content)
    export.add_argument("--to", metavar="DIR", help="below this folder, not in the files of the installation")
    export.add_argument("--over", **_OVER)
    bank = _group(commands, "questions", "the question bank")
    _add(bank, "check", content.check_questions, place=presence.nothing)
    taken = _add(bank, "import", content.import_questions, place=presence.nothing)
    taken.add_argument("file", nargs="?", help="a file of another program; without one, the bank itself is published")
    taken.add_argument("--over", **_OVER)
    _exchanged(taken, sorted(READERS))
    taken.add_argument("--lesson", default="", help="a lesson or slide (prim#taban) for questions that name none")
    taken.add_argument("--difficulty", type=int, choices=(1, 2, 3), default=1)
    taken.add_argument(
        "--document", help="the source of questions that name none: a key of content/tariffs/sources.yaml"
    )
    taken.add_argument("--place", help="where in that document")
    taken.add_argument("--cell", help="what questions that name no cell rest on, by its address (DDAS-FAQ:product)")
    _add(bank, "stats", exchange.item_statistics, as_json=True)
    written = _add(bank, "export", exchange.export_file, place=presence.files_suffice)
    written.add_argument("file", nargs="?", help="default: standard output")
    _exchanged(written, WRITERS)
    tariffs = _group(commands, "tariff", "the insurance tariff")
    _add(tariffs, "list", tariff.show_list, as_json=True, place=presence.files_suffice)
    _add(tariffs, "show", tariff.show, place=presence.files_suffice).add_argument("version")
    quote = _add(tariffs, "quote", tariff.quote, as_json=True, place=presence.files_suffice)
    quote.add_argument(
        "--turnover", type=_turnover, required=True, help="lira from sales on credit: 4000000 or 4.000.000"
    )
    quote.add_argument("--days", type=_positive, required=True, help="the term: 120, 180, 240 or 360")
    quote.add_argument("--on", type=_day, required=True, help="a day: 2021-06-01 or 01.06.2021")
    quote.add_argument("--buyers", type=_count, default=1, help="buyers to be queried (default 1)")
    quote.add_argument("--instalments", type=int, help="how many after the down payment (default: the most)")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


def _turnover(text: str) -> int:
    try:
        kurus = turnover_of(text)
    except Invalid:
        kurus = 0
    if kurus == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no turnover; write an amount above 0, like 4000000 or 4.000.000")
    return kurus


def _positive(text: str) -> int:
    if _DAYS.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write a whole number above 0")
    return int(text)


def _day(text: str) -> date:
    turkish = _TURKISH_DAY.fullmatch(text)
    try:
        return date(*(int(turkish[part]) for part in (3, 2, 1))) if turkish else date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it like 2021-06-01 or 01.06.2021") from None


def _exchanged(command: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    command.add_argument("--format", choices=formats, default="moodle")
    command.add_argument("--topic")
    command.add_argument("--programme", default="ddta")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is told on stderr in one sentence."""
    try:
        args = parser(Config.from_env().port).parse_args(argv)
        args.place()
        return int(args.run(args))
    except DomainError as error:
        print(f"lms: {sentence(error.code, error.params, 'en')}", file=sys.stderr)
        return 1
    except BrokenSource as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"lms: the database refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    except (ConfigError, OSError, ValueError) as error:
        print(f"lms: {error}", file=sys.stderr)
        return 2
