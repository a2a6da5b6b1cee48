#!/usr/bin/env bash
# Installs what the tests need (on Debian and its relatives), then runs all of them.
#
#   bash tests/run.sh [arguments of cargo test]
#   bash tests/run.sh --packages                  only installs
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
    # The window's libraries, which are opened at run time.
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0
    # Drivers that draw and compute without a graphics card: Vulkan, then OpenGL.
    libvulkan1 mesa-vulkan-drivers libgl1 libegl1 libgl1-mesa-dri
    # A display without a screen, and what moves the mouse and takes pictures there.
    xvfb xauth x11-utils xdotool imagemagick openbox
    # A compositor of Wayland without one: 6 MB to fetch, 23 on the disk.
    weston
    # Readers of what the window exports, and a source of dropped files.
    python3 python3-numpy python3-pil python3-xlib poppler-utils
    # A validator of JSON by schemas.
    python3-jsonschema
)

# A batch system for the test of sweeps; where it is not to be had, that test says so.
slurm=(slurmctld slurmd slurm-client munge)

is_installed() {
    # 'ii' or 'hi': installed, and wanted or held.
    dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'
}

install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "tests: this is not Debian; these packages, by their names there, are needed: ${packages[*]}, a C compiler"
        return
    fi
    command -v cc >/dev/null || packages+=(gcc libc6-dev)
    local missing=() package
    local batch=()
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    for package in "${slurm[@]}"; do
        is_installed "$package" || batch+=("$package")
    done
    ((${#missing[@]} + ${#batch[@]})) || return 0
    echo "tests: installing ${missing[*]} ${batch[*]}"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "tests: neither root nor sudo; install them by hand: apt-get install ${missing[*]}" >&2
            return
        fi
        as_root=(sudo)
    fi
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
    "${as_root[@]}" apt-get update -qq || true
    if ((${#missing[@]})) && ! "${install[@]}" "${missing[@]}" >/dev/null; then
        echo "tests: apt-get failed; tests that need these packages will say so" >&2
    fi
    # By itself: without it only one test is skipped.
    if ((${#batch[@]})) && ! "${install[@]}" "${batch[@]}" >/dev/null; then
        echo "tests: no Slurm can be installed; its test will say so" >&2
    fi
}

install_packages
if [ "${1:-}" = --packages ]; then
    exit 0
fi
if ! command -v cargo >/dev/null; then
    echo "tests: cargo is not installed; Rust 1.95 or later is needed" >&2
    exit 2
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# mktemp makes it 0700, as X and Mesa want it.
mkdir -m 0700 "$scratch/runtime"
export XDG_RUNTIME_DIR="$scratch/runtime"
# A test that finds no driver to draw or compute with fails instead of passing unseen.
export HEBBSCOPE_REQUIRE_GPU=1
# As does the test of sweeps on a cluster where Slurm is installed; it starts its own daemons, as root.
if [ "$(id -u)" = 0 ] && PATH="$PATH:/usr/sbin:/sbin" command -v slurmctld >/dev/null; then
    export HEBBSCOPE_REQUIRE_SLURM=1
fi

status=0
cargo test --locked --no-fail-fast "$@" | tee "$scratch/output" || status=$?
if (($# == 0)); then
    # By itself, after all others. A runner's disk is shared, so that the window may wait for it.
    soak=0
    bash tests/soak.sh "${HEBBSCOPE_SOAK_MINUTES:-5}" "${HEBBSCOPE_SOAK_SEED:-1}" 200 1000 |
        tee -a "$scratch/output" || soak=$?
    ((status)) || status=$soak
fi

# 'test result: ok. 3 passed; 0 failed; 1 ignored; ...', one line a test binary.
read -r passed failed skipped < <(awk '
    /^test result: / {
        for (i = 1; i < NF; i++) {
            if ($(i + 1) == "passed;") passed += $i
            if ($(i + 1) == "failed;") failed += $i
            if ($(i + 1) == "ignored;") skipped += $i
        }
    }
    END { print passed + 0, failed + 0, skipped + 0 }' "$scratch/output")
if ((status != 0 && failed == 0)); then
    echo "tests: cargo test ended with status $status: something did not build, or a test binary crashed" >&2
    failed=1
fi
if ((status == 0 && passed == 0 && $# == 0)); then
    echo "tests: no test ran" >&2
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
