#!/bin/bash
# Every standard mode, mode X, a split screen and panning: size and pixels of the screenshots. The expectations are those of the
# adapter's manual: sizes from IBM's table of modes; colours are those of its default palettes, n * 255 / 63 of the DAC's values
# (2Ah: aa, 15h: 55, 3Fh: ff).   PIXELS: the program of pixels.c
. "$(dirname "$0")/lib.sh"
need "${PIXELS:?}"
boot_sector "$here/vga_modes.S" "$work/boot.img"

# The sixteen colours; the ones of mode 4 (palette 1, bright); white on black.
rgb='000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa 555555 5555ff 55ff55 55ffff ff5555 ff55ff ffff55 ffffff'
cga='000000 55ffff ff55ff ffffff'
row16=$(for c in $(seq 16 31); do printf '%d,20 ' "$c"; done)
row4='16,20 17,20 18,20 19,20'

# name|size and colours|places
expected="00-text|360x400 ffff55 ffff55 000000|$((7 * 9 + 1)),$((5 * 16 + 1)) $((7 * 9 + 8)),$((5 * 16 + 15)) $((8 * 9 + 1)),$((5 * 16 + 1))
01-text|360x400 ffff55 ffff55 000000|64,81 71,95 73,81
02-text|720x400 ffff55 ffff55 000000|64,81 71,95 73,81
03-text|720x400 ffff55 ffff55 000000|64,81 71,95 73,81
07-text|720x400 000000 000000|62,81 73,81
04|320x200 ff55ff 000000 $cga 55ffff|0,0 1,0 $row4 319,199
05|320x200 ff55ff 000000 $cga 55ffff|0,0 1,0 $row4 319,199
06|640x200 ffffff 000000 000000 ffffff ffffff|0,0 1,0 16,20 17,20 639,199
0d|320x200 aa0000 000000 $rgb 5555ff|0,0 1,0 $row16 319,199
0e|640x200 aa0000 000000 $rgb 5555ff|0,0 1,0 $row16 639,199
0f|640x350 000000 000000|1,0 16,20
10|640x350 aa0000 000000 $rgb 5555ff|0,0 1,0 $row16 639,349
11|640x480 ffffff 000000 000000 ffffff ffffff|0,0 1,0 16,20 17,20 639,479
12|640x480 aa0000 000000 $rgb 5555ff|0,0 1,0 $row16 639,479
13|320x200 0000ff 000000 $rgb ff0000|0,0 1,0 $row16 319,199
mode-x|320x240 000000 ffff00 000000 ff0000 0000ff|0,0 1,0 161,120 162,120 319,239
split|320x200 ff0000 0000ff ffff00 00ff00|5,0 5,100 9,99 7,199
panned|320x200 000000 0000aa aaaaaa ffffff|13,20 14,20 20,20 28,20"

script='sleep 3'
for name in $(cut -d'|' -f1 <<< "$expected"); do
	script+="
sleep 0.3
screenshot OUT/$name.png
key space"
done
script+='
sleep 0.3
quit'

for technique in trap bare; do
	mkdir -p "$out/$technique"
	run_script "$technique" "${script//OUT/$out/$technique}" -technique "$technique" -fda "$work/boot.img" -debugcon "file:$work/log" || continue
	matches "$technique: the end" '^done' "$work/log"
	while IFS='|' read -r name colours places; do
		# shellcheck disable=SC2086
		same "$technique, $name" "$colours" "$("$PIXELS" "$out/$technique/$name.png" $places)"
	done <<< "$expected"
	for name in 07-text 0f; do # two shades of monochrome: lit, whatever the shade
		case $("$PIXELS" "$out/$technique/$name.png" $([ $name = 0f ] && echo 17,20 0,0 639,349 || echo 64,81 71,95)) in
		*" 000000"* | *outside*) fail "$technique, $name: dark" ;;
		esac
	done
done
for name in $(cut -d'|' -f1 <<< "$expected"); do
	check "$name: trap and bare show the same" cmp "$out/trap/$name.png" "$out/bare/$name.png"
done
finish
