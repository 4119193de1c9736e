# SPDX-License-Identifier: GPL-2.0-only
#
# What a C header declares, as roff with the macros of man(7): each declaration, and what the
# comment before it says about it. A comment that none follows stands for itself. Bodies of
# functions are left out, and so is what is for the preprocessor, but for macros with
# arguments.
#
# With roff.awk. -v from=TEXT: begin with the comment that begins so; -v to=TEXT: end before
# that one.

function prose(text,    pieces, nr, i, out) {
	nr = split(text, pieces, "`")
	for (i = 1; i <= nr; i++)
		out = out (i % 2 ? pieces[i] : "\\fB" literal(pieces[i]) "\\fR")
	gsub(/@[a-z_]+/, "\\fI&\\fR", out)
	gsub(/\\fI@/, "\\fI", out)
	return out
}

# Lines that a tab begins are an example.
function show_comment(    i, text, in_code, first) {
	first = 1
	for (i = 0; i < nr_comment; i++) {
		text = comment[i]
		if (text ~ /^\t/ && !in_code) {
			begin(".PP")
			print ".RS 4\n.nf"
			in_code = 1
		} else if (text !~ /^\t/ && in_code) {
			if (text == "" && comment[i + 1] ~ /^\t/) {
				print ""
				continue
			}
			print ".fi\n.RE"
			in_code = 0
			first = 1
		}
		if (in_code)
			line(literal(expand(substr(text, 2))))
		else if (text == "")
			first = 1
		else if (text ~ /^- /) {
			print ".IP \\(bu 2"
			fill(prose(substr(text, 3)))
			first = 0
		} else if (text ~ /^-E[A-Z0-9]+  /) {
			print ".TP"
			line(literal(substr(text, 1, index(text, " ") - 1)))
			sub(/^[^ ]* +/, "", text)
			fill(prose(text))
			first = 0
		} else {
			if (first)
				begin(".PP")
			fill(prose(text))
			first = 0
		}
	}
	if (in_code)
		print ".fi\n.RE"
	nr_comment = 0
}

function show_code(    i) {
	begin(".PP")
	print ".nf"
	for (i = 0; i < nr_code; i++)
		line(literal(expand(code[i])))
	print ".fi"
	nr_code = 0
	if (!nr_comment)
		return
	print ".RS 4"
	bare = 1
	show_comment()
	print ".RE"
}

# What stands together is about the same.
function flush() {
	if (nr_comment && index(comment[0], from) == 1)
		wanted = 1
	if (nr_comment && to != "" && index(comment[0], to) == 1)
		wanted = 0
	if (wanted && nr_code)
		show_code()
	else if (wanted)
		show_comment()
	nr_code = nr_comment = 0
}

function add_comment(text) {
	sub(/^ *\/\*+ ?/, "", text)
	sub(/ *\*\/ *$/, "", text)
	sub(/^ \* ?/, "", text)
	if (text != "" || nr_comment)
		comment[nr_comment++] = text
}

NR == 1 { next }
/^#ifdef __cplusplus/ { cplusplus = 1 }
/^#endif/ { cplusplus = 0 }
cplusplus { next }
/^#define [A-Z_]+\(/ { continued = 1; in_macro = 1 }
in_macro {
	code[nr_code++] = $0
	sub(/ *\\$/, "", code[nr_code - 1])
	in_macro = /\\$/
	next
}
/^#/ { next }

!in_comment && /^\/\*/ {
	if (nr_code)
		flush()
	in_comment = 1
}
in_comment {
	if (!/^ \*\/$/)
		add_comment($0)
	if (/\*\//)
		in_comment = 0
	next
}

# An inline function is declared before, or this is its declaration.
/^static inline/ { inline_at = nr_code }
/^[{]/ {
	in_body = 1
	if (code[inline_at] in declared)
		nr_code = inline_at
	else
		code[nr_code - 1] = code[nr_code - 1] ";"
	next
}
in_body {
	if (/^}/)
		in_body = 0
	next
}

/^$/ && !in_struct { flush(); next }
{
	if (/^struct [a-z_]+ [{]/)
		in_struct = 1
	if (/^};/)
		in_struct = 0
	text = $0
	sub(/ __ksym;/, ";", text)
	sub(/^(extern|static inline) /, "", text)
	code[nr_code++] = text
	if (sub(/;$/, "", text))
		declared[text]
}
END { flush() }
