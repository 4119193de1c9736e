# SPDX-License-Identifier: GPL-2.0-only
LAB_MORE_templates := --add packaging:/lab/packaging
