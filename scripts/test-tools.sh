#!/usr/bin/env bash
# Sees to it that the programs the tests use are there: Debian's packages are installed where that is
# possible; elsewhere the missing ones are named.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }
need gcc gcc libc6-dev # the race detector needs cgo
need oathtool oathtool # computes codes independently of us
need zbarimg zbar-tools # reads the QR codes back
need curl curl ca-certificates

[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "test-tools: installing Debian's packages for the tests: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
	exit 0
fi

echo "test-tools: the tests need what these Debian packages bring: ${missing[*]}" >&2
echo "test-tools: install them (Debian, Ubuntu: sudo apt-get install ${missing[*]}) and try again" >&2
exit 1
