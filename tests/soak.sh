#!/usr/bin/env bash
# The real window under seeded random hands on a display without a screen: no crash, no leak, no stall.
#
#   tests/soak.sh [MINUTES] [SEED] [STALL_MS] [WAIT_MS]     60 minutes, seed 1, 200 ms and 200 ms where nothing is said
#
# STALL_MS bounds what the window's thread computes in a frame; WAIT_MS a frame with what it waits for that is no processor, and
# with its drawing, which is a processor's here.
#
# HEBBSCOPE_E2E_BINARY names another binary than the one that the tests build, such as target/release/hebbscope.
set -euo pipefail
cd "$(dirname "$0")/.."

export HEBBSCOPE_SOAK_MINUTES=${1:-60} HEBBSCOPE_SOAK_SEED=${2:-1} HEBBSCOPE_SOAK_STALL_MS=${3:-200}
export HEBBSCOPE_SOAK_WAIT_MS=${4:-200}
export LIBGL_ALWAYS_SOFTWARE=1 HEBBSCOPE_REQUIRE_GPU=1
exec cargo test --locked --test e2e -- --nocapture --exact soak::the_window_endures
