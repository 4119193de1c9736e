// SPDX-License-Identifier: GPL-2.0-only
/* Files of cases: what is taken is whole, what is refused is so for a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "seed.h"
#include "text/case_file.h"

#define SEED									\
	"defaults:\n  call: {abi: xen, nr: 32, args: [4, 0x2000]}\n"		\
	"  memory: {addr: 0x1000, words: [7]}\n  ports: [{port: 7, slot: 2}]\n"	\
	"cases:\n  - name: one\n    slots: [2]\n"				\
	"    rules: [{abi: kvm, nr: 5, action: deny}]\n"			\
	"    expect: {verdict: done, ret: 0, signals: [2]}\n"			\
	"    then:\n      - {call: {nr: 5}, expect: {verdict: pass}, times: 3}\n"

size_t fuzz_seed(uint8_t *to, size_t room)
{
	return snprintf((char *)to, room, "%s", SEED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[CASES_ERROR] = "", path[32];
	int fd = memfd_create("cases", MFD_CLOEXEC);
	struct cases cases;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!cases_load(&cases, path, error)) {
		if (!cases.nr || !cases.list[0].name[0] || strpbrk(cases.list[0].name, "\n\033"))
			abort();
		cases_free(&cases);
	} else if (!error[0]) {
		abort();
	}
	close(fd);
	return 0;
}
