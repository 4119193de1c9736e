# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Download Debian packages without telling the machine about it: own package
# lists, own cache, own (empty) installed state, all under build/apt.  Nothing
# gets installed, no source gets added, no privilege is needed.  The sources
# are the machine's own; on Debian 12 the backports suite joins them, in the
# private copy only.
#
# To be sourced; expects $repo (the top of the tree) and say/die functions. May be
# given $deb_arch, an architecture to download for beside amd64, whose state is
# then kept apart.

deb_arch=${deb_arch:-amd64}
apt_dir=${repo:?}/build/apt
[ "$deb_arch" = amd64 ] || apt_dir=$repo/build/$deb_arch/apt
codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-unknown}")
apt_release=$codename apt_types=deb apt_backports=''
# The libbpf and the kernel of Debian 12 itself are too old.
[ "$codename" != bookworm ] || apt_backports=1

# apt_choose_release CODENAME: from here on, packages of that release of Debian, from
# where the machine gets its own. Its state is kept apart, too, and knows sources and
# backports.
apt_choose_release() {
	apt_release=$1 apt_types='deb deb-src' apt_backports=1
	apt_dir=$(dirname "$apt_dir")/apt-$1
}

# apt_stanzas: the machine's binary sources as lines "URI|SUITES|SIGNED-BY",
# from both file formats.  A key written into a .sources file in full comes
# out with its lines joined by "\n".
apt_stanzas() {
	local parts=/etc/apt/sources.list.d

	{ find /etc/apt/sources.list $parts -maxdepth 1 -name '*.list' -exec cat {} + 2>/dev/null || :; } |
		awk '$1 == "deb" {
			by = ""
			if (match($0, /\[[^]]*\]/)) {
				opts = substr($0, RSTART + 1, RLENGTH - 2)
				sub(/\[[^]]*\] */, "")
				n = split(opts, o, " ")
				for (i = 1; i <= n; i++)
					if (sub(/^signed-by=/, "", o[i]))
						by = o[i]
			}
			for (i = 4; i <= NF; i++)
				if ($i == "main")
					print $2 "|" $3 "|" by
		}'
	{ find $parts -maxdepth 1 -name '*.sources' -exec sed '$G' {} \; 2>/dev/null || :; } |
		awk '
		function flush() {
			if (types ~ /(^| )deb( |$)/ && comps ~ /(^| )main( |$)/ && enabled !~ /^no/)
				print uris "|" suites "|" by
			types = comps = uris = suites = by = enabled = field = ""
		}
		/^#/ { next }
		/^[ \t]*$/ { flush(); next }
		/^[ \t]/ { if (field == "signed-by") by = by "\\n" $0; next }
		{
			field = tolower($1); sub(/:.*/, "", field)
			value = $0; sub(/^[^:]*:[ \t]*/, "", value)
			if (field == "types") types = value
			if (field == "uris") uris = value
			if (field == "suites") suites = value
			if (field == "components") comps = value
			if (field == "signed-by") by = value
			if (field == "enabled") enabled = tolower(value)
		}
		END { flush() }'
}

# apt_write_sources FILE: the Debian ones among them, for the private state.
apt_write_sources() {
	local uri suites by suite debian other=${apt_release#"$codename"}

	while IFS='|' read -r uri suites by; do
		debian=
		for suite in $suites; do
			if [ -n "$other" ]; then
				case $suite in
				"$codename" | "$codename"-updates | "$codename"-security | \
					stable | stable-security | oldstable | oldstable-security)
					debian+=" $other${suite#"${suite%%-*}"}" ;;
				esac
				case $suite in
				"$codename" | stable | oldstable)
					[ "$other" = forky ] || debian+=" $other-backports" ;;	# to be
				esac
				continue
			fi
			case $suite in
			"$codename" | "$codename"-updates | "$codename"-security | \
				"$codename"-backports | stable | stable-* | oldstable | oldstable-*)
				debian+=" $suite" ;;
			esac
			case $suite in
			"$codename" | stable | oldstable)
				[ -z "$apt_backports" ] || debian+=" $codename-backports" ;;
			esac
		done
		[ -n "$debian" ] || continue
		printf 'Types: %s\nURIs: %s\nSuites:%s\nComponents: main\n' "$apt_types" "$uri" "$debian"
		[ -z "$by" ] || printf 'Signed-By: %b\n' "$by"
		echo
	done < <(apt_stanzas) > "$1"
	[ -s "$1" ] || die "found no Debian source in /etc/apt: the test kernel and libbpf" \
		"come from there; add the standard sources of $codename"
}

# The machine's apt settings (proxies!) stay in force; its hooks do not.
apt_write_config() {
	local architectures='"amd64";'

	[ "$deb_arch" = amd64 ] || architectures+=" \"$deb_arch\";"
	cat > "$1" <<-EOF
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear APT::Architectures;
	Dir::Etc::SourceList "$apt_dir/debian.sources";
	Dir::Etc::SourceParts "$apt_dir/none";
	Dir::Etc::Preferences "$apt_dir/none/preferences";
	Dir::Etc::PreferencesParts "$apt_dir/none";
	Dir::State::Lists "$apt_dir/lists";
	Dir::State::status "$apt_dir/status";
	Dir::Cache "$apt_dir/cache";
	Dir::Cache::pkgcache "pkgcache.bin";
	APT::Sandbox::User "";
	APT::Architectures { $architectures };
	Acquire::Languages "none";
	Acquire::Retries "3";
	EOF
}

# The lists are read afresh once a day at most, or when the sources have changed.
apt_update() {
	local stamp=$apt_dir/updated

	mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial,none}
	apt_write_sources "$apt_dir/debian.sources.new"
	if [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ] &&
		cmp -s "$apt_dir/debian.sources.new" "$apt_dir/debian.sources"; then
		rm "$apt_dir/debian.sources.new"
		return 0
	fi
	say "reading the package lists (privately, in ${apt_dir#"$repo"/})"
	mv "$apt_dir/debian.sources.new" "$apt_dir/debian.sources"
	: > "$apt_dir/status"
	apt_write_config "$apt_dir/apt.conf"
	apt-get -c "$apt_dir/apt.conf" -qq update ||
		die "apt-get update failed (private lists in ${apt_dir#"$repo"/}): is the network up?"
	touch "$stamp"
}

# apt_field PACKAGE FIELD [SUITE]: one field of the newest version, or of the
# version in SUITE; nothing when there is no such package.
apt_field() {
	apt-cache -c "$apt_dir/apt.conf" show --no-all-versions "$1${3:+/$3}" 2>/dev/null |
		sed -n "s/^$2: //p" | head -n1
}

# apt_newest PACKAGE: the highest version in any suite.  (Backports rank below
# the other suites, so apt itself would not choose from there.)
apt_newest() {
	apt-cache -c "$apt_dir/apt.conf" madison "$1" 2>/dev/null |
		awk -F ' *[|] *' '{ print $2 }' | sort -V | tail -n1
}

# apt_closure PACKAGE...: these, of $deb_arch, and all that they depend on, with
# their architecture. The headers of Linux are one package for all of them since
# Debian 13, without one in its name.
apt_closure() {
	local name

	for name; do
		printf '%s\n' "$name:$deb_arch"
		apt-cache -c "$apt_dir/apt.conf" depends --recurse --no-recommends --no-suggests \
			--no-conflicts --no-breaks --no-replaces --no-enhances "$name:$deb_arch"
	done | grep -oE "^[a-z0-9][^ <>]*:$deb_arch\$|^linux-libc-dev\$" | sort -ru |
		awk '/^linux-libc-dev:/ { own = 1 } $0 != "linux-libc-dev" || !own'
}

# apt_to_install [-t SUITE] PACKAGE: what apt itself would choose to install on an
# empty machine, one name per line.
apt_to_install() {
	apt-get -c "$apt_dir/apt.conf" -qq --print-uris -y --no-install-recommends install "$@" |
		awk '{ sub(/_.*/, "", $2); print $2 }'
}

# apt_unpack DEST [-t SUITE] PACKAGE...: download (apt checks signatures and sums) and
# unpack into DEST.
apt_unpack() {
	local dest=$1 debs deb
	shift

	debs=$(mktemp -d "$apt_dir/debs.XXXXXX")
	(cd "$debs" && apt-get -c "$apt_dir/apt.conf" -qq download "$@") || {
		rm -rf "$debs"
		die "could not download: $* (is the network up? old lists? rm -r ${apt_dir#"$repo"/} and retry)"
	}
	mkdir -p "$dest"
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$dest"
	done
	rm -rf "$debs"
}

# apt_unpack_source DEST PACKAGE[=VERSION]: the source as its authors publish it.
apt_unpack_source() {
	mkdir -p "$1"
	(cd "$1" && apt-get -c "$apt_dir/apt.conf" -qq source --download-only --tar-only "$2" &&
		tar -xf ./*.orig.tar.*) ||
		die "could not download the source of $2 (is the network up? old lists? rm -r ${apt_dir#"$repo"/} and retry)"
}
