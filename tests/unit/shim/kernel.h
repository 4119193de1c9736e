/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Just enough of the kernel to compile the module's pure logic in a program.
 * Locks are real (pthread), so that several threads can be let loose on it;
 * RCU readers need none here because the tests free nothing while they run.
 */
#ifndef TESTS_UNIT_SHIM_KERNEL_H
#define TESTS_UNIT_SHIM_KERNEL_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef unsigned int vm_fault_t;
typedef unsigned int gfp_t;
typedef struct { unsigned int val; } kuid_t;

typedef unsigned int gfp_t;

#define PAGE_SIZE 4096UL
#define __rcu
#define __percpu
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define data_race(x) (x)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define round_down(n, to) ((n) & ~((__typeof__(n))(to) - 1))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define array_index_nospec(index, size) ((index) < (size) ? (index) : 0)
/* Where the kernel lets others run, a test may be one of them. */
void shim_others_run(void) __attribute__((weak));
#define cond_resched() do { if (shim_others_run) shim_others_run(); } while (0)
#define noinline __attribute__((noinline))
#define __noreturn __attribute__((noreturn))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min3(a, b, c) min(min(a, b), c)
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))
#define __aligned(n) __attribute__((aligned(n)))
#define GOLDEN_RATIO_64 0x61C8864680B583EBull
#define BIT_ULL(n) (1ULL << (n))

static inline u32 hash_32(u32 n, unsigned int bits)
{
	return (n * 0x61C88647u) >> (32 - bits);
}

struct list_head { struct list_head *next, *prev; };
struct mutex { int unused; };
struct kref { int unused; };
typedef struct { int unused; } spinlock_t;
typedef struct { int counter; } atomic_t;
#define atomic_dec_and_test(a) (!__atomic_sub_fetch(&(a)->counter, 1, __ATOMIC_SEQ_CST))
typedef struct { long counter; } atomic_long_t;
typedef pthread_mutex_t raw_spinlock_t;
struct work_struct { int unused; };
typedef struct { int unused; } wait_queue_head_t;
typedef struct { int unused; } poll_table;
struct rcu_head { struct rcu_head *next; };
struct callback_head { struct callback_head *next; };
struct page;
struct file;
struct kvm;
struct kvm_vcpu;
struct vm_fault { unsigned long pgoff; struct page *page; };

/* ---- log2.h ---- */

static inline int order_base_2(u64 n)
{
	return n > 1 ? 64 - __builtin_clzll(n - 1) : 0;
}

static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

static inline u64 roundup_pow_of_two(u64 n)
{
	return 1ULL << order_base_2(n);
}

/* ---- slab.h, mm.h: the test may make allocations fail ---- */

#define GFP_KERNEL_ACCOUNT 0
#define GFP_NOWAIT 0
#define __GFP_ACCOUNT 0
#define __GFP_NOWARN 0

extern bool shim_no_memory;

static inline void *shim_zalloc(size_t n, size_t size)
{
	return shim_no_memory ? NULL : calloc(n, size);
}

#define kzalloc(size, gfp) ((void)(gfp), shim_zalloc(1, size))
/* A test may bring its own, where others come in while memory is allocated. */
void *shim_kmalloc(size_t size) __attribute__((weak));

/* Not zero, for those who rely on that. */
static inline void *shim_malloc(size_t size)
{
	void *mem;

	if (shim_kmalloc)
		return shim_kmalloc(size);
	mem = shim_no_memory ? NULL : malloc(size);
	return mem ? __builtin_memset(mem, 0xa5, size) : NULL;
}

#define kmalloc(size, gfp) ((void)(gfp), shim_malloc(size))
#define kfree(p) free((void *)(p))
#define kvzalloc(size, gfp) shim_zalloc(1, size)
#define kvcalloc(n, size, gfp) shim_zalloc(n, size)
#define kvmalloc_array(n, size, gfp) shim_zalloc(n, size)
#define kvfree(p) free((void *)(p))
#define get_zeroed_page(gfp) ((unsigned long)shim_zalloc(1, PAGE_SIZE))
#define free_page(p) free((void *)(p))
#define virt_to_page(p) ((struct page *)(p))
#define get_page(page) ((void)(page))
#define VM_FAULT_OOM 1
#define VM_FAULT_SIGBUS 2
#define cmpxchg(p, old, new) ({							\
	__typeof__(*(p)) expected = (old);					\
	__atomic_compare_exchange_n(p, &expected, new, false,			\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	expected; })

/* ---- rcupdate.h: what is given to RCU waits for shim_rcu_run() ---- */

#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_raw(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_protected(p, c) ((void)(c), p)
#define rcu_access_pointer(p) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)
#define rcu_replace_pointer(p, v, c) ((void)(c), __atomic_exchange_n(&(p), v, __ATOMIC_ACQ_REL))
#define rcu_read_lock() do { } while (0)
#define rcu_read_unlock() do { } while (0)

void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *head));
void synchronize_rcu(void);
void call_rcu_tasks(struct rcu_head *head, void (*fn)(struct rcu_head *head));
void rcu_barrier_tasks(void);
void rcu_barrier(void);
#define IS_ENABLED(option) 1

/* ---- err.h ---- */

#define ERR_PTR(err) ((void *)(long)(err))
#define PTR_ERR(p) ((long)(p))
#define IS_ERR(p) ((unsigned long)(p) >= -4095UL)

/* ---- list.h ---- */

#define INIT_LIST_HEAD(list) ((list)->next = (list)->prev = (list))
#define list_empty(list) ((list)->next == (list))

/* ---- spinlock.h ---- */

#define spin_lock(l) ((void)(l))
#define spin_unlock(l) ((void)(l))

#define DEFINE_RAW_SPINLOCK(name) pthread_mutex_t name = PTHREAD_MUTEX_INITIALIZER
#define raw_spin_lock_init(l) pthread_mutex_init(l, NULL)
#define raw_spin_lock(l) pthread_mutex_lock(l)
#define raw_spin_unlock(l) pthread_mutex_unlock(l)
#define lockdep_is_held(l) ((void)(l), true)
#define mutex_lock(l) ((void)(l))
#define mutex_unlock(l) ((void)(l))

/* ---- atomic.h ---- */

#define atomic_long_read(a) __atomic_load_n(&(a)->counter, __ATOMIC_RELAXED)
#define atomic_long_add(n, a) __atomic_fetch_add(&(a)->counter, n, __ATOMIC_RELAXED)
#define atomic_long_sub(n, a) __atomic_fetch_sub(&(a)->counter, n, __ATOMIC_RELAXED)

#endif /* TESTS_UNIT_SHIM_KERNEL_H */
