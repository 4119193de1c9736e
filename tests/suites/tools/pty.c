// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command on a terminal of its own, with a screen that can be looked at.
 *
 * usage: pty LINES COLUMNS COMMAND [ARGUMENT]...
 *
 * What is done comes from standard input, a line each:
 *
 *	see TEXT	wait until it is on the screen
 *	miss TEXT	wait until it is not
 *	press KEYS	\e is Escape
 *	size LINES COLUMNS
 *	show		print the screen
 *	kill SIGNAL	a number
 *	stop		as Ctrl-Z does, wait until it has stopped, and tell how the terminal is
 *	hang up		the terminal goes
 *	end		wait for the command: "exit N" or "signal N", then what is left of its
 *			terminal: "as it was", or what is not
 *
 * The terminal is that of tests/suites/observe/terminal.ti; anything else that is sent to it is
 * told at the end. Exit status: 1 if something that was waited for has not come in 10 s.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define MAX_LINES 100
#define MAX_COLUMNS 250
#define PATIENCE 10000

static struct {
	int lines, columns, y, x;
	char text[MAX_LINES][MAX_COLUMNS + 1];
	char sequence[32];	/* what has come of one */
	size_t len;
	bool alternate, hidden, other_mode;	/* modes that are to be left again */
	int unknown;
} screen;

static int master = -1, slave = -1, news[2];	/* news: its pid, then each status of it */
static pid_t child;
static struct termios before;

/* ---- the screen ---- */

static void clear(int y, int x)
{
	if (y < screen.lines)
		memset(&screen.text[y][x], ' ', screen.columns - x);
}

static void clear_from_here(void)
{
	int y;

	clear(screen.y, screen.x);
	for (y = screen.y + 1; y < screen.lines; y++)
		clear(y, 0);
}

static void new_line(void)
{
	if (screen.y < screen.lines - 1) {
		screen.y++;
		return;
	}
	memmove(screen.text[0], screen.text[1], (screen.lines - 1) * sizeof(screen.text[0]));
	clear(screen.lines - 1, 0);
}

static void put(char c)
{
	if (screen.x == screen.columns) {
		screen.x = 0;
		new_line();
	}
	screen.text[screen.y][screen.x++] = c;
}

static void resize(int lines, int columns)
{
	const struct winsize size = { .ws_row = lines, .ws_col = columns };
	int y;

	screen.lines = lines;
	screen.columns = columns;
	screen.y = screen.x = 0;
	memset(screen.text, 0, sizeof(screen.text));
	for (y = 0; y < lines; y++)
		clear(y, 0);
	ioctl(master, TIOCSWINSZ, &size);
}

static void mode(const char *which, bool on)
{
	if (!strcmp(which, "?1049"))
		screen.alternate = on;
	else if (!strcmp(which, "?25"))
		screen.hidden = !on;
	else
		screen.unknown++;
}

static int within(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* "\e[...X" */
static void control(char last)
{
	char *parameters = screen.sequence + 2;
	int y = 1, x = 1;

	screen.sequence[screen.len - 1] = '\0';
	switch (last) {
	case 'H':
		sscanf(parameters, "%d;%d", &y, &x);
		screen.y = within(y - 1, screen.lines - 1);
		screen.x = within(x - 1, screen.columns - 1);
		break;
	case 'J':
		clear_from_here();
		break;
	case 'K':
		clear(screen.y, screen.x);
		break;
	case 'm':
		break;
	case 'h':
	case 'l':
		mode(parameters, last == 'h');
		break;
	default:
		screen.unknown++;
	}
}

static void take_sequence(char c)
{
	screen.sequence[screen.len++] = c;
	if (screen.len == 2 && c != '[')
		screen.unknown++;
	else if (screen.len == 2 || ((c < '@' || c > '~') && screen.len < sizeof(screen.sequence)))
		return;
	else if (c >= '@' && c <= '~')
		control(c);
	else
		screen.unknown++;
	screen.len = 0;
}

static void take(char c)
{
	if (screen.len || c == '\033')
		take_sequence(c);
	else if (c == '\r')
		screen.x = 0;
	else if (c == '\n')
		new_line();
	else if (c == '\b')
		screen.x -= screen.x > 0;
	else if (c >= ' ' && c <= '~')
		put(c);
	else
		screen.unknown++;
}

/* ---- the command ---- */

/* What it has to say in this time. False: the terminal has gone. */
static bool listen_for(int ms)
{
	struct pollfd input = { .fd = master, .events = POLLIN };
	char text[4096];
	ssize_t len, i;

	if (poll(&input, 1, ms) <= 0)
		return true;
	len = read(master, text, sizeof(text));
	for (i = 0; i < len; i++)
		take(text[i]);
	return len > 0;
}

static bool has(const char *text)
{
	int y;

	for (y = 0; y < screen.lines; y++)
		if (strstr(screen.text[y], text))
			return true;
	return false;
}

/* All that is on its way: a screen is drawn from the top. */
static void settle(void)
{
	struct pollfd input = { .fd = master, .events = POLLIN };

	while (master >= 0 && poll(&input, 1, 200) > 0 && listen_for(0))
		;
}

static void show(void)
{
	int y, len;

	for (y = 0; y < screen.lines; y++) {
		for (len = screen.columns; len && screen.text[y][len - 1] == ' '; len--)
			;
		printf("%.*s\n", len, screen.text[y]);
	}
}

static void show_settled(void)
{
	settle();
	show();
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(const char *text, bool there)
{
	long limit = milliseconds() + PATIENCE;

	while (has(text) != there) {
		if (milliseconds() > limit || !listen_for(100)) {
			printf("not %s: %s\n", there ? "seen" : "gone", text);
			show();
			return false;
		}
	}
	return true;
}

static void press(const char *keys)
{
	for (; *keys; keys++) {
		char c = *keys;

		if (keys[0] == '\\' && keys[1] == 'e') {
			c = '\033';
			keys++;
		}
		if (write(master, &c, 1) != 1)
			err(1, "press");
	}
}

static void tell_terminal(void)
{
	struct termios now;

	if (screen.alternate || screen.hidden || screen.unknown)
		printf("the screen is not as it was:%s%s unknown: %d\n",
		       screen.alternate ? " alternate" : "", screen.hidden ? " no cursor" : "",
		       screen.unknown);
	else if (tcgetattr(slave, &now) || now.c_lflag != before.c_lflag ||
		 now.c_iflag != before.c_iflag || now.c_oflag != before.c_oflag)
		puts("the terminal is not as it was");
	else
		puts("as it was");
}

/* What it has become. False: nothing new in that time. */
static bool wait_status(int *status, int ms)
{
	struct pollfd input = { .fd = news[0], .events = POLLIN };
	long limit = milliseconds() + ms;

	while (poll(&input, 1, 50) <= 0) {
		if (milliseconds() > limit)
			return false;
		if (master >= 0)
			listen_for(0);
	}
	return read(news[0], status, sizeof(*status)) == sizeof(*status);
}

/* Curses ignores Ctrl-Z while it draws: again. */
static bool stop(void)
{
	int status, tries = 20;

	do {
		kill(child, SIGTSTP);
		if (wait_status(&status, PATIENCE / 20))
			break;
	} while (--tries);
	if (!tries)
		return false;
	settle();
	tell_terminal();
	return WIFSTOPPED(status);
}

static bool end(void)
{
	int status;

	if (!wait_status(&status, PATIENCE)) {
		puts("it does not end");
		return false;
	}
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	if (master < 0)
		return true;
	settle();
	tell_terminal();
	return true;
}

/* As a shell runs it: in front, in a group that can be stopped. */
static void run(char **argv)
{
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	close(news[1]);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* Leads the session, and tells what becomes of the command. */
static void lead(char **argv)
{
	int status, pid;

	close(master);
	login_tty(slave);
	pid = fork();
	if (!pid)
		run(argv);
	signal(SIGHUP, SIG_IGN);
	do {
		if (write(news[1], pid ? &pid : &status, sizeof(status)) < 0)
			break;
		if (pid)
			child = pid;
		pid = 0;
	} while (waitpid(child, &status, WUNTRACED) == child);
	_exit(0);
}

static void start(char **argv)
{
	const struct winsize size = { .ws_row = screen.lines, .ws_col = screen.columns };

	if (openpty(&master, &slave, NULL, NULL, &size) || pipe(news))
		err(1, "openpty");
	tcgetattr(slave, &before);
	if (!fork())
		lead(argv);
	if (read(news[0], &child, sizeof(child)) != sizeof(child))
		err(1, "no command");
	fcntl(master, F_SETFD, FD_CLOEXEC);
}

/* Nobody has it open but us. */
static void hang_up(void)
{
	close(slave);
	close(master);
	master = slave = -1;
}

static bool step(char *line)
{
	char *rest = strchr(line, ' ');
	int lines, columns;

	line[strcspn(line, "\n")] = '\0';
	if (rest)
		rest++;
	if (!strncmp(line, "see ", 4))
		return wait_for(rest, true);
	if (!strncmp(line, "miss ", 5))
		return wait_for(rest, false);
	if (!strncmp(line, "press ", 6))
		press(rest);
	else if (sscanf(line, "size %d %d", &lines, &columns) == 2)
		resize(lines, columns);
	else if (!strcmp(line, "show"))
		show_settled();
	else if (!strncmp(line, "kill ", 5))
		kill(child, atoi(rest));
	else if (!strcmp(line, "hang up"))
		hang_up();
	else if (!strcmp(line, "stop"))
		return stop();
	else if (!strcmp(line, "end"))
		return end();
	else
		errx(2, "what is \"%s\"?", line);
	return true;
}

int main(int argc, char **argv)
{
	char line[512];
	bool good = true;

	if (argc < 4)
		errx(2, "usage: pty LINES COLUMNS COMMAND [ARGUMENT]...");
	resize(atoi(argv[1]), atoi(argv[2]));
	start(argv + 3);
	while (good && fgets(line, sizeof(line), stdin))
		good = step(line);
	if (!good)
		kill(child, SIGKILL);
	return !good;
}
