# SPDX-License-Identifier: GPL-2.0-only
#
# Building for this host, installing, packages. Included by the Makefile; docs/install.md
# tells what the variables are for.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
SYSCONFDIR ?= /etc
# With PREFIX=/usr it is a distribution that installs: /etc is its users'.
VENDOR := $(if $(filter /usr,$(PREFIX:%/=%)),/usr/lib)
UDEV_DIR ?= $(or $(VENDOR),$(SYSCONFDIR))/udev/rules.d
SYSTEMD_DIR ?= $(or $(VENDOR),$(SYSCONFDIR))/systemd/system
LIBVIRT_HOOKS_DIR ?= $(SYSCONFDIR)/libvirt/hooks/qemu.d
INSTALL ?= install
PKG_CONFIG ?= pkg-config

# ---- for this host

KDIR ?= /lib/modules/$(shell uname -r)/build
KRELEASE = $(shell cat $(KDIR)/include/config/kernel.release)
HOST_MODULE = $(BUILD)/kmod/host-$(KRELEASE)/hcbpf.ko
# Behind the kernel's own, where depmod looks first.
MODULE_DIR = $(INSTALL_MOD_PATH)/lib/modules/$(KRELEASE)/updates

check_needs = @CC='$(CC)' CLANG='$(BPF_CLANG)' BPFTOOL='$(BPFTOOL)' PKG_CONFIG='$(PKG_CONFIG)' \
	LIBBPF='$(LIBBPF)' KDIR='$(KDIR)' scripts/check-needs $1

# Everything below runs in a make of its own once what is needed is there.
.PHONY: host tools modules
host: ## what this host needs: tools and modules. This is what `make` alone does
	$(call check_needs,tools)
	$(call check_needs,module)
	@$(MAKE) host-tools host-module WERROR=

tools: ## the command, the library and the policies, with the system's libraries
	$(call check_needs,tools)
	@$(MAKE) host-tools WERROR=

modules: ## the module for the running kernel, or the one with its headers in KDIR
	$(call check_needs,module)
	@$(MAKE) host-module

.PHONY: host-tools host-module
host-tools: $(TOOLS)

host-module:
	@$(MAKE) $(HOST_MODULE)

$(BUILD)/kmod/host-%/hcbpf.ko: $(KMOD_SOURCES) scripts/build-module $(wildcard $(KDIR)/Module.symvers)
	$(call say,MODULE,$@)
	$(Q)scripts/build-module $(KDIR) $(@D) V=$(V)

# ---- installing: into a folder of its own first, so that there is one list of all files,
# by which `make uninstall` goes, too

# $(call staged,add|remove,TARGETS)
staged = @umask 022 && stage=$$(mktemp -d) && trap 'rm -rf "$$stage"' EXIT && \
	$(MAKE) $2 DESTDIR="$$stage" && scripts/install-tree $1 "$$stage" '$(DESTDIR)'
# Nothing to do for the machine when it is not the machine's own tree.
depmod = $(if $(DESTDIR),,@PATH=$$PATH:/usr/sbin:/sbin depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') $(KRELEASE))
ldconfig = $(if $(DESTDIR),,@[ "$$(id -u)" != 0 ] || PATH=$$PATH:/usr/sbin:/sbin ldconfig)

.PHONY: install install-tools modules_install uninstall
install: host ## install all of it; PREFIX is /usr/local
	$(call staged,add,$(INSTALL_TARGETS) install-module)
	$(depmod)
	$(ldconfig)

install-tools: tools ## install all but the module
	$(call staged,add,$(INSTALL_TARGETS))
	$(ldconfig)

modules_install: modules ## install the module alone
	$(call staged,add,install-module)
	$(depmod)

# Built first if it is not there any more: what there is to remove is what would be installed.
uninstall: host ## remove what `make install` with the same variables has installed
	$(call staged,remove,$(INSTALL_TARGETS) install-module)
	$(depmod)
	$(ldconfig)

INSTALL_TARGETS += install-host install-policies

.PHONY: install-host install-policies install-module
install-host:
	$(Q)$(INSTALL) -d $(DESTDIR)$(UDEV_DIR) $(DESTDIR)$(SYSTEMD_DIR) \
		$(DESTDIR)$(LIBVIRT_HOOKS_DIR) $(DESTDIR)$(PREFIX)/lib/hcbpf
	$(Q)$(INSTALL) -m 644 packaging/udev/60-hcbpf.rules $(DESTDIR)$(UDEV_DIR)
	$(Q)$(INSTALL) packaging/systemd/load-policies $(DESTDIR)$(PREFIX)/lib/hcbpf
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' packaging/systemd/hcbpf.service \
		> $(DESTDIR)$(SYSTEMD_DIR)/hcbpf.service
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' packaging/systemd/hcbpf-vmstate@.service \
		> $(DESTDIR)$(SYSTEMD_DIR)/hcbpf-vmstate@.service
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' packaging/systemd/hcbpf-metrics.service \
		> $(DESTDIR)$(SYSTEMD_DIR)/hcbpf-metrics.service
	$(Q)$(INSTALL) -m 644 packaging/systemd/hcbpf-vmstate.socket \
		packaging/systemd/hcbpf-metrics.timer $(DESTDIR)$(SYSTEMD_DIR)
	$(Q)$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/hcbpf/monitoring
	$(Q)$(INSTALL) -m 644 packaging/monitoring/* $(DESTDIR)$(PREFIX)/share/hcbpf/monitoring
	$(Q)$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/hcbpf/apparmor
	$(Q)$(INSTALL) -m 644 packaging/apparmor/* $(DESTDIR)$(PREFIX)/share/hcbpf/apparmor
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' packaging/libvirt/hcbpf > $(DESTDIR)$(LIBVIRT_HOOKS_DIR)/hcbpf
	$(Q)chmod 755 $(DESTDIR)$(LIBVIRT_HOOKS_DIR)/hcbpf

# To learn from: the command has the standard policy in it.
POLICY_DIR = $(DESTDIR)$(PREFIX)/share/hcbpf/policies
install-policies:
	$(Q)$(INSTALL) -d $(POLICY_DIR)/examples
	$(Q)$(INSTALL) -m 644 $(wildcard bpf/*.h bpf/*.bpf.c bpf/*.cases.yaml) $(POLICY_DIR)
	$(Q)$(INSTALL) -m 644 $(wildcard examples/policies/*) $(POLICY_DIR)/examples

# Signed if MODULE_SIG_KEY and MODULE_SIG_CERT say by whom.
install-module:
	$(Q)$(INSTALL) -d $(DESTDIR)$(MODULE_DIR)
	$(Q)strip --strip-debug -o $(DESTDIR)$(MODULE_DIR)/hcbpf.ko $(HOST_MODULE)
	$(Q)chmod 644 $(DESTDIR)$(MODULE_DIR)/hcbpf.ko
ifdef MODULE_SIG_KEY
	$(Q)$(KDIR)/scripts/sign-file sha512 '$(MODULE_SIG_KEY)' '$(MODULE_SIG_CERT)' \
		$(DESTDIR)$(MODULE_DIR)/hcbpf.ko
endif

# ---- a container image

.PHONY: image
image: ## a container image with the command, in build/image
	$(call check_needs,tools)
	$(call check_needs,image)
	@$(MAKE) host-tools WERROR=
	$(call say,IMAGE,$(BUILD)/image/hcbpf.tar)
	$(Q)STRIP='$(CROSS)strip' packaging/container/make-image $(ARCH) $(BUILD) $(VERSION)

# ---- packages

.PHONY: deb
deb: ## Debian packages, in build/deb
	@scripts/setup deb
	@packaging/make-deb

.PHONY: rpm
rpm: ## RPM packages, in build/rpm
	$(call check_needs,tools)
	@packaging/make-rpm
