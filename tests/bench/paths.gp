# SPDX-License-Identifier: GPL-2.0-only
#
# gnuplot -e "prefix='build/bench/svm'" tests/bench/paths.gp
#
# From PREFIX-paths.dat, which the report wrote: PREFIX-paths.svg, whose title is the question that
# it answers.

ours = 0x3465a4
theirs = 0xa0a0a0
caveat = "Instructions that the host executes for one call, in an emulated machine, without what the emulated\n" . \
	"CPU adds. Entering and leaving the guest counts as one each; caches, TLBs and mitigations do not count."

set border 3
set tics nomirror
set style fill solid 0.9 noborder
set label 1 caveat at screen 0.01, screen 0.05 left font ',10' tc rgb '#555555'
set bmargin at screen 0.2

# A bar for each path, from the top.

set terminal svg noenhanced size 900,560 font 'sans,12' background '#ffffff'
set output prefix . '-paths.svg'
set title 'What does a call of a guest cost its host?'
set lmargin at screen 0.5
set grid xtics lc rgb '#dddddd'
set xrange [0:*]
set yrange [*:*] reverse
set xlabel 'instructions per call'
set key top right
file = prefix . '-paths.dat'
bar(wanted) = column(3) == wanted ? column(2) / 2 : NaN
plot file using (bar(1)):0:(column(2) / 2):(0.36):ytic(1) with boxxyerror lc rgb ours title 'with hcbpf', \
	'' using (bar(0)):0:(column(2) / 2):(0.36):ytic(1) with boxxyerror lc rgb theirs title "KVM's own, or the VMM alone", \
	'' using 2:0:(sprintf('%.0f', $2)) with labels left offset 0.5,0 font ',10' notitle
