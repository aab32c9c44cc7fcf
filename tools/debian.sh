#!/bin/sh
# Installs Debian packages that are missing: `venv PYTHON`, `node` or `test`. Says what to do where it may not.
set -eu

install() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else
        echo "Please install these Debian packages and run make again: $*" >&2
        exit 1
    fi
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

have() { command -v "$1" >/dev/null 2>&1; }

case "$1" in
venv)
    "${2:-python3}" -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
    ;;
node)
    missing=""
    have node || missing="$missing nodejs"
    have npm || missing="$missing npm"
    # shellcheck disable=SC2086
    install $missing
    ;;
test)
    missing=""
    have chromium || missing="$missing chromium"
    [ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || missing="$missing postgresql"
    have xgettext || missing="$missing gettext"
    # The reward engine on Spark, which runs on Java 17.
    have java || missing="$missing openjdk-17-jre-headless"
    # shellcheck disable=SC2086
    install $missing
    ;;
esac
