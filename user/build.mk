# SPDX-License-Identifier: GPL-2.0-only
#
# The library and the command. Included by the Makefile from the top of the
# repository.

BUILD ?= build
CC ?= cc
AR ?= ar
OBJCOPY ?= objcopy
CFLAGS ?= -O2 -g

LIBHCBPF_SONAME := libhcbpf.so.$(call version_of,MAJOR)

USER_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -Iinclude -iquote user/hcbpf
USER_LIB := $(BUILD)/lib/libhcbpf.so.$(VERSION)
USER_ALIB := $(BUILD)/lib/libhcbpf.a
USER_BIN := $(BUILD)/bin/hcbpf

USER_LIBBPF := $(addsuffix /lib/libbpf.a,$(LIBBPF))
USER_LIBBPF_CFLAGS := $(addprefix -I,$(addsuffix /include,$(LIBBPF)))
USER_LIBBPF_LIBS := $(or $(USER_LIBBPF),-lbpf) -lelf -lz
# What the command answers in libbpf's place: user/hcbpf/bpf/kernel_btf.c.
USER_WRAP := -Wl,--wrap=btf__find_by_name_kind -Wl,--wrap=bpf_btf_get_next_id
# A static libbpf of a newer libelf leaves zstd to us.
USER_ZSTD := $(if $(USER_LIBBPF),$(if $(wildcard /usr/include/zstd.h),-lzstd))

# The profiles are part of the command, too.
USER_PROFILES := $(sort $(wildcard profiles/*.yaml))

user_lib_src := $(wildcard user/libhcbpf/*.c)
user_bin_src := $(wildcard user/hcbpf/*.c user/hcbpf/*/*.c)
user_lib_obj := $(patsubst user/%.c,$(BUILD)/user/%.o,$(user_lib_src))
user_bin_obj := $(patsubst user/%.c,$(BUILD)/user/%.o,$(user_bin_src)) \
	$(BUILD)/user/hcbpf/text/profiles.o

include user/libguest/build.mk

# `hcbpf bench` is the project's own bench, for this machine.
$(BUILD)/user/hcbpf/cmd/bench.o: override USER_CFLAGS += -Iuser/libguest -Iuser/libguest/$(ARCH)

ALL += $(USER_LIB) $(USER_ALIB) $(USER_BIN)
TOOLS += $(USER_LIB) $(USER_ALIB) $(USER_BIN)
INSTALL_TARGETS += install-user

.PHONY: user install-user
user: $(USER_LIB) $(USER_ALIB) $(USER_BIN)

$(BUILD)/user/libhcbpf/%.o: user/libhcbpf/%.c user/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(USER_CFLAGS) -fPIC -MMD -MP -c $< -o $@

$(BUILD)/user/hcbpf/%.o: user/hcbpf/%.c user/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(USER_CFLAGS) $(USER_LIBBPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/user/hcbpf/text/profiles.list: $(USER_PROFILES) user/build.mk
	@mkdir -p $(@D)
	$(Q)printf 'profile "%s"\n' $(patsubst profiles/%.yaml,%,$(USER_PROFILES)) > $@

$(BUILD)/user/hcbpf/text/profiles.o: user/hcbpf/text/profiles.S $(BUILD)/user/hcbpf/text/profiles.list
	$(call say,AS,$@)
	$(Q)$(CC) -DPROFILES='"$(BUILD)/user/hcbpf/text/profiles.list"' -c $< -o $@

$(USER_LIB): $(user_lib_obj) user/libhcbpf/libhcbpf.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIBHCBPF_SONAME) -Wl,-z,defs \
		-Wl,--version-script=user/libhcbpf/libhcbpf.map $(user_lib_obj) -lz -o $@
	$(Q)ln -sf $(@F) $(@D)/$(LIBHCBPF_SONAME)
	$(Q)ln -sf $(LIBHCBPF_SONAME) $(@D)/libhcbpf.so

# One object, so that only the library's own names are seen outside of it.
$(USER_ALIB): $(user_lib_obj)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(LD) -r $(user_lib_obj) -o $(@:.a=.o)
	$(Q)$(OBJCOPY) -w --keep-global-symbol='hcbpf_*' --keep-global-symbol='libhcbpf_*' $(@:.a=.o)
	$(Q)$(AR) rcs $@ $(@:.a=.o)

$(USER_BIN): $(user_bin_obj) $(BENCH_PATHS) $(LIBGUEST) $(USER_ALIB) $(USER_LIBBPF)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) $(USER_WRAP) $(user_bin_obj) $(BENCH_PATHS) $(LIBGUEST) $(USER_ALIB) \
		$(USER_LIBBPF_LIBS) $(USER_ZSTD) $$($(PKG_CONFIG) --libs json-c yaml-0.1 libconfig expat libsystemd ncursesw) -o $@

install-user: user
	$(Q)$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/hcbpf $(DESTDIR)$(PREFIX)/share/hcbpf/profiles
	$(Q)$(INSTALL) $(USER_BIN) $(DESTDIR)$(PREFIX)/bin
	$(Q)$(INSTALL) -m 644 $(USER_LIB) $(USER_ALIB) $(DESTDIR)$(LIBDIR)
	$(Q)ln -sf $(notdir $(USER_LIB)) $(DESTDIR)$(LIBDIR)/$(LIBHCBPF_SONAME)
	$(Q)ln -sf $(LIBHCBPF_SONAME) $(DESTDIR)$(LIBDIR)/libhcbpf.so
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' user/libhcbpf/libhcbpf.pc.in \
		> $(DESTDIR)$(LIBDIR)/pkgconfig/libhcbpf.pc
	$(Q)$(INSTALL) -m 644 include/hcbpf/*.h $(DESTDIR)$(PREFIX)/include/hcbpf
	$(Q)$(INSTALL) -m 644 $(USER_PROFILES) $(DESTDIR)$(PREFIX)/share/hcbpf/profiles
	$(Q)$(INSTALL) -m 644 user/hcbpf/share/*.json $(DESTDIR)$(PREFIX)/share/hcbpf

-include $(user_lib_obj:.o=.d) $(patsubst %.o,%.d,$(user_bin_obj))
