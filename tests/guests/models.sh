#!/bin/bash
# The tour of the processor on every model of processor: each stop as tests/tour/expected.txt says, the same states under trap and
# bare. The stops use nothing beyond a 486.
. "$(dirname "$0")/lib.sh"
need awk

script='wait "Restart the machine" 20
key a
'
for n in 1 2 3 4 5 6 7 8 9; do
	script+='sleep 3
hash
key space
'
done
script+=quit

for model in 486 pentium pentiummmx pentium3 atom core2 max 486,-vme; do
	for technique in trap bare; do
		run_script "$model $technique" "$script" -cpu "$model" -technique "$technique" -debugcon "file:$work/debugcon"
		cp "$work/stdout" "$work/hashes-$technique"
		awk -f "$here/../tour/tour_check.awk" "$here/../tour/expected.txt" "$work/debugcon" > "$work/report" || {
			fail "$model, $technique: not as expected.txt says"
			cat "$work/report"
		}
	done
	check "$model: trap and bare have the same states" cmp "$work/hashes-trap" "$work/hashes-bare"
done
finish
