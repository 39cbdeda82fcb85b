#!/bin/bash
# Installs the Debian packages that are missing: `setup.sh build` for what belljar is built and tested with, `setup.sh tests` for
# what compares its schemas with its readers (check-jsonschema, from the Python Package Index, into .build/check-jsonschema),
# `setup.sh attacks` for what attacks it, `setup.sh kernels` for booting other kernels, `setup.sh suites` for running other
# projects' test suites, `setup.sh observe` for what `belljar observe` watches, `setup.sh bench` for the tools it is measured
# against. Does nothing, quickly, when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "setup: $1" >&2
    echo "remedy: $2" >&2
    exit 1
}

packages_build=(
    # Libraries that are linked.
    libseccomp-dev libcap-dev libarchive-dev libsqlite3-dev libyaml-dev pkg-config
    # What libarchive needs when it is linked as an archive.
    nettle-dev zlib1g-dev liblzma-dev libbz2-dev libzstd-dev liblz4-dev
    # Programs that belljar runs: downloads, recipes that pin a git commit, and what ends both with belljar (setpriv).
    curl ca-certificates git util-linux
    # Programs that the tests and scripts run; busybox is the whole of the tests' toolchain, and their own programs are
    # compiled from C.
    busybox-static gcc libc6-dev
    # What packs it.
    binutils xz-utils dpkg
)
# A browser for the pages that diff writes.
packages_tests=(python3 python3-venv chromium)
packages_attacks=(util-linux bsdutils busybox-static gcc binutils libc6-dev jq python3 procps strace curl gpg gpg-agent gpgconf gpgv)
packages_kernels=(qemu-system-x86 busybox-static cpio tar xz-utils util-linux dpkg)
packages_suites=(util-linux tar xz-utils bzip2 gzip)
packages_observe=(cmake g++ make)
packages_bench=(bubblewrap mmdebstrap nix-bin busybox-static openssl dpkg dpkg-dev diffoscope-minimal)

check_swift() {
    local version major minor
    command -v swift >/dev/null || fail "there is no swift" \
        "install Swift 6.3 or newer from swift.org/install and put its bin folder on PATH"
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -1)
    major=${version%%.*} minor=${version##*.}
    if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; then
        fail "swift is ${version:-of an unknown version}, and belljar needs 6.3 or newer" \
            "install a newer Swift from swift.org/install and put its bin folder first on PATH"
    fi
}

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these packages are missing: $*" "as root: apt-get install $*"
        as_root=(sudo)
    fi
    echo "setup: installing $*" >&2
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "$@")
    # The lists of a fresh machine are empty or old: update them once, and only if the installation needs it.
    "${install[@]}" >/dev/null 2>&1 </dev/null && return
    "${as_root[@]}" apt-get update --quiet=2 >&2 </dev/null
    "${install[@]}" >/dev/null </dev/null || fail "apt-get could not install $*" "see its answer above"
}

# With Debian's Python: whoever runs the tests may not reach another one, in the home of whoever sets up.
install_validator() {
    local folder=.build/check-jsonschema list=Scripts/check-jsonschema.txt
    cmp --silent "$list" "$folder/installed.txt" && return
    echo "setup: installing check-jsonschema into $folder" >&2
    rm -rf "$folder"
    /usr/bin/python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --requirement "$list" >&2 </dev/null ||
        fail "pip could not install what $list lists" "see its answer above"
    cp "$list" "$folder/installed.txt"
}

case "${1:-build}" in
build)
    check_swift
    wanted=("${packages_build[@]}")
    ;;
tests) wanted=("${packages_tests[@]}") ;;
attacks) wanted=("${packages_attacks[@]}") ;;
kernels) wanted=("${packages_kernels[@]}") ;;
suites) wanted=("${packages_suites[@]}") ;;
bench) wanted=("${packages_bench[@]}") ;;
observe) wanted=("${packages_observe[@]}") ;;
*) fail "unknown set of packages $1" "setup.sh build, setup.sh tests, setup.sh attacks, setup.sh kernels, setup.sh suites, setup.sh observe, or setup.sh bench" ;;
esac
command -v dpkg-query >/dev/null || fail "this is not a Debian system, and nothing can be installed here" \
    "install what Scripts/setup.sh lists with this system's package manager, then run Scripts/build.sh"
mapfile -t missing < <(missing_packages "${wanted[@]}")
[ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
if [ "${1:-build}" = tests ]; then install_validator; fi
