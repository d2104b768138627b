#!/bin/bash
# memtest86+ (Debian's) completes a pass over 16 MB without an error.
. "$(dirname "$0")/lib.sh"
kernel=/boot/memtest86+ia32.bin
[ -f $kernel ] || skip "no memtest86+"
# Its clock runs on the TSC: a pass takes six minutes of the guest's time at 10 ns an instruction.
cat > "$work/script" <<-S
	wait "Memtest86+" 60
	wait "remove this banner" 1200
	expect "Pass:  1"
	expect "Errors: 0"
	screenshot $out/pass.png
	quit
S
timeout -k 5 1200 "$TANDEM" -display none -icount -m 16 -kernel $kernel -script "$work/script" < /dev/null > "$work/stdout" 2>&1
same "status" 0 $?
sed 's/^/    | /' "$work/stdout" | head -40
finish
