#!/bin/bash
# What a 32-bit operating system turns on (features.S), line by line: under trap and bare as below, with equal states; under classic what a
# VMM gets wrong that traps only what a Pentium traps: UMIP and TSD do not hold, SYSENTER shows ring 1.
# Values: SDM 3A 4.6, 4.7 (error codes), 4.4.1 (PDPTEs), 11.11 and 11.12 (MTRRs, PAT), SDM 4 chapter 2, docs/cpu-models.md. Vectors are in hex.
. "$(dirname "$0")/lib.sh"
boot_sector "$here/features.S" "$work/features.img"

cat > "$work/expected" <<'END'
rdmsr 00000017 00000000 00000000 ok
rdmsr 0000003a 0000000d 00000000
rdmsr 00000048 0000000d 00000000
rdmsr 0000008b 00000107 00000000 ok
rdmsr 000000fe 00000000 00000508 ok
rdmsr 0000010a 40000000 0d10e179 ok
rdmsr 00000179 00000000 00000000 ok
rdmsr 000001a0 00000000 00001801 ok
rdmsr 00000277 00070406 00070406 ok
rdmsr c0000080 00000000 00000000 ok
rdmsr 12345678 0000000d 00000000
wrmsr 0000000d 00000000
wrmsr 0000000d 00000000
wrmsr ok
wrmsr 0000000d 00000000
wrmsr 0000000d 00000000
wrmsr 0000000d 00000000
wrmsr ok
wrmsr ok
rdtscp 00001234
nx without nxe: bit 63 is reserved 0000000e 00000009
nxe ok
nx fetch 0000000e 00000011
fetch from a user page ok
smep 0000000e 00000011
smap read 0000000e 00000001
smap write 0000000e 00000003
stac 00001112 ok
clac 0000000e 00000001
not latched yet 0000000e 00000000
latched by cr3 0000a001 ok
still there 0000a001 ok
reserved bit, by cr3 0000000d 00000000
reserved bit, by cr4.pge 0000000d 00000000
reserved bit, not by cr0.wp ok
cr4 reserved 0000000d 00000000
ring 3 sgdt 0000000d 00000000
ring 3 smsw 0000000d 00000000
ring 3 stac 00000006 00000000
ring 3 rdtsc 0000000d 00000000
ring 3 rdtscp 0000000d 00000000
ring 3 rdmsr 0000000d 00000000
ring 3 cpuid 00000006 00000000
sysexit, sysenter 0000001b 00000008
END
# INT3 behind the instruction: its gate has DPL 0, error code 3 * 8 + 2
sed -E 's/^(ring 3 (sgdt|smsw|rdtsc|rdtscp)) .*/\1 0000000d 0000001a/; s/^(sysexit, sysenter 0000001b).*/\1 00000009/' \
	"$work/expected" > "$work/expected-classic"

printf 'sleep 2\nhash\nquit\n' > "$work/hash"
for technique in trap bare classic; do
	tandem 30 -no-reboot -technique $technique -cpu max -fda "$work/features.img" -debugcon "file:$work/debugcon" -device isa-debug-exit,iobase=0xf4 \
		> "$work/stdout" 2> "$work/stderr"
	same "$technique: status" 11 $?
	sed -n '/^rdmsr/,$ s/ $//; /^rdmsr/,$ p' "$work/debugcon" > "$out/$technique"
	# without the port that ends the run the guest halts: its last state
	run_script "$technique, hash" "$(cat "$work/hash")" -technique $technique -cpu max -fda "$work/features.img"
	cp "$work/stdout" "$work/hash-$technique"
done
check "trap prints what is expected" diff "$work/expected" "$out/trap"
check "bare prints the same" cmp "$out/trap" "$out/bare"
check "trap and bare end in the same state" cmp "$work/hash-trap" "$work/hash-bare"
check "classic prints its errors and no others" diff "$work/expected-classic" "$out/classic"

tandem 60 -no-reboot -verify hw -verify mmu -cpu max -fda "$work/features.img" -debugcon "file:$work/debugcon" -device isa-debug-exit,iobase=0xf4 \
	> "$work/stdout" 2> "$work/stderr"
same "-verify hw, -verify mmu: status" 11 $?
finish
