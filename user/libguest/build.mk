# SPDX-License-Identifier: GPL-2.0-only
#
# A library, not installed, that makes VMs and runs small guests in them, and what is
# measured with it. `hcbpf bench` and the tests carry both. Included by user/build.mk.

LIBGUEST := $(BUILD)/user/libguest.a
GUEST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -pthread -Iinclude \
	-Iuser/libguest -Iuser/libguest/$(ARCH)

guest_objects = $(patsubst %,$(BUILD)/%.o,$(wildcard $(addprefix $1/,*.c *.S $(ARCH)/*.c $(ARCH)/*.S)))
libguest_obj := $(call guest_objects,user/libguest)
BENCH_PATHS := $(call guest_objects,user/bench)

$(libguest_obj) $(BENCH_PATHS): $(BUILD)/%.o: % user/libguest/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(LIBGUEST): $(libguest_obj)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

-include $(libguest_obj:.o=.d) $(BENCH_PATHS:.o=.d)
