/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#define sort(base, nr, size, compare, swap) qsort(base, nr, size, compare)
