# reasons.awk FILE... - the calls of what raises exceptions: cpu_raise, cpu_raise_plain, and cpu/system/'s gp, ud, fail. The last two
# arguments must be a text of several words (or a choice of two, or a parameter) and a reference: "SDM ...", or the option of -cpu that asks
# for what no manual has, or a parameter.
# Their own definitions hand parameters on.

function complain(why) { print FILENAME ":" line ": " why ": " substr(call, 1, 100); bad++ }

# The arguments of `call`, split at commas outside of parentheses and texts.
function arguments(text,    i, c, depth, quoted) {
	n = 1
	split("", arg)
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\"" && substr(text, i - 1, 1) != "\\") quoted = !quoted
		if (!quoted) {
			if (c == "(") depth++
			if (c == ")" && --depth < 0) return n
			if (c == "," && !depth) { n++; continue }
		}
		arg[n] = arg[n] c
	}
	return 0 # the call goes on in the next line
}

function is_parameter(text) { return text ~ /^ *[a-z_]+(\[.*\])? *$/ }

function examine() {
	calls++
	if (arg[n] !~ /"(SDM [1-4][A-D]?( |")|-cpu [a-z])/ && !(arg[n] ~ /^ *(ref|[a-z0-9_]+_ref) *$/)) complain("no place in the manual")
	if (arg[n - 1] !~ /"[^" ]+ [^"]+"/ && !is_parameter(arg[n - 1])) complain("no reason in words")
}

FNR == 1 { call = "" }
/\(struct fault\)\{/ && !/\(struct fault\)\{0\}/ && FILENAME != "cpu/raise.c" { line = FNR; call = $0; complain("a fault made by hand") }
{
	rest = $0
	if (call == "" && match(rest, /(^|[^a-z_])(cpu_raise|cpu_raise_plain|gp|ud|fail)\((c|k->c|&k->c)(,|$)/)) {
		call = substr(rest, RSTART + RLENGTH)
		line = FNR
	} else if (call != "") {
		sub(/^[ \t]+/, "", rest)
		call = call " " rest
	}
	if (call != "" && arguments(call)) {
		examine()
		call = ""
	}
}
END {
	print calls " exceptions, " bad + 0 " without a reason"
	exit bad > 0 || calls < 150
}
