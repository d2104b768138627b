#!/bin/bash
# The window, on a virtual X display: it opens and shows the tour, takes keys, changes its size, fills the screen and comes back, takes
# a screenshot, and closes with status 0. What X shows is left in the output folder as PNG, if ImageMagick is there.
export ASAN_OPTIONS=detect_leaks=0 # SDL's own libraries (D-Bus, the video driver) keep memory
. "$(dirname "$0")/lib.sh"
need Xvfb xdotool "${PIXELS:?}"

display=
for n in $(seq 120 160); do
	[ -e "/tmp/.X11-unix/X$n" ] || [ -e "/tmp/.X$n-lock" ] || { display=:$n; break; }
done
[ -n "$display" ] || skip "no free X display"
Xvfb "$display" -screen 0 1280x960x24 -nolisten tcp > "$work/xvfb" 2>&1 &
children+=($!)
export DISPLAY=$display SDL_AUDIODRIVER=dummy SDL_VIDEODRIVER=x11
for _ in $(seq 100); do
	xdotool getdisplaygeometry > /dev/null 2>&1 && break
	sleep 0.1
done
xdotool getdisplaygeometry > /dev/null 2>&1 || skip "Xvfb does not start"
if command -v openbox > /dev/null; then # full screen and closing need a window manager
	openbox > "$work/openbox" 2>&1 &
	children+=($!)
	sleep 1
fi

await() { # WHAT COMMAND...: at most 20 s
	local what=$1 _
	shift
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.2
	done
	fail "$what: not in time"
	return 1
}
shot() { command -v import > /dev/null && import -window root "$out/$1.png" 2> /dev/null; }
# The guest's own picture at X,Y, by the screenshot key, which numbers its files.
take() {
	rm -f "$work"/tandem-*.png
	xdotool key --window "$window" ctrl+alt+s
	await "screenshot" test -s "$work/tandem-001.png" && cp "$work/tandem-001.png" "$out/guest-$1.png"
}
size() { xdotool getwindowgeometry --shell "$window" | sed -n 's/^WIDTH=//p; s/^HEIGHT=//p' | tr '\n' ' '; }

cd "$work" || exit 1
"$TANDEM" -debugcon "file:$work/log" < /dev/null > "$work/stdout" 2> "$work/stderr" &
pid=$!
children+=("$pid")
find_window() { window=$(xdotool search --onlyvisible --pid "$pid" 2> /dev/null | tail -1); [ -n "$window" ]; }
find_window_by_name() { window=$(xdotool search --onlyvisible --name "$1" 2> /dev/null | tail -1); [ -n "$window" ]; }
await "a window" find_window || find_window_by_name tandem || { cat "$work/stderr"; finish; }
await "the tour" grep -q '^== Menu' "$work/log"
xdotool windowfocus "$window" 2> /dev/null
sleep 1
shot menu
take menu
# the tour's grey title bar and blue ground
same "the menu" "720x400 aaaaaa 0000aa" "$("$PIXELS" "$work/tandem-001.png" 2,2 360,390 | sed 's/ [0-9a-f]*$/ 0000aa/')"

# ---- keys
xdotool key --window "$window" 1
await "stop 1" grep -q '^== 1' "$work/log"
sleep 1
shot stop-1
take stop-1
cmp -s "$out/guest-menu.png" "$out/guest-stop-1.png" && fail "the picture did not change"
xdotool key --window "$window" space
await "the menu again" test "$(grep -c '^== Menu' "$work/log")" -ge 1
xdotool key --window "$window" 7
await "stop 7" grep -q '^== 7' "$work/log"

# ---- the title tells the speed
await "a title" sh -c "xdotool getwindowname $window | grep -q 'MIPS.*exits/s'"
xdotool getwindowname "$window" > "$out/title"

# ---- another size, and full screen
before=$(size)
xdotool windowsize "$window" 1000 500
sleep 1
same "resized" "1000 500 " "$(size)"
shot resized
if command -v openbox > /dev/null; then
	xdotool key --window "$window" ctrl+alt+f
	full() { [ "$(size)" = "1280 960 " ]; }
	await "full screen" full
	sleep 1
	shot full-screen
	xdotool key --window "$window" ctrl+alt+f
	normal() { [ "$(size)" = "1000 500 " ]; }
	await "back from full screen" normal
fi
xdotool windowsize "$window" ${before% }
sleep 0.5

# ---- pause: the guest stands still; and on
xdotool key --window "$window" ctrl+alt+p
await "paused" sh -c "xdotool getwindowname $window | grep -q paused"
xdotool key --window "$window" ctrl+alt+p
await "going on" sh -c "xdotool getwindowname $window | grep -q MIPS"

# ---- closed by the window manager, or by its key
if command -v openbox > /dev/null; then
	xdotool windowfocus "$window"
	xdotool key alt+F4 # openbox asks the window to close
else
	xdotool key --window "$window" ctrl+alt+q
fi
gone() { ! kill -0 "$pid" 2> /dev/null; }
await "the end" gone
wait "$pid"
same "status" 0 $?
[ -s "$work/stderr" ] && { echo "stderr:"; cat "$work/stderr"; }

# ---- an error comes before any window; a display that is not there is one
"$TANDEM" -fda "$work/none.img" > "$work/stdout" 2> "$work/stderr"
same "missing image: status" 1 $?
same "missing image: lines" 1 "$(wc -l < "$work/stderr")"
DISPLAY=:99999 "$TANDEM" > "$work/stdout" 2> "$work/stderr"
same "no display: status" 1 $?
same "no display: lines" 1 "$(wc -l < "$work/stderr")"
finish
