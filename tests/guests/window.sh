#!/bin/bash
# The window, on a virtual X display: it opens and shows the tour, takes keys, changes its size, fills the screen and comes back, takes
# a screenshot, and closes with status 0; it takes the mouse and lets it go. What X shows is left in the output folder as PNG, if ImageMagick is there.
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

# ---- the mouse: a click takes it, the guest gets what it moves while it is taken, Ctrl+Alt+G lets it go
title_has() { xdotool getwindowname "$window" | grep -q -- "$1"; }
position() { xdotool getmouselocation --shell | sed -n 's/^[XY]=//p' | tr '\n' ' '; }
move() { xdotool mousemove_relative -- "$1" "$2"; sleep 0.3; }
sums() { grep -c '^x ' "$work/log"; }
# tell: the right button makes the guest tell its sums
tell() {
	local before
	before=$(sums)
	xdotool click 3
	told() { [ "$(sums)" -gt "$before" ]; }
	await "the guest's sums" told
}
mouse_is_taken() {
	"$TANDEM" -fda "$work/boot.img" -debugcon "file:$work/log" < /dev/null > "$work/stdout" 2> "$work/stderr" &
	pid=$!
	children+=("$pid")
	await "a window" find_window || find_window_by_name tandem || return
	await "the guest's program" grep -q '^ready' "$work/log"
	xdotool windowfocus "$window" 2> /dev/null
	xdotool mousemove --window "$window" 100 100
	move 5 5 # not taken yet
	xdotool click 1
	await "taken" title_has 'Ctrl+Alt+G lets go'
	shot grabbed
	move 50 -30
	move 50 30
	move 100 -70
	tell
	await "the title tells how to let go" title_has 'exits/s (Ctrl+Alt+G frees the mouse)'
	xdotool key ctrl+alt+g
	await "let go" title_has 'mouse let go'
	xdotool mousemove 640 480
	move 60 40
	same "the pointer is free" "700 520 " "$(position)"
	xdotool click 1
	await "taken again" title_has 'Ctrl+Alt+G lets go'
	tell
	move 7 9
	tell
	xdotool click 2
	await "the end of the guest's program" grep -q '^done' "$work/log"
	# 200 to the right, 70 up; nothing; 7 to the right, 9 down
	same "what the guest got" 'ready x 00c8 y 0046 x 0000 y 0000 x 0007 y fff7 done' "$(grep -E '^(ready|x |done)' "$work/log" | tr '\n' ' ' | sed 's/ $//')"
	xdotool key ctrl+alt+q
	await "the end" gone
	wait "$pid"
	same "status" 0 $?
}
if command -v openbox > /dev/null && command -v gcc > /dev/null; then
	boot_sector "$here/mouse.S" "$work/boot.img"
	mouse_is_taken
fi

# ---- an error comes before any window; a display that is not there is one
"$TANDEM" -fda "$work/none.img" > "$work/stdout" 2> "$work/stderr"
same "missing image: status" 1 $?
same "missing image: lines" 1 "$(wc -l < "$work/stderr")"
DISPLAY=:99999 "$TANDEM" > "$work/stdout" 2> "$work/stderr"
same "no display: status" 1 $?
same "no display: lines" 1 "$(wc -l < "$work/stderr")"
finish
