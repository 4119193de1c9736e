// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/output.h"
#include "cmd/stats_columns.h"
#include "cmd/top_screen.h"

#define HEAD_LINES 3
#define KEY_ESCAPE 27

static SCREEN *screen;
static sigset_t ours, before;
static volatile sig_atomic_t signalled;

/* ---- signals ---- */

/* These end a process that does nothing about them; they come while we wait, and only then. */
static const int ending[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM,
	SIGPROF, SIGIO, SIGPWR, SIGSTKFLT
};
/* These come at once, out of what we do. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

static void note(int signal)
{
	signalled = signal;
}

/* Not among what a handler may do, but a terminal that shows nothing is worse. */
static void restore_and_die(int signal)
{
	endwin();
	raise(signal);
}

static void catch(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, old;

	/* What is ignored, as by nohup, stays so. */
	if (!sigaction(signal, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(signal, &action, NULL);
}

static void catch_ending(int signal)
{
	sigaddset(&ours, signal);
	catch(signal, note, 0);
}

static void catch_all(void)
{
	size_t i;
	int rt;

	sigemptyset(&ours);
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		catch_ending(ending[i]);
	for (rt = SIGRTMIN; rt <= SIGRTMAX; rt++)
		catch_ending(rt);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		catch(faults[i], restore_and_die, SA_RESETHAND | SA_NODEFER);
	sigprocmask(SIG_BLOCK, &ours, &before);
}

void screen_die_of_signal(void)
{
	if (!signalled)
		return;
	signal(signalled, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	raise(signalled);
}

/* ---- the terminal ---- */

int screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(-ENOTTY, "top needs a terminal\nuse `hcbpf -j top`, or `hcbpf stats "
			    "--watch`");
	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return fail(-ENOTTY, "the terminal \"%s\" is not known here\nset TERM, or use "
			    "`hcbpf stats --watch`", getenv("TERM") ?: "");
	catch_all();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	return 0;
}

void screen_close(void)
{
	endwin();
	delscreen(screen);
}

/* ---- what is on it ---- */

/* Never into the last column of the last line, from which some terminals scroll. */
static void put(int y, const char *text, attr_t attribute)
{
	if (y >= LINES)
		return;
	move(y, 0);
	attrset(attribute);
	addnstr(text, COLS - (y == LINES - 1));
	attrset(A_NORMAL);
	clrtoeol();
}

static void draw_state(const struct top_table *table, const struct top_view *view)
{
	char line[160], calls[SHORT_NUMBER], at[sizeof("23:59:59")];
	time_t now = time(NULL);
	struct tm tm;

	strftime(at, sizeof(at), "%T", localtime_r(&now, &tm));
	snprintf(line, sizeof(line), "hcbpf top  %s  %s  %s calls/s  every %u s", at, table->what,
		 short_number(calls, table->calls + 0.5), view->seconds);
	put(0, line, A_BOLD);
	snprintf(line, sizeof(line), "by %s%s%s%s  filter: %s%s  shown: %zu",
		 top_key_name(view->order.key), view->order.reverse ? ", reversed" : "",
		 table->note[0] ? "  " : "", table->note,
		 view->order.filter[0] || view->typing ? view->order.filter : "-",
		 view->typing ? "_" : "", table->nr);
	top_printable(line);
	put(1, line, A_NORMAL);
}

static size_t page(void)
{
	return LINES > HEAD_LINES + 1 ? LINES - HEAD_LINES - 1 : 1;
}

void screen_draw(const struct top_table *table, struct top_view *view)
{
	char line[TOP_WIDTH + 1];
	size_t i;

	if (view->first >= table->nr)
		view->first = table->nr ? table->nr - 1 : 0;
	erase();
	draw_state(table, view);
	put(2, table->head, A_REVERSE);
	for (i = 0; i < page() && view->first + i < table->nr; i++) {
		table->line(line, table->rows, view->first + i);
		put(HEAD_LINES + i, line, A_NORMAL);
	}
	put(LINES - 1, view->typing ? "Enter: keep the filter  Esc: drop it" :
	    "q: quit  c: calls  s: sort by next  r: reverse  /: filter  arrows, PgUp: scroll",
	    A_DIM);
	refresh();
}

/* ---- keys ---- */

static void type(struct top_view *view, int key)
{
	char *filter = view->order.filter;
	size_t len = strlen(filter);

	if (key == '\r' || key == '\n' || key == KEY_ENTER || key == KEY_ESCAPE)
		view->typing = false;
	if (key == KEY_ESCAPE)
		filter[0] = '\0';
	else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && len)
		filter[len - 1] = '\0';
	else if (key >= ' ' && key <= '~' && len + 1 < sizeof(view->order.filter))
		strcpy(filter + len, (char[]){ key, '\0' });
	view->first = 0;
}

static void scroll_by(struct top_view *view, long rows)
{
	if (rows < 0 && view->first < (size_t)-rows)
		view->first = 0;
	else
		view->first += rows;
}

static void next_key(struct top_order *order, int step)
{
	do {
		order->key = (order->key + step) % NR_TOP_KEYS;
	} while (order->calls && !top_key_is_of_calls(order->key));
}

static void turn_to_calls(struct top_view *view)
{
	view->order.calls = !view->order.calls;
	view->first = 0;
	if (view->order.calls && !top_key_is_of_calls(view->order.key))
		view->order.key = TOP_CALLS;
}

static enum top_wish press(struct top_view *view, int key)
{
	if (view->typing && key != KEY_RESIZE) {
		type(view, key);
		return TOP_AGAIN;
	}
	switch (key) {
	case 'q': return TOP_QUIT;
	case 'c': turn_to_calls(view); return TOP_NOTHING;	/* they are to be read first */
	case 's': next_key(&view->order, 1); break;
	case 'S': next_key(&view->order, NR_TOP_KEYS - 1); break;
	case 'r': view->order.reverse = !view->order.reverse; break;
	case '/': view->typing = true; break;
	case KEY_ESCAPE: view->order.filter[0] = '\0'; break;
	case KEY_UP: scroll_by(view, -1); break;
	case KEY_DOWN: scroll_by(view, 1); break;
	case KEY_PPAGE: scroll_by(view, -(long)page()); break;
	case KEY_NPAGE: scroll_by(view, page()); break;
	case KEY_HOME: view->first = 0; break;
	default: break;
	}
	return TOP_AGAIN;
}

static struct timespec until(const struct timespec *deadline)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left.tv_sec = deadline->tv_sec - now.tv_sec;
	left.tv_nsec = deadline->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec < 0 ? (struct timespec){ 0 } : left;
}

enum top_wish screen_wait(struct top_view *view, const struct timespec *deadline)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec left = until(deadline);
	int key, nr = ppoll(&input, 1, &left, &before);

	if (signalled)
		return TOP_QUIT;
	/* A window of another size is a key to curses, and an interruption to us. */
	key = getch();
	if (key != ERR)
		return press(view, key);
	/* Who has the other end of the terminal has gone. */
	if (nr > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL | POLLIN))
		return TOP_QUIT;
	return nr ? TOP_AGAIN : TOP_NOTHING;
}
