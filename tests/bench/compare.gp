# SPDX-License-Identifier: GPL-2.0-only
#
# gnuplot -e "prefix='build/bench/bench'" tests/bench/compare.gp
#
# From PREFIX-ratios.dat, which the report wrote: PREFIX.svg, each call beside its peer on all
# machines and kernels. A hue for each machine, darker for newer kernels.

file = prefix . '-ratios.dat'
set terminal svg noenhanced size 1300,640 font 'sans,12' background '#ffffff'
set output prefix . '.svg'
set title "Is a call cheaper through hcbpf than by KVM's own way, on each machine and kernel?"
set datafile missing '?'
set border 3
set tics nomirror
set style data histograms
set style histogram clustered gap 1.5
set style fill solid 0.95 noborder
set boxwidth 0.95
set grid ytics lc rgb '#dddddd'
set ylabel "of the instructions of KVM's own way, or of the VMM's"
set xrange [-0.6:7.6]
set yrange [0:*]
set key outside right top
set bmargin at screen 0.2
set label 1 "Its own way: for sends KVM's event channels (arm64 has none: a store that exits to the VMM), for doorbells an ioeventfd, for exits port I/O\n" . \
	"or a store, for a call that passes the same call in a VM that is not bound, for an attribute KVM's exit. Net instructions that the host executes,\n" . \
	"in emulated machines: entering and leaving the guest counts as one each; caches, TLBs and mitigations do not count." \
	at screen 0.01, screen 0.08 left font ',10' tc rgb '#555555'
colour(title) = title[1:3] eq 'SVM' ? 0 : title[1:3] eq 'VMX' ? 1 : 2
array shades[9] = [0x9dbfe6, 0x4a86c8, 0x1f4e8c, 0xf4c28f, 0xe08a33, 0x9c5510, 0xa8d8a8, 0x58a858, 0x2a6e2a]
stats file using 0 skip 1 nooutput
columns = words(system("head -n1 " . file . " | sed 's/\"[^\"]*\"/x/g'"))
name(i) = system(sprintf("head -n1 %s | grep -o '\"[^\"]*\"' | sed -n '%dp' | tr -d '\"'", file, i))
# Of one machine, the how manieth.
shade(i) = i > 2 && colour(name(i)) == colour(name(i - 1)) ? 1 + shade(i - 1) : 0
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lw 1.5 dt 2 lc rgb '#333333' front
plot for [i = 2:columns] file using i:xtic(1) skip 1 lc rgb shades[1 + 3 * colour(name(i)) + shade(i)] title name(i)
