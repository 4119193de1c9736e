# SPDX-License-Identifier: GPL-2.0-only
#
# gnuplot -e "prefix='build/bench/x86_64'" tests/bench/plot.gp
#
# From what the report wrote: PREFIX-paths.dat and the curves, each to an SVG whose title
# is the question that it answers.

ours = 0x3465a4
theirs = 0xa0a0a0
caveat = "Instructions that the host executes for one call, in an emulated machine, without what the emulated\n" . \
	"CPU adds. Entering and leaving the guest counts as one each; caches, TLBs and mitigations do not count."

set border 3
set tics nomirror
set style fill solid 0.9 noborder
set label 1 caveat at screen 0.01, screen 0.05 left font ',10' tc rgb '#555555'
set bmargin at screen 0.2

# ---- a bar for each path, from the top

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

# ---- curves

reset
set terminal svg noenhanced size 900,500 font 'sans,12' background '#ffffff'
set border 3
set tics nomirror
set grid ytics lc rgb '#dddddd'
set label 1 caveat at screen 0.01, screen 0.05 left font ',10' tc rgb '#555555'
set bmargin at screen 0.26
set yrange [0:*]
set ylabel 'instructions per call'
set key outside right top

set terminal svg noenhanced size 900,900 font 'sans,12' background '#ffffff'
set output prefix . '-scaling.svg'
set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.6
set tmargin at screen 0.95
set bmargin at screen 0.6
set title 'Does a call get dearer on a host with many VMs, ports, rules?'
set xlabel 'how many there are of what the key names'
set logscale x
set format x '%.0s%c'
stats prefix . '-scaling.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-scaling.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)

set tmargin at screen 0.48
set bmargin at screen 0.15
set title "Does the host's own work with a VM?"
set xlabel 'VMs that are bound on the host'
set ylabel 'instructions, without waiting'
set logscale y
set yrange [*:*]
set format y '%.0s%c'
stats prefix . '-operations.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-operations.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)
unset multiplot

set terminal svg noenhanced size 900,500 font 'sans,12' background '#ffffff'
unset logscale y
unset tmargin
unset lmargin
unset rmargin
set bmargin at screen 0.26
set yrange [0:*]
set format y '%g'
set ylabel 'instructions per call'
set output prefix . '-concurrency.svg'
set title 'Do vCPUs that ring doorbells at once get into each other'."'".'s way?'
set xlabel 'vCPUs, which take turns on one CPU'
unset logscale x
set xtics (1, 2, 4)
stats prefix . '-concurrency.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-concurrency.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)
