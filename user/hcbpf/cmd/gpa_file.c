// SPDX-License-Identifier: GPL-2.0-only
/* gpa export, gpa import: page attributes as a file (<hcbpf/state.h>). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/which_vm.h"

#define MAX_PAGES (1ULL << 31)	/* of a bitmap: 256 MiB */

static int write_data(struct hcbpf_vm *vm, const char *file, const void *data, size_t size)
{
	struct json_object *object;
	int status;

	status = file_write(file, FILE_PRIVATE, data, size);
	if (status)
		return status;
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "file", file);
	add_number(object, "size", size);
	out_done(object, "the page attributes of VM %u are in %s: %zu bytes", hcbpf_vm_id(vm), file,
		 size);
	return EXIT_SUCCESS;
}

static int export(struct hcbpf_vm *vm, const char *file)
{
	int err, status;
	size_t size;
	void *data;

	err = hcbpf_gpa_export(vm, &data, &size);
	if (err)
		return fail_gpa(err, "export the page attributes of", vm);
	status = write_data(vm, file, data, size);
	free(data);
	return status;
}

/* ---- export --bitmap ---- */

/* Unless it was said: up to the last page that somebody has said something about, from @first. */
static int default_pages(struct hcbpf_vm *vm, uint64_t first, uint64_t *pages)
{
	struct hcbpf_gpa_snapshot *map;
	uint64_t end = 0;
	int err;

	err = hcbpf_gpa_snapshot(vm, &map);
	if (err)
		return fail_gpa(err, "export the page attributes of", vm);
	if (map->nr)
		end = map->ranges[map->nr - 1].gfn + map->ranges[map->nr - 1].npages;
	hcbpf_gpa_snapshot_free(map);
	*pages = end > first ? end - first : 1;
	return 0;
}

static int write_bitmap(struct hcbpf_vm *vm, const char *file, uint64_t first, uint64_t pages)
{
	size_t size = (pages + 7) / 8;
	int err, status;
	void *bitmap;

	if (pages > MAX_PAGES)
		return fail(-EFBIG, "a bitmap of %llu pages is more than a file holds, %llu\n"
			    "name fewer with --first and --pages", (unsigned long long)pages,
			    MAX_PAGES);
	bitmap = malloc(size);
	if (!bitmap)
		return fail_gpa(-ENOMEM, "export the page attributes of", vm);
	err = hcbpf_gpa_bitmap(vm, first, pages, bitmap);
	status = err ? fail_gpa(err, "export the page attributes of", vm) :
		       write_data(vm, file, bitmap, size);
	free(bitmap);
	return status;
}

static int parse_pages(const struct args *args, uint64_t *first, uint64_t *pages)
{
	const char *from = option_value(args, "first"), *number = option_value(args, "pages");

	*first = *pages = 0;
	if ((from || number) && !option_value(args, "bitmap"))
		return fail_usage("--first and --pages are for --bitmap\nusage: hcbpf gpa export %s",
				  args->command->usage);
	if (from && (parse_u64(from, first) || *first >= HCBPF_GPA_FRAMES))
		return fail_usage("\"%s\" is not the number of a page", from);
	if (number && (parse_u64(number, pages) || !*pages ||
		       *pages > HCBPF_GPA_FRAMES - *first))
		return fail_usage("\"%s\" is not a number of pages", number);
	return 0;
}

static int export_bitmap(struct hcbpf_vm *vm, const char *file, uint64_t first, uint64_t pages)
{
	if (!pages && default_pages(vm, first, &pages))
		return EXIT_FAILURE;
	return write_bitmap(vm, file, first, pages);
}

const struct option gpa_export_options[] = {
	{ "bitmap", "a bit for each page, set if it is encrypted; the lowest of a byte first" },
	{ "first N", "from this page frame on (default: 0)" },
	{ "pages N", "so many (default: up to the last that the guest has told about)" },
	{ 0 }
};

int gpa_export_run(const struct args *args)
{
	uint64_t first, pages;
	struct hcbpf_vm *vm;
	int status;

	status = parse_pages(args, &first, &pages);
	if (status)
		return status;
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	if (option_value(args, "bitmap"))
		status = export_bitmap(vm, args->words[1], first, pages);
	else
		status = export(vm, args->words[1]);
	hcbpf_vm_close(vm);
	return status;
}

static const char *remedy(uint32_t reason)
{
	switch (reason) {
	case HCBPF_STATE_MALFORMED:
	case HCBPF_STATE_TRUNCATED:
	case HCBPF_STATE_TRAILING:
	case HCBPF_STATE_CHECKSUM:
		return "\ncopy or export it again";
	case HCBPF_STATE_VERSION_UNKNOWN:
	case HCBPF_STATE_UNKNOWN_SECTION:
		return "\nuse a newer hcbpf, as the one that wrote it";
	default:
		return "";
	}
}

static int import(struct hcbpf_vm *vm, const char *file, const void *data, size_t size)
{
	struct hcbpf_state_error error;
	struct json_object *object;
	int err;

	err = hcbpf_gpa_import(vm, data, size, &error);
	if (err == -EBADMSG)
		return fail(err, "cannot import %s: %s%s", file, error.text, remedy(error.reason));
	if (err)
		return fail_gpa(err, "replace the page attributes of", vm);
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "file", file);
	out_done(object, "the page attributes of VM %u are now those in %s", hcbpf_vm_id(vm), file);
	return EXIT_SUCCESS;
}

int gpa_import_run(const struct args *args)
{
	const char *file = args->words[1];
	struct hcbpf_vm *vm;
	int err, status;
	size_t size;
	char *data;

	err = file_read_or_stdin(file, HCBPF_STATE_MAX_LENGTH, &data, &size);
	if (err)
		return fail(err, "cannot read %s: %s", file, file_error(err));
	vm = which_vm(args);
	status = vm ? import(vm, file, data, size) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	free(data);
	return status;
}
