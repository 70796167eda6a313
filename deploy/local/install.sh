#!/usr/bin/env bash
# Makes a bare machine able to run and test Ustawi: PostgreSQL and RabbitMQ from the distribution, and .venv with
# the hash-locked packages. Does nothing, quickly, when all of it is there. Safe when run twice at once.
#
#   install.sh [servers] [python]       both when none is named
#   install.sh bench                    the frameworks that `make bench` compares with, in an environment of their own
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p .run
exec 9>.run/install.lock
flock 9

say() { printf '%s\n' "$*" >&2; }

as_root_or_tell() { # the packages that are missing
    if [ "$(id -u)" -ne 0 ]; then
        say "Missing on this machine: $*. Run this, then try again:"
        say "    sudo apt-get update && sudo apt-get install --yes --no-install-recommends $*"
        exit 1
    fi
    if ! command -v apt-get >/dev/null; then
        say "Missing on this machine: $*. Install them with your system's package manager, then try again."
        exit 1
    fi
    say "Installing $* ..."
    hush_services
    # A machine without package lists knows no package; one with old lists may ask for versions that are gone.
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$@" >.run/apt.log 2>&1 </dev/null || {
        tail -n 20 .run/apt.log >&2
        exit 1
    }
    restore_services
}

# The packages would start servers of their own at once. A policy-rc.d that says 101 ("not allowed") stops that; what
# stood there before is put back, also when we are interrupted.
policy=/usr/sbin/policy-rc.d
hush_services() {
    if [ -e "$policy" ] && [ ! -e "$policy.before-ustawi" ]; then
        mv "$policy" "$policy.before-ustawi"
    fi
    trap restore_services EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}
restore_services() {
    rm -f "$policy"
    if [ -e "$policy.before-ustawi" ]; then mv "$policy.before-ustawi" "$policy"; fi
    trap - EXIT
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null; }
has_rabbitmq() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || [ -x /opt/rabbitmq/sbin/rabbitmq-server ]; }

good_python() { # new enough, and able to make environments
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if command -v "$candidate" >/dev/null && good_python "$candidate"; then echo "$candidate"; return; fi
    done
}

wanted=$({ pwd && cat requirements/dev.txt deploy/local/install.sh; } | sha256sum)
stamp=.venv/ustawi.stamp
has_venv() { [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

make_venv() {
    local interpreter site root=../../../..
    interpreter=$(find_python)
    if [ -z "$interpreter" ]; then
        say "Python 3.11 or newer with venv is needed, and ${PYTHON:-python3} is not: set PYTHON=..."
        exit 1
    fi
    say "Preparing .venv with $("$interpreter" --version) ..."
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$interpreter" -m venv --clear .venv
    fi
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m ensurepip --default-pip >/dev/null
    fi
    .venv/bin/python -m pip install -qq --no-input --disable-pip-version-check \
        --require-hashes --no-deps -r requirements/dev.txt
    # Our own packages are found where they stand. The paths are relative to the folder of the .pth file.
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root/chassis" "$root/services/registry" "$root/services/loans" "$root/services/cases" \
        "$root/services/reports" "$root/cli" >"$site/ustawi.pth"
    printf '#!/bin/sh\nexec "$(dirname "$0")/python" -m ustawi "$@"\n' >.venv/bin/ustawi
    chmod 755 .venv/bin/ustawi
    printf '%s' "$wanted" >"$stamp"
}

# Other frameworks stand beside ours in benchmarks only, and never among the packages that we run with.
make_bench() {
    local there=.run/bench/venv wanted
    wanted=$(sha256sum <requirements/bench.txt)
    if [ -x "$there/bin/python" ] && [ "$(cat "$there/ustawi.stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "Preparing $there ..."
    mkdir -p .run/bench
    "$(find_python)" -m venv --clear "$there"
    "$there/bin/python" -m pip install -qq --no-input --disable-pip-version-check \
        --require-hashes --no-deps -r requirements/bench.txt
    printf '%s' "$wanted" >"$there/ustawi.stamp"
}

missing=()
parts=" ${*:-servers python} "
case $parts in *" servers "*)
    has_postgres || missing+=(postgresql)
    has_rabbitmq || missing+=(rabbitmq-server)
    ;;
esac
case $parts in *" python "*)
    if ! has_venv && [ -z "$(find_python)" ] && [ -z "${PYTHON:-}" ]; then missing+=(python3 python3-venv); fi
    ;;
esac
if [ ${#missing[@]} -gt 0 ]; then as_root_or_tell "${missing[@]}"; fi
case $parts in *" python "*)
    has_venv || make_venv
    ;;
esac
case $parts in *" bench "*)
    make_bench
    ;;
esac
