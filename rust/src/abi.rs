// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Calling conventions of hypercalls.

use crate::sys;

/// The calling convention of a hypercall. A number rather than an enum: a module that is
/// newer than this crate may know more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Abi(
    /// As `enum hcbpf_abi` has it.
    pub u32,
);

impl Abi {
    /// As KVM is configured for the VM. For bindings only; no rule has it.
    pub const AUTO: Abi = Abi(sys::HCBPF_ABI_AUTO);
    /// KVM's own; x86.
    pub const KVM: Abi = Abi(sys::HCBPF_ABI_KVM);
    /// Xen's.
    pub const XEN: Abi = Abi(sys::HCBPF_ABI_XEN);
    /// Hyper-V's; x86.
    pub const HYPERV: Abi = Abi(sys::HCBPF_ABI_HYPERV);
    /// Arm's calling convention for HVC and SMC.
    pub const SMCCC: Abi = Abi(sys::HCBPF_ABI_SMCCC);
}
