#!/bin/bash
# A triple fault: the post-mortem on stderr tells the chain of exceptions, the walk of CR2, the IDT's entries and the last
# instructions; with -no-reboot the run ends with status 3, else the machine resets, as a PC does; -no-shutdown stays.
. "$(dirname "$0")/lib.sh"
for case in 1 2; do boot_sector "$here/triple_fault.S" "$work/case$case.img" -DCASE=$case; done

faults() { # CASE OPTIONS... -> status
	local case=$1
	shift
	tandem 30 -fda "$work/case$case.img" -debugcon "file:$work/debugcon" -device isa-debug-exit,iobase=0xf4 "$@" > "$work/stdout" 2> "$work/stderr"
	status=$?
	grep -E '^[0-9]$' "$work/debugcon" > "$work/starts" # the BIOS writes there too
}

for technique in trap bare; do
	# ---- INT3 with an IDT of limit 0: SDM 3A 6.15: #GP, for which there is no entry either, #DF, and no entry again
	faults 1 -technique $technique -no-reboot
	same "$technique, case 1: status" 3 "$status"
	same "$technique, case 1: starts" 1 "$(tr '\n' ' ' < "$work/starts" | tr -d ' ')"
	log=$work/stderr
	cp "$log" "$out/real-$technique"
	matches "$technique: told once" "^tandem: .*triple fault" "$log"
	same "$technique: chain" 3 "$(grep -c 'vector 13.* at 0000:00007c[0-9a-f]* CPL 0' "$log")"
	same "$technique: nested" 2 "$(grep -c 'while delivering it: vector' "$log")"
	matches "$technique: IDT" 'IDT base 00000000 limit 0000' "$log"
	matches "$technique: entry 13" "entry 13 lies outside the IDT's limit 0000" "$log"
	matches "$technique: entry 8" "entry 8 lies outside the IDT's limit 0000" "$log"
	same "$technique: every reason with its place in the manual" 3 "$(grep -c 'vector .*: [a-z].* .* (SDM [1-4][A-D]* .*)$' "$log")"
	matches "$technique: registers" 'EBX=00001234' "$log"
	same "$technique: 32 instructions" 32 "$(sed '1,/^last 32/d' "$log" | grep -c '^  [0-9a-f]\{8\} ')"
	same "$technique: the last one" int3 "$(tail -1 "$log" | awk '{ print $3 }')"
	matches "$technique: the one before" 'lidt' "$log"

	faults 1 -technique $technique -no-reboot -d int -D "$work/log"
	matches "$technique: -d int explains" 'int: INT3 03|int: exception 0d .*beyond the interrupt table.s limit \(SDM 2 INT\)' "$work/log"
	matches "$technique: -d int explains nested faults" 'int: exception 08 .*: [a-z].* \(SDM ' "$work/log"

	# ---- a page fault without a gate: #PF while whose delivery #GP (a contributory one: #DF), no gate for it: shutdown
	faults 2 -technique $technique -no-reboot
	same "$technique, case 2: status" 3 "$status"
	log=$work/stderr
	cp "$log" "$out/paging-$technique"
	matches "$technique: #PF" 'vector 14 error 0002 cr2 00345678 at 0008:[0-9a-f]* CPL 0' "$log"
	same "$technique: nested" 2 "$(grep -c 'while delivering it: vector 13' "$log")"
	# error codes: SDM 3A 6.13: vector * 8 + IDT (2) + EXT (1)
	matches "$technique: #GP at entry 14" 'vector 13 error 0073' "$log"
	matches "$technique: #GP at entry 8" 'vector 13 error 0043' "$log"
	matches "$technique: CR2" 'walk of CR2 00345678' "$log"
	matches "$technique: PDE" 'PDE +at 00001000: 000020[2-6]3' "$log"
	matches "$technique: PTE" 'PTE +at 00002d14: 00000000 not present' "$log"
	matches "$technique: entry 14" 'entry 14: .*not present' "$log"
	matches "$technique: entry 8" 'entry 8: .*not present' "$log"
	same "$technique: the last instruction" mov "$(tail -2 "$log" | awk '$4 ~ /0x00345678/ { print $3 }')"

	# ---- a reset is what a PC's chip set answers with; the third start ends by isa-debug-exit with 2 * 5 + 1
	faults 1 -technique $technique
	same "$technique, reset: status" 11 "$status"
	same "$technique, reset: starts" "1 2 3 " "$(tr '\n' ' ' < "$work/starts")"
	same "$technique, reset: post-mortems" 2 "$(grep -c '^triple fault' "$work/stderr")"
done
cmp -s "$out/real-trap" "$out/real-bare" || fail "trap and bare tell different things"
cmp -s "$out/paging-trap" "$out/paging-bare" || fail "trap and bare tell different things about paging"

# ---- -no-shutdown stays, stopped, until a signal ends it
"$TANDEM" -display none -icount -fda "$work/case1.img" -no-reboot -no-shutdown < /dev/null > "$work/stdout" 2> "$work/stderr" &
pid=$!
children+=("$pid")
for _ in $(seq 200); do
	grep -q '^last 32' "$work/stderr" && break
	sleep 0.1
done
sleep 0.5
check "-no-shutdown: still there" kill -INT "$pid"
wait "$pid"
same "-no-shutdown: status after SIGINT" 130 $?
finish
