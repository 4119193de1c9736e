# SPDX-License-Identifier: GPL-2.0-only
#
# What text must become so that roff prints it as it is.

function literal(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/`/, "\\(ga", text)
	gsub(/\^/, "\\(ha", text)
	gsub(/~/, "\\(ti", text)
	return text
}

# roff's tabs are others.
function expand(text,    at) {
	while ((at = index(text, "\t")))
		text = substr(text, 1, at - 1) substr("        ", 1, 8 - (at - 1) % 8) \
			substr(text, at + 1)
	return text
}

# A line must not begin as a request does.
function line(text) {
	if (text ~ /^[.']/)
		text = "\\&" text
	print text
}

# Begin a paragraph; -v bare=1: not before the first one, which a heading precedes.
function begin(macro) {
	if (!bare || macro != ".PP")
		print macro
	bare = 0
}

# A paragraph, in lines of a file that people may read.
function fill(text,    words, nr, i, out) {
	nr = split(text, words, " ")
	for (i = 1; i <= nr; i++)
		if (out == "")
			out = words[i]
		else if (length(out " " words[i]) > 72) {
			line(out)
			out = words[i]
		} else
			out = out " " words[i]
	if (out != "")
		line(out)
}
