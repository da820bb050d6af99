#!/usr/bin/env bash
# check-security-tests.sh TEST.JSON [DOCUMENT]: fails unless every test that docs/security.md names has run
# and passed, as the output of `go test -json` in TEST.JSON says. Make that with
#
#   make test TESTFLAGS=-json | tee test.json
#
# A test that was skipped has not run. Other lines in the file, such as make's own, do no harm.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: ${0##*/} TEST.JSON [DOCUMENT]" >&2; exit 2; }
output=$1 document=${2:-$(dirname "$0")/../docs/security.md}

named=$(sed -n 's/^| [AB][0-9][0-9] |//p' "$document" | grep -oE '`(Test|Fuzz)[A-Z][^`]*`' | tr -d '`' | sort -u)
ended=$(sed -nE 's/^\{.*"Action":"(pass|fail|skip)".*"Test":"([^"]*)".*/\1 \2/p' "$output" | sort -u)
[ -n "$named" ] || { echo "$document names no test" >&2; exit 2; }

awk '
	FNR == NR { how = $1; sub(/^[a-z]+ /, ""); ended[$0] = ended[$0] " " how; next }
	{ names++ }
	!($0 in ended)      { print "did not run:   " $0; bad++; next }
	ended[$0] ~ /fail/  { print "failed:        " $0; bad++; next }
	ended[$0] !~ /pass/ { print "was skipped:   " $0; bad++ }
	END { printf "%d of %d tests ran and passed\n", names - bad, names; exit bad > 0 }
' <(echo "$ended") <(echo "$named")
