#!/bin/bash
# FreeDOS on hard disks, made here: it boots from C:, keeps what it writes (and with -snapshot does not), copies between floppy and
# disk, and reaches a second disk's FAT16 partition beyond 504 MB.
. "$(dirname "$0")/lib.sh"
. "$here/disk.sh"
need mformat mcopy mtype minfo
need_guests
c=$work/c.img
fat="$c@@32256"
dos_program "$here/files.S" "$work/files.com"
for n in $(seq 200 -1 1); do printf 'this is no %03d\r\n' "$n"; done > "$work/lines.txt"
freedos_disk "$c"
mcopy -i "$fat" "$work/files.com" :: || exit 1

sum() { sha256sum < "$1"; }

# ---- a disk that boots, and what it keeps
writes='
wait "C:\>\_" 60
type "files\n"
wait "read back: this is no 073"
wait "C:\>\_"
type "md deep\n"
wait "C:\>\_"
type "copy command.com deep\\shell.com\n"
wait "C:\>\_"
type "echo kept on C> kept.txt\n"
wait "C:\>\_"
screenshot OUT/written-TECHNIQUE.png
quit'
for technique in trap bare; do
	before=$(sum "$c")
	script=${writes//OUT/$out}
	run_script "$technique, snapshot" "${script//TECHNIQUE/$technique}" -technique "$technique" -snapshot -boot order=c -hda "$c"
	same "$technique: the image after a run with -snapshot" "$before" "$(sum "$c")"
	cp --sparse=always "$c" "$work/$technique.img"
	run_script "$technique" "${script//TECHNIQUE/$technique}" -technique "$technique" -boot order=c -hda "$work/$technique.img"
	image="$work/$technique.img@@32256"
	same "$technique: kept.txt" "kept on C" "$(mtype -i "$image" ::kept.txt | tr -d '\r')"
	mtype -i "$image" ::lines.txt > "$work/got"
	check "$technique: lines.txt" cmp "$work/lines.txt" "$work/got"
	mtype -i "$image" ::deep/shell.com > "$work/got"
	check "$technique: deep/shell.com" cmp "$work/command.com" "$work/got"
	same "$technique: size of the image" "$(stat -c %s "$c")" "$(stat -c %s "$work/$technique.img")"
	run_script "$technique, next run" '
wait "C:\>\_" 60
type "type kept.txt\n"
wait "kept on C"
quit' -technique "$technique" "$work/$technique.img"
done
check "trap and bare leave the same image" cmp "$work/trap.img" "$work/bare.img"

# ---- from a floppy, to the disk and back; a second disk of 2 GB whose partition begins above 504 MB
big=$work/big.img
new_disk "$big" 4194304 P1_TYPE=0x0e P1_START=2016000 P1_SIZE=409500
format "$big" 2016000 409500 255 16
floppy=$work/a.img
cp "$guests/freedos-boot-1.44M.img" "$floppy"
chmod u+w "$floppy"
awk 'BEGIN { srand(7); for (i = 0; i < 30000; i++) printf "%05d %010d\r\n", i, rand() * 4e9 }' > "$work/numbers.txt"
mcopy -i "$floppy" "$work/numbers.txt" :: || exit 1
run_script "three drives" "
wait \"A:\\>\\_\" 60
type \"copy numbers.txt c:\\\\\\n\"
wait \"A:\\>\\_\"
type \"copy c:\\\\numbers.txt d:\\\\again.txt\\n\"
wait \"A:\\>\\_\"
type \"d:\\n\"
wait \"D:\\>\\_\"
type \"copy c:\\\\files.com d:\\nfiles\\n\"
wait \"read back: this is no 073\"
wait \"D:\\>\\_\"
type \"del a:\\\\numbers.txt\\ncopy again.txt a:\\\\back.txt\\n\"
wait \"D:\\>\\_\"
type \"dir\\n\"
wait \"free\"
wait \"D:\\>\\_\"
screenshot $out/three-drives.png
sleep 3
quit" -boot order=ac -fda "$floppy" -hda "$c" -hdb "$big"
mtype -i "$floppy" ::back.txt > "$work/got"
check "floppy: back.txt" cmp "$work/numbers.txt" "$work/got"
mtype -i "$fat" ::numbers.txt > "$work/got"
check "disk: numbers.txt" cmp "$work/numbers.txt" "$work/got"
mtype -i "$big@@$((2016000 * 512))" ::again.txt > "$work/got"
check "second disk: again.txt" cmp "$work/numbers.txt" "$work/got"
mtype -i "$big@@$((2016000 * 512))" ::lines.txt > "$work/got"
check "second disk: lines.txt" cmp "$work/lines.txt" "$work/got"

# ---- order=c starts from the disk although a floppy could; order=ac the other way round; a disk without a boot sector is passed over
run_script "order=c" 'wait "C:\>\_" 60
quit' -snapshot -boot c -fda "$floppy" -hda "$c"
run_script "order=ac" 'wait "A:\>\_" 60
quit' -snapshot -boot order=ac -fda "$floppy" -hda "$c"
truncate -s 16M "$work/empty.img"
run_script "order=ca, empty disk" 'wait "A:\>\_" 60
quit' -snapshot -boot order=ca -fda "$floppy" -hda "$work/empty.img"
finish
