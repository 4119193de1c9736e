// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! libhcbpf as it is in C: what `<hcbpf/libhcbpf.h>` declares, under the names that it has
//! there, and documented there.
//!
//! Written by hand. `tests/rust/header` turns this file into C and has the C compiler
//! compare it with the headers, so each declaration here has one of few simple forms.

#![allow(missing_docs, non_camel_case_types)]

use std::os::raw::{c_char, c_int, c_uint, c_void};

pub type hcbpf_abi = c_uint;
pub type hcbpf_port_t = u64;

pub const HCBPF_NAME_LEN: usize = 32;

pub const HCBPF_ABI_AUTO: u32 = 0;
pub const HCBPF_ABI_KVM: u32 = 1;
pub const HCBPF_ABI_XEN: u32 = 2;
pub const HCBPF_ABI_HYPERV: u32 = 3;
pub const HCBPF_ABI_SMCCC: u32 = 4;
pub const HCBPF_NR_ABIS: u32 = 5;

pub const HCBPF_BIND_ENCRYPTED: u32 = 1;

pub const HCBPF_VM_ENDED: u32 = 1;
pub const HCBPF_VM_NO_POLICY: u32 = 2;
pub const HCBPF_VM_ENCRYPTED: u32 = 16;

pub const HCBPF_PORT_NONE: u32 = 0;
pub const HCBPF_PORT_EVENTFD: u32 = 1;
pub const HCBPF_PORT_ACTION_SHIFT: u32 = 32;

pub const HCBPF_RULE_ANY: u32 = 4294967295;
pub const HCBPF_RULES_FORCE: u32 = 1;
pub const HCBPF_RULES_IF_GENERATION: u32 = 2;

pub const HCBPF_RULE_PASS: u32 = 1;
pub const HCBPF_RULE_DENY: u32 = 2;
pub const HCBPF_RULE_EXIT: u32 = 3;
pub const HCBPF_RULE_SEND: u32 = 4;
pub const HCBPF_RULE_DOORBELL: u32 = 5;
pub const HCBPF_RULE_TRACK: u32 = 6;
pub const HCBPF_RULE_TRACK_EXIT: u32 = 7;
pub const HCBPF_RULE_BUFFER: u32 = 8;
pub const HCBPF_RULE_SDEI: u32 = 9;
pub const HCBPF_RULE_DISCOVER: u32 = 10;
pub const HCBPF_NR_ACTIONS: u32 = 11;

pub const HCBPF_GPA_FOLLOW: u32 = 1;
pub const HCBPF_GPA_ENCRYPTED: u32 = 1;
pub const HCBPF_GPA_KEY_SHIFT: u32 = 1;
pub const HCBPF_GPA_FRAMES: u64 = 1099511627776;

pub const HCBPF_BUFFER_ANY_VCPU: u32 = 4294967295;

pub const HCBPF_OBSERVE_ON: u32 = 1;
pub const HCBPF_SEEN_TIMES: usize = 28;

pub const HCBPF_SDEI_SIGNALLED: c_int = 0;
pub const HCBPF_SDEI_COALESCED: c_int = 1;
pub const HCBPF_SDEI_IGNORED: c_int = 2;
pub const HCBPF_SDEI_REGISTERED: u32 = 1;
pub const HCBPF_SDEI_ENABLED: u32 = 2;
pub const HCBPF_SDEI_RUNNING: u32 = 4;
pub const HCBPF_SDEI_IS_PENDING: u32 = 8;
pub const HCBPF_SDEI_MASKED: u32 = 16;

pub const HCBPF_STATE_OK: u32 = 0;
pub const HCBPF_STATE_NOT_STATE: u32 = 1;
pub const HCBPF_STATE_VERSION_UNKNOWN: u32 = 2;
pub const HCBPF_STATE_MALFORMED: u32 = 3;
pub const HCBPF_STATE_TRUNCATED: u32 = 4;
pub const HCBPF_STATE_TRAILING: u32 = 5;
pub const HCBPF_STATE_CHECKSUM: u32 = 6;
pub const HCBPF_STATE_FOREIGN_ARCH: u32 = 7;
pub const HCBPF_STATE_UNKNOWN_SECTION: u32 = 8;
pub const HCBPF_STATE_DUPLICATE_SECTION: u32 = 9;
pub const HCBPF_STATE_BAD_SECTION: u32 = 10;
pub const HCBPF_STATE_MISSING_SECTION: u32 = 11;
pub const HCBPF_STATE_UNFIT: u32 = 12;
pub const HCBPF_STATE_UNSUPPORTED: u32 = 13;

#[repr(C)]
pub struct hcbpf_vm {
    opaque: [u8; 0],
}

#[repr(C)]
pub struct hcbpf_gpa_follower {
    opaque: [u8; 0],
}

#[repr(C)]
pub struct hcbpf_bind_opts {
    pub sz: usize,
    pub policy: *const c_char,
    pub tag: *const c_char,
    pub abi: u32,
    pub nr_ports: u32,
    pub flags: u32,
    pub param: u64,
    pub claimant: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_claim_holder {
    pub pid: i32,
    pub uid: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_vm_info {
    pub size: u32,
    pub flags: u32,
    pub id: u32,
    pub state: u32,
    pub abi: u32,
    pub nr_ports: u32,
    pub nr_eventfds: u32,
    pub pid: i32,
    pub uid: u32,
    pub reserved: u32,
    pub memory: u64,
    pub policy: [c_char; HCBPF_NAME_LEN],
    pub tag: [c_char; HCBPF_NAME_LEN],
    pub profile: [c_char; HCBPF_NAME_LEN],
    pub nr_rules: u32,
    pub rules_generation: u32,
    pub rules_forced: u32,
    pub pending_exits: u32,
    pub gpa_generation: u64,
    pub gpa_nodes: u64,
    pub gpa_memory: u64,
    pub nr_buffers: u32,
    pub buffer_limit: u32,
    pub param: u64,
    pub template_name: [c_char; HCBPF_NAME_LEN],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_vm_stats {
    pub size: u32,
    pub flags: u32,
    pub done: u64,
    pub pass: u64,
    pub bad_verdict: u64,
    pub no_policy: u64,
    pub user_mode: u64,
    pub nested: u64,
    pub signals: u64,
    pub faults: u64,
    pub exits: u64,
    pub gpa_sets: u64,
    pub gpa_failures: u64,
    pub buffer_hits: u64,
    pub buffer_misses: u64,
    pub walks: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct hcbpf_rule {
    pub nr: u32,
    pub sub: u32,
    pub abi: u8,
    pub action: u8,
    pub otherwise: u8,
    pub user: u8,
    pub ret: i32,
}

#[repr(C)]
pub struct hcbpf_rules_opts {
    pub sz: usize,
    pub profile: *const c_char,
    pub flags: u32,
    pub generation: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct hcbpf_gpa_range {
    pub gfn: u64,
    pub npages: u64,
    pub attr: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct hcbpf_gpa_snapshot {
    pub generation: u64,
    pub default_attr: u32,
    pub nr: usize,
    pub ranges: *mut hcbpf_gpa_range,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct hcbpf_buffer {
    pub va: u64,
    pub gpa: u64,
    pub size: u64,
    pub vcpu: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_cpuid_leaf {
    pub function: u32,
    pub eax: u32,
    pub ebx: u32,
    pub ecx: u32,
    pub edx: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_sdei_state {
    pub size: u32,
    pub vcpu_id: u32,
    pub event: u32,
    pub state: u32,
    pub entry: u64,
    pub arg: u64,
    pub signals: u64,
    pub coalesced: u64,
    pub ignored: u64,
    pub cancelled: u64,
    pub delivered: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct hcbpf_seen {
    pub nr: u32,
    pub sub: u32,
    pub abi: u8,
    pub reserved: [u8; 7],
    pub count: [u64; 3],
    pub times: [u64; HCBPF_SEEN_TIMES],
}

#[repr(C)]
pub struct hcbpf_calls {
    pub ticks_khz: u32,
    pub nr: usize,
    pub kinds: *mut hcbpf_seen,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_state_error {
    pub reason: u32,
    pub section: u32,
    pub text: [c_char; 120],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct hcbpf_saved_port {
    pub port: u32,
    pub word: hcbpf_port_t,
}

#[repr(C)]
pub struct hcbpf_saved {
    pub policy: [c_char; HCBPF_NAME_LEN],
    pub tag: [c_char; HCBPF_NAME_LEN],
    pub profile: [c_char; HCBPF_NAME_LEN],
    pub abi: u32,
    pub nr_ports: u32,
    pub nr_rules: usize,
    pub rules: *mut hcbpf_rule,
    pub nr_set: usize,
    pub set: *mut hcbpf_saved_port,
    pub flags: u32,
    pub param: u64,
    pub nr_buffers: usize,
    pub buffers: *mut hcbpf_buffer,
    pub attributes: *mut hcbpf_gpa_snapshot,
}

extern "C" {
    pub fn libhcbpf_version() -> c_uint;

    pub fn hcbpf_vm_bind(
        vm_fd: c_int,
        opts: *const hcbpf_bind_opts,
        vm: *mut *mut hcbpf_vm,
    ) -> c_int;
    pub fn hcbpf_vm_open(vm_fd: c_int, vm: *mut *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_vm_open_id(id: u32, vm: *mut *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_vm_close(vm: *mut hcbpf_vm);
    pub fn hcbpf_vm_unbind(vm: *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_vm_set_param(vm: *mut hcbpf_vm, param: u64) -> c_int;
    pub fn hcbpf_vm_id(vm: *const hcbpf_vm) -> u32;
    pub fn hcbpf_vm_fd(vm: *const hcbpf_vm) -> c_int;
    pub fn hcbpf_vm_info_sz(vm: *mut hcbpf_vm, info: *mut hcbpf_vm_info, size: usize) -> c_int;
    pub fn hcbpf_vm_stats_sz(vm: *mut hcbpf_vm, stats: *mut hcbpf_vm_stats, size: usize) -> c_int;

    pub fn hcbpf_vm_set_eventfd(vm: *mut hcbpf_vm, slot: u32, efd: c_int) -> c_int;
    pub fn hcbpf_vm_add_eventfd(vm: *mut hcbpf_vm, slot: u32, efd: c_int) -> c_int;
    pub fn hcbpf_vm_clear_eventfd(vm: *mut hcbpf_vm, slot: u32) -> c_int;
    pub fn hcbpf_vm_next_eventfd(vm: *mut hcbpf_vm, slot: *mut u32) -> c_int;
    pub fn hcbpf_port_set(vm: *mut hcbpf_vm, port: u32, slot: u32) -> c_int;
    pub fn hcbpf_port_del(vm: *mut hcbpf_vm, port: u32) -> c_int;
    pub fn hcbpf_port_get(vm: *mut hcbpf_vm, port: u32, word: *mut hcbpf_port_t) -> c_int;
    pub fn hcbpf_port_next(vm: *mut hcbpf_vm, port: *mut u32, word: *mut hcbpf_port_t) -> c_int;

    pub fn hcbpf_port_claim(
        tag: *const c_char,
        port: u32,
        efd: c_int,
        holder: *mut hcbpf_claim_holder,
    ) -> c_int;

    pub fn hcbpf_rules_set(
        vm: *mut hcbpf_vm,
        rules: *const hcbpf_rule,
        nr: usize,
        opts: *const hcbpf_rules_opts,
    ) -> c_int;
    pub fn hcbpf_rules_get(
        vm: *mut hcbpf_vm,
        rules: *mut hcbpf_rule,
        nr: *mut usize,
        generation: *mut u32,
        profile: *mut c_char,
    ) -> c_int;
    pub fn hcbpf_rule_set(vm: *mut hcbpf_vm, rule: *const hcbpf_rule, flags: u32) -> c_int;
    pub fn hcbpf_rule_del(
        vm: *mut hcbpf_vm,
        abi: hcbpf_abi,
        nr: u32,
        sub: u32,
        flags: u32,
    ) -> c_int;

    pub fn hcbpf_gpa_get(
        vm: *mut hcbpf_vm,
        gfn: *mut u64,
        ranges: *mut hcbpf_gpa_range,
        nr: *mut usize,
    ) -> c_int;
    pub fn hcbpf_gpa_snapshot(vm: *mut hcbpf_vm, snapshot: *mut *mut hcbpf_gpa_snapshot) -> c_int;
    pub fn hcbpf_gpa_snapshot_free(snapshot: *mut hcbpf_gpa_snapshot);
    pub fn hcbpf_gpa_follower_new(
        vm: *mut hcbpf_vm,
        flags: u32,
        follower: *mut *mut hcbpf_gpa_follower,
    ) -> c_int;
    pub fn hcbpf_gpa_follower_free(follower: *mut hcbpf_gpa_follower);
    pub fn hcbpf_gpa_follow(
        follower: *mut hcbpf_gpa_follower,
        ranges: *mut hcbpf_gpa_range,
        nr: *mut usize,
    ) -> c_int;
    pub fn hcbpf_gpa_follower_generation(follower: *const hcbpf_gpa_follower) -> u64;
    pub fn hcbpf_gpa_set(
        vm: *mut hcbpf_vm,
        ranges: *const hcbpf_gpa_range,
        nr: usize,
        done: *mut usize,
    ) -> c_int;
    pub fn hcbpf_gpa_replace(
        vm: *mut hcbpf_vm,
        default_attr: u32,
        ranges: *const hcbpf_gpa_range,
        nr: usize,
    ) -> c_int;
    pub fn hcbpf_gpa_reset(vm: *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_gpa_notify(vm: *mut hcbpf_vm, efd: c_int) -> c_int;
    pub fn hcbpf_gpa_notify_stop(vm: *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_gpa_generation(vm: *mut hcbpf_vm, generation: *mut u64) -> c_int;
    pub fn hcbpf_gpa_bitmap(vm: *mut hcbpf_vm, gfn: u64, npages: u64, bitmap: *mut c_void)
        -> c_int;
    pub fn hcbpf_gpa_export(vm: *mut hcbpf_vm, data: *mut *mut c_void, size: *mut usize) -> c_int;
    pub fn hcbpf_gpa_import(
        vm: *mut hcbpf_vm,
        data: *const c_void,
        size: usize,
        error: *mut hcbpf_state_error,
    ) -> c_int;

    pub fn hcbpf_buffers_get(
        vm: *mut hcbpf_vm,
        buffers: *mut hcbpf_buffer,
        nr: *mut usize,
    ) -> c_int;
    pub fn hcbpf_buffers_set(vm: *mut hcbpf_vm, buffers: *const hcbpf_buffer, nr: usize) -> c_int;
    pub fn hcbpf_vm_set_buffer_limit(vm: *mut hcbpf_vm, limit: u32) -> c_int;

    pub fn hcbpf_vm_features(vm: *mut hcbpf_vm, abi: u32, word: *mut u32) -> c_int;
    pub fn hcbpf_cpuid_leaves(base: u32, word: u32, leaves: *mut hcbpf_cpuid_leaf) -> c_int;

    pub fn hcbpf_vm_observe(vm: *mut hcbpf_vm, flags: u32) -> c_int;
    pub fn hcbpf_vm_is_observed(vm: *mut hcbpf_vm) -> c_int;
    pub fn hcbpf_vm_calls(vm: *mut hcbpf_vm, calls: *mut *mut hcbpf_calls) -> c_int;
    pub fn hcbpf_calls_free(calls: *mut hcbpf_calls);

    pub fn hcbpf_sdei_signal(vm: *mut hcbpf_vm, vcpu_id: u32, event: u32) -> c_int;
    pub fn hcbpf_sdei_cancel(vm: *mut hcbpf_vm, vcpu_id: u32, event: u32) -> c_int;
    pub fn hcbpf_sdei_get_sz(
        vm: *mut hcbpf_vm,
        vcpu_id: u32,
        event: u32,
        state: *mut hcbpf_sdei_state,
        size: usize,
    ) -> c_int;

    pub fn hcbpf_vm_save(vm: *mut hcbpf_vm, data: *mut *mut c_void, size: *mut usize) -> c_int;
    pub fn hcbpf_vm_bind_saved(
        vm_fd: c_int,
        data: *const c_void,
        size: usize,
        vm: *mut *mut hcbpf_vm,
        error: *mut hcbpf_state_error,
    ) -> c_int;
    pub fn hcbpf_vm_restore(
        vm: *mut hcbpf_vm,
        data: *const c_void,
        size: usize,
        flags: u32,
        error: *mut hcbpf_state_error,
    ) -> c_int;
    pub fn hcbpf_state_read(
        data: *const c_void,
        size: usize,
        saved: *mut *mut hcbpf_saved,
        error: *mut hcbpf_state_error,
    ) -> c_int;
    pub fn hcbpf_state_free(saved: *mut hcbpf_saved);
}
