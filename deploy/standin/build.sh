#!/usr/bin/env bash
# Builds stand-ins for the official images out of the distribution's packages, for machines that reach a package
# mirror and no image registry. They honour the environment, the volumes, the users and the paths that
# docker-compose.yml relies on, so that it runs unmodified. For trying out and testing: run the official images
# where you can.
#
#   build.sh [NAME...]     all when none is named; prints NAME_IMAGE=... lines for .env
#
# What has not changed is not built again: each image carries the hash of what it was made of.
set -euo pipefail
cd "$(dirname "$0")"

SUITE=trixie
BASE=standin/debian:$SUITE
LABEL=ustawi.made-of
ALL=(python postgres rabbitmq prometheus alertmanager postgres-exporter)

say() { printf '%s\n' "$*" >&2; }

made_of() { # the hash on an image, empty when there is none
    docker image inspect --format "{{index .Config.Labels \"$LABEL\"}}" "$1" 2>/dev/null || true
}

certificates() { # of authorities that this machine trusts beside the usual ones; packages come through them
    compgen -G '/usr/local/share/ca-certificates/*.crt' || true
}

mirror() { # where this machine has its packages from
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | sort | uniq -c |
        sort -rn | awk 'NR == 1 { print $2 }'
}

build_base() {
    local hash scratch certificate
    hash=$({ certificates | xargs -r cat; sed -n '/^build_base/,/^}/p' build.sh; mirror; } | sha256sum | cut -c1-16)
    if [ "$(made_of "$BASE")" = "$hash" ]; then return; fi
    if [ -z "$(mirror)" ]; then
        say "This machine has no package lists of Debian: run apt-get update first."
        exit 1
    fi
    command -v mmdebstrap >/dev/null || apt-get install --yes -qq --no-install-recommends mmdebstrap >/dev/null
    say "Building $BASE ..."
    scratch=$(mktemp -d)
    mkdir -p "$scratch/usr/local/share/ca-certificates"
    for certificate in $(certificates); do cp "$certificate" "$scratch/usr/local/share/ca-certificates/"; done
    tmp=/dev/shm
    [ -w $tmp ] || tmp=/tmp
    TMPDIR=$tmp mmdebstrap --quiet --variant=minbase --include=ca-certificates,passwd \
        --customize-hook="copy-in $scratch/usr/local/share/ca-certificates /usr/local/share" \
        --customize-hook='chroot "$1" update-ca-certificates >/dev/null 2>&1' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$SUITE" - "$(mirror)" |
        docker import --change "LABEL $LABEL=$hash" --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' \
            --change 'ENV LANG=C.UTF-8' --change 'ENV DEBIAN_FRONTEND=noninteractive' --change 'CMD ["bash"]' \
            - "$BASE" >/dev/null
    rm -rf "$scratch"
}

tag() {
    case $1 in
    python) echo standin/python:3.13 ;;
    postgres) echo standin/postgres:17 ;;
    rabbitmq) echo standin/rabbitmq:4.3-management ;;
    prometheus) echo standin/prometheus:v3.5.3 ;;
    alertmanager) echo standin/alertmanager:v0.33.1 ;;
    postgres-exporter) echo standin/postgres-exporter:v0.19.1 ;;
    esac
}

build() {
    local name=$1 image hash began=$SECONDS log
    image=$(tag "$name")
    hash=$({ made_of "$BASE"; cat "$name"/*; } | sha256sum | cut -c1-16)
    if [ "$(made_of "$image")" != "$hash" ]; then
        say "Building $image ..."
        if ! log=$(docker build --quiet --build-arg "BASE=$BASE" --label "$LABEL=$hash" --tag "$image" "$name" 2>&1); then
            say "$log"
            return 1
        fi
        say "Built $image in $((SECONDS - began)) s."
    fi
}

export DOCKER_BUILDKIT=0
names=("$@")
[ ${#names[@]} -gt 0 ] || names=("${ALL[@]}")
build_base
printf '%s\n' "${names[@]}" | {
    failed=0
    while read -r one; do # two at a time
        build "$one" &
        first=$!
        if read -r two; then
            build "$two" &
            wait $! || failed=1
        fi
        wait $first || failed=1
    done
    exit $failed
}
for name in "${names[@]}"; do
    variable=${name^^}_IMAGE
    echo "${variable//-/_}=$(tag "$name")"
done
