# SPDX-License-Identifier: GPL-2.0-only
#
# What docs/*.md are written in, as roff with the macros of man(7): headings, paragraphs,
# tables, lists, examples; `code`, **strong**, [links](FILE). Comments are left out.
#
# With roff.awk. The page's title, "# ...", is left out. -v skip='A|B': so are sections of these names.

function page(target) {
	if (target ~ /profiles\.md/)
		return "hcbpf\\-profile(5)"
	if (target ~ /policy-guide\.md/)
		return "hcbpf\\-policy(7)"
	if (target ~ /commands\.md/)
		return "hcbpf(1)"
	return ""
}

# A link to another manual page is that; of others the text is enough.
function links(text,    label, target) {
	while (match(text, /\[[^]\[]*\]\([^)]*\)/)) {
		label = substr(text, RSTART + 1, index(substr(text, RSTART), "]") - 2)
		target = substr(text, RSTART + length(label) + 3, RLENGTH - length(label) - 4)
		text = substr(text, 1, RSTART - 1) (page(target) != "" ? page(target) : label) \
			substr(text, RSTART + RLENGTH)
	}
	return text
}

function prose(text) {
	text = links(text)
	gsub(/\\\|/, "|", text)
	gsub(/\*\*/, "\001", text)
	while (sub(/\001/, "\\fB", text))
		sub(/\001/, "\\fR", text)
	while (match(text, /\*[A-Za-z][A-Za-z ]*\*/))
		text = substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART + 1, RLENGTH - 2) \
			"\\fR" substr(text, RSTART + RLENGTH)
	return text
}

# Every second piece between backquotes is code.
function inline(text,    pieces, nr, i, out) {
	nr = split(text, pieces, "`")
	for (i = 1; i <= nr; i++)
		if (i % 2)
			out = out prose(pieces[i])
		else {
			gsub(/\\\|/, "|", pieces[i])
			out = out "\\fB" literal(pieces[i]) "\\fR"
		}
	return out
}

function flush() {
	if (paragraph != "")
		fill(inline(paragraph))
	paragraph = ""
}

# Cells of a table's row: "| a | b |"; a \| does not end one.
function split_row(row, cells,    nr, i) {
	gsub(/\\\|/, "\002", row)
	sub(/^\| */, "", row)
	sub(/ *\|$/, "", row)
	nr = split(row, cells, / *\| */)
	for (i = 1; i <= nr; i++)
		gsub(/\002/, "|", cells[i])
	return nr
}

# The first cell is what the others are about; those have their heads with them.
function table_row(row,    cells, nr, i) {
	nr = split_row(row, cells)
	print ".TP"
	line(inline(cells[1]))
	for (i = 2; i <= nr; i++) {
		if (cells[i] == "" && nr > 2)
			continue
		fill((nr > 2 && heads[i] != "" ? inline(heads[i]) ": " : "") \
			(cells[i] == "" ? "\\&" : inline(cells[i])))
		if (i < nr)
			print ".br"
	}
}

BEGIN {
	nr_skip = split(skip, names, "|")
	for (i = 1; i <= nr_skip; i++)
		skipped[names[i]] = 1
}

/^<!--/ { next }

/^```/ {
	flush()
	in_code = !in_code
	if (!leaving && in_code)
		begin(".PP")
	if (!leaving)
		print in_code ? ".RS 4\n.nf" : ".fi\n.RE"
	next
}
in_code {
	if (!leaving)
		line(literal(expand($0)))
	next
}

/^#/ {
	flush()
	level = index($0, " ") - 1
	name = substr($0, level + 2)
	if (level == 1)
		next
	if (level == 2)
		leaving = name in skipped
	if (leaving)
		next
	print (level == 2 ? ".SH " : ".SS ") "\"" inline(name) "\""
	bare = 1
	in_table = 0
	next
}
leaving { next }

/^\|/ {
	flush()
	if (!in_table) {
		in_table = 1
		split_row($0, heads)
		bare = 0
	} else if ($0 !~ /^\|[-| ]*$/)
		table_row($0)
	next
}
{ in_table = 0 }

/^ *$/ { flush(); in_item = 0; next }

/^- / || /^[0-9]+\. / {
	flush()
	print ".IP " (/^-/ ? "\\(bu 2" : substr($1, 1) " 4")
	sub(/^(-|[0-9]+\.) /, "")
	paragraph = $0
	in_item = 1
	bare = 0
	next
}

{
	sub(/^ +/, "")
	if (paragraph == "" && !in_item)
		begin(".PP")
	paragraph = paragraph (paragraph == "" ? "" : " ") $0
}

END { flush() }
