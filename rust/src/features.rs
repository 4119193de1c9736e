// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! What a guest is offered, and how it finds that out.

use crate::error::check;
use crate::{sys, Abi, Result, Vm};

/// A CPUID leaf, for a `kvm_cpuid_entry2` that is 0 otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuidLeaf {
    /// Its number.
    pub function: u32,
    /// What it has in EAX.
    pub eax: u32,
    /// In EBX.
    pub ebx: u32,
    /// In ECX.
    pub ecx: u32,
    /// In EDX.
    pub edx: u32,
}

/// The leaves by which an x86 guest finds the word of [`Vm::features`], for KVM_SET_CPUID2 before
/// the guest runs. `EINVAL`: `base` is no multiple of 0x100 from 0x40000000 to 0x4000ff00.
pub fn cpuid_leaves(base: u32, word: u32) -> Result<[CpuidLeaf; 2]> {
    let zero = sys::hcbpf_cpuid_leaf {
        function: 0,
        eax: 0,
        ebx: 0,
        ecx: 0,
        edx: 0,
    };
    let mut raw = [zero; 2];
    // SAFETY: there is room for two.
    check(unsafe { sys::hcbpf_cpuid_leaves(base, word, raw.as_mut_ptr()) })?;
    Ok(raw.map(|leaf| CpuidLeaf {
        function: leaf.function,
        eax: leaf.eax,
        ebx: leaf.ebx,
        ecx: leaf.ecx,
        edx: leaf.edx,
    }))
}

impl Vm {
    /// What hcbpf offers the guest: the word that HCBPF_HC_FEATURES returns to a call of this
    /// ABI, as rules, limit of buffers and memory are now. [`Abi::AUTO`]: the one that the VM is
    /// bound with.
    ///
    /// `EINVAL`: there is none such, or that one is AUTO, too. `ENODEV`, `ENOMEM`.
    pub fn features(&self, abi: Abi) -> Result<u32> {
        let mut word = 0;
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_vm_features(self.raw(), abi.0, &mut word) })?;
        Ok(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_at_a_hypervisors_bases() {
        let [first, second] = cpuid_leaves(0x4000_0200, 7).unwrap();
        assert_eq!((first.function, first.eax), (0x4000_0200, 0x4000_0201));
        assert_eq!((second.function, second.eax), (0x4000_0201, 7));
        assert!(cpuid_leaves(0x4000_0201, 7).is_err());
    }
}
