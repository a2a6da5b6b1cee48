#!/usr/bin/env bash
# Regenerates screenshots/*.png from the real window: every layout in the dark theme, and the first also in the light one,
# of a run of more than 1,500 steps with one change of the weight decay, made by dragging its slider.
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

Xvfb -displayfd 3 -screen 0 2000x1200x24 -nolisten tcp 3>"$home/display" 2>/dev/null &
pids+=($!)
until [ -s "$home/display" ]; do sleep 0.1; done
DISPLAY=:$(cat "$home/display")
export DISPLAY
until xdotool getdisplaygeometry >/dev/null 2>&1; do sleep 0.1; done
# Keys go nowhere without a window manager.
openbox 2>/dev/null &
pids+=($!)
"$binary" --experiment sre &
pids+=($!)

window=
until [ -n "$window" ]; do
    sleep 0.1
    window=$(xdotool search --onlyvisible --name '^Hebbscope' 2>/dev/null | tail -1 || true)
done
xdotool windowsize "$window" 1280 720

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
press() {
    xdotool key --window "$window" "$1"
    sleep 0.8
}
# A command by its name, through the palette.
palette() {
    press ctrl+p
    xdotool type --delay 20 "$1"
    sleep 0.4
    press Return
}
mkdir -p screenshots
shoot() {
    point 640 14
    sleep 1.2
    import -window "$window" -depth 8 -strip -define png:compression-level=9 "screenshots/$1.png"
}

# The slider of the weight decay, from 5e-4 to about 5e-3.
wait_for_step 700
x=124 y=428
point "$x" "$y"
sleep 0.4
xdotool mousedown 1
for to in $(seq $((x + 3)) 4 $((x + 39))); do
    point "$to" "$y"
    sleep 0.02
done
# The window must have drawn the last place before the button is let go and the pointer leaves.
sleep 0.4
xdotool mouseup 1
sleep 0.4
point 640 14
wait_for_step 1500
press space
sleep 1

press ctrl+1 && shoot explore
palette "light theme" && shoot explore-light
palette "dark theme"
press ctrl+2 && shoot teach
press ctrl+3 && shoot neurons
press ctrl+4 && shoot matrices
xdotool windowsize "$window" 1920 1080
sleep 1
press ctrl+6 && shoot everything

# The grid of Figure 4, quick, at its end: two pictures that are the same.
kill "${pids[-1]}"
"$binary" --experiment fig4-quick &
pids+=($!)
sleep 3
window=$(xdotool search --onlyvisible --name '^Hebbscope' | tail -1)
xdotool windowsize "$window" 1280 720
press space
press ctrl+5
# The button 'Start the grid'.
point 341 325
sleep 0.4
xdotool click 1
before=
until shoot phase && [ "$(md5sum <screenshots/phase.png)" = "$before" ]; do
    before=$(md5sum <screenshots/phase.png)
    sleep 10
done
ls -l screenshots
