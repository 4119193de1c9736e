// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! A VMM as small as one can be, as examples/mini-vmm/mini-vmm.c is one in C: a guest in
//! real mode that makes 1000 sends on Xen event channel 5, which has a device behind it.
//! `serve_in_kernel` is all that hcbpf takes; without it every send is an exit.

#[cfg(not(target_arch = "x86_64"))]
compile_error!("its guest is one for x86");

use hcbpf::{BindOptions, Vm};
use std::arch::x86_64::__cpuid;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::mem::size_of;
use std::os::raw::{c_int, c_long, c_uint, c_ulong, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd};
use std::process::ExitCode;
use std::ptr::{self, NonNull};

const PORT: u32 = 5;
const SENDS: u16 = 1000;
const MEMORY: usize = 0x10000;
const CODE: usize = 0x1000;
const DATA: usize = 0x2000;
/// The hypercall's instruction in the code, which ends in its maker's byte.
const CALL: usize = 18;

#[rustfmt::skip]
const GUEST: [u8; 28] = [
    0x66, 0xb8, 32, 0, 0, 0,        // again: mov eax, event_channel_op
    0x66, 0xbb, 4, 0, 0, 0,         // mov ebx, EVTCHNOP_send
    0x66, 0xb9, 0, 0x20, 0, 0,      // mov ecx, DATA: the port
    0x0f, 0x01, 0xd9,               // vmmcall, on Intel 0xc1: vmcall
    0xff, 0x0e, 4, 0x20,            // dec word [DATA + 4]: sends left
    0x75, 0xe5,                     // jnz again
    0xf4,                           // hlt
];

// ---- what it takes of <linux/kvm.h> and of the C library

const KVM_CREATE_VM: c_ulong = 0xae01;
const KVM_GET_VCPU_MMAP_SIZE: c_ulong = 0xae04;
const KVM_CREATE_VCPU: c_ulong = 0xae41;
const KVM_SET_USER_MEMORY_REGION: c_ulong = 0x4020_ae46;
const KVM_XEN_HVM_CONFIG: c_ulong = 0x4038_ae7a;
const KVM_RUN: c_ulong = 0xae80;
const KVM_SET_REGS: c_ulong = 0x4090_ae82;
const KVM_GET_SREGS: c_ulong = 0x8138_ae83;
const KVM_SET_SREGS: c_ulong = 0x4138_ae84;
const KVM_EXIT_HLT: u32 = 5;
const KVM_EXIT_XEN: u32 = 34;
const KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL: u32 = 2;

#[repr(C)]
struct MemoryRegion {
    slot: u32,
    flags: u32,
    guest_address: u64,
    size: u64,
    address: u64,
}

#[repr(C)]
struct XenConfig {
    flags: u32,
    msr: u32,
    rest: [u64; 6],
}

/// RIP and RFLAGS are the last two.
#[repr(C)]
struct Regs([u64; 18]);

/// CS is the first: its base, a limit, and its selector.
#[repr(C)]
struct Sregs {
    cs_base: u64,
    cs_limit: u32,
    cs_selector: u16,
    rest: [u16; 149],
}

/// Of struct kvm_run the start, and of its union the Xen hypercall.
#[repr(C)]
struct Run {
    begin: [u32; 2],
    exit_reason: u32,
    more: [u32; 5],
    xen_type: [u32; 2],
    longmode_and_cpl: [u32; 2],
    input: u64,
    result: u64,
}

const PROT_READ_WRITE: c_int = 3;
const MAP_SHARED: c_int = 1;
const MAP_ANONYMOUS: c_int = 0x20;
const EFD_NONBLOCK_CLOEXEC: c_int = 0o2004000;

extern "C" {
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn mmap(
        at: *mut c_void,
        size: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        offset: c_long,
    ) -> *mut c_void;
    fn eventfd(start: c_uint, flags: c_int) -> c_int;
}

fn check(ret: c_int) -> io::Result<c_int> {
    if ret < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(ret)
}

/// A request whose argument is a number, or a pointer to what is as large as the request says.
///
/// # Safety
/// It has to be.
unsafe fn request(file: &File, number: c_ulong, argument: usize) -> io::Result<c_int> {
    check(ioctl(file.as_raw_fd(), number, argument))
}

/// A file of what the kernel has opened for us.
fn file(fd: c_int) -> io::Result<File> {
    // SAFETY: nobody else has it.
    check(fd).map(|fd| unsafe { File::from_raw_fd(fd) })
}

/// Never unmapped: its users live as long as the process.
fn map(size: usize, flags: c_int, fd: c_int) -> io::Result<NonNull<u8>> {
    // SAFETY: maps anew, where nothing is.
    let at = unsafe { mmap(ptr::null_mut(), size, PROT_READ_WRITE, flags, fd, 0) };
    if at as isize == -1 {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(at.cast()).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

// ---- the VMM

/// Each has an instruction of its own, and in real mode KVM does not take the other's.
#[allow(unused_unsafe)] // newer Rusts call the instruction safe
fn is_intel() -> bool {
    const VMX: u32 = 1 << 5;
    // SAFETY: every x86-64 has it.
    unsafe { __cpuid(1) }.ecx & VMX != 0
}

fn load_guest() -> io::Result<NonNull<u8>> {
    let memory = map(MEMORY, MAP_SHARED | MAP_ANONYMOUS, -1)?;
    // SAFETY: all of it is in the mapping, which is at page boundary, as DATA is.
    unsafe {
        let at = memory.as_ptr();
        ptr::copy_nonoverlapping(GUEST.as_ptr(), at.add(CODE), GUEST.len());
        if is_intel() {
            at.add(CODE + CALL + 2).write(0xc1);
        }
        at.add(DATA).cast::<u32>().write(PORT);
        at.add(DATA + 4).cast::<u16>().write(SENDS);
    }
    Ok(memory)
}

fn create_vm(kvm: &File) -> io::Result<File> {
    let memory = load_guest()?;
    let xen = XenConfig {
        flags: KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL,
        msr: 0x4000_0000,
        rest: [0; 6],
    };
    let region = MemoryRegion {
        slot: 0,
        flags: 0,
        guest_address: 0,
        size: MEMORY as u64,
        address: memory.as_ptr() as u64,
    };
    // SAFETY: each argument is what its request takes, and the memory stays.
    unsafe {
        let vm = file(request(kvm, KVM_CREATE_VM, 0)?)?;
        request(&vm, KVM_XEN_HVM_CONFIG, &xen as *const _ as usize)?;
        request(
            &vm,
            KVM_SET_USER_MEMORY_REGION,
            &region as *const _ as usize,
        )?;
        Ok(vm)
    }
}

fn create_vcpu(kvm: &File, vm: &File) -> io::Result<(File, NonNull<Run>)> {
    let mut regs = Regs([0; 18]);
    regs.0[16] = CODE as u64;
    regs.0[17] = 2;
    let mut sregs = Sregs {
        cs_base: 0,
        cs_limit: 0,
        cs_selector: 0,
        rest: [0; 149],
    };
    // SAFETY: each argument is what its request takes.
    unsafe {
        let vcpu = file(request(vm, KVM_CREATE_VCPU, 0)?)?;
        let size = request(kvm, KVM_GET_VCPU_MMAP_SIZE, 0)? as usize;
        let run = map(size, MAP_SHARED, vcpu.as_raw_fd())?.cast();
        request(&vcpu, KVM_GET_SREGS, &mut sregs as *mut _ as usize)?;
        sregs.cs_base = 0;
        sregs.cs_selector = 0;
        request(&vcpu, KVM_SET_SREGS, &sregs as *const _ as usize)?;
        request(&vcpu, KVM_SET_REGS, &regs as *const _ as usize)?;
        Ok((vcpu, run))
    }
}

/// From here on the kernel signals the device. Without hcbpf the exits go on doing it.
fn serve_in_kernel(vm: &File, device: &File) {
    let hc = match Vm::bind(vm, &BindOptions::new().policy("standard").tag("mini-vmm")) {
        Ok(hc) => hc,
        Err(error) => return eprintln!("the VM runs without hcbpf: {error}"),
    };
    let served = hc
        .set_eventfd(0, device)
        .and_then(|()| hc.set_port(PORT, 0));
    if let Err(error) = served {
        eprintln!("port {PORT} is not served in the kernel: {error}");
    }
    // What is set stays as long as the VM is there.
}

/// How many exits there were.
fn run_guest(vcpu: &File, run: NonNull<Run>, mut device: &File) -> io::Result<u32> {
    let mut exits = 0;
    loop {
        // SAFETY: no argument; and `run` is ours while the vCPU does not run.
        let reason = unsafe {
            request(vcpu, KVM_RUN, 0)?;
            ptr::addr_of!((*run.as_ptr()).exit_reason).read_volatile()
        };
        match reason {
            KVM_EXIT_HLT => return Ok(exits),
            // The only call that this guest makes.
            KVM_EXIT_XEN => {
                device.write_all(&1u64.to_ne_bytes())?;
                // SAFETY: as above.
                unsafe { ptr::addr_of_mut!((*run.as_ptr()).result).write_volatile(0) };
                exits += 1;
            }
            reason => {
                let text = format!("unexpected exit {reason}");
                return Err(io::Error::new(io::ErrorKind::Other, text));
            }
        }
    }
}

/// What an eventfd has counted; one that has not been signalled would block.
fn count(mut device: &File) -> u64 {
    let mut bytes = [0; 8];
    match device.read_exact(&mut bytes) {
        Ok(()) => u64::from_ne_bytes(bytes),
        Err(_) => 0,
    }
}

fn run() -> io::Result<bool> {
    // As large as the requests say.
    assert_eq!(size_of::<Regs>(), 144);
    assert_eq!(size_of::<Sregs>(), 312);
    assert_eq!(size_of::<XenConfig>(), 56);
    let kvm = OpenOptions::new().read(true).write(true).open("/dev/kvm")?;
    // SAFETY: no pointers.
    let device = file(unsafe { eventfd(0, EFD_NONBLOCK_CLOEXEC) })?;
    let vm = create_vm(&kvm)?;
    serve_in_kernel(&vm, &device);
    let (vcpu, run) = create_vcpu(&kvm, &vm)?;
    let exits = run_guest(&vcpu, run, &device)?;
    let arrived = count(&device);
    println!("{SENDS} sends, {arrived} arrived, {exits} exits");
    Ok(arrived == u64::from(SENDS))
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mini-vmm: {error}");
            ExitCode::FAILURE
        }
    }
}
