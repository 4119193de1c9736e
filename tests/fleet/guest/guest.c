// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of a few kilobytes: at each tick a doorbell, and at the first ones reports that pages
 * are encrypted. It writes on its serial port what became of them; the last line begins with
 * "end", and comes after an NMI.
 */
#define PORT 5
#define DOORBELL 0x48430000	/* HCBPF_HC_DOORBELL */
#define MAP_GPA_RANGE 12	/* KVM_HC_MAP_GPA_RANGE */
#define ENCRYPTED (1 << 4)	/* KVM_MAP_GPA_RANGE_ENCRYPTED */
#define REPORTS 256
#define REPORTS_PER_TICK 16
#define TICKS_PER_SECOND 20
#define COM1 0x3f8

typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

volatile u32 guest_ticks, guest_stop;
void on_timer(void);
void on_nmi(void);

static struct gate {
	u16 low, selector, type, high;
} gates[33];

static void out(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 in(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static int call(u32 nr, u32 a, u32 b, u32 c)
{
	int result;

	/* An Intel CPU has another instruction for it, which KVM puts in this one's place. */
	asm volatile("vmmcall" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0) : "memory");
	return result;
}

/* ---- the serial port ---- */

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(in(COM1 + 5) & 0x20))
			;
		out(COM1, *text);
	}
}

static void print_number(const char *name, u32 number)
{
	char text[11], *at = text + 10;

	*at = '\0';
	do
		*--at = '0' + number % 10;
	while (number /= 10);
	print(name);
	print(at);
}

/* ---- interrupts ---- */

static void set_gate(int vector, void (*handler)(void))
{
	u32 address = (u32)handler;

	gates[vector] = (struct gate){ address, 8, 0x8e00, address >> 16 };
}

/* The timer on vector 32, and nothing else. */
static void set_up_interrupts(void)
{
	const struct { u16 size; u32 base; } __attribute__((packed)) idt = {
		sizeof(gates) - 1, (u32)gates
	};
	const u32 divisor = 1193182 / TICKS_PER_SECOND;

	set_gate(2, on_nmi);
	set_gate(32, on_timer);
	asm volatile("lidt %0" : : "m"(idt));
	out(0x20, 0x11);	/* both controllers: initialize, vectors, cascade, 8086 */
	out(0xa0, 0x11);
	out(0x21, 32);
	out(0xa1, 40);
	out(0x21, 4);
	out(0xa1, 2);
	out(0x21, 1);
	out(0xa1, 1);
	out(0x21, 0xfe);	/* all masked but the timer */
	out(0xa1, 0xff);
	out(0x43, 0x34);
	out(0x40, divisor & 0xff);
	out(0x40, divisor >> 8);
}

/* ---- what it does ---- */

static u32 sent, signalled, reported;

static void work(void)
{
	static u32 page;
	u32 i;

	sent++;
	if (!call(DOORBELL, PORT, 0, 0))
		signalled++;
	for (i = 0; i < REPORTS_PER_TICK && page < REPORTS; i++, page++)
		if (!call(MAP_GPA_RANGE, 0x400000 + page * 0x2000, 1, ENCRYPTED))
			reported++;
}

static void tell(const char *what)
{
	print(what);
	print_number(" sent ", sent);
	print_number(" signalled ", signalled);
	print_number(" reported ", reported);
	print("\n");
}

/* So that a migration has something to send. */
static void fill_memory(void)
{
	u32 *at;

	for (at = (u32 *)0x800000; at < (u32 *)0x1c00000; at += 256)
		*at = (u32)at;
}

void guest_main(void)
{
	u32 seen;

	fill_memory();
	set_up_interrupts();
	tell("begin");
	while (!guest_stop) {
		seen = guest_ticks;
		asm volatile("sti; hlt; cli");
		if (guest_ticks == seen)
			continue;
		work();
		if (sent % TICKS_PER_SECOND == 0)
			tell("tick");
	}
	tell("end");
}
