# SPDX-License-Identifier: GPL-2.0-only
#
# Manual pages and bash completion. Included by the Makefile from the top of the repository.

MANDIR ?= $(PREFIX)/share/man
# Of the last change that their readers should know of.
MAN_DATE := 2026-11-30

MAN_SOURCES := $(wildcard docs/man/*.in)
MAN_PAGES := $(MAN_SOURCES:docs/man/%.in=$(BUILD)/man/%)
MAN_MADE_OF := docs/man/page $(wildcard docs/man/*.awk) docs/build.mk docs/commands.md docs/profiles.md docs/templates.md \
	docs/policy-guide.md include/hcbpf/libhcbpf.h include/hcbpf/bpf.h
COMPLETION := packaging/bash-completion/hcbpf
# Each call of the library is another name of its page.
bracket := (
LIBRARY_CALLS = $(shell sed -n 's/^[a-z].*[ *]\(\(lib\)*hcbpf_[a-z_]*\)[$(bracket)].*/\1/p' \
	include/hcbpf/libhcbpf.h | sort -u)

ALL += $(MAN_PAGES)
TOOLS += $(MAN_PAGES)
INSTALL_TARGETS += install-docs

$(MAN_PAGES): $(BUILD)/man/%: docs/man/%.in $(MAN_MADE_OF)
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)docs/man/page $< $(VERSION) $(MAN_DATE) > $@

# What the command's own tables say, in docs/commands.md.
.PHONY: docs
docs: $(BUILD)/bin/hcbpf
	$(Q)docs/man/tables $< docs/commands.md > $(BUILD)/commands.md
	$(Q)cp $(BUILD)/commands.md docs/commands.md

.PHONY: install-docs
install-docs: $(MAN_PAGES)
	$(Q)$(INSTALL) -d $(foreach n,1 3 5 7,$(DESTDIR)$(MANDIR)/man$n) \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(Q)$(foreach page,$(MAN_PAGES),$(INSTALL) -m 644 $(page) \
		$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page))) &&) true
	$(Q)for call in $(LIBRARY_CALLS); do \
		ln -sf libhcbpf.3 $(DESTDIR)$(MANDIR)/man3/$$call.3 || exit 1; done
	$(Q)$(INSTALL) -m 644 $(COMPLETION) $(DESTDIR)$(PREFIX)/share/bash-completion/completions
