# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Examples in documents, run and compared; to be sourced after tap.sh. A block with a line
# "# hcbpf ..." has a comment before it, a mark, which readers of the page do not see. Each such
# line is a command, what follows is what it prints. A line "..." stands for any number of
# lines; how many blanks there are between words does not count, since what is in a column
# makes it wide. A block of YAML is a file, and has a mark, too.

# split_blocks DIRECTORY FILE...: DIRECTORY/N/mark, and for each command M M.command and
# M.wanted, or file. Each N, with where its block is, goes to standard output.
split_blocks() {
	blocks_directory=$1
	shift
	awk -v blocks="$blocks_directory" '
	function finish(    dir, i) {
		if (!nr && !is_file)
			return
		dir = blocks "/" ++nr_blocks
		system("mkdir -p " dir)
		print mark > (dir "/mark")
		if (is_file) {
			printf "%s", text > (dir "/file")
			close(dir "/file")
		}
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
			is_file = $0 == "```yaml"
			text = ""
		} else {
			finish()
			mark = ""
		}
		next
	}
	in_block && is_file { text = text $0 "\n"; next }
	in_block && /^# (hcbpf|modprobe hcbpf|apt) ?/ { command[++nr] = substr($0, 3); wanted[nr] = ""; next }
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

# What the block's author says of it.
block_mark() { sed 's/^<!-- *//; s/ *-->$//' "$1/mark"; }

# mark_part MARK KEY: what it says after "; KEY: "
mark_part() { printf '%s\n' "$1" | sed -n "s/.*; $2: \([^;]*\).*/\1/p"; }

# words_that_vary MARK: those after "; any: "
words_that_vary() { [ "$1" = "${1#*; any: }" ] || printf '%s' "${1#*; any: }"; }

# try_commands DIRECTORY WHERE ANY: those of a block, in /tmp/here.
try_commands() {
	i=1
	mkdir -p /tmp/here
	while [ -e "$1/$i.command" ]; do
		(cd /tmp/here && sh "$1/$i.command") > /tmp/got 2>&1 < /dev/null
		ok "$2: $(cat "$1/$i.command")" compare "$1/$i.wanted" /tmp/got "$3"
		i=$((i + 1))
	done
}

# Blanks before a line as something that compare does not overlook.
indented() { sed ':a; s/^\(_*\) /\1_/; ta' "$1"; }

# compare_files WANTED GOT ANY: the same for files, in which it counts how far a line is indented
compare_files() {
	indented "$1" > /tmp/indented.wanted
	indented "$2" > /tmp/indented.got
	compare /tmp/indented.wanted /tmp/indented.got "$3"
}

# try_file DIRECTORY WHERE FILE COMMAND ANY: the block is what that file has. With COMMAND, it is
# put there, and that succeeds. Both are in /tmp/here.
try_file() {
	if [ -z "$4" ]; then
		ok "$2: $3" compare_files "$1/file" "$3" "$5"
	else
		cp "$1/file" "$3"
		ok "$2: $4" sh -c "$4"
	fi
}
