# SPDX-License-Identifier: GPL-2.0-only
#
# The pages, and the policy that policy-guide.md begins with, as it stands there.
LAB_MORE_docs := --add README.md:/lab/README.md --add docs:/lab/docs \
	--add $(BPF)/standard.test.o:/lab/objects/standard.test.o \
	--add bpf/standard.cases.yaml:/lab/objects/standard.cases.yaml \
	--add $(BPF)/examples/log.bpf.o:/lab/t/log.bpf.o
LAB_TIMEOUT_docs := 1200	# 285 s beside another suite, 550 beside two
LAB_NEEDS_docs := $(T_LAB)/who.bpf.o $(BPF)/standard.test.o $(BPF)/examples/log.bpf.o

$(T_LAB)/who.bpf.c: docs/policy-guide.md
	@mkdir -p $(@D)
	$(Q)sed -n '/^```c$$/,/^```$$/{/^```/!p}; /^```$$/q' $< > $@

$(T_LAB)/who.bpf.o: $(T_LAB)/who.bpf.c $(wildcard include/hcbpf/*.h)
	$(call say,BPF,$@)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@
