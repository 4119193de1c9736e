# SPDX-License-Identifier: GPL-2.0-only
#
# The policies of bpf/ and examples/ with their cases.
LAB_NEEDS_examples := $(BPF_OBJECTS) $(BPF_TESTS) $(BPF_EXAMPLES) $(BPF_EXAMPLE_TESTS)
LAB_MORE_examples := --add $(BPF):/lab/bpf --add bpf/standard.cases.yaml:/lab/cases/ \
	--add examples/policies:/lab/cases/examples
