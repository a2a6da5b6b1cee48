#!/usr/bin/env bash
# Regenerates screenshots/sre.png and screenshots/sre-light.png from the real window: a run of more than 1,000 steps with
# one change of the weight decay, made by dragging its slider.
#
# Usage: tests/e2e/screenshots.sh [BINARY]
# Needs Xvfb, openbox, xdotool and ImageMagick.
set -euo pipefail
cd "$(dirname "$0")/../.."

for program in Xvfb openbox xdotool import; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
if [ $# -gt 0 ]; then
    binary=$1
else
    cargo build --release
    binary=${CARGO_TARGET_DIR:-target}/release/hebbscope
fi

home=$(mktemp -d)
pids=()
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$home"
}
trap cleanup EXIT
mkdir -m 700 "$home/runtime"
export HOME=$home XDG_RUNTIME_DIR=$home/runtime
unset WAYLAND_DISPLAY XDG_DATA_HOME XDG_CONFIG_HOME

# The window's frame needs room beside the 1280x720 that are shown.
Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$home/display" 2>/dev/null &
pids+=($!)
until [ -s "$home/display" ]; do sleep 0.1; done
DISPLAY=:$(cat "$home/display")
export DISPLAY
openbox 2>/dev/null &
pids+=($!)
"$binary" --experiment sre &
pids+=($!)

window=
until [ -n "$window" ]; do
    sleep 0.1
    window=$(xdotool search --onlyvisible --name '^Hebbscope' 2>/dev/null | tail -1 || true)
done

# Steps that the window's title tells.
step() {
    xdotool getwindowname "$window" | sed -n 's/.*step \([0-9,]*\)$/\1/p' | tr -d ,
}
wait_for_step() {
    until [ "$(step || true)" -ge "$1" ] 2>/dev/null; do sleep 0.05; done
}
point() {
    xdotool mousemove --window "$window" "$1" "$2"
}

# The slider of the weight decay, from 5e-4 to about 5e-3.
wait_for_step 500
point 125 244
xdotool mousedown 1
for x in $(seq 128 4 164); do
    point "$x" 244
    sleep 0.02
done
# The window must have drawn the last place before the button is let go and the pointer leaves.
sleep 0.4
xdotool mouseup 1
sleep 0.4
point 640 14
wait_for_step 1300
xdotool key space
sleep 1

mkdir -p screenshots
shoot() {
    import -window "$window" -depth 8 -strip -define png:compression-level=9 "screenshots/$1.png"
}
# The switches of the theme at the right of the top bar.
point 1156 22 && xdotool click 1 && point 640 14 && sleep 1
shoot sre
point 1201 22 && xdotool click 1 && point 640 14 && sleep 1
shoot sre-light
ls -l screenshots
