#!/usr/bin/env bash
# image.sh IMAGE VERSION TARGET: builds the Dockerfile with what there is. Buildah does so without an engine
# and without privileges for namespaces.
set -euo pipefail
cd "$(dirname "$0")/.."
image=$1 version=$2 target=$3
arguments=(--build-arg "VERSION=$version" --target "$target" --tag "$image")

if docker info >/dev/null 2>&1; then
	docker build "${arguments[@]}" .
elif command -v podman >/dev/null; then
	podman build --format docker "${arguments[@]}" .
elif command -v buildah >/dev/null; then
	# The OCI format knows no health check.
	buildah --storage-driver vfs bud --isolation chroot --format docker "${arguments[@]}" .
else
	echo 'image: none of docker (with its engine running), podman and buildah is here; install one of them' >&2
	exit 1
fi
