#!/bin/bash
# VBE modes of all depths, through the linear frame buffer and through the window: size and pixels of the screenshots. What is
# expected follows from the modes' numbers in the VBE standard and from what vbe_modes.S says it draws.   With the VGA BIOS of
# Tandem, and with those of Bochs (Debian's vgabios) and SeaBIOS where they are installed.   PIXELS: the program of pixels.c
. "$(dirname "$0")/lib.sh"
need "${PIXELS:?}"
boot_sector "$here/vbe_modes.S" "$work/boot.img"

sizes='640x480 640x480 640x480 640x480 640x480 320x200 800x600 1024x768 1280x1024 1920x1080 1920x1200 2560x1600 1024x768 1024x768 1024x768'

# shots NAME: the places of each picture
shots() {
	local n=0 w h
	for size in $sizes; do
		w=${size%x*} h=${size#*x}
		same "$1, picture $n" "$size ff0000 00ff00 ffffff 00ff00 0000ff 000000" \
			"$("$PIXELS" "$out/$1/$n.png" 0,0 1,0 2,0 $((w / 2)),$((h / 2)) $((w - 1)),$((h - 1)) 5,5)"
		n=$((n + 1))
	done
	same "$1, moved" '640x480 ffffff 000000' "$("$PIXELS" "$out/$1/$n.png" 20,25 30,40)"
}

n=0
script='sleep 3'
for size in $sizes moved; do
	script+="
sleep 0.5
screenshot OUT/$n.png
key space"
	n=$((n + 1))
done
script+='
sleep 0.5
quit'

for technique in trap bare; do
	mkdir -p "$out/$technique"
	run_script "$technique" "${script//OUT/$out/$technique}" -technique "$technique" -fda "$work/boot.img" -debugcon "file:$work/log" || continue
	matches "$technique: the end" '^done' "$work/log"
	shots "$technique"
done
# Others' BIOSes on our adapter: their direct colour modes (palettes through 4F09h are not theirs).
for rom in /usr/share/vgabios/vgabios.bin /usr/share/seabios/vgabios-stdvga.bin; do
	[ -e "$rom" ] || continue
	mkdir -p "$out/rom"
	rm -f "$out/rom/"*
	run_script rom "${script//OUT/$out/rom}" -vgabios "$rom" -fda "$work/boot.img" || continue
	for n in 1 2 3 4 5 7 8 9 10 11; do
		size=$(cut -d' ' -f$((n + 1)) <<< "$sizes")
		w=${size%x*} h=${size#*x}
		same "$rom, picture $n" "$size ff0000 00ff00 ffffff 00ff00 0000ff" \
			"$("$PIXELS" "$out/rom/$n.png" 0,0 1,0 2,0 $((w / 2)),$((h / 2)) $((w - 1)),$((h - 1)))"
	done
done
check "trap and bare show the same" cmp "$out/trap/4.png" "$out/bare/4.png"
finish
