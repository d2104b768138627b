#!/bin/bash
# The tour of the processor, as it is built in: all nine stops, under trap and bare, line by line against tests/tour/expected.txt,
# with the same screens. Screenshots of every stop are left in the output folder.
. "$(dirname "$0")/lib.sh"
need awk

script='wait "Restart the machine" 20
screenshot OUT/menu.png
key a
'
for n in 1 2 3 4 5 6 7 8 9; do
	script+="sleep 3
screenshot OUT/stop-$n.png
hash
key space
"
done
script+='sleep 1
screenshot OUT/end.png
quit'

for technique in trap bare; do
	mkdir -p "$out/$technique"
	run_script "$technique" "${script//OUT/$out/$technique}" -technique "$technique" -debugcon "file:$out/$technique/debugcon"
	cp "$work/stdout" "$work/hashes-$technique"
	awk -f "$here/../tour/tour_check.awk" "$here/../tour/expected.txt" "$out/$technique/debugcon" > "$work/report" || {
		fail "$technique: not as expected.txt says"
		cat "$work/report"
	}
done
check "trap and bare write the same to port E9h" cmp "$out/trap/debugcon" "$out/bare/debugcon"
for screen in menu stop-1 stop-2 stop-3 stop-4 stop-5 stop-6 stop-7 stop-8 stop-9 end; do
	check "trap and bare show the same screen: $screen" cmp "$out/trap/$screen.png" "$out/bare/$screen.png"
done
check "trap and bare have the same states" cmp "$work/hashes-trap" "$work/hashes-bare"
same "states" 9 "$(sort -u "$work/hashes-trap" | wc -l)"
finish
