#!/usr/bin/env bash
# Install newsml with all extras into .venv and run lint, types and tests. Can be run twice.
# Options are passed on to pytest: bash scripts/test.sh -k labels
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
[ -x .venv/bin/python ] || "$python" -m venv .venv
# The pinned torch first, by itself: pip then takes the build that the constraints name.
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/constraints.txt
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c scripts/constraints.txt -e '.[train,parquet,html,dev]'
.venv/bin/python -m ruff check .
.venv/bin/python -m ruff format --check .
.venv/bin/python -m mypy
.venv/bin/python -m pytest "$@"
