#!/bin/bash
# -kernel with Multiboot kernels, ELF and by load addresses: what they are told (Multiboot Specification 0.6.96, 3.2 and 3.3); and what
# is refused, in one line.
. "$(dirname "$0")/lib.sh"
need gcc ld
gcc -m32 -c -x assembler-with-cpp "$here/multiboot.S" -o "$work/elf.o" &&
	ld -m elf_i386 -T "$here/multiboot.ld" -o "$work/elf.kernel" "$work/elf.o" &&
	gcc -m32 -c -x assembler-with-cpp -DADDRESSES "$here/multiboot.S" -o "$work/flat.o" &&
	ld -m elf_i386 -T "$here/multiboot.ld" --oformat binary -o "$work/flat.kernel" "$work/flat.o" || exit 1
printf 'MODULE ONE' > "$work/one"
printf 'SECOND' > "$work/two"
cd "$work" || exit 1

for kernel in elf flat; do
	for technique in trap bare; do
		name=$kernel-$technique
		tandem 60 -m 32 -technique $technique -device isa-debug-exit,iobase=0xf4 -debugcon "file:$name.txt" -kernel $kernel.kernel \
			-append 'root=ram x="y z"' -initrd 'one first module,two' 2> $name.err
		same "$name: status" 43 $?
		sed -i '/^entry/,$!d' $name.txt
		# 3.2: the magic; PE on, PG off; VM and IF off; memory behind the file is zeroed
		matches $name "^entry 2badb002 00000001 00000000 00000000$" $name.txt
		matches $name "^command line $kernel.kernel root=ram x=\"y z\"$" $name.txt
		matches $name "^loader Tandem$" $name.txt
		# flags: memory, command line, modules, map, loader name, for ELF the screen; KB below the EBDA, KB from 1 MB
		matches $name "^flags, memory 0000[01]24d 000002[67][0-9a-f] 00007[bc][0-9a-f]{2}$" $name.txt
		matches $name "^module one first module$" $name.txt
		matches $name "^at, bytes, first 00[0-9a-f]{3}000 0000000a 55444f4d$" $name.txt # 4 KB aligned; "MODU"
		matches $name "^module two$" $name.txt
		matches $name "^at, bytes, first 00[0-9a-f]{3}000 00000006 4f434553$" $name.txt # "SECO"
		matches $name "^range 00000000 00000000 00000000 0009[0-9a-f]{4} 00000001$" $name.txt
		matches $name "^range 00000000 00100000 00000000 01[ef][0-9a-f]{5} 00000001$" $name.txt
	done
	check "$kernel: trap and bare say the same" cmp $kernel-trap.txt $kernel-bare.txt
done
# 80x25 EGA text at B8000h, as asked for
matches elf "^screen 000b8000 00000050 00000019 00000002$" elf-trap.txt

# ---- a reset starts the kernel again
cat > again.S <<'S'
	.code32
	.globl _start
	.balign 4
	.long 0x1badb002, 0, -0x1badb002
_start:	movb $'k', %al
	outb %al, $0xe9
	incb counted		/* reloaded: always 1 */
	movb counted, %al
	addb $'0', %al
	outb %al, $0xe9
	/* memory keeps its contents over a reset, and POST leaves this place alone */
	movl $0x300000, %esi
	cmpl $0x600d600d, (%esi)
	je 1f
	movl $0x600d600d, (%esi)
	movb $0xfe, %al
	outb %al, $0x64
	hlt
1:	movl $3, %eax
	outl %eax, $0xf4
	hlt
	.data
counted: .byte 0
S
gcc -m32 -c again.S -o again.o && ld -m elf_i386 -N -Ttext 0x100000 -Tdata 0x200000 -o again.kernel again.o || exit 1
tandem 60 -m 16 -device isa-debug-exit,iobase=0xf4 -debugcon file:again.txt -kernel again.kernel
same "again: status" 7 $?
grep -aq 'k1.*k1' <(tr -d '\n' < again.txt) || fail "again: not loaded twice"

# ---- under SeaBIOS, which finds the loader's ROM by PCI; the map is its own
if [ -f /usr/share/seabios/bios.bin ]; then
	tandem 60 -m 32 -bios /usr/share/seabios/bios.bin -device isa-debug-exit,iobase=0xf4 -debugcon file:seabios.txt -kernel elf.kernel \
		-append quiet -initrd 'one first module' 2> seabios.err
	same "SeaBIOS: status" 43 $?
	matches SeaBIOS "^entry 2badb002 00000001 00000000 00000000$" seabios.txt
	matches SeaBIOS "^command line elf.kernel quiet$" seabios.txt
	matches SeaBIOS "^at, bytes, first 00[0-9a-f]{3}000 0000000a 55444f4d$" seabios.txt
	matches SeaBIOS "^range 00000000 00100000 00000000 01e[0-9a-f]{5} 00000001$" seabios.txt
	tandem 60 -m 16 -bios /usr/share/seabios/bios.bin -device isa-debug-exit,iobase=0xf4 -debugcon file:again.txt -kernel again.kernel
	same "SeaBIOS, again: status" 7 $?
	grep -aq 'k1.*k1' <(tr -d '\n' < again.txt) || fail "SeaBIOS, again: not loaded twice"
fi

# ---- refused
refused() { # PATTERN ARGUMENTS...
	local pattern=$1
	shift
	tandem 20 "$@" > refused.out 2> refused.err
	same "$*: status" 1 $?
	matches "$*" "$pattern" refused.err
	same "$*: lines" 1 "$(wc -l < refused.err)"
}
printf 'hello' > text
head -c 600 elf.kernel > short.kernel
: > empty
refused 'text: neither a Linux bzImage nor a Multiboot kernel' -kernel text
refused 'missing: No such file' -kernel missing
refused 'empty: the file is empty' -kernel empty
refused ': Is a directory' -kernel "$work"
refused 'gone: No such file' -kernel elf.kernel -initrd one,gone
refused 'elf.kernel: a segment at 0x200000 ends above' -m 2 -kernel elf.kernel
refused '-initrd: there is no -kernel' -initrd one
refused '-append: there is no -kernel' -append quiet
# bit 3 of the flags is nobody's: the kernel needs what is not there (3.1.2)
printf '\x02\xb0\xad\x1b\x08\x00\x00\x00\xf6\x4f\x52\xe4' > strange.kernel
refused 'strange.kernel: needs Multiboot features' -kernel strange.kernel
# bzImages: protocol 2.01, a zImage, cut off
bz() { # FILE VERSION-LOW LOADFLAGS SIZE
	{ head -c 510 /dev/zero; printf '\x55\xaa\xeb\x66HdrS'"\\x$2"'\x02'; head -c 9 /dev/zero; printf "\\x$3"; head -c "$4" /dev/zero; } > "$1"
}
bz old.bz 01 01 9000
bz z.bz 02 00 9000
bz cut.bz 02 01 1000
bz ok.bz 02 01 9000
refused 'old.bz: boot protocol 2.01 is too old' -kernel old.bz
refused 'z.bz: a zImage' -kernel z.bz
refused 'cut.bz: the kernel is cut off' -kernel cut.bz
head -c 20M /dev/zero > large
refused 'large: 20 MB do not fit' -m 16 -kernel ok.bz -initrd large
refused '-append: longer than the 255 characters' -kernel ok.bz -append "$(printf '%300s' x)"
finish
