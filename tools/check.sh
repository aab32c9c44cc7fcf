#!/bin/bash
# Every check, in the order in which they fail fastest. Tests run on SQLite, then on PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
export MADOGUCHI_VAR="${TMPDIR:-/tmp}/madoguchi-check.$$"
unset DATABASE_URL
mkdir -p "$MADOGUCHI_VAR"
trap 'rm -rf "$MADOGUCHI_VAR"' EXIT

say() { printf '\n== %s\n' "$1"; }

say "format and lint"
ruff format --check --quiet src tests benchmarks tools
ruff check --quiet src tests benchmarks tools
say "import contracts"
lint-imports --no-logo 2>/dev/null || lint-imports
say "types"
mypy
say "migrations match the models"
DJANGO_SETTINGS_MODULE=madoguchi.config.settings django-admin makemigrations --check --dry-run
say "tests on SQLite"
pytest -n 2 -m "not server and not browser"
say "tests on PostgreSQL"
# What looks into files, prints or only decides stores nothing, and is the same on every database.
storeless=()
for name in eligibility sheets sheet_files sheet_template postal scanning scanning_active trades support kit kit_posting; do
    storeless+=("--ignore=tests/onboarding/test_$name.py")
done
for name in rules budget charts statement; do
    storeless+=("--ignore=tests/rewards/test_$name.py")
done
for name in guide posters services figure_pictures published_files; do
    storeless+=("--ignore=tests/opendata/test_$name.py")
done
python tools/postgres.py -- pytest -n 2 -m "not server and not browser" \
    "${storeless[@]}" tests/test_stored.py tests/events tests/people tests/registry tests/onboarding tests/ledger \
    tests/counter tests/payments tests/settlement tests/rewards tests/opendata tests/api tests/jobs tests/cli tests/web
# Alone, because the story holds the till to a second from the provider's notice to the screen.
say "the real server, walked in a browser"
pytest -m browser
say "the real server, killed (both databases)"
pytest -n 2 --dist loadfile -m server
# The engine stores nothing in a database.
python tools/postgres.py -- pytest -n 2 --dist loadfile -m "server" --ignore=tests/engine tests
