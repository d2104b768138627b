# What ./run and ./check have in common: packages and the build. Sourced by bash in the project's folder.
# Everything is said on stderr: stdout belongs to the emulator.

say() { echo "== $*" >&2; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# missing_packages KIND: those of cmake/packages.txt that are not installed
missing_packages() {
	local package status
	for package in $(awk -v kind="$1" '$1 == kind { print $2 }' cmake/packages.txt); do
		status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)
		[ "$status" = "install ok installed" ] || echo "$package"
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" < /dev/null >&2
}

# The package lists are fetched only when there are none, or when they turn out to be too old.
apt_install() {
	if ls /var/lib/apt/lists/*Packages* > /dev/null 2>&1; then
		apt install --no-install-recommends "$@" && return
	fi
	say "fetching the package lists"
	apt update && apt install --no-install-recommends "$@"
}

# install_packages KIND: fails when something could not be installed
install_packages() {
	local packages
	command -v dpkg-query > /dev/null && command -v apt-get > /dev/null || {
		say "not a Debian system: the packages of cmake/packages.txt are up to you"
		return 0
	}
	packages=$(missing_packages "$1")
	[ -z "$packages" ] && return 0
	if [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
		say "as root, install:" $packages
		return 1
	fi
	say "installing" $packages
	# shellcheck disable=SC2086 # a list of words
	apt_install $packages
}

# build FOLDER TARGET [CMAKE OPTION...]: configures where that has not been done, and builds
build() {
	local dir=$1 target=$2 generator=
	shift 2
	if [ ! -f "$dir/CMakeCache.txt" ]; then
		command -v ninja > /dev/null && generator=Ninja
		say "configuring $dir"
		cmake -S . -B "$dir" ${generator:+-G "$generator"} "$@" >&2 || return
	fi
	say "building in $dir"
	cmake --build "$dir" --target "$target" --parallel "$(nproc)" >&2
}
