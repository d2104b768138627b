#!/bin/bash
# FreeDOS boots from each of its floppies, takes commands, runs a program, and what it writes is on the image, in the next run
# as well as for the host's mtools.   Arguments: the techniques to run (default: trap bare).
. "$(dirname "$0")/lib.sh"
need mcopy mtype
need_guests
dos_program "$here/files.S" "$work/files.com"
printf '@echo off\r\nif exist batch.txt goto done\r\necho batch %%1 > batch.txt\r\n:done\r\ntype batch.txt\r\n' > "$work/b.bat"

# What the program must have written.
for n in $(seq 200 -1 1); do printf 'this is no %03d\r\n' "$n"; done > "$work/lines.txt"

first_run='
wait "A:\>\_" 60
type "ver\n"
wait "FreeCom version 0.82"
type "dir\n"
wait "KERNEL   SYS"
wait "bytes free"
wait "A:\>\_"
type "type readme.txt\n"
wait "README_LINE"
wait "A:\>\_"
type "files\n"
wait "a program speaks"
wait "read back: this is no 073"
wait "A:\>\_"
type "if errorlevel 5 if not errorlevel 6 echo code five\n"
wait "code five"
type "echo hello from dos> hello.txt\n"
wait "A:\>\_"
type "copy con typed.txt\nfirst line, typed\nSecond: !@#$%&*()\n"
key ctrl-z
type "\n"
wait "A:\>\_"
type "md sub\ncd sub\n"
wait "A:\SUB>\_"
type "copy ..\\hello.txt again.txt\n"
wait "A:\SUB>\_"
type "cd ..\ndel readme.txt\n"
wait "A:\>\_"
type "b one\n"
wait "batch one"
wait "A:\>\_"
screenshot OUT/NAME.png
sleep 3
quit'

second_run='
wait "A:\>\_" 60
type "type sub\\again.txt\n"
wait "hello from dos"
type "type typed.txt\n"
wait "Second: !@#$%&*()"
type "dir readme.txt\n"
wait "ile not found"
type "b two\n"
wait "batch one"
quit'

readme=$(mtype -i "$guests/freedos-boot-1.44M.img" ::readme.txt | tr -d '\r' | grep -o -m1 '[A-Za-z][A-Za-z ]\{6,30\}' | head -1)
[ -n "$readme" ] || { echo "readme.txt has no line to look for"; exit 1; }

for technique in ${*:-trap bare}; do
	for size in 360K 720K 1.2M 1.44M; do
		name="$size-$technique"
		image=$work/$size.img
		cp "$guests/freedos-boot-$size.img" "$image"
		chmod u+w "$image"
		mcopy -i "$image" "$work/files.com" "$work/b.bat" :: || fail "$name: mcopy"
		script=${first_run//README_LINE/$readme}
		script=${script//OUT/$out}
		run_script "$name: first run" "${script//NAME/$name}" -technique "$technique" -fda "$image" || continue
		same "$name: hello.txt" "hello from dos" "$(mtype -i "$image" ::hello.txt | tr -d '\r')"
		same "$name: typed.txt" $'first line, typed\nSecond: !@#$%&*()' "$(mtype -i "$image" ::typed.txt | tr -d '\r')"
		same "$name: sub/again.txt" "hello from dos" "$(mtype -i "$image" ::sub/again.txt | tr -d '\r')"
		mtype -i "$image" ::lines.txt > "$work/got.txt"
		check "$name: lines.txt" cmp "$work/lines.txt" "$work/got.txt"
		mdir -i "$image" ::readme.txt > /dev/null 2>&1 && fail "$name: readme.txt was not deleted"
		same "$name: size of the image" "$(stat -c %s "$guests/freedos-boot-$size.img")" "$(stat -c %s "$image")"
		case $size in 360K | 1.44M) ;; *) continue ;; esac
		run_script "$name: second run" "$second_run" -technique "$technique" -fda "$image"
	done
done
finish
