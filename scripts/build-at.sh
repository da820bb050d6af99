#!/usr/bin/env bash
# Builds countersign as it was at a commit, without touching what is checked out: build-at.sh COMMIT FILE
set -euo pipefail
cd "$(dirname "$0")/.."
commit=$1 file=$2

if ! git rev-parse --quiet --verify "$commit^{commit}" >/dev/null; then
	echo "build-at: git knows no commit '$commit'" >&2
	exit 1
fi
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree" 2>/dev/null || rm -rf "$tree"' EXIT
git worktree add --quiet --detach "$tree" "$commit"
make --silent -C "$tree" build BIN="$file"
