// SPDX-License-Identifier: GPL-2.0-only
/* What the command writes: to each kind of file, and when it is interrupted. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#undef fail

static bool interrupted;	/* a signal comes while the file is being written */

static int fsync_or_signal(int fd)
{
	if (interrupted)
		raise(SIGTERM);
	return fsync(fd);
}

#define fsync fsync_or_signal
#include "../../user/hcbpf/cli/file_write.c"
#undef fsync

static char said[256];

int fail(int err, const char *fmt, ...)
{
	va_list ap;

	(void)err;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return EXIT_FAILURE;
}

int fail_usage(const char *fmt, ...)
{
	(void)fmt;
	return EXIT_USAGE;
}

static bool json, yielded;

bool out_is_json(void)
{
	return json;
}

void out_yield(void)
{
	yielded = true;
}

/* ---- a directory to write in ---- */

static char dir[] = "/tmp/file_write.XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

static int nr_files(void)
{
	struct dirent *entry;
	DIR *d = opendir(".");
	int nr = 0;

	while ((entry = readdir(d)))
		nr += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(d);
	return nr;
}

static void make(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void has(const char *file, const char *expect)
{
	char text[64] = "";
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) < sizeof(text));
	fclose(f);
	assert_string_equal(text, expect);
}

static mode_t mode_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_mode & 07777;
}

static int put_new(const char *file)
{
	return file_write(file, FILE_PRIVATE, "new", 3);
}

/* ---- tests ---- */

static void test_modes(void **state)
{
	mode_t before = umask(027);

	(void)state;
	assert_int_equal(put_new("private"), 0);
	assert_int_equal(file_write("shared", FILE_SHARED, "new", 3), 0);
	umask(before);
	assert_int_equal(mode_of("private"), 0600);
	assert_int_equal(mode_of("shared"), 0640);
	assert_int_equal(chmod("private", 0604), 0);
	assert_int_equal(file_write("private", FILE_PRIVATE, "newer", 5), 0);
	assert_int_equal(mode_of("private"), 0604);
	has("private", "newer");
	unlink("private");
	unlink("shared");
	assert_int_equal(nr_files(), 0);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("there", 0700), 0);
	make("there/old", "old");
	assert_int_equal(symlink("there/old", "link"), 0);
	assert_int_equal(symlink("there/none", "dangling"), 0);
	assert_int_equal(put_new("link"), 0);
	assert_int_equal(put_new("dangling"), 0);
	has("there/old", "new");
	has("there/none", "new");
	assert_int_equal(mode_of("there/none"), 0600);
	assert_true(is_link("link") && is_link("dangling"));
	assert_int_equal(nr_files(), 3);
	unlink("link");
	unlink("dangling");
	unlink("there/old");
	unlink("there/none");
	assert_int_equal(rmdir("there"), 0);
}

/* In a directory that others may write to: neither link nor owner's wish counts. */
static void test_public(void **state)
{
	mode_t before = umask(077);

	(void)state;
	make("precious", "old");
	assert_int_equal(symlink("precious", "link"), 0);
	assert_int_equal(symlink("none", "dangling"), 0);
	assert_int_equal(file_write("link", FILE_PUBLIC, "new", 3), 0);
	assert_int_equal(file_write("dangling", FILE_PUBLIC, "new", 3), 0);
	assert_int_equal(chmod("link", 04755), 0);
	assert_int_equal(file_write("link", FILE_PUBLIC, "newer", 5), 0);
	umask(before);
	has("precious", "old");
	has("link", "newer");
	has("dangling", "new");
	assert_false(is_link("link") || is_link("dangling"));
	assert_int_equal(mode_of("link"), 0644);
	assert_int_equal(nr_files(), 3);
	assert_int_equal(file_write("/dev/null", FILE_PUBLIC, "new", 3), EXIT_FAILURE);
	assert_string_equal(said, "cannot write /dev/null: it is not a regular file");
	assert_int_equal(file_write(".", FILE_PUBLIC, "new", 3), EXIT_FAILURE);
	unlink("precious");
	unlink("link");
	unlink("dangling");
}

static void test_fifo(void **state)
{
	char text[8] = "";
	pid_t child;
	int fd;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	child = fork();
	if (!child)
		_exit(put_new("fifo"));
	fd = open("fifo", O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, "new");
	close(fd);
	waitpid(child, NULL, 0);
	assert_int_equal(nr_files(), 1);
	unlink("fifo");
}

static void test_devices(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(put_new("/dev/null"), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(put_new("/dev/full"), EXIT_FAILURE);
	assert_string_equal(said, "cannot write /dev/full: No space left on device");
}

/* Whatever its name is, what is standard output gets the file, and nothing is replaced. */
static void test_stdout(void **state)
{
	int before = dup(STDOUT_FILENO), status, other;

	(void)state;
	make("out", "");
	assert_true(freopen("out", "w", stdout) == stdout);
	status = put_new("-");
	other = put_new("/dev/stdout");
	json = true;
	assert_int_equal(put_new("-"), EXIT_USAGE);
	json = false;
	dup2(before, STDOUT_FILENO);
	close(before);
	assert_int_equal(status, 0);
	assert_int_equal(other, 0);
	assert_true(yielded);
	has("out", "newnew");
	unlink("out");
	assert_int_equal(nr_files(), 0);
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(put_new("."), EXIT_FAILURE);
	assert_string_equal(said, "cannot write .: Is a directory");
	assert_int_equal(put_new("none/file"), EXIT_FAILURE);
	assert_non_null(strstr(said, "No such file"));
	assert_int_equal(nr_files(), 0);
}

static int run(bool signal, rlim_t limit)
{
	struct rlimit most = { limit, limit };
	pid_t child = fork();
	int status;

	if (!child) {
		interrupted = signal;
		setrlimit(RLIMIT_FSIZE, &most);
		_exit(put_new("file"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* A signal takes effect when the new file is there, whole, and nothing else is. */
static void test_signal(void **state)
{
	int status;

	(void)state;
	make("file", "old");
	status = run(true, RLIM_INFINITY);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	has("file", "new");
	assert_int_equal(nr_files(), 1);
	unlink("file");
}

/* No room for it: the kernel's signal about it ends nobody, and the old file stays. */
static void test_no_room(void **state)
{
	int status;

	(void)state;
	make("file", "old");
	status = run(false, 1);
	assert_false(WIFEXITED(status) && !WEXITSTATUS(status));
	has("file", "old");
	assert_int_equal(nr_files(), 1);
	unlink("file");
	status = run(false, 1);
	assert_false(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(nr_files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_stdout),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
