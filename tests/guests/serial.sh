#!/bin/bash
# COM1 on every channel: file, stdio, a pseudo-terminal, TCP as server, and two machines joined by TCP; the 16550's loop; the status
# of isa-debug-exit.
. "$(dirname "$0")/lib.sh"
for role in 1 2; do boot_sector "$here/serial.S" "$work/role$role.img" -DROLE=$role; done

# guest NAME ROLE OPTIONS...: in the background; its pid in $pid
guest() {
	local name=$1 role=$2
	shift 2
	timeout -k 5 40 "$TANDEM" -display none -icount -snapshot -fda "$work/role$role.img" -device isa-debug-exit,iobase=0xf4 \
		-debugcon "file:$work/$name.e9" "$@" > "$work/$name.out" 2> "$work/$name.err" &
	pid=$!
	children+=("$pid")
}
loop_ok() { matches "$1: the 16550's loop" '^loop ok' "$work/$1.e9"; }
# talk TEXT LAST: waits for "ready" on descriptor 3, sends the text, reads up to the character LAST into $answer
talk() {
	local c
	answer=
	while IFS= read -r -t 20 -n 1 -u 3 c && [ "$c" != y ]; do :; done
	printf '%s' "$1" >&3
	while IFS= read -r -t 20 -n 1 -u 3 c; do
		answer+=$c
		[ "$c" = "$2" ] && break
	done
}
await() { # FILE PATTERN: at most 20 s
	local _
	for _ in $(seq 200); do
		grep -q -- "$2" "$1" 2> /dev/null && return
		sleep 0.1
	done
	fail "no '$2' in time"
}

for technique in trap bare; do
	# ---- stdio: what comes on standard input is echoed on standard output
	rm -f "$work/stdio.out"
	{
		await "$work/stdio.out" ready
		printf 'Hello, 16550a!'
	} | timeout -k 5 40 "$TANDEM" -display none -icount -snapshot -fda "$work/role1.img" -technique $technique \
		-device isa-debug-exit,iobase=0xf4 -debugcon "file:$work/stdio.e9" -serial stdio > "$work/stdio.out" 2> "$work/stdio.err"
	same "$technique, stdio: status" 43 $?
	loop_ok stdio
	same "$technique, stdio: output" "ready HELLO, 16550A!" "$(tr '\r\n' '  ' < "$work/stdio.out" | tr -s ' ')"
done

# ---- file: output only
printf 'sleep 1\nquit 7\n' > "$work/script"
guest file 1 -serial "file:$work/serial.txt" -script "$work/script" < /dev/null
wait "$pid"
same "file: status" 7 $?
loop_ok file
same "file: output" "ready" "$(tr -d '\r' < "$work/serial.txt")"

# ---- none: nobody hears it, nothing waits
guest none 1 -serial none -script "$work/script" < /dev/null
wait "$pid"
same "none: status" 7 $?

# ---- the second port is another channel: COM1 on none, COM2 in a file that stays empty
guest second 1 -serial none -serial "file:$work/com2.txt" -script "$work/script" < /dev/null
wait "$pid"
same "second: output" "0" "$(stat -c %s "$work/com2.txt")"

# ---- a pseudo-terminal
guest pty 1 -serial pty < /dev/null
await "$work/pty.err" 'the port is'
line=$(sed -n 's/.*the port is //p' "$work/pty.err")
if [ -c "$line" ]; then
	exec 3<> "$line"
	stty -F "$line" raw -echo 2> /dev/null
	talk 'tty' Y
	printf '!' >&3 # the host drops what is unread when the machine closes its end
	exec 3>&-
	wait "$pid"
	same "pty: status" 43 $?
	case $answer in *TTY) ;; *) fail "pty: answered '$answer'" ;; esac
else
	fail "pty: no device '$line'"
fi

# ---- TCP: the guest as server, the shell as its client
port=$((20000 + $$ % 20000))
guest server 1 -serial "tcp:127.0.0.1:$port,server" < /dev/null
await "$work/server.err" 'waiting for a connection'
exec 3<> "/dev/tcp/127.0.0.1/$port" || fail "server: no connection"
talk 'net!' '!'
exec 3>&-
wait "$pid"
same "tcp server: status" 43 $?
case $answer in *NET!) ;; *) fail "tcp server: answered '$answer'" ;; esac

# ---- two machines
guest one 1 -serial "tcp:127.0.0.1:$((port + 1)),server" < /dev/null
first=$pid
await "$work/one.err" 'waiting for a connection'
guest two 2 -serial "tcp:127.0.0.1:$((port + 1))" < /dev/null
wait "$pid"
same "two machines: who asks" 21 $?
wait "$first"
same "two machines: who answers" 43 $?
loop_ok two
finish
