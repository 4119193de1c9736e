/* SPDX-License-Identifier: GPL-2.0-only */
/* Until version 0.3: files of the format of version 0.1, libconfig's, become YAML. */
#ifndef PROFILE_CONVERT_H
#define PROFILE_CONVERT_H

#include "text/nodes.h"

/*
 * A profile or cases of that format as YAML, with their comments, to be freed.
 * 0 or a negative errno with the reason in @error, as "PATH:LINE: REASON".
 */
int profile_convert(const char *text, const char *path, char **yaml, char error[NODES_ERROR]);

#endif /* PROFILE_CONVERT_H */
