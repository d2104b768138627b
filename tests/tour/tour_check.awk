# tour_check.awk - compares the tour's log (port E9h) with expected.txt.
#
#   awk -f tour_check.awk expected.txt log
#
# Prints a line for each expectation that the log misses; exit status 1 if there is any, or if a screen had no room for its text.
function tidy(s) {
	gsub(/[ \t\r]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

# @n stands for n hexadecimal digits; not every awk knows {n}.
function expand(s,    digits, i) {
	while (match(s, /@[1-9]/)) {
		digits = ""
		for (i = substr(s, RSTART + 1, 1); i > 0; i--)
			digits = digits "[0-9A-F]"
		s = substr(s, 1, RSTART - 1) digits substr(s, RSTART + 2)
	}
	return s
}

FNR == 1 { file++ }

file == 1 && /^#/ || /^[ \t]*$/ { next }
file == 1 && /^== / { stop = $2; stops[++n_stops] = stop; next }
file == 1 { want[stop, ++count[stop]] = expand(tidy($0)); next }

file == 2 && /^== / { stop = $2; at[stop] = 0; seen[stop] = 1; next }
file == 2 && /found no room/ { print "stop " stop ": " $0; failed = 1; next }
file == 2 {
	line = tidy($0)
	if (at[stop] < count[stop] && line ~ ("^" want[stop, at[stop] + 1] "$"))
		at[stop]++
}

END {
	for (i = 1; i <= n_stops; i++) {
		stop = stops[i]
		total += at[stop]
		if (!seen[stop]) {
			print "stop " stop ": was never shown"
			failed = 1
		} else if (at[stop] < count[stop]) {
			print "stop " stop ": no line like: " want[stop, at[stop] + 1]
			failed = 1
		}
	}
	print total + 0 " lines as expected"
	exit failed
}
