# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Examples in README.md and docs/*.md, run and compared. A block that begins with "# hcbpf"
# has a comment before it, which readers of the page do not see:
#
#	<!-- try: SETUP -->		run its commands after that function of docs/setups.sh
#	<!-- try: SETUP; any: WORD... -->	the same, but these words may be any others
#	<!-- not tried: REASON -->
#
# A line "..." stands for any number of lines; how many blanks there are between words does
# not count, since what is in a column makes it wide.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/docs/docs/setups.sh
. ./docs/setups.sh

blocks=/tmp/blocks

# Into $blocks/N/: mark, and for each command M a file M.command and M.wanted. The names of
# the folders, each with where its block is, go to standard output.
split_blocks() {
	awk -v blocks=$blocks '
	function finish(    dir, i) {
		if (!nr || command[1] !~ /^(hcbpf|modprobe hcbpf)/)
			return
		dir = blocks "/" ++nr_blocks
		system("mkdir -p " dir)
		print mark > (dir "/mark")
		for (i = 1; i <= nr; i++) {
			print command[i] > (dir "/" i ".command")
			printf "%s", wanted[i] > (dir "/" i ".wanted")
			close(dir "/" i ".command")
			close(dir "/" i ".wanted")
		}
		close(dir "/mark")
		file = FILENAME
		sub(/^\/lab\//, "", file)
		print nr_blocks, file ":" at
	}
	FNR == 1 { in_block = 0; mark = "" }
	/^```/ {
		in_block = !in_block
		if (in_block) {
			nr = 0
			at = FNR
		} else {
			finish()
			mark = ""
		}
		next
	}
	in_block && /^# (hcbpf|modprobe) / { command[++nr] = substr($0, 3); wanted[nr] = ""; next }
	in_block && nr { wanted[nr] = wanted[nr] $0 "\n" }
	!in_block && /^<!-- (not )?(try|tried): / { mark = $0 }
	!in_block && !/^<!--/ { mark = "" }
	' "$@"
}

# compare WANTED GOT ANY: print what differs
compare() {
	awk -v any="$3" '
	function pattern(line,    words, nr, i, out) {
		nr = split(line, words, " ")
		for (i = 1; i <= nr; i++) {
			if (words[i] in may_be_any)
				words[i] = "[^ ]+"
			else
				gsub(/[][\\.^$*+?(){}|\/]/, "[&]", words[i])
			gsub(/\[\\\]/, "\\\\", words[i])
			gsub(/\[\^\]/, "\\^", words[i])
			out = out (i > 1 ? " +" : "") words[i]
		}
		return "^ *" out " *$"
	}
	# The rest of what was wanted, from line w on, in the rest of what there is.
	function fits(w, g) {
		while (w <= nr_wanted && wanted[w] != "...") {
			if (g > nr_got || got[g] !~ pattern(wanted[w])) {
				if (g > last)
					last = g
				return 0
			}
			w++
			g++
		}
		if (w > nr_wanted)
			return g > nr_got
		for (; g <= nr_got + 1; g++)
			if (fits(w + 1, g))
				return 1
		return 0
	}
	BEGIN {
		nr = split(any, words, " ")
		for (i = 1; i <= nr; i++)
			may_be_any[words[i]]
	}
	FILENAME == ARGV[1] { wanted[++nr_wanted] = $0; next }
	{ got[++nr_got] = $0 }
	END {
		if (fits(1, 1))
			exit 0
		for (i = 1; i <= nr_wanted; i++)
			print "docs: " wanted[i]
		for (i = 1; i <= nr_got; i++)
			print "here: " got[i]
		exit 1
	}' "$1" "$2"
}

# try_block DIRECTORY WHERE SETUP ANY
try_block() {
	rm -rf /tmp/here
	mkdir /tmp/here
	# In this shell, which remembers whom to end.
	"setup_$3" > /tmp/setup 2>&1 || sed "s/^/# setup_$3: /" /tmp/setup
	i=1
	while [ -e "$1/$i.command" ]; do
		(cd /tmp/here && sh "$1/$i.command") > /tmp/got 2>&1 < /dev/null
		ok "$2: $(cat "$1/$i.command")" compare "$1/$i.wanted" /tmp/got "$4"
		i=$((i + 1))
	done
	clear_all
}

# ---- the comparison itself

wanted() { printf %b "$1" > /tmp/wanted; printf %b "$2" > /tmp/got; compare /tmp/wanted /tmp/got "$3"; }
ok "lines that are the same" wanted 'a b\nc\n' 'a b\nc\n'
ok "whatever blanks there are" wanted 'a  b\n' '  a b\n'
not "another word" wanted 'a b\n' 'a c\n'
not "a line more" wanted 'a\n' 'a\nb\n'
not "a line less" wanted 'a\nb\n' 'a\n'
ok "a word that may be any other" wanted 'a 12 b\n' 'a 7 b\n' '12 x'
not "but only that" wanted 'a 12 b\n' 'a 12 c\n' '12 x'
ok "dots are any lines" wanted 'a\n...\nz\n' 'a\nb\nc\nz\n'
ok "or none" wanted 'a\n...\nz\n' 'a\nz\n'
not "but what follows must come" wanted 'a\n...\nz\n' 'a\nb\n'
ok "what a pattern is made of is text" wanted '[a.*+?^$|(){}/\\]\n' '[a.*+?^$|(){}/\\]\n'
not "and only that" wanted 'a.c\n' 'abc\n'

split_blocks /lab/README.md /lab/docs/*.md > /tmp/list
while read -r number where; do
	mark=$(sed 's/^<!-- *//; s/ *-->$//' "$blocks/$number/mark")
	case $mark in
	try:*)
		mark=${mark#try: }
		any=
		[ "$mark" = "${mark#*; any: }" ] || any=${mark#*; any: }
		try_block "$blocks/$number" "$where" "${mark%%;*}" "$any"
		;;
	"not tried: "*) skip "$where" "${mark#not tried: }" ;;
	*) ok "$where is tried, or says why not" false ;;
	esac
done < /tmp/list
run done_testing
