// SPDX-License-Identifier: GPL-2.0-only
/* gpa show: a list, a terminal map, a plot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/which_vm.h"
#include "text/gpa_picture.h"
#include "text/gpa_words.h"

const struct option gpa_show_options[] = {
	{ "map", "a picture in characters" },
	{ "svg FILE", "a picture in a file" },
	{ "from ADDRESS", "the first address to look at" },
	{ "to ADDRESS", "the address to stop before" },
	{ 0 }
};

/* Frames from @first to before @end; @end = 0: as far as there is something to see. */
struct window {
	uint64_t first, end;
};

static int parse_frame(const char *text, uint64_t round_up, uint64_t *frame)
{
	uint64_t address;

	if (parse_address(text, &address))
		return fail_usage("\"%s\" is not an address\nwrite 4096, 0x1000, 4K or 16G", text);
	if (address > HCBPF_GPA_FRAMES << HCBPF_GPA_PAGE_SHIFT)
		return fail_usage("%s is beyond the guest's address space, which has 52 bits",
				  text);
	*frame = (address + round_up) >> HCBPF_GPA_PAGE_SHIFT;
	return 0;
}

static int parse_window(const struct args *args, struct window *window)
{
	const char *from = option_value(args, "from"), *to = option_value(args, "to");
	int status = 0;

	*window = (struct window){ 0 };
	if (from)
		status = parse_frame(from, 0, &window->first);
	if (!status && to)
		status = parse_frame(to, (1 << HCBPF_GPA_PAGE_SHIFT) - 1, &window->end);
	if (!status && (window->first == HCBPF_GPA_FRAMES || (to && window->first >= window->end)))
		return fail_usage("there is nothing from %s to %s", from ? from : "0",
				  to ? to : "the end of the address space");
	return status;
}

/* Only what lies in the window. */
static void clip(struct hcbpf_gpa_snapshot *map, const struct window *window)
{
	uint64_t end = window->end ? window->end : HCBPF_GPA_FRAMES, from, to;
	size_t i, kept = 0;

	for (i = 0; i < map->nr; i++) {
		from = map->ranges[i].gfn;
		to = from + map->ranges[i].npages;
		from = from < window->first ? window->first : from;
		to = to > end ? end : to;
		if (from >= to)
			continue;
		map->ranges[kept] = map->ranges[i];
		map->ranges[kept].gfn = from;
		map->ranges[kept++].npages = to - from;
	}
	map->nr = kept;
}

/* What a picture shows: up to the last page that differs, if nothing else was said. */
static void fit(struct window *window, const struct hcbpf_gpa_snapshot *map)
{
	const struct hcbpf_gpa_range *last = map->nr ? &map->ranges[map->nr - 1] : NULL;

	if (!window->end)
		window->end = last ? last->gfn + last->npages : window->first + 1;
}

/* ---- the list ---- */

/* Pages of each attribute that there is, but for the default; indexed by the attribute. */
static uint64_t *totals(const struct hcbpf_gpa_snapshot *map)
{
	uint64_t *pages = calloc(HCBPF_GPA_ATTR_MASK + 1, sizeof(*pages));
	size_t i;

	if (!pages)
		abort();
	for (i = 0; i < map->nr; i++)
		pages[map->ranges[i].attr] += map->ranges[i].npages;
	return pages;
}

static struct json_object *totals_json(const struct hcbpf_gpa_snapshot *map)
{
	struct json_object *list = json_object_new_array(), *object;
	uint64_t *pages = totals(map);
	uint32_t attr;

	for (attr = 0; attr <= HCBPF_GPA_ATTR_MASK; attr++) {
		if (!pages[attr])
			continue;
		object = json_object_new_object();
		add_number(object, "pages", pages[attr]);
		add_number(object, "size", pages[attr] << HCBPF_GPA_PAGE_SHIFT);
		gpa_add_attr(object, "attributes", attr);
		json_object_array_add(list, object);
	}
	free(pages);
	return list;
}

static void list_json(uint32_t id, const struct hcbpf_gpa_snapshot *map)
{
	struct json_object *object = json_object_new_object(), *row;
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < map->nr; i++) {
		row = gpa_range_json(&map->ranges[i]);
		gpa_add_attr(row, "attributes", map->ranges[i].attr);
		json_object_array_add(rows, row);
	}
	add_number(object, "id", id);
	add_number(object, "gpa_generation", map->generation);
	gpa_add_attr(object, "default", map->default_attr);
	json_object_object_add(object, "ranges", rows);
	json_object_object_add(object, "totals", totals_json(map));
	out_list(object);
}

/* A map may have a million ranges: they are not made into objects first. */
static void list_text_rows(const struct hcbpf_gpa_snapshot *map)
{
	char words[ATTR_TEXT], size[SIZE_TEXT];
	const struct hcbpf_gpa_range *range;
	size_t i;

	if (map->nr)
		printf("%-15s  %-15s  %10s  %12s  %s\n", "FIRST", "LAST", "SIZE", "PAGES",
		       "ATTRIBUTES");
	for (i = 0; i < map->nr; i++) {
		range = &map->ranges[i];
		attr_text(words, range->attr);
		size_text(size, range->npages << HCBPF_GPA_PAGE_SHIFT);
		printf("0x%013llx  0x%013llx  %10s  %12llu  %s\n",
		       (unsigned long long)range->gfn << HCBPF_GPA_PAGE_SHIFT,
		       ((unsigned long long)(range->gfn + range->npages) << HCBPF_GPA_PAGE_SHIFT) -
			       1,
		       size, (unsigned long long)range->npages, words);
	}
}

static void list_text_totals(const struct hcbpf_gpa_snapshot *map)
{
	char words[ATTR_TEXT], size[SIZE_TEXT];
	uint64_t *pages = totals(map);
	uint32_t attr;

	for (attr = 0; attr <= HCBPF_GPA_ATTR_MASK; attr++) {
		if (!pages[attr])
			continue;
		attr_text(words, attr);
		size_text(size, pages[attr] << HCBPF_GPA_PAGE_SHIFT);
		printf("%s: %s\n", words, size);
	}
	attr_text(words, map->default_attr);
	printf("%s: %s\n", words, map->nr ? "all other pages" : "all pages");
	free(pages);
}

static int show_list(uint32_t id, const struct hcbpf_gpa_snapshot *map)
{
	if (out_is_json()) {
		list_json(id, map);
	} else {
		list_text_rows(map);
		list_text_totals(map);
	}
	return EXIT_SUCCESS;
}

/* ---- pictures ---- */

static int show_map(uint32_t id, const struct hcbpf_gpa_snapshot *map, const struct window *window)
{
	int err;

	printf("page attributes of VM %u, generation %llu\n", id,
	       (unsigned long long)map->generation);
	err = picture_text(stdout, map, window->first, window->end, locale_is_utf8());
	return err ? fail(err, "cannot draw: %s", strerror(-err)) : EXIT_SUCCESS;
}

static int write_svg(const char *file, const struct hcbpf_gpa_snapshot *map,
		     const struct window *window, const char *title)
{
	char *text = NULL;
	int err, status;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return fail(-errno, "cannot draw: %m");
	err = picture_svg(f, map, window->first, window->end, title);
	if (fclose(f) && !err)
		err = -errno;
	status = err ? fail(err, "cannot draw: %s", strerror(-err)) :
		       file_write(file, FILE_SHARED, text, size);
	free(text);
	return status;
}

static int show_svg(uint32_t id, const struct hcbpf_gpa_snapshot *map, const struct window *window,
		    const char *file)
{
	struct json_object *object;
	char title[80];
	int status;

	snprintf(title, sizeof(title), "Page attributes of VM %u, generation %llu", id,
		 (unsigned long long)map->generation);
	status = write_svg(file, map, window, title);
	if (status)
		return status;
	object = json_object_new_object();
	add_number(object, "id", id);
	add_number(object, "gpa_generation", map->generation);
	add_text(object, "file", file);
	out_done(object, "the page attributes of VM %u are drawn in %s", id, file);
	return EXIT_SUCCESS;
}

static int show(struct hcbpf_vm *vm, const struct args *args, struct window *window)
{
	const char *svg = option_value(args, "svg");
	bool text = option_value(args, "map");
	struct hcbpf_gpa_snapshot *map;
	int err, status = EXIT_SUCCESS;

	err = hcbpf_gpa_snapshot(vm, &map);
	if (err)
		return fail_gpa(err, "read the page attributes of", vm);
	clip(map, window);
	if (!text && !svg)
		status = show_list(hcbpf_vm_id(vm), map);
	fit(window, map);
	if (text)
		status = show_map(hcbpf_vm_id(vm), map, window);
	if (!status && svg)
		status = show_svg(hcbpf_vm_id(vm), map, window, svg);
	hcbpf_gpa_snapshot_free(map);
	return status;
}

int gpa_show_run(const struct args *args)
{
	struct window window;
	struct hcbpf_vm *vm;
	int status;

	if (option_value(args, "map") && out_is_json())
		return fail_usage("--map has no JSON form\nleave it out: the list has all of it");
	if (option_value(args, "map") && option_value(args, "svg") &&
	    !strcmp(option_value(args, "svg"), "-"))
		return fail_usage("--map and `--svg -` both want standard output\nleave one out");
	status = parse_window(args, &window);
	if (status)
		return status;
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	status = show(vm, args, &window);
	hcbpf_vm_close(vm);
	return status;
}
