# SPDX-License-Identifier: GPL-2.0-only

# The terminal of the tests, for curses.
$(T_LAB)/terminfo/h/hcbpf-test: tests/suites/observe/terminal.ti
	@mkdir -p $(T_LAB)/terminfo
	$(Q)tic -x -o $(T_LAB)/terminfo $<

LAB_TIMEOUT_observe := 1200	# 230 s on arm64, where it is twice as slow as on x86
LAB_NEEDS_observe := $(T_LAB)/terminfo/h/hcbpf-test $(BPF)/examples/log.bpf.o
LAB_MORE_observe := --add $(BPF)/examples/log.bpf.o:/lab/t/log.bpf.o
