# SPDX-License-Identifier: GPL-2.0-only
#
# hcbpf: in-kernel hypercall policies for KVM.  `make help` lists the targets; `make`
# alone builds what this host needs.
#
# Each part brings a build.mk, which may add to
#   ALL             files that `make all` makes
#   TOOLS           files that `make tools` makes
#   TEST_FILES      files that the suites need
#   INSTALL_TARGETS targets that `make install` runs, to install them below $(DESTDIR)
# and may use
#   $(ARCH)         x86_64 or arm64: what is built, and the lab it is tested in
#   $(BUILD)        where all output for it goes
#   $(Q), $(call say,WHAT,FILE)   quiet recipes; V=1 shows the commands
#   $(KERNEL)       the test kernel's name, $(MODULE) its build of the module

MACHINE := $(patsubst aarch64,arm64,$(shell uname -m))
ARCH ?= $(MACHINE)
ifeq ($(ARCH),x86_64)
BUILD := build
SETUP := scripts/setup
else ifeq ($(ARCH),arm64)
BUILD := build/arm64
SETUP := scripts/setup ARCH=arm64
ifneq ($(MACHINE),arm64)
include scripts/cross.mk
endif
else
$(error ARCH=$(ARCH): x86_64 and arm64 are supported)
endif
export LAB_ARCH := $(ARCH)

# Either names the test kernel; the lab looks at LAB_KERNEL.
ifdef LAB_KERNEL
KERNEL := $(notdir $(LAB_KERNEL:%/=%))
else
KERNEL ?= debian-$(ARCH)
LAB_KERNEL := $(CURDIR)/$(BUILD)/kernel/$(KERNEL)
endif
export LAB_KERNEL

MODULE := $(BUILD)/kmod/$(KERNEL)/hcbpf.ko
DEBUG_KERNEL := $(CURDIR)/$(BUILD)/kernel/debug-$(ARCH)
TAP_DIR ?= $(BUILD)/tap
# Suites at once: each is one VM, of up to 2 GiB.
JOBS ?= $(shell nproc)
RUN_SUITES = TAP_DIR='$(TAP_DIR)' MAKE='$(MAKE)' JOBS='$(JOBS)' scripts/run-suites

# One version for all of it.
version_of = $(shell sed -n 's/^.define HCBPF_$1 //p' include/hcbpf/version.h)
VERSION := $(call version_of,MAJOR).$(call version_of,MINOR).$(call version_of,PATCH)

# For pipefail.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

# A compiler that knows more warnings must not keep others from building.
WERROR ?= -Werror

V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-7s %s\n' '$1' '$2'
ifneq ($(V),1)
.SILENT:
MAKEFLAGS += --no-print-directory
endif
.DELETE_ON_ERROR:
.DEFAULT_GOAL := host

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z._-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' \
		packaging/build.mk Makefile
	@echo
	@echo "  make check-NAME runs one suite: $(sort $(SUITES))"
	@echo "  V=1 shows the commands, KERNEL=NAME chooses $(BUILD)/kernel/NAME"
	@echo "  docs/install.md has the variables of installing: PREFIX ($(PREFIX)), DESTDIR and others"
	@echo "  ARCH=arm64 builds for arm64, into build/arm64, and tests in an emulated VM of that kind"

.PHONY: setup
setup: ## bring the packages, the test kernel and libbpf that all else needs
	@$(SETUP)

# Everything below runs in a make of its own once setup is done, since parts of
# it look at what setup brings.
.PHONY: all
all: ## the module for the test kernel, the policies, the tools
	@$(SETUP) build
	@$(MAKE) parts

.PHONY: demo
demo: ## see what it does, in a VM
	@$(SETUP)
	@$(MAKE) parts
	@$(MAKE) run-demo

# The suites of both architectures, built.
.PHONY: check-parts
check-parts:
	@$(SETUP)
	@$(SETUP) rust
	@$(MAKE) parts
	@$(MAKE) tests
	@$(MAKE) newest-parts
ifeq ($(ARCH),x86_64)
	@scripts/setup manifests
	@scripts/setup ARCH=arm64 build lab vmm rust
	@env -u LAB_KERNEL $(MAKE) ARCH=arm64 parts
	@env -u LAB_KERNEL $(MAKE) ARCH=arm64 tests
	@env -u LAB_KERNEL $(MAKE) ARCH=arm64 newest-parts
endif

# The module for the newest kernel.
.PHONY: newest-parts
newest-parts:
	@$(SETUP) kernel=$(NEWEST:%-$(ARCH)=%)
	@env -u LAB_KERNEL $(MAKE) KERNEL=$(NEWEST) $(BUILD)/kmod/$(NEWEST)/hcbpf.ko

.PHONY: check
check: export VMX_SHORT := 1
check: check-parts ## all tests; the last line counts them
	+@$(RUN_SUITES) $(CHECK_SUITES)

.PHONY: check-more
check-more: export VMX_SHORT := 1
check-more: check-parts ## tests that there is no time for at every change
	+@$(RUN_SUITES) $(MORE_SUITES)

.PHONY: check-kernels kernels-suites
check-kernels: ## the module on each kernel of tests/kernels/list (an hour and more)
	@tests/kernels/run $(KERNELS)

kernels-suites:
	@echo $(KERNELS_SUITES)

.PHONY: check-vmm
check-vmm: ## of these the ones with VMMs: QEMU, many VMs, save and restore, the library
	@scripts/setup
	@$(MAKE) parts
	@$(MAKE) tests
	+@$(RUN_SUITES) qemu host restore library

.PHONY: check-debug
check-debug: TAP_DIR := $(BUILD)/tap-debug
check-debug: ## the VM tests with a kernel full of checkers (first time: 10 min more)
	@$(SETUP) build lab debug
	@tests/lab/debug-kernel/build $(ARCH)
	@LAB_KERNEL='$(DEBUG_KERNEL)' $(MAKE) parts
	@LAB_KERNEL='$(DEBUG_KERNEL)' $(MAKE) tests
	+@LAB_KERNEL='$(DEBUG_KERNEL)' $(RUN_SUITES) $(DEBUG_SUITES)

# tests/suites/parallel/build.mk has the recipe.
ifeq ($(ARCH),x86_64)
.PHONY: check-parallel
check-parallel: ## ten million hypercalls on CPUs that run at once; minutes of all CPUs

# tests/packages/build.mk has the recipe.
.PHONY: check-packages
check-packages: ## Debian packages installed, upgraded and removed on emulated hosts; half an hour
endif

.PHONY: check-vmx
check-vmx: TAP_DIR := $(BUILD)/tap-vmx
check-vmx: ## the VM tests on an emulated Intel CPU
	@$(SETUP)
	@$(MAKE) parts
	@$(MAKE) tests
	@tests/suites/vmx/left-out
	+@$(RUN_SUITES) $(VMX_SUITES)

.PHONY: check-lab
check-lab: ## tests of the test VM itself
	@$(SETUP) lab vmx
	@mkdir -p $(TAP_DIR)
	@tests/lab/selftest | tee $(TAP_DIR)/lab.tap

.PHONY: bench
bench: ## what calls cost, beside their peers, on all machines: build/bench (an hour)
	@tests/bench/all

.PHONY: shell
shell: ## a shell in the test VM, with the module loaded
	@$(SETUP)
	@$(MAKE) parts
	@tests/lab/run --smp 2 --shell

.PHONY: clean
clean: ## remove what was built; keep the downloads
	@rm -rf $(filter-out $(addprefix $(BUILD)/,apt apt-trixie hosts manifests-types podman kernel tools-% libbpf bpftool qemu bochs debug-kernel sysroot rust-std arm64),$(wildcard $(BUILD)/*))

.PHONY: distclean
distclean: ## remove the downloads and kernels too
	@rm -rf $(BUILD)

INSTALL_TARGETS :=
ALL :=
TOOLS :=

# --- the module, once per test kernel

KMOD_SOURCES := $(shell find kmod include -type f -name '[!.]*')

ALL += $(MODULE)

$(BUILD)/kmod/%/hcbpf.ko: $(KMOD_SOURCES) $(BUILD)/kernel/%/release scripts/build-module
	$(call say,MODULE,$@)
	$(Q)scripts/build-module $(BUILD)/kernel/$* $(@D) V=$(V)

$(BUILD)/kernel/debian-$(ARCH)/release build/bpftool/bin/bpftool:
	@$(SETUP) build

# --- the test kernel's types, for who writes policies or tools

BPFTOOL ?= $(or $(wildcard build/bpftool/bin/bpftool), \
	$(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool),build/bpftool/bin/bpftool)

# Made anew each time: which kernel is asked for is not to be seen from the file.
.PHONY: vmlinux.h
vmlinux.h: $(BUILD)/kernel/$(KERNEL)/release $(BPFTOOL) ## all types of the test kernel, from its BTF
	$(call say,BTF,$@)
	$(Q)$(BPFTOOL) btf dump file $(LAB_KERNEL)/headers/vmlinux format c > $@.tmp
	$(Q)mv $@.tmp $@

# scripts/setup puts a libbpf there that knows struct_ops in modules; without it, and with
# LIBBPF= on the command line, it is the system's.
LIBBPF ?= $(wildcard $(BUILD)/libbpf)

-include bpf/build.mk
-include user/build.mk
-include packaging/build.mk
-include docs/build.mk
-include examples/build.mk
-include tests/build.mk

ALL += $(BPF_OBJECTS)

.PHONY: parts
parts: $(ALL)

.PHONY: check-scripts
check-scripts: $(BUILD)/bin/hcbpf
	@mkdir -p $(TAP_DIR)
	@tests/suites/lib/suite $(TAP_DIR)/scripts.tap sh -c \
		'status=0; for test in tap-summary setup-locks shipped kernels bench picture command completion \
			manual; do \
			tests/scripts/$$test $(BUILD)/bin || status=1; done; exit $$status'
