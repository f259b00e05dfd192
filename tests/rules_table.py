"""Writes docs/rules.md: every rule of the guide, where it is built and which tests hold it. ``python -m tests.rules_table``

The places are found, not claimed: a rule id in a docstring, comment or text of a module, and in a test's name or text.
What is open stands in ``OPEN`` with its reason.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "rules.md"
TITLES = """
R001 training and exam, in that order, make a certificate
R002 this programme is for first certificates; a person is a TCKN
R003 holders are led to renewal; no register hit, a declaration
R004 earlier applicants without a certificate are first-timers; revoked holders after a decision
R005 payment for another service opens nothing here
R006 a payment for the wrong service is not refunded
R007 every parameter belongs to a term's version
R008 payment and form inside the application window
R009 training and exam inside the study window
R010 paid in the window, form later in the same window
R011 paid without a form: reminders, then no application
R012 the steps in their order, none skipped
R013 an attempt counts if started before the study end
R014 payments outside the window or to elsewhere are quarantined
R015 attempts still reachable, told before paying
R016 the fee, in integer kuruş
R017 prices include VAT
R018 no refund
R019 no carrying over to later terms
R020 an invalid application keeps the fee
R021 a fee that was not owed is kept; approval hides the button
R022 a second payment for the same is a duplicate
R023 an overpayment counts as paid, the surplus is kept
R024 an underpayment waits for staff
R025 three failures or an annulled exam keep the fee
R026 a lapsed application keeps the fee
R027 no refund after the form
R028 membership first, one per TCKN
R029 old accounts are not taken over, the register is
R030 active at once, no e-mail gate
R031 log in by TCKN and password, one uniform refusal
R032 the same password opens certificates; it can be reset
R033 only card and bank branch
R034 the pay button and when it shows
R035 the service is chosen and checked again
R036 the contract accepted before card data
R037 the bank's hosted page
R038 paid only when verified; recovery by inquiry
R039 card: the form opens at the payment
R040 the bank's commission is kept apart
R041 branch: institution code 2671
R042 branch: the service named must match
R043 branch: the form opens six hours later
R044 branch: files imported idempotently
R045 branch: receipt three business days before the end
R046 branch: unmatched lines wait for their person
R047 identity copied from the membership
R048 four sections of the form
R049 five applicant types
R050 institution by type
R051 education required, no minimum
R052 phone, province, district optional
R053 result by SMS where a valid mobile was given
R054 format is checked, truth is the candidate's
R055 the certificate prints the form's name
R056 a review before sending
R057 separate consents, unticked, versioned
R058 the form's instant; double click, one application
R059 Temizle clears editable fields
R060 DETAYI GÖR is the proof
R061 each detail shows term and attempt
R062 one open application per person and term
R063 purposes and recipients of personal data
R064 training on the first business day after 24 hours
R065 access without waiting for a notice
R066 one log-in for the academy, no shared password
R067 no password is ever reset for the candidate
R068 Şifremi Değiştir
R069 one progress for all devices
R070 no second account
R071 any current browser
R072 E-Eğitimlerim
R073 durable progress and resume
R074 complete means every second
R075 the same percentage as the gate
R076 attendance for staff
R077 Tamamladıklarım: review after completion
R078 the curriculum covers product and screens
R079 a started candidate keeps the release
R080 three attempts
R081 Sınavlar shows assigned attempts
R082 attempt 1 at the instant of completion
R083 only after 100 %
R084 ten questions, twenty minutes, server clock
R085 no pause; re-entry within the time
R086 Sınavı Başlat starts it, once
R087 one question a screen, free navigation
R088 saved answers count; Kaydet moves on
R089 remaining time at the top right
R090 Sınavı Tamamla, confirmation, result
R090b score and success shown, no keys
R091 attempt 2 on the next Monday
R092 ten points each, seventy passes
R093 no negative marking; annulled items
R094 after a pass the rest is void
R095 attempt 3 on the next Monday
R096 no attempt after the study end, told at once
R097 watching again is free
R098 no fourth attempt
R099 re-application: request, approval, payment, form
R100 approval alone opens nothing
R101 next year needs no approval
R102 certificate on the Monday after passing
R103 a Monday's batch is the week before
R104 weekly, idempotent, caught up
R105 certificates in the same account
R106 view and print
R107 no paper
R108 viewable 180 days
R109 Sertifika Ödemesi after that
R110 renewal for 180 days, not stacked
R111 display expiry is not invalidity
R112 support
R113 no refund for late or failed
R114 false statements: revoked, four eyes
R115 slips are not false statements
R116 five exempt relations
R117 only these five
R118 request with fields and documents
R119 the right exists when the answer was sent
R120 everything but the fee applies
R121 links to the exemption section
R122 worked example: pass at the first attempt
R123 worked example: three fails
R124 the client's clock is never used; jobs may be late
R125 one person whatever the e-mail or phone
R126 the order's member, not the cardholder
R127 parameters change by a new version only
"""
OPEN: dict[str, str] = {}
_ID = re.compile(r"R\d{3}b?\b")
_RANGE = re.compile(r"(R\d{3})\s*-\s*(R\d{3})")


def titles() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in TITLES.strip().splitlines())


def _mentioned(path: Path, *, ranges: bool) -> set[str]:
    text = path.read_text("utf-8")
    found = set(_ID.findall(text)) | set(re.findall(r"R\d{3}b?(?=_)", text))
    for first, last in _RANGE.findall(text) if ranges else ():
        found |= {f"R{n:03d}" for n in range(int(first[1:]), int(last[1:]) + 1)}
    return found


def places(folder: str, pattern: str, *, skip: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Rule id -> files below ``folder`` that name it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / folder).rglob(pattern)):
        name = path.relative_to(ROOT).as_posix()
        if name in skip or "/messages/" in name or "/migrations/" in name:
            continue
        for rule in _mentioned(path, ranges=folder == "lms"):
            found.setdefault(rule, []).append(name)
    return found


def render() -> str:
    code, tests = places("lms", "*.py"), places("tests", "*.py", skip=("tests/rules_table.py",))
    lines = [
        "# The rules of the 2025 guide: where they live",
        "",
        "Written by `python -m tests.rules_table`; `tests/test_docs.py` holds it true. A rule without a test is open, with its reason.",
        "",
        "| rule | | code | tests |",
        "|---|---|---|---|",
    ]
    for rule, title in titles().items():
        if rule in OPEN:
            lines.append(f"| {rule} | {title} | open: {OPEN[rule]} | |")
            continue
        lines.append(f"| {rule} | {title} | {_cell(code.get(rule, []))} | {_cell(tests.get(rule, []))} |")
    return "\n".join(lines) + "\n"


def _cell(files: list[str]) -> str:
    shown = sorted(files, key=lambda name: ("rules" not in name, name))[:3]
    return " · ".join(f"`{name}`" for name in shown)


if __name__ == "__main__":
    TABLE.write_text(render(), "utf-8")
