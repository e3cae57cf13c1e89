#!/usr/bin/env bash
# What `make browser` needs: Node.js must be there; Chromium is installed from Debian where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/browser"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "error: make browser needs Node.js 20 or newer with npm" >&2
  exit 2
fi
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "error: make browser needs Chromium: install it, or set CHROMIUM to its path" >&2
    exit 2
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
npm ci --ignore-scripts --no-audit --no-fund --silent
