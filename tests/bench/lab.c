// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "lab.h"

static bool module_is_loaded(void)
{
	return !access("/sys/module/hcbpf", F_OK);
}

static bool module_has_sdei(void)
{
	FILE *file = fopen("/sys/module/hcbpf/parameters/sdei", "r");
	bool has = file && fgetc(file) == 'Y';

	if (file)
		fclose(file);
	return has;
}

static void want_module(const struct path *path)
{
	bool loaded = module_is_loaded();

	if (path->module == MODULE_ABSENT && loaded)
		errx(1, "%s: the module is loaded already", path->name);
	if (loaded && path->sdei && !module_has_sdei()) {
		/* Bindings end a moment after their VMs. */
		if (system("hcbpf unload standard > /dev/null && for i in $(seq 50); do "
			   "rmmod hcbpf 2> /dev/null && exit; sleep 0.1; done; exit 1"))
			errx(1, "%s: the module cannot be unloaded", path->name);
		loaded = false;
	}
	if (path->module != MODULE_ABSENT && !loaded &&
	    system(path->sdei ? "modprobe hcbpf linger=0 sdei=1 && hcbpf load > /dev/null" :
				"modprobe hcbpf linger=0 && hcbpf load > /dev/null"))
		errx(1, "%s: the module cannot be loaded", path->name);
}

void lab_module_up(void)
{
	if (!module_is_loaded() && system("modprobe hcbpf linger=0 && hcbpf load > /dev/null"))
		errx(1, "the module cannot be loaded");
}

void lab_path_up(const struct path *path, struct path_vm *vm)
{
	want_module(path);
	if (path_up(path, vm))
		errx(1, "%s: %s", path->name, kvm_error());
}

double lab_path_measure(const struct path *path, struct path_vm *vm)
{
	double ticks;

	if (path_measure(path, vm, &ticks))
		errx(1, "%s: %s", path->name, kvm_error());
	return ticks;
}
