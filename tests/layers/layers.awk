# layers.awk - checks every #include of the sources against layers.txt.
#   awk -f layers.awk layers.txt FILE...      (FILE: paths relative to the project's folder)
# Prints each include that breaks a rule; exit status 1 if there was one.

function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad++
}

# The folder with a line in the table that the file belongs to: the longest that fits.
function layer_of(path,    dir) {
	dir = path
	while (sub(/\/[^\/]*$/, "", dir))
		if (dir in allowed)
			return dir
	return ""
}

function may(layer, what) {
	return index(" " allowed[layer] " ", " " what " ") > 0
}

function check_system(layer, header) {
	if (header in c_headers || may(layer, "any") || may(layer, "local") || may(layer, "<" header ">"))
		return
	if (may(layer, "posix") && header in posix_headers)
		return
	complain(layer " may not include <" header ">")
}

function check_own(layer, header,    target) {
	if (may(layer, "any"))
		return
	if (may(layer, "local")) {
		if (header ~ /\//)
			complain(layer " includes only its own files, by bare name, not \"" header "\"")
		return
	}
	if (header !~ /\//) {
		complain("\"" header "\" lacks its folder")
		return
	}
	target = layer_of(header)
	if (target == "" || !(may(layer, target) || may(layer, header)))
		complain(layer " may not include \"" header "\"")
}

BEGIN {
	n = split("assert.h ctype.h errno.h fenv.h float.h inttypes.h limits.h locale.h math.h setjmp.h signal.h " \
	          "stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h time.h", list, " ")
	for (i = 1; i <= n; i++)
		c_headers[list[i]]
	n = split("arpa/inet.h dirent.h fcntl.h glob.h langinfo.h netdb.h netinet/in.h netinet/tcp.h poll.h strings.h sys/file.h sys/ioctl.h " \
	          "sys/socket.h sys/stat.h sys/time.h sys/types.h sys/un.h sys/wait.h termios.h unistd.h", list, " ")
	for (i = 1; i <= n; i++)
		posix_headers[list[i]]
}

FILENAME == ARGV[1] {
	sub(/#.*/, "")
	if (NF) {
		name = $1
		$1 = ""
		allowed[name] = $0 " "
	}
	next
}

FNR == 1 {
	files++
	layer = layer_of(FILENAME)
	if (layer == "")
		complain("no line of layers.txt says what this file may include")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ && layer != "" {
	includes++
	header = $0
	is_own = header ~ /include[ \t]*"/
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
	if (is_own)
		check_own(layer, header)
	else
		check_system(layer, header)
}

END {
	printf "%d files, %d includes, %d against the rules\n", files, includes, bad
	if (includes < 100) {
		print "that is too few: the test does not see the sources"
		exit 1
	}
	exit bad > 0
}
