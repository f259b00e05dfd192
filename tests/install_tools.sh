#!/bin/sh
# The tests need a Chromium. Install it where we may (apt as root); else say the line to type.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests ..."
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "The browser tests need chromium. Type: sudo apt-get install chromium" >&2
exit 1
