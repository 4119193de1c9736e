# SPDX-License-Identifier: GPL-2.0-only
#
# gnuplot -e "prefix='build/bench/x86_64'" tests/bench/plot.gp
#
# From what the report wrote: PREFIX-paths.dat and the curves, each to an SVG.

set grid ytics lc rgb '#dddddd'
set border 3
set tics nomirror
set style fill solid 0.9 noborder

set terminal svg noenhanced size 900,460 font 'sans,12' background '#ffffff'
set output prefix . '-paths.svg'
set title 'Instructions per call, net'
set yrange [0:*]
set xtics rotate by 30 right
set bmargin 8
set boxwidth 0.7
unset key
# Ours, and what they are measured against.
is_ours(name) = name[1:5] eq 'hcbpf' || name[1:4] eq 'sdei' || \
	(name[1:8] eq 'gpa_flip' && name ne 'gpa_flip_exit') || \
	(name[1:4] eq 'hvc_' && name ne 'hvc_base')
colour(name) = is_ours(name) ? 0x3465a4 : 0xa0a0a0
plot prefix . '-paths.dat' using 0:2:(colour(strcol(1))):xtic(1) with boxes lc rgb variable, \
	'' using 0:2:(sprintf('%.0f', $2)) with labels offset 0,0.7 font ',10'

set output prefix . '-scaling.svg'
set title 'A call beside ever more of what is not its own'
set ylabel 'instructions per call, net'
set xlabel 'number of them'
set xtics norotate autofreq
set bmargin 4
set logscale x
set key bottom right
stats prefix . '-scaling.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-scaling.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)

set output prefix . '-concurrency.svg'
set title 'Doorbells from several vCPUs, which take turns on one CPU'
set ylabel 'instructions per doorbell, net'
set xlabel 'vCPUs'
unset logscale x
set xtics (1, 2, 4)
stats prefix . '-concurrency.dat' using 1 nooutput
plot for [i = 0:STATS_blocks - 1] prefix . '-concurrency.dat' index i using 1:2 \
	with linespoints lw 2 title columnheader(1)
