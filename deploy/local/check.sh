#!/usr/bin/env bash
# Everything that can be checked without running a server. All checks run, also after one has failed.
set -uo pipefail
cd "$(dirname "$0")/../.."

failed=()
check() { # name, command...
    local name=$1 began=$SECONDS
    shift
    if output=$("$@" 2>&1); then
        printf 'ok    %-14s %3d s\n' "$name" $((SECONDS - began))
    else
        printf 'FAIL  %-14s %3d s\n%s\n' "$name" $((SECONDS - began)) "$output"
        failed+=("$name")
    fi
}

bin=.venv/bin
check "ruff check" "$bin/ruff" check .
check "ruff format" "$bin/ruff" format --check .
check "mypy" "$bin/mypy"
check "imports" "$bin/lint-imports" --no-cache
check "contracts" "$bin/python" -m chassis.contracts --check

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[*]}"
    exit 1
fi
