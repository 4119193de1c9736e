# SPDX-License-Identifier: GPL-2.0-only
#
# Policies as the compiler leaves them; nothing is run. Included by tests/build.mk.

TEST_FILES += vmlinux.h

.PHONY: check-objects
check-objects: vmlinux.h $(BPF_OBJECTS)
	@$(S)/lib/suite $(TAP_DIR)/objects.tap env BPF_CLANG='$(BPF_CLANG)' \
		BPF_CFLAGS='$(BPF_CFLAGS)' BPF_LIBBPF='$(BPF_LIBBPF)' MAKE='$(MAKE)' \
		tests/objects/objects
