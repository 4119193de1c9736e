// SPDX-License-Identifier: GPL-2.0-only
//! The crate on a host that has hcbpf, with the policy "standard" loaded and nothing else
//! bound: `cargo test -- --ignored`. The suite `rust` does so in the lab.

use hcbpf::{
    claim_port, Abi, Action, Attr, BindOptions, Buffer, Error, Force, PageRange, Rule,
    RulesOptions, Saved, Vm,
};
use std::fs::{File, OpenOptions};
use std::os::raw::{c_int, c_short, c_uint, c_ulong};
use std::os::unix::io::{AsFd, AsRawFd, FromRawFd};
use std::sync::Barrier;
use std::thread;

/// One that VMs of this machine can be bound with.
const OWN: Abi = if cfg!(target_arch = "x86_64") {
    Abi::KVM
} else {
    Abi::SMCCC
};

const KVM_CREATE_VM: c_ulong = 0xae01;
const EFD_NONBLOCK: c_int = 0o4000;
const POLLHUP: c_short = 0x10;

const ENOENT: i32 = 2;
const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;
const ERANGE: i32 = 34;
const EAGAIN: i32 = 11;
const EBADMSG: i32 = 74;
const EALREADY: i32 = 114;

extern "C" {
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn eventfd(start: c_uint, flags: c_int) -> c_int;
    fn poll(fds: *mut PollFd, nr: c_ulong, timeout: c_int) -> c_int;
}

fn create_vm() -> File {
    let kvm = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/kvm")
        .unwrap();
    let fd = unsafe { ioctl(kvm.as_raw_fd(), KVM_CREATE_VM, 0) };
    assert!(fd >= 0);
    unsafe { File::from_raw_fd(fd) }
}

fn new_eventfd() -> File {
    let fd = unsafe { eventfd(0, EFD_NONBLOCK) };
    assert!(fd >= 0);
    unsafe { File::from_raw_fd(fd) }
}

/// Has it been signalled since the last look?
fn signalled(mut eventfd: &File) -> bool {
    use std::io::Read;
    eventfd.read_exact(&mut [0; 8]).is_ok()
}

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

/// What an event loop is told of the binding's end.
fn hung_up(vm: &Vm) -> bool {
    let mut poll_fd = PollFd {
        fd: vm.as_raw_fd(),
        events: 0,
        revents: 0,
    };
    assert!(unsafe { poll(&mut poll_fd, 1, 0) } >= 0);
    poll_fd.revents == POLLHUP
}

fn bind(vm_fd: &File) -> Vm {
    Vm::bind(vm_fd, &BindOptions::new()).unwrap()
}

fn errno<T: std::fmt::Debug>(result: Result<T, Error>) -> i32 {
    result.unwrap_err().errno()
}

#[test]
#[ignore = "needs the module"]
fn a_binding_is_as_it_was_asked_for() {
    let vm_fd = create_vm();
    let options = BindOptions::new().policy("standard").tag("rust");
    let vm = Vm::bind(&vm_fd, &options.abi(OWN).ports(4096).param(7)).unwrap();
    let info = vm.info().unwrap();
    assert_eq!(
        (info.id, info.ended, info.no_policy),
        (vm.id(), false, false)
    );
    assert_eq!(
        (info.policy.as_str(), info.tag.as_str()),
        ("standard", "rust")
    );
    assert_eq!((info.abi, info.nr_ports, info.param), (OWN, 4096, 7));
    assert_eq!(info.pid, std::process::id() as i32);
    assert!(!info.encrypted);
    vm.set_param(8).unwrap();
    assert_eq!(vm.info().unwrap().param, 8);
    assert_eq!(vm.stats().unwrap(), hcbpf::Stats::default());
}

#[test]
#[ignore = "needs the module"]
fn an_encrypted_one_says_so() {
    let vm_fd = create_vm();
    let vm = Vm::bind(&vm_fd, &BindOptions::new().encrypted()).unwrap();
    assert!(vm.info().unwrap().encrypted);
    assert!(Saved::read(&vm.save().unwrap()).unwrap().encrypted);
}

#[test]
#[ignore = "needs the module"]
fn what_cannot_be_bound_is_refused() {
    let (vm_fd, long) = (create_vm(), "a".repeat(32));
    let bound = |options| errno(Vm::bind(&vm_fd, &options));
    assert_eq!(bound(BindOptions::new().policy("none-such")), ENOENT);
    assert_eq!(bound(BindOptions::new().tag("a\0b")), EINVAL);
    assert_eq!(bound(BindOptions::new().tag(&long)), EINVAL);
    assert_eq!(bound(BindOptions::new().abi(Abi(99))), EINVAL);
    assert_eq!(
        errno(Vm::bind(
            File::open("/dev/null").unwrap(),
            &BindOptions::new()
        )),
        EINVAL
    );
    assert_eq!(errno(Vm::open(&vm_fd)), ENOENT);
    let _vm = bind(&vm_fd);
    assert_eq!(bound(BindOptions::new()), EEXIST);
}

#[test]
#[ignore = "needs the module"]
fn a_claim_has_its_port_until_it_is_dropped() {
    let (vm_fd, eventfd) = (create_vm(), new_eventfd());
    let claim = claim_port("rust-claim", 5, &eventfd).unwrap();
    let vm = Vm::bind(&vm_fd, &BindOptions::new().tag("rust-claim").ports(16)).unwrap();
    assert!(vm.port(5).unwrap().is_set());
    assert_eq!(errno(claim_port("rust-claim", 5, &eventfd)), EEXIST);
    assert_eq!(errno(claim_port("rust-claim", 16, &eventfd)), ERANGE);
    assert_eq!(errno(claim_port("a b", 5, &eventfd)), EINVAL);
    assert_eq!(
        errno(claim_port(
            "rust-claim",
            6,
            File::open("/dev/null").unwrap()
        )),
        EINVAL
    );
    drop(claim);
    assert!(!vm.port(5).unwrap().is_set());
}

#[test]
#[ignore = "needs the module"]
fn calls_are_counted_while_the_vm_is_observed() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    assert!(!vm.is_observed().unwrap());
    assert_eq!(errno(vm.calls()), ENOENT);
    assert_eq!(errno(vm.stop_observing()), EALREADY);
    vm.observe().unwrap();
    assert_eq!(errno(vm.observe()), EALREADY);
    assert!(vm.is_observed().unwrap());
    let calls = vm.calls().unwrap();
    assert!(calls.seen.is_empty() && calls.below_ns(10) > 0);
    vm.stop_observing().unwrap();
    assert!(!vm.is_observed().unwrap());
    vm.unbind().unwrap();
    assert_eq!(errno(vm.is_observed()), ENODEV);
}

#[test]
#[ignore = "needs the module"]
fn the_binding_outlives_the_handle_and_unbind_ends_it() {
    let vm_fd = create_vm();
    let id = bind(&vm_fd).id();
    let vm = Vm::open(&vm_fd).unwrap();
    assert_eq!(vm.id(), id);
    assert_eq!(Vm::open_id(id).unwrap().id(), id);
    assert_eq!(vm.as_fd().as_raw_fd(), vm.as_raw_fd());
    assert!(!hung_up(&vm));
    vm.unbind().unwrap();
    assert!(hung_up(&vm));
    assert!(vm.info().unwrap().ended);
    assert_eq!(errno(vm.unbind()), ENODEV);
    assert_eq!(errno(vm.set_eventfd(0, new_eventfd())), ENODEV);
    assert_eq!(errno(vm.save()), ENODEV);
    assert_eq!(errno(vm.eventfds().next().unwrap()), ENODEV);
    assert_eq!(errno(Vm::open(&vm_fd)), ENOENT);
}

#[test]
#[ignore = "needs the module"]
fn slots_hold_eventfds() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    vm.set_eventfd(3, new_eventfd()).unwrap();
    vm.set_eventfd(3, new_eventfd()).unwrap();
    assert_eq!(errno(vm.add_eventfd(3, new_eventfd())), EEXIST);
    vm.add_eventfd(4, new_eventfd()).unwrap();
    assert_eq!(vm.info().unwrap().nr_eventfds, 2);
    assert_eq!(
        vm.eventfds().map(Result::unwrap).collect::<Vec<_>>(),
        [3, 4]
    );
    vm.clear_eventfd(3).unwrap();
    assert_eq!(errno(vm.clear_eventfd(3)), ENOENT);
    assert_eq!(errno(vm.set_eventfd(3, &vm_fd)), EINVAL);
    assert_eq!(vm.eventfds().map(Result::unwrap).collect::<Vec<_>>(), [4]);
    assert_eq!(errno(vm.set_eventfd(u32::MAX, new_eventfd())), ERANGE);
}

#[test]
#[ignore = "needs the module"]
fn ports_are_what_was_set() {
    let vm_fd = create_vm();
    let vm = Vm::bind(&vm_fd, &BindOptions::new().ports(1000)).unwrap();
    for port in [999, 0, 500] {
        vm.set_port(port, port + 1).unwrap();
    }
    vm.delete_port(500).unwrap();
    assert_eq!(vm.port(999).unwrap().slot(), Some(1000));
    assert!(!vm.port(500).unwrap().is_set());
    let ports: Vec<_> = vm.ports().map(Result::unwrap).collect();
    assert_eq!(
        ports.iter().map(|(port, _)| *port).collect::<Vec<_>>(),
        [0, 999]
    );
    assert_eq!(errno(vm.set_port(1000, 0)), ERANGE);
    assert_eq!(errno(vm.port(1000)), ERANGE);
}

#[test]
#[ignore = "needs the module"]
fn rules_are_replaced_and_changed() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    let send = Rule::new(Abi::XEN, 32, Action::SEND)
        .sub(4)
        .otherwise(Action::PASS);
    let any = Rule::any(Abi::XEN, Action::DENY).ret(-38);
    vm.set_rules(&[send, any], &RulesOptions::new().profile("mine"))
        .unwrap();
    let now = vm.rules().unwrap();
    assert_eq!((now.rules.len(), now.profile.as_str()), (2, "mine"));
    assert!(now.rules.contains(&send) && now.rules.contains(&any));

    let old = RulesOptions::new().if_generation(now.generation - 1);
    assert_eq!(errno(vm.set_rules(&[], &old)), EAGAIN);
    vm.set_rule(&any.ret(-1), Force::No).unwrap();
    vm.delete_rule(&send, Force::Yes).unwrap();
    assert_eq!(vm.rules().unwrap().rules, [any.ret(-1)]);
    assert_eq!(errno(vm.delete_rule(&send, Force::No)), ENOENT);
    assert_eq!(
        errno(vm.set_rules(&[any, any], &RulesOptions::new())),
        EINVAL
    );
    let abi = Rule::any(Abi(256 + Abi::XEN.0), Action::PASS);
    assert_eq!(errno(vm.set_rule(&abi, Force::No)), EINVAL);
}

#[test]
#[ignore = "needs the module"]
fn many_rules_are_all_read() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    let rules: Vec<_> = (0..1000)
        .map(|nr| Rule::new(Abi::KVM, nr, Action::PASS))
        .collect();
    vm.set_rules(&rules, &RulesOptions::new()).unwrap();
    let mut read = vm.rules().unwrap().rules;
    read.sort_by_key(Rule::nr);
    assert!(read == rules);
}

/// Every other page, so that no two ranges are one; more than one batch of them.
fn scattered() -> Vec<PageRange> {
    (0..300)
        .map(|i| PageRange::new(2 * i + 1, 1, Attr::ENCRYPTED))
        .collect()
}

#[test]
#[ignore = "needs the module"]
fn the_map_of_pages_is_read_whole() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    vm.set_pages(&scattered()).unwrap();
    let all: Vec<_> = vm.page_ranges().map(Result::unwrap).collect();
    let encrypted: Vec<_> = all
        .iter()
        .copied()
        .filter(|r| r.attr().is_encrypted())
        .collect();
    assert!(encrypted == scattered());
    assert_eq!(
        all.iter().map(PageRange::pages).sum::<u64>(),
        hcbpf::sys::HCBPF_GPA_FRAMES
    );
    let snapshot = vm.page_snapshot().unwrap();
    assert!(snapshot.ranges == scattered());
    assert_eq!(snapshot.generation, vm.page_generation().unwrap());

    let wrong = vm.set_pages(&[PageRange::new(0, 0, Attr(0))]).unwrap_err();
    assert_eq!((wrong.done, wrong.error.errno()), (0, EINVAL));
    vm.reset_pages().unwrap();
    assert!(vm.page_snapshot().unwrap().ranges.is_empty());
    vm.unbind().unwrap();
    let mut ranges = vm.page_ranges();
    assert_eq!(errno(ranges.next().unwrap()), ENODEV);
    assert!(ranges.next().is_none());
}

#[test]
#[ignore = "needs the module"]
fn the_map_of_pages_is_carried_over() {
    let (one, other) = (create_vm(), create_vm());
    let (from, to) = (bind(&one), bind(&other));
    from.replace_pages(Attr::ENCRYPTED, &[PageRange::new(5, 6, Attr(0))])
        .unwrap();
    let mut data = from.export_pages().unwrap();
    to.import_pages(&data).unwrap();
    let snapshot = to.page_snapshot().unwrap();
    assert_eq!(
        (snapshot.default, snapshot.ranges[0].gfn()),
        (Attr::ENCRYPTED, 5)
    );
    *data.last_mut().unwrap() ^= 1;
    assert_eq!(errno(to.import_pages(&data)), EBADMSG);
}

/// A follower has what has changed, and what it has fetched is not lost with a round.
#[test]
#[ignore = "needs the module"]
fn followers_miss_nothing() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    let changes = new_eventfd();
    vm.notify_pages(&changes).unwrap();
    let mut follower = vm.follow_exactly().unwrap();
    vm.set_pages(&scattered()).unwrap();
    assert!(signalled(&changes));

    let encrypted = |r: &PageRange| r.attr().is_encrypted();
    let mut read: Vec<_> = follower.round().take(7).map(Result::unwrap).collect();
    read.extend(follower.round().map(Result::unwrap));
    assert_eq!(
        read.into_iter().filter(encrypted).collect::<Vec<_>>(),
        scattered()
    );
    assert_eq!(follower.generation(), vm.page_generation().unwrap());
    assert_eq!(follower.round().count(), 0);

    vm.set_pages(&[PageRange::new(1 << 20, 3, Attr::ENCRYPTED)])
        .unwrap();
    let round: Vec<_> = follower.round().map(Result::unwrap).collect();
    assert!(round
        .iter()
        .any(|r| encrypted(r) && r.gfn() == 1 << 20 && r.pages() == 3));
    assert!(!round.iter().any(|r| encrypted(r) && r.gfn() < 1024));
    vm.stop_notifying_pages().unwrap();
    vm.unbind().unwrap();
    let mut round = follower.round();
    assert_eq!(errno(round.next().unwrap()), ENODEV);
    assert!(round.next().is_none());
}

#[test]
#[ignore = "needs the module"]
fn buffers_are_replaced() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    assert!(vm.buffers().unwrap().is_empty());
    let mine = [
        Buffer::new(0x1000, 0x2000, 64, Some(0)),
        Buffer::new(0x5000, 0x6000, 64, None),
    ];
    vm.set_buffers(&mine).unwrap();
    let mut read = vm.buffers().unwrap();
    read.sort_by_key(Buffer::va);
    assert_eq!(read, mine);
    assert_eq!(errno(vm.set_buffers(&[mine[0], mine[0]])), EEXIST);
    vm.set_buffer_limit(2).unwrap();
    assert_eq!(vm.info().unwrap().buffer_limit, 2);
    assert_eq!(errno(vm.set_buffer_limit(1025)), ERANGE);
}

#[test]
#[ignore = "needs the module"]
fn features_are_those_of_the_rules() {
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    let physical = Rule::new(Abi::XEN, 0x0080_0020, Action::EXIT);
    assert_eq!(errno(vm.features(Abi::AUTO)), EINVAL);
    assert_eq!(vm.features(Abi::XEN).unwrap(), 4);
    vm.set_rules(&[physical], &RulesOptions::new()).unwrap();
    assert_eq!(vm.features(Abi::XEN).unwrap(), 6);
}

#[test]
#[ignore = "needs the module"]
fn a_vm_is_saved_and_restored() {
    let (one, other) = (create_vm(), create_vm());
    let vm = Vm::bind(&one, &BindOptions::new().tag("moves").ports(512).param(9)).unwrap();
    let rule = Rule::new(Abi::KVM, 77, Action::DENY).ret(-1);
    vm.set_rules(&[rule], &RulesOptions::new().profile("mine"))
        .unwrap();
    vm.set_port(5, 6).unwrap();
    vm.set_buffers(&[Buffer::new(0x1000, 0x2000, 64, None)])
        .unwrap();
    vm.set_pages(&[PageRange::new(1, 1, Attr::ENCRYPTED)])
        .unwrap();
    let mut data = vm.save().unwrap();

    let saved = Saved::read(&data).unwrap();
    assert_eq!(
        (saved.tag.as_str(), saved.profile.as_str()),
        ("moves", "mine")
    );
    assert_eq!(
        (saved.policy.as_str(), saved.nr_ports, saved.param),
        ("standard", 512, 9)
    );
    assert_eq!((saved.ports[0].0, saved.ports[0].1.slot()), (5, Some(6)));
    assert_eq!(
        (saved.rules.as_slice(), saved.buffers.len()),
        (&[rule][..], 1)
    );
    assert_eq!(saved.pages.unwrap().ranges.len(), 1);

    let restored = Vm::bind_saved(&other, &data).unwrap();
    assert_eq!(restored.save().unwrap(), data);
    restored.delete_port(5).unwrap();
    restored.restore(&data, Force::No).unwrap();
    assert_eq!(restored.port(5).unwrap().slot(), Some(6));
    *data.last_mut().unwrap() ^= 1;
    let refused = restored.restore(&data, Force::No).unwrap_err();
    assert_eq!(refused.errno(), EBADMSG);
    assert_eq!(
        refused.refusal().unwrap().reason,
        hcbpf::sys::HCBPF_STATE_CHECKSUM
    );
    assert_eq!(errno(Vm::bind_saved(create_vm(), &data)), EBADMSG);
}

#[test]
#[ignore = "needs the module"]
fn threads_share_a_handle() {
    let vm_fd = create_vm();
    let (vm, start) = (bind(&vm_fd), Barrier::new(4));
    thread::scope(|scope| {
        for id in 0..4 {
            let (vm, start) = (&vm, &start);
            scope.spawn(move || {
                start.wait();
                for i in 0..100 {
                    vm.set_port(1000 * (id + 1) + i, id).unwrap();
                    vm.set_rule(&Rule::new(Abi::KVM, id, Action::PASS), Force::No)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(vm.ports().count(), 400);
    assert_eq!(vm.rules().unwrap().rules.len(), 4);
}

/// On x86, and on arm64 before the module was told to have it.
#[test]
#[ignore = "needs the module"]
fn there_is_no_sdei() {
    const EOPNOTSUPP: i32 = 95;
    let vm_fd = create_vm();
    let vm = bind(&vm_fd);
    assert_eq!(errno(vm.sdei_signal(0, 0)), EOPNOTSUPP);
    assert_eq!(errno(vm.sdei_cancel(0, 0)), EOPNOTSUPP);
    assert_eq!(errno(vm.sdei_state(0, 0).map(|_| ())), EOPNOTSUPP);
}
