// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "attack.h"

#define MAX_KINDS 64
#define MAX_PROCESSES 8
#define PATIENCE_US 120000000ULL
/* However busy the machine is, nothing takes as long as that. */
#define STUCK_US 30000000ULL

/* Seen by all processes. */
static struct shared {
	struct tally tally[MAX_KINDS];
	/* When what is under way was begun, or 0. */
	uint64_t begun[MAX_PROCESSES][MAX_WATCHED];
	uint64_t found;
	char first[256];
} *shared;

static const struct attack *attack;
static unsigned int this_process;
/* The memory cgroup of processes that are to be killed for want of memory, or NULL. */
static const char *poor;

/* ---- chance: splitmix64 ---- */

uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

struct chance chance_of(uint64_t seed, uint64_t n)
{
	struct chance chance = { seed ^ n * 0xd1342543de82ef95 };

	chance.state = chance_next(&chance);
	return chance;
}

uint32_t chance_below(struct chance *chance, uint32_t n)
{
	return (chance_next(chance) >> 32) * n >> 32;
}

bool chance_percent(struct chance *chance, uint32_t percent)
{
	return chance_below(chance, 100) < percent;
}

/* ---- counting ---- */

struct tally *attack_tally(const struct kind *kind)
{
	return &shared->tally[kind - attack->kinds];
}

void attack_count(const struct kind *kind, uint64_t done, uint64_t refused)
{
	struct tally *tally = attack_tally(kind);

	__atomic_fetch_add(&tally->done, done, __ATOMIC_RELAXED);
	__atomic_fetch_add(&tally->refused, refused, __ATOMIC_RELAXED);
}

static void set_begun(unsigned int thread, uint64_t when)
{
	__atomic_store_n(&shared->begun[this_process][thread], when, __ATOMIC_RELAXED);
}

void attack_begin(unsigned int thread)
{
	set_begun(thread, now_us());
}

void attack_end(unsigned int thread)
{
	set_begun(thread, 0);
}

void attack_found(const char *format, ...)
{
	va_list args;

	if (__atomic_fetch_add(&shared->found, 1, __ATOMIC_RELAXED))
		return;
	va_start(args, format);
	vsnprintf(shared->first, sizeof(shared->first), format, args);
	va_end(args);
}

static unsigned int weight(const struct kind *kind, unsigned int role)
{
	return kind->role == role ? kind->weight : 0;
}

const struct kind *attack_choose(struct chance *chance, unsigned int role)
{
	unsigned int all = 0, at;
	size_t i;

	for (i = 0; i < attack->nr_kinds; i++)
		all += weight(&attack->kinds[i], role);
	at = chance_below(chance, all);
	for (i = 0; at >= weight(&attack->kinds[i], role); i++)
		at -= weight(&attack->kinds[i], role);
	return &attack->kinds[i];
}

void attack_do(void *who, const struct kind *kind)
{
	int ret = kind->make(who, kind);

	if (ret != NOTHING)
		attack_count(kind, ret >= 0, ret < 0);
}

/* ---- processes ---- */

struct process {
	pid_t pid;
	uint64_t end;
};

static uint64_t number(const char *name, uint64_t by_default)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : by_default;
}

static void enter_poverty(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", poor);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(91);
	close(fd);
}

static void process_start(struct process *process, unsigned int n, struct chance *chance)
{
	uint64_t seed = chance_next(chance);
	unsigned int spread = attack->longest - attack->shortest;

	process->end = now_us() + 1000ULL * (attack->shortest + chance_below(chance, spread));
	fflush(stdout);
	process->pid = fork();
	if (process->pid)
		return;
	this_process = n;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poor)
		enter_poverty();
	many_files();
	attack->live(seed);
	_exit(99);
}

static void check_death(int status)
{
	if (WIFEXITED(status))
		attack_found("a process ended with status %d", WEXITSTATUS(status));
	else if (WTERMSIG(status) != SIGKILL)
		attack_found("a process died of signal %d", WTERMSIG(status));
}

static void wait_for_ends(unsigned int n)
{
	uint64_t *begun = shared->begun[n], began;
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		began = __atomic_load_n(&begun[i], __ATOMIC_RELAXED);
		while (began && __atomic_load_n(&begun[i], __ATOMIC_RELAXED) == began) {
			if (now_us() - began > STUCK_US) {
				attack_found("a request waits for what another one waits for");
				break;
			}
			nap_us(1000);
		}
		__atomic_store_n(&begun[i], 0, __ATOMIC_RELAXED);
	}
}

/* However busy it is. It must not have come to an end before. */
static void process_end(struct process *process, unsigned int n)
{
	int status;

	wait_for_ends(n);
	kill(process->pid, SIGKILL);
	if (waitpid(process->pid, &status, 0) != process->pid)
		attack_found("waitpid: %s", strerror(errno));
	else
		check_death(status);
	process->pid = 0;
}

/* By itself; none ought to, but those without memory. */
static bool has_died(struct process *process)
{
	int status;

	if (waitpid(process->pid, &status, WNOHANG) != process->pid)
		return false;
	process->pid = 0;
	check_death(status);
	if (!poor)
		attack_found("a process ended by itself");
	return true;
}

static bool as_expected(const struct kind *kind, const struct tally *tally)
{
	unsigned int i;

	for (i = 0; i < kind->pointers; i++)
		if (!tally->slept[i])
			return false;
	switch (kind->expected) {
	case BOTH:
		return tally->done && tally->refused;
	case REFUSED:
		return !tally->done && tally->refused;
	case DONE:
		return tally->done && !tally->refused;
	case NEVER:
		return !tally->done && !tally->refused;
	default:
		return tally->done || tally->refused;
	}
}

static bool all_as_expected(void)
{
	size_t i;

	for (i = 0; i < attack->nr_kinds; i++)
		if (!as_expected(&attack->kinds[i], attack_tally(&attack->kinds[i])))
			return false;
	return true;
}

/* A busy machine gives little time: what is rare may take a while. */
static bool goes_on(uint64_t end)
{
	uint64_t now = now_us();

	return now < end || (!poor && now < end + PATIENCE_US && !all_as_expected());
}

static unsigned int run_processes(struct chance *chance, uint64_t end)
{
	struct process process[MAX_PROCESSES] = { 0 };
	unsigned int i, lives = 0;

	while (goes_on(end)) {
		for (i = 0; i < attack->nr_processes; i++) {
			if (process[i].pid && !has_died(&process[i])) {
				if (now_us() < process[i].end)
					continue;
				process_end(&process[i], i);
			}
			process_start(&process[i], i, chance);
			lives++;
		}
		nap_us(10000);
	}
	for (i = 0; i < attack->nr_processes; i++)
		if (process[i].pid)
			process_end(&process[i], i);
	return lives;
}

/* ---- results ---- */

static unsigned int tests;
static bool failed;

static void result(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	failed |= !good;
}

static void kind_result(const struct kind *kind)
{
	static const char *const wanted[] = {
		[BOTH] = "both", [REFUSED] = "never done", [DONE] = "never refused",
		[EITHER] = "either", [NEVER] = "none here",
	};
	const struct tally *tally = attack_tally(kind);
	bool good = as_expected(kind, tally);
	unsigned int i;

	/* The name of a test stays the same, whatever the numbers. */
	result(good, "%s: %s", attack->name, kind->name);
	printf("# %llu done, %llu refused (%s)", (unsigned long long)tally->done,
	       (unsigned long long)tally->refused, wanted[kind->expected]);
	for (i = 0; i < kind->pointers; i++)
		printf("%s %llu", i ? " and" : ", slept", (unsigned long long)tally->slept[i]);
	putchar('\n');
}

int attack_run(const struct attack *what)
{
	uint64_t seed = number("HOSTILE_SEED", 1), seconds = number("HOSTILE_SECONDS", 5);
	struct chance chance = chance_of(seed, 0);
	unsigned int lives;
	size_t i;

	attack = what;
	poor = getenv("HOSTILE_POOR");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED || what->nr_kinds > MAX_KINDS)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# %s: HOSTILE_SEED=%llu HOSTILE_SECONDS=%llu\n", what->name,
	       (unsigned long long)seed, (unsigned long long)seconds);
	lives = run_processes(&chance, now_us() + seconds * 1000000);
	printf("# %u processes were started and killed\n", lives);
	for (i = 0; i < what->nr_kinds && !poor; i++)
		kind_result(&what->kinds[i]);
	result(!shared->found, "%s: nothing came about that must not be%s", what->name,
	       poor ? ", without memory" : "");
	if (shared->found)
		printf("# %llu times; the first: %s\n", (unsigned long long)shared->found,
		       shared->first);
	printf("1..%u\n", tests);
	return failed;
}

/* ---- small things ---- */

int request(int fd, unsigned long what, void *arg)
{
	int ret = ioctl(fd, what, arg);

	return ret < 0 ? -errno : ret;
}

void nap_us(unsigned int us)
{
	struct timespec time = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&time, NULL);
}

uint64_t now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000ULL + time.tv_nsec / 1000;
}

void *guarded(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
	char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory + whole, page, PROT_NONE))
		_exit(98);
	return memory + whole - size;
}

void many_files(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
