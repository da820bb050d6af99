#!/usr/bin/env bash
# Sees to it that the programs the tests use are there: Debian's packages are installed where that is
# possible; elsewhere the missing ones are named. With "browser", those of the tests in a real browser; with
# "operation", those of the trial of operation.
set -euo pipefail
PATH=$PATH:/usr/sbin # Debian's place for servers

missing=()
need() { command -v "$1" >/dev/null || [ -f "$1" ] || missing+=("${@:2}"); }
if [ "${1:-}" = operation ]; then
	need pgbouncer pgbouncer
else
	need oathtool oathtool # computes codes independently of us
	need zbarimg zbar-tools # reads the QR codes back
fi
case ${1:-} in
browser)
	need "${CHROMIUM:-chromium-headless-shell}" chromium-headless-shell fonts-dejavu-core # without windows: two thirds of the time
	need node nodejs
	need npm npm
	;;
'')
	need gcc gcc libc6-dev # the race detector needs cgo
	need curl curl ca-certificates
	need pskctool pskctool # reads, checks and signs files of factors, RFC 6030
	need pskc2csv pskc-utils # and another one that does, with encryption
	# The hosts in examples/: the compiler is most of it, about 120 MB to fetch and 270 MB on disk.
	need javac default-jdk-headless
	need /usr/share/java/gson.jar libgoogle-gson-java
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null || python3 -c 'import cryptography' 2>/dev/null || missing+=(python3 python3-cryptography)
	need dash dash # the shells that a block of a document is pasted into, and what makes them a terminal
	need bash bash
	need zsh zsh
	need script bsdutils
	need nginx nginx # the proxies whose configuration is in deploy/
	need caddy caddy
	need systemd-analyze systemd # checks and rates the unit there
	[ "$(id -u)" -ne 0 ] || need buildah buildah # builds the image and enters it, which takes root
	;;
esac

# Debian 12 has an older one.
check_node() {
	[ "${1:-}" != browser ] || node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' && return
	echo "test-tools: Node 20 or later is needed, and this is $(node --version); see https://nodejs.org" >&2
	exit 1
}

[ ${#missing[@]} -eq 0 ] && check_node "$@" && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "test-tools: installing Debian's packages for the tests: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
	# The tests start servers of their own; Debian starts one of each for the machine.
	for server in pgbouncer nginx caddy; do
		[[ " ${missing[*]} " != *" $server"* ]] || systemctl --quiet disable --now "$server" 2>/dev/null || true
	done
	check_node "$@"
	exit 0
fi

echo "test-tools: the tests need what these Debian packages bring: ${missing[*]}" >&2
echo "test-tools: install them (Debian, Ubuntu: sudo apt-get install ${missing[*]}) and try again" >&2
exit 1
