// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Rules: what the guest may call.

use crate::error::check;
use crate::lists::read_list;
use crate::strings::{text, Name};
use crate::{sys, Abi, Result, Vm};
use std::mem::size_of;

/// What becomes of a call. A number rather than an enum: a module that is newer than this
/// crate may know more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action(
    /// As `enum hcbpf_action` has it.
    pub u8,
);

impl Action {
    /// KVM's own handler gets it, and after that the VMM.
    pub const PASS: Action = Action(sys::HCBPF_RULE_PASS as u8);
    /// The guest gets the rule's result, an error of its ABI.
    pub const DENY: Action = Action(sys::HCBPF_RULE_DENY as u8);
    /// The vCPU leaves to the VMM with `KVM_EXIT_HYPERCALL`.
    pub const EXIT: Action = Action(sys::HCBPF_RULE_EXIT as u8);
    /// Xen's `EVTCHNOP_send`: signal the port that the argument names.
    pub const SEND: Action = Action(sys::HCBPF_RULE_SEND as u8);
    /// Signal the port in the first argument.
    pub const DOORBELL: Action = Action(sys::HCBPF_RULE_DOORBELL as u8);
    /// Record attributes of pages, and answer.
    pub const TRACK: Action = Action(sys::HCBPF_RULE_TRACK as u8);
    /// Record attributes of pages, then [`Action::EXIT`].
    pub const TRACK_EXIT: Action = Action(sys::HCBPF_RULE_TRACK_EXIT as u8);
    /// The guest may register buffers.
    pub const BUFFER: Action = Action(sys::HCBPF_RULE_BUFFER as u8);
    /// SDEI; arm64.
    pub const SDEI: Action = Action(sys::HCBPF_RULE_SDEI as u8);
    /// SMCCC's ARCH_FEATURES says which functions other rules serve; arm64.
    pub const DISCOVER: Action = Action(sys::HCBPF_RULE_DISCOVER as u8);
}

/// One rule. The most exact one of those for a call counts.
///
/// ```
/// use hcbpf::{Abi, Action, Rule};
/// // Xen's event_channel_op (32) with EVTCHNOP_send (4): in the kernel where the port is
/// // set, else to whom it always went. All other calls: "not implemented".
/// let rules = [
///     Rule::new(Abi::XEN, 32, Action::SEND).sub(4).otherwise(Action::PASS),
///     Rule::any(Abi::XEN, Action::DENY).ret(-38),
/// ];
/// assert_eq!(rules[0].nr(), Some(32));
/// assert_eq!(rules[1].nr(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Rule(sys::hcbpf_rule);

impl Rule {
    /// A rule for a hypercall by its number.
    pub const fn new(abi: Abi, nr: u32, action: Action) -> Rule {
        Rule(sys::hcbpf_rule {
            nr,
            sub: sys::HCBPF_RULE_ANY,
            // An ABI that does not fit is none, and the kernel then says so.
            abi: if abi.0 < 256 { abi.0 as u8 } else { 255 },
            action: action.0,
            otherwise: 0,
            user: 0,
            ret: 0,
        })
    }

    /// A rule for all hypercalls of an ABI that have none of their own.
    pub const fn any(abi: Abi, action: Action) -> Rule {
        Rule::new(abi, sys::HCBPF_RULE_ANY, action)
    }

    /// Only for this sub-operation: Xen's calls have it in their first argument.
    pub const fn sub(mut self, sub: u32) -> Rule {
        self.0.sub = sub;
        self
    }

    /// What happens where SEND, DOORBELL, TRACK or TRACK_EXIT is not possible, on a port that
    /// is not set for example: PASS, DENY or EXIT. They need it, and the others have none.
    pub const fn otherwise(mut self, action: Action) -> Rule {
        self.0.otherwise = action.0;
        self
    }

    /// What becomes of such a call of a program of the guest: PASS or DENY.
    pub const fn user(mut self, action: Action) -> Rule {
        self.0.user = action.0;
        self
    }

    /// The guest's result where the call is denied.
    pub const fn ret(mut self, ret: i32) -> Rule {
        self.0.ret = ret;
        self
    }

    /// The calling convention that it is for.
    pub const fn for_abi(&self) -> Abi {
        Abi(self.0.abi as u32)
    }

    /// The hypercall's number; `None`: every one.
    pub const fn nr(&self) -> Option<u32> {
        some_unless_any(self.0.nr)
    }

    /// The sub-operation; `None`: every one.
    pub const fn sub_operation(&self) -> Option<u32> {
        some_unless_any(self.0.sub)
    }

    /// What becomes of the call.
    pub const fn action(&self) -> Action {
        Action(self.0.action)
    }

    /// All of it, as C has it.
    pub const fn as_raw(&self) -> &sys::hcbpf_rule {
        &self.0
    }
}

const fn some_unless_any(number: u32) -> Option<u32> {
    if number == sys::HCBPF_RULE_ANY {
        None
    } else {
        Some(number)
    }
}

impl From<sys::hcbpf_rule> for Rule {
    fn from(raw: sys::hcbpf_rule) -> Rule {
        Rule(raw)
    }
}

/// May a change answer calls that the rules before denied, although the guest has made
/// calls already? The guest's environment then changes under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// No: such a change is refused with `EBUSY`.
    No,
    /// Yes. It is counted, in [`Info::rules_forced`](crate::Info::rules_forced).
    Yes,
}

impl Force {
    pub(crate) fn flags(self) -> u32 {
        match self {
            Force::No => 0,
            Force::Yes => sys::HCBPF_RULES_FORCE,
        }
    }
}

/// More on [`Vm::set_rules`].
#[derive(Clone, Copy, Debug, Default)]
pub struct RulesOptions<'a> {
    profile: Option<&'a str>,
    flags: u32,
    generation: u32,
}

impl<'a> RulesOptions<'a> {
    /// No profile, not forced, whatever rules there are now.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name to show for these rules.
    pub fn profile(mut self, name: &'a str) -> Self {
        self.profile = Some(name);
        self
    }

    /// See [`Force`].
    pub fn force(mut self, force: Force) -> Self {
        self.flags |= force.flags();
        self
    }

    /// Only if the rules are still those of [`Rules::generation`]; else `EAGAIN`.
    pub fn if_generation(mut self, generation: u32) -> Self {
        self.flags |= sys::HCBPF_RULES_IF_GENERATION;
        self.generation = generation;
        self
    }
}

/// A VM's rules, all of one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rules {
    /// In no particular order.
    pub rules: Vec<Rule>,
    /// How often they had been changed.
    pub generation: u32,
    /// The name shown for them, or nothing.
    pub profile: String,
}

impl Vm {
    /// Replace all rules at once; with none, everything is left to the policy. A VMM does so
    /// before its guest runs. On failure nothing has changed.
    ///
    /// `EINVAL`: a rule is malformed or there twice, or the profile is no name. `EBUSY`: see
    /// [`Force`]. `EAGAIN`: see [`RulesOptions::if_generation`]. `E2BIG`: more than 65,536.
    /// `ENODEV`, `ENOMEM`.
    pub fn set_rules(&self, rules: &[Rule], options: &RulesOptions<'_>) -> Result<()> {
        let profile = Name::new(options.profile)?;
        let opts = sys::hcbpf_rules_opts {
            sz: size_of::<sys::hcbpf_rules_opts>(),
            profile: profile.as_ptr(),
            flags: options.flags,
            generation: options.generation,
        };
        // A Rule is the C struct and nothing else.
        let raw = rules.as_ptr().cast();
        // SAFETY: `rules` and what `opts` points to live until the call returns.
        check(unsafe { sys::hcbpf_rules_set(self.raw(), raw, rules.len(), &opts) }).map(|_| ())
    }

    /// The VM's rules; none once the binding has ended. `ENOMEM`.
    pub fn rules(&self) -> Result<Rules> {
        let mut rules = Vec::new();
        let (mut generation, mut profile) = (0, [0; sys::HCBPF_NAME_LEN]);
        let raw = self.raw();
        read_list(&mut rules, |to: *mut Rule, nr| {
            // SAFETY: there is room for `nr` rules, which are the C struct.
            unsafe {
                sys::hcbpf_rules_get(raw, to.cast(), nr, &mut generation, profile.as_mut_ptr())
            }
        })?;
        Ok(Rules {
            rules,
            generation,
            profile: text(&profile),
        })
    }

    /// Replace the rule for the same ABI, number and sub-operation, or add one. Several may do
    /// so at once. `EAGAIN`: somebody changes them all the time. Otherwise as [`Vm::set_rules`].
    pub fn set_rule(&self, rule: &Rule, force: Force) -> Result<()> {
        // SAFETY: `rule` lives until the call returns.
        check(unsafe { sys::hcbpf_rule_set(self.raw(), &rule.0, force.flags()) }).map(|_| ())
    }

    /// Take the rule for the same ABI, number and sub-operation away, whatever its action.
    /// `ENOENT`: there is none. Otherwise as [`Vm::set_rule`].
    pub fn delete_rule(&self, rule: &Rule, force: Force) -> Result<()> {
        let (abi, nr, sub) = (u32::from(rule.0.abi), rule.0.nr, rule.0.sub);
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_rule_del(self.raw(), abi, nr, sub, force.flags()) }).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_every_sub_operation_unless_told() {
        let rule = Rule::new(Abi::XEN, 32, Action::SEND).otherwise(Action::EXIT);
        assert_eq!(rule.sub_operation(), None);
        assert_eq!(rule.sub(4).sub_operation(), Some(4));
        assert_eq!(rule.as_raw().otherwise, sys::HCBPF_RULE_EXIT as u8);
    }

    #[test]
    fn an_abi_that_does_not_fit_is_none() {
        let abi = Rule::any(Abi(256 + sys::HCBPF_ABI_XEN), Action::PASS).for_abi();
        assert!(abi.0 >= sys::HCBPF_NR_ABIS);
    }
}
