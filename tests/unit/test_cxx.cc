// SPDX-License-Identifier: GPL-2.0-only
// The library's header in C++: compiles without a warning, links, and runs.
#include <hcbpf/libhcbpf.h>
#include <cerrno>
#include <cstdio>

int main()
{
	hcbpf_bind_opts opts{};
	hcbpf_vm *vm = nullptr;
	hcbpf_gpa_follower *follower = nullptr;
	hcbpf_state_error error{};
	bool ok;

	opts.sz = sizeof(opts);
	opts.policy = "standard";
	ok = libhcbpf_version() == (LIBHCBPF_MAJOR << 16 | LIBHCBPF_MINOR) &&
	     hcbpf_vm_bind(-1, &opts, &vm) < 0 && !vm &&
	     hcbpf_port_slot(hcbpf_port_make(HCBPF_PORT_EVENTFD, 7)) == 7 &&
	     hcbpf_gpa_follower_new(vm, 0, &follower) == 0 &&
	     hcbpf_gpa_import(vm, "", 0, &error) == -EBADMSG &&
	     error.reason == HCBPF_STATE_NOT_STATE;
	hcbpf_gpa_follower_free(follower);
	hcbpf_vm_close(nullptr);
	std::printf("1..1\n%sok 1 - the library works from C++\n", ok ? "" : "not ");
	return !ok;
}
