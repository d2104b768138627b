#!/bin/bash
# The mouse, from a script's hand through chip, 8042 and BIOS to a program: no count is lost on long ways, buttons arrive.
. "$(dirname "$0")/lib.sh"
boot_sector "$here/mouse.S" "$work/boot.img"
script='sleep 3
mouse 1000 -300
sleep 1
mouse 0 0 right
mouse 0 0
sleep 1
mouse -7 2 left
sleep 1
mouse 0 0 left-right
mouse 0 0
sleep 1
mouse 0 0 middle
sleep 1
quit'
for technique in trap bare; do
	run_script "$technique" "$script" -technique "$technique" -fda "$work/boot.img" -debugcon "file:$work/log" || continue
	# 1000 to the right, 300 up; 7 to the left, 2 down
	same "$technique" 'ready x 03e8 y 012c x fff9 y fffe done' "$(grep -E '^(ready|x |done)' "$work/log" | tr '\n' ' ' | sed 's/ $//')"
done
finish
