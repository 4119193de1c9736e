// SPDX-License-Identifier: GPL-2.0-only
/* gpa watch: what changes, as it changes; an eventfd says when to look. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/which_vm.h"
#include "text/gpa_diff.h"
#include "text/gpa_words.h"

const struct option gpa_watch_options[] = {
	{ "count N", "end after this many changes" },
	{ 0 }
};

struct watch {
	uint64_t generation;
	uint32_t left;		/* changes still to be printed */
	bool forever;
};

static void print_json(const struct watch *watch, const struct gpa_change *change)
{
	const struct hcbpf_gpa_range range = { .gfn = change->gfn, .npages = change->npages };
	struct json_object *object = gpa_range_json(&range);

	add_number(object, "gpa_generation", watch->generation);
	gpa_add_attr(object, "from", change->from);
	gpa_add_attr(object, "to", change->to);
	out_line(object);
}

static void print_text(const struct gpa_change *change)
{
	char from[ATTR_TEXT], to[ATTR_TEXT], size[SIZE_TEXT];

	attr_text(from, change->from);
	attr_text(to, change->to);
	size_text(size, change->npages << HCBPF_GPA_PAGE_SHIFT);
	printf("0x%013llx  0x%013llx  %10s  %s -> %s\n",
	       (unsigned long long)change->gfn << HCBPF_GPA_PAGE_SHIFT,
	       ((unsigned long long)(change->gfn + change->npages) << HCBPF_GPA_PAGE_SHIFT) - 1,
	       size, from, to);
}

/* False: that was enough. */
static bool print_change(void *data, const struct gpa_change *change)
{
	struct watch *watch = data;

	if (out_is_json())
		print_json(watch, change);
	else
		print_text(change);
	return watch->forever || --watch->left;
}

/* Until something may have changed, or the binding has ended. */
static int wait_for(int efd)
{
	uint64_t count;
	ssize_t n;

	do {
		n = read(efd, &count, sizeof(count));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int look_again(struct hcbpf_vm *vm, struct hcbpf_gpa_snapshot **map)
{
	struct hcbpf_gpa_snapshot *now;
	int err;

	/* A guest in such a hurry is looked at again until it pauses. */
	do {
		err = hcbpf_gpa_snapshot(vm, &now);
	} while (err == -EAGAIN);
	if (err)
		return err;
	hcbpf_gpa_snapshot_free(*map);
	*map = now;
	return 0;
}

static int watch_map(struct hcbpf_vm *vm, int efd, struct watch *watch)
{
	struct hcbpf_gpa_snapshot *before = NULL, *now = NULL;
	bool more = true;
	int err;

	err = look_again(vm, &now);
	if (!err)
		out_progress("watching VM %u", hcbpf_vm_id(vm));
	while (!err && more) {
		hcbpf_gpa_snapshot_free(before);
		before = now;
		now = NULL;
		err = wait_for(efd);
		if (!err)
			err = look_again(vm, &now);
		if (!err) {
			watch->generation = now->generation;
			more = gpa_diff(before, now, print_change, watch);
			if (fflush(stdout))
				err = -errno;
		}
	}
	hcbpf_gpa_snapshot_free(before);
	hcbpf_gpa_snapshot_free(now);
	return err ? fail_gpa(err, "watch the page attributes of", vm) : EXIT_SUCCESS;
}

static int watch_vm(struct hcbpf_vm *vm, struct watch *watch)
{
	int efd = eventfd(0, EFD_CLOEXEC), err, status;

	if (efd < 0)
		return fail(-errno, "cannot make an eventfd: %m");
	/* Before the first look, so that nothing falls between the two. */
	err = hcbpf_gpa_notify(vm, efd);
	status = err ? fail_gpa(err, "watch the page attributes of", vm) :
		       watch_map(vm, efd, watch);
	close(efd);
	return status;
}

int gpa_watch_run(const struct args *args)
{
	const char *count = option_value(args, "count");
	struct watch watch = { .forever = !count };
	struct hcbpf_vm *vm;
	int status;

	if (count && (parse_u32(count, &watch.left) || !watch.left))
		return fail_usage("\"%s\" is not a number of changes", count);
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	status = watch_vm(vm, &watch);
	hcbpf_vm_close(vm);
	return status;
}
