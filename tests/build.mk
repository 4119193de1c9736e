# SPDX-License-Identifier: GPL-2.0-only
#
# The tests. Suite NAME is `make check-NAME`; tests/suites/suites.mk has them all. What they
# need is in TEST_FILES: `make tests` builds it before several suites run at once.

T := $(BUILD)/tests
T_LAB := $(T)/lab
T_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-missing-field-initializers \
	-Werror -Iinclude -Iuser/libguest/$(ARCH)
T_LIBBPF_CFLAGS := $(USER_LIBBPF_CFLAGS)
T_LIBBPF_LIBS := $(USER_LIBBPF_LIBS)
CXX ?= c++
TEST_FILES :=

include tests/suites/build.mk
include tests/bpf/build.mk
include tests/objects/build.mk
include tests/bench/build.mk
include tests/demo/build.mk
include tests/rust/build.mk
ifeq ($(ARCH),x86_64)
include tests/unit/build.mk
include tests/library/build.mk
include tests/install/build.mk
include tests/packages/build.mk
include tests/manifests/build.mk
include tests/metrics/build.mk
include tests/fleet/build.mk
TEST_FILES += $(UNIT_PROGRAMS) $(T)/unit/shapes
endif

.PHONY: tests
tests: $(TEST_FILES)
