#!/usr/bin/env bash
# Runs every fuzz target of the repository, each in its own module and for the time given.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}

targets=$(git ls-files -co --exclude-standard -- '*_test.go' |
	xargs grep -Ho '^func Fuzz[A-Za-z0-9_]*(' | sed 's/(//' || true)
if [ -z "$targets" ]; then
	echo 'fuzz: there are no fuzz targets' >&2
	exit 1
fi
while IFS=: read -r file declaration; do
	echo "fuzz: ${declaration#func } in $(dirname "$file") for $time"
	go -C "$(dirname "$file")" test -run '^$' -fuzz "^${declaration#func }\$" -fuzztime "$time" .
done <<<"$targets"
