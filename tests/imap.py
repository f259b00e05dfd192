"""A real IMAP server for tests: Debian's Dovecot on the loopback, with a mailbox for each of two users."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "posta"


@contextmanager
def server(pem: Path | None = None, secure_port: int = 0) -> Iterator[str]:
    """The URL of a running server; stopped and removed at the end. Any user may log in with PASSWORD.

    ``pem`` (key and certificate) lets it speak TLS: after STARTTLS, and from the start on ``secure_port``.
    """
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    assert program, "dovecot is missing: sh tests/install_tools.sh"
    folder = Path(tempfile.mkdtemp(prefix="lmsimap", dir="/tmp"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody" if root else getpass.getuser())
    group = grp.getgrgid(owner.pw_gid).gr_name
    users = "" if root else f"default_internal_user = {owner.pw_name}\ndefault_login_user = {owner.pw_name}\ndefault_internal_group = {group}\n"  # fmt: skip
    (folder / "mail").mkdir()
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    (folder / "dovecot.conf").write_text(f"""
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
{f"ssl = yes{chr(10)}ssl_cert = <{pem}{chr(10)}ssl_key = <{pem}" if pem else "ssl = no"}
disable_plaintext_auth = no
first_valid_uid = 1
{users}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_name} gid={group} home={folder}/mail/%u
}}
mail_location = maildir:~/Maildir
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
""")
    running = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.DEVNULL)
    try:
        _wait(port, folder / "log")
        yield f"imap://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, log: Path) -> None:
    for _ in range(200):
        try:
            with imaplib.IMAP4("127.0.0.1", port, timeout=5) as line:
                line.login("bilgi", PASSWORD)
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"dovecot did not start: {log.read_text() if log.exists() else 'no log'}")


@contextmanager
def mailbox(url: str, user: str) -> Iterator[imaplib.IMAP4]:
    """A mail program at the same mailbox."""
    host, port = url.removeprefix("imap://").split(":")
    with imaplib.IMAP4(host, int(port), timeout=10) as line:
        line.login(user, PASSWORD)
        line.select("INBOX")
        yield line


def deliver(url: str, user: str, *mails: bytes) -> None:
    """Put mails into somebody's mailbox, as a mail server does."""
    with mailbox(url, user) as line:
        for mail in mails:
            assert line.append("INBOX", "", imaplib.Time2Internaldate(1740982500), mail)[0] == "OK"


def unseen(url: str, user: str) -> int:
    with mailbox(url, user) as line:
        return len(line.search(None, "UNSEEN")[1][0].split())
