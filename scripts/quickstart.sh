#!/usr/bin/env bash
# Install newsml into .venv, write the sample posts, and show their categories and summaries.
# Needs Python 3.11 or later with pip; after the install nothing is fetched. Can be run twice.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "quickstart: needs Python 3.11 or later; name one with PYTHON=python3.11" >&2
  exit 2
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check .

samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
.venv/bin/newsml samples "$samples"
echo
.venv/bin/newsml classify "$samples" --format table
echo
.venv/bin/newsml summarize "$samples" --format md
echo "Next: .venv/bin/newsml classify YOUR_POSTS --output categories.csv"
