# SPDX-License-Identifier: GPL-2.0-only
#
# gnuplot -e "prefix='build/bench/svm'" tests/bench/curves.gp
#
# From the curves that the report wrote, PREFIX-*.dat: SVGs whose titles are the questions that they
# answer.

caveat = "Instructions that the host executes for one call, in an emulated machine, without what the emulated\n" . \
	"CPU adds. Entering and leaving the guest counts as one each; caches, TLBs and mitigations do not count."

# ---- a call

set terminal svg noenhanced size 900,500 font 'sans,12' background '#ffffff'
set border 3
set tics nomirror
set grid ytics lc rgb '#dddddd'
set label 1 caveat at screen 0.01, screen 0.05 left font ',10' tc rgb '#555555'
set bmargin at screen 0.26
set yrange [0:*]
set ylabel 'instructions per call'
set key outside right top

set output prefix . '-scaling.svg'
set title 'Does a call get dearer on a host with many VMs, ports, rules?'
set xlabel 'how many there are of what the key names'
set logscale x
set format x '%.0s%c'
stats prefix . '-scaling.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-scaling.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)

# ---- a host's own work, in three panels

set terminal svg noenhanced size 900,1200 font 'sans,12' background '#ffffff'
set output prefix . '-host.svg'
unset label 1
set lmargin at screen 0.1
set rmargin at screen 0.6
set logscale y
set yrange [*:*]
set format y '%.0s%c'
panel(name) = sprintf("stats '%s-%s.dat' using 1 nooutput; plot for [i = 0:STATS_blocks - 1] '%s-%s.dat' index i " . \
	"using 1:2 with linespoints lw 2 title columnheader(1)", prefix, name, prefix, name)
set multiplot

set tmargin at screen 0.96
set bmargin at screen 0.73
set title "Does a host's own work with a VM get dearer beside many VMs?"
set xlabel 'VMs that are bound on the host, all of one process'
set ylabel 'instructions, without waiting'
eval(panel('operations'))

set tmargin at screen 0.64
set bmargin at screen 0.41
set title 'Beside many processes?'
set xlabel 'processes, each with a VM that is bound'
eval(panel('processes'))

set tmargin at screen 0.32
set bmargin at screen 0.09
set title 'When many VMs start, and then all end?'
set xlabel 'VMs of the storm'
set ylabel 'for each VM'
eval(panel('storms'))
unset multiplot

set terminal svg noenhanced size 900,500 font 'sans,12' background '#ffffff'
unset logscale y
unset tmargin
unset lmargin
unset rmargin
set label 1 caveat at screen 0.01, screen 0.05 left font ',10' tc rgb '#555555'
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
