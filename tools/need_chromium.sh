#!/usr/bin/env bash
# Makes sure that a Chromium is there for the tests that look at the report pages. Installs Debian's package where
# that is possible (root, apt-get); elsewhere says what to install and goes on: only those tests need it.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the tests of the report pages ..."
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null; then exit 0; fi
    echo "apt-get could not install the package chromium." >&2
fi
echo "No Chromium here. The tests of the report pages need one: install your system's package, for example" >&2
echo "    sudo apt-get install chromium" >&2
