# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Examples in README.md and docs/*.md, run and compared (lib/transcript.sh). The mark of a block:
#
#	<!-- try: SETUP -->		run its commands after that function of docs/setups.sh
#	<!-- try: SETUP; any: WORD... -->	the same, but these words may be any others
#	<!-- try: SETUP; file: FILE -->		of YAML: what is in that file then; any: as above
#	<!-- try: SETUP; file: FILE; check: COMMAND -->	put it there, and run that
#	<!-- tried: BY WHAT -->		another suite runs it
#	<!-- not tried: REASON -->

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/transcript.sh
. ./transcript.sh
# shellcheck source=tests/suites/docs/docs/setups.sh
. ./docs/setups.sh

blocks=/tmp/blocks

# try_block DIRECTORY WHERE MARK
try_block() {
	block_setup=${3%%;*} block_any=$(words_that_vary "$3")
	rm -rf /tmp/here
	mkdir /tmp/here
	# In this shell, which remembers whom to end.
	"setup_$block_setup" > /tmp/setup 2>&1 || sed "s/^/# setup_$block_setup: /" /tmp/setup
	if [ -e "$1/file" ]; then
		try_file "$1" "$2" "$(mark_part "$3" file)" "$(mark_part "$3" check)" "$block_any"
	else
		try_commands "$1" "$2" "$block_any"
	fi
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

# ---- files

# files WANTED GOT ANY
files() { printf %b "$1" > /tmp/wanted; printf %b "$2" > /tmp/got; compare_files /tmp/wanted /tmp/got "$3"; }
ok "files that are the same" files 'a:\n  - b\n' 'a:\n  - b\n'
not "another depth" files 'a:\n  - b\n' 'a:\n- b\n'
ok "a word that may be any other, there, too" files '  # 12 a\n' '  # 7 a\n' '12 x'
not "a file that is not there" compare_files /tmp/wanted /tmp/nothing
mark="profiles; file: /tmp/a; check: hcbpf profile check; any: 1 2"
is "parts of a mark" "$(mark_part "$mark" file),$(mark_part "$mark" check),$(words_that_vary "$mark")" \
	"/tmp/a,hcbpf profile check,1 2"
is "one that it has not" "$(mark_part "profiles; any: 1" file)" ""

split_blocks $blocks /lab/README.md /lab/docs/*.md > /tmp/list
while read -r number where; do
	mark=$(block_mark "$blocks/$number")
	case $mark in
	try:*) try_block "$blocks/$number" "$where" "${mark#try: }" ;;
	"tried: "*) skip "$where" "${mark%%;*}" ;;
	"not tried: "*) skip "$where" "${mark#not tried: }" ;;
	*) ok "$where is tried, or says why not" false ;;
	esac
done < /tmp/list
run done_testing
