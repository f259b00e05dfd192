#!/bin/sh
# What the tests need beside Python: a Chromium, the virus scanner, a mail server. Installed where we may (apt as root); else the line to type.
set -eu
missing=
for pair in chromium:chromium clamd:clamav-daemon dovecot:dovecot-imapd; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || missing="$missing ${pair#*:}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests:$missing ..."
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "The tests need$missing. Type: sudo apt-get install$missing" >&2
exit 1
