# debian.sh - Debian packages for i386, for guests; sourced by bash in the folder $base, where they go to debs/.
# Names are asked of apt, in a state of its own, so that the host's package lists and architectures stay as they are.

say() { echo "== $*" >&2; }

private_apt() {
	local tool=$1
	shift
	"$tool" -o APT::Architecture=i386 -o APT::Architectures=i386 -o Dir::State="$base/apt" -o Dir::State::status="$base/apt/status" \
		-o Dir::Cache="$base/apt/cache" -o APT::Sandbox::User= -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

update() {
	mkdir -p apt/lists/partial apt/cache/archives/partial
	: > apt/status
	say "fetching the package lists for i386"
	private_apt apt-get -q update < /dev/null >&2
}

# newest PACKAGE: what the meta package linux-image-... stands for
newest() { private_apt apt-cache depends "$1" 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-[^: ]*\).*/\1/p' | head -1; }

# fetch PACKAGE: into debs/; the path of the newest is printed
fetch() {
	say "fetching $1"
	(mkdir -p debs && cd debs && private_apt apt-get -q download "$1" < /dev/null >&2) || return
	ls -t debs/"$1"_*.deb | head -1
}

# at_hand PACKAGE: as fetch, but what is there is used
at_hand() {
	ls -t debs/"$1"_*.deb 2> /dev/null | head -1 | grep . || fetch "$1" || { update && fetch "$1"; }
}
