# SPDX-License-Identifier: GPL-2.0-only
#
# Building for arm64 on an amd64 machine: the distribution's cross compiler, and
# libraries unpacked by scripts/setup. Included by the Makefile.

SYSROOT := $(CURDIR)/$(BUILD)/sysroot
CROSS := aarch64-linux-gnu-

# Packages are named by the compiler's version: the only one there, or the newest.
CC := $(or $(notdir $(lastword $(sort $(wildcard /usr/bin/$(CROSS)gcc-[0-9]*[0-9])))),$(CROSS)gcc) \
	--sysroot=$(SYSROOT)
AR := $(CROSS)ar
LD := $(CROSS)ld
OBJCOPY := $(CROSS)objcopy

export PKG_CONFIG_LIBDIR := $(SYSROOT)/usr/lib/aarch64-linux-gnu/pkgconfig
export PKG_CONFIG_SYSROOT_DIR := $(SYSROOT)
