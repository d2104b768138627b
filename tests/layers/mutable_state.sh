#!/bin/sh
# mutable_state.sh LIBRARY... - no globals and no file-static state: two machines in one process share nothing.
# Lists every symbol of the libraries that lies in a writable section; exit status 1 if there is one.
# Constants with addresses in them (.data.rel.ro) are written by the loader only, and allowed.
command -v nm > /dev/null || { echo "skipped: no nm"; exit 77; }
[ $# -gt 0 ] || { echo "no libraries"; exit 1; }
nm -f sysv --defined-only "$@" | awk -F '|' '
	/^Symbols from/ { where = $0; sub(/^Symbols from /, "", where); sub(/:$/, "", where) }
	NF == 7 {
		section = $7
		gsub(/ /, "", section)
		name = $1
		gsub(/ /, "", name)
		symbols++
		if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/ && name !~ /^\./) {
			printf "%s: %s is in %s\n", where, name, section
			bad++
		}
	}
	END {
		printf "%d symbols, %d of them mutable\n", symbols, bad
		exit bad > 0 || symbols < 100
	}'
