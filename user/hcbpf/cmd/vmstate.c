// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmstate: QEMU's object dbus-vmstate asks on its bus who has state to move along with the VM,
 * for the state itself when it saves, and hands it back where it loads.
 *
 * By default standard input is QEMU's own connection (packaging/systemd/hcbpf-vmstate.socket):
 * this is the bus then, with one name on it. The VM is that of the process at the other end,
 * which the kernel names. With --bus it joins a bus that QEMU is on, for a process that is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cmd/vm.h"
#include "cmd/vmstate.h"
#include "host/check.h"
#include "host/remote.h"
#include "text/domain_xml.h"
#include "text/moved.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define OWN_NAME ":1.0"
#define PEER_NAME ":1.1"
#define STATE_NAME "org.qemu.VMState1"
#define STATE_PATH "/org/qemu/VMState1"

struct mover {
	sd_bus *bus;
	bool is_bus;		/* this process is the bus */
	struct process process;	/* QEMU */
	void *packed;		/* what Save gives; NULL: to be made */
	size_t size;
};

/* ---- saying why ---- */

static const char *member(struct json_object *object, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(object, key));

	return text ? text : "";
}

/* What fail() was given becomes the call's error, and a line for the journal. */
static int fail_call(struct mover *m, sd_bus_error *error)
{
	struct json_object *failure = out_take_failure();
	const char *hint = member(failure, "hint"), *what = member(failure, "error");

	fprintf(stderr, "hcbpf: process %u: %s%s%s\n", m->process.pid, what, hint[0] ? "; " : "",
		hint);
	sd_bus_error_setf(error, SD_BUS_ERROR_FAILED, "%s%s%s", what, hint[0] ? "; " : "", hint);
	json_object_put(failure);
	return -EIO;
}

/* ---- saving ---- */

static int pack(struct mover *m, struct hcbpf_vm *vm)
{
	struct state_file state = { 0 };
	uint32_t id = hcbpf_vm_id(vm);
	int err;

	if (state_file_take(&state, vm))
		return EXIT_FAILURE;
	err = moved_pack(state.data, state.size, &m->packed, &m->size);
	state_file_free(&state);
	if (err)
		return fail(err, "cannot pack the state of VM %u: %s", id, strerror(-err));
	if (m->size <= MOVED_MAX)
		return EXIT_SUCCESS;
	free(m->packed);
	m->packed = NULL;
	return fail(-EFBIG, "the state of VM %u takes %zu bytes, and QEMU moves at most %u\n"
		    "see `hcbpf vm show %u`", id, m->size, MOVED_MAX, id);
}

static int pack_fd(struct mover *m, int vm_fd)
{
	struct hcbpf_vm *vm;
	int status, err;

	err = hcbpf_vm_open(vm_fd, &vm);
	if (err == -ENOENT)	/* not bound: that is what is moved */
		return moved_pack(NULL, 0, &m->packed, &m->size);
	if (err)
		return fail(err, "cannot open the binding: %s", strerror(-err));
	status = pack(m, vm);
	hcbpf_vm_close(vm);
	return status;
}

/*
 * QEMU takes a failed Save for nothing to save, and the destination, or whoever restores the
 * file, finds that out. So it is made when QEMU asks who has state: if that fails the migration
 * does, the guest goes on, and nothing is lost. The guest is paused from then until Save. (A bus
 * of others answers that question itself: there only the destination refuses.)
 */
static int prepare(struct mover *m)
{
	int vm_fd, status;

	free(m->packed);
	m->packed = NULL;
	if (check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	vm_fd = remote_vm(&m->process, NULL);
	if (vm_fd < 0)
		return EXIT_FAILURE;
	status = pack_fd(m, vm_fd);
	close(vm_fd);
	return status;
}

/* On a bus of others, only from the process that it is for. */
static bool is_stranger(struct mover *m, sd_bus_message *call, sd_bus_error *error)
{
	sd_bus_creds *creds = NULL;
	pid_t pid = 0;
	bool known;

	if (m->is_bus)
		return false;
	known = sd_bus_query_sender_creds(call, SD_BUS_CREDS_PID, &creds) >= 0 &&
		sd_bus_creds_get_pid(creds, &pid) >= 0 && pid == (pid_t)m->process.pid;
	sd_bus_creds_unref(creds);
	if (!known)
		sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "this is for process %u",
				  m->process.pid);
	return !known;
}

static int save(sd_bus_message *call, void *data, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	struct mover *m = data;
	int err;

	if (is_stranger(m, call, error))
		return -EACCES;
	if (!m->packed && prepare(m))
		return fail_call(m, error);
	err = sd_bus_message_new_method_return(call, &reply);
	if (err >= 0)
		err = sd_bus_message_append_array(reply, 'y', m->packed, m->size);
	if (err >= 0)
		err = sd_bus_send(m->bus, reply, NULL);
	sd_bus_message_unref(reply);
	if (err >= 0)
		fprintf(stderr, "hcbpf: process %u: %zu bytes of state are saved\n",
			m->process.pid, m->size);
	free(m->packed);
	m->packed = NULL;
	return err;
}

/* ---- loading ---- */

static int give(struct mover *m, const struct state_file *state)
{
	int vm_fd, status;

	if (check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	vm_fd = remote_vm(&m->process, NULL);
	if (vm_fd < 0)
		return EXIT_FAILURE;
	status = vmstate_load(vm_fd, &m->process, state);
	close(vm_fd);
	return status;
}

static int unpack_and_give(struct mover *m, const void *data, size_t size)
{
	struct state_file state = { .file = "QEMU's stream" };
	struct hcbpf_state_error why = { 0 };
	char error[MOVED_ERROR];
	void *unpacked;
	int err;

	err = moved_unpack(data, size, &unpacked, &state.size, error);
	if (err)
		return fail(-EINVAL, "cannot restore from QEMU's stream: %s",
			    err == -EBADMSG ? error : strerror(-err));
	if (!unpacked)
		return EXIT_SUCCESS;
	state.data = unpacked;
	err = hcbpf_state_read(state.data, state.size, &state.saved, &why);
	if (err)
		err = fail(-EINVAL, "cannot restore from QEMU's stream: %s",
			   err == -EBADMSG ? why.text : strerror(-err));
	else
		err = give(m, &state);
	state_file_free(&state);
	return err;
}

static int load(sd_bus_message *call, void *data, sd_bus_error *error)
{
	struct mover *m = data;
	const void *state;
	size_t size;
	int err;

	if (is_stranger(m, call, error))
		return -EACCES;
	err = sd_bus_message_read_array(call, 'y', &state, &size);
	if (err < 0)
		return err;
	if (unpack_and_give(m, state, size))
		return fail_call(m, error);
	fprintf(stderr, "hcbpf: process %u: %zu bytes of state are loaded\n", m->process.pid, size);
	return sd_bus_reply_method_return(call, "");
}

static int get_id(sd_bus *bus, const char *path, const char *interface, const char *property,
		  sd_bus_message *reply, void *data, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)data;
	(void)error;
	return sd_bus_message_append(reply, "s", VMSTATE_ID);
}

static const sd_bus_vtable state_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Id", "s", get_id, 0, 0),
	SD_BUS_METHOD("Save", "", "ay", save, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Load", "ay", "", load, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END
};

/* ---- the bus that this is: what GLib and QEMU ask one for ---- */

static int hello(sd_bus_message *call, void *data, sd_bus_error *error)
{
	(void)data;
	(void)error;
	return sd_bus_reply_method_return(call, "s", PEER_NAME);
}

/* There are no signals to wait for. */
static int match(sd_bus_message *call, void *data, sd_bus_error *error)
{
	(void)data;
	(void)error;
	return sd_bus_reply_method_return(call, "");
}

static int list_owners(sd_bus_message *call, void *data, sd_bus_error *error)
{
	struct mover *m = data;
	const char *name;
	int err;

	err = sd_bus_message_read(call, "s", &name);
	if (err < 0)
		return err;
	if (strcmp(name, STATE_NAME))
		return sd_bus_error_setf(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
					 "nobody is \"%s\"", name);
	if (prepare(m))
		return fail_call(m, error);
	return sd_bus_reply_method_return(call, "as", 1, OWN_NAME);
}

static int get_owner(sd_bus_message *call, void *data, sd_bus_error *error)
{
	const char *name;
	int err;

	(void)data;
	err = sd_bus_message_read(call, "s", &name);
	if (err < 0)
		return err;
	if (strcmp(name, STATE_NAME) && strcmp(name, OWN_NAME))
		return sd_bus_error_setf(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
					 "nobody is \"%s\"", name);
	return sd_bus_reply_method_return(call, "s", OWN_NAME);
}

/* It runs already. */
static int start_service(sd_bus_message *call, void *data, sd_bus_error *error)
{
	(void)data;
	(void)error;
	return sd_bus_reply_method_return(call, "u", 2);
}

static const sd_bus_vtable bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Hello", "", "s", hello, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AddMatch", "s", "", match, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RemoveMatch", "s", "", match, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ListQueuedOwners", "s", "as", list_owners, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("GetNameOwner", "s", "s", get_owner, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StartServiceByName", "su", "u", start_service, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END
};

/* ---- who is at the other end ---- */

/*
 * The process that has connected, not who has its number by now: it was opened by its number
 * and is still alive afterwards.
 */
static int open_peer(int fd, struct process *process)
{
	socklen_t size = sizeof(struct ucred), pidfd_size = sizeof(int);
	struct pollfd end = { .events = POLLIN };
	struct ucred peer;
	int err;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &end.fd, &pidfd_size))
		return fail(-errno, "standard input is no connection of a QEMU: %m\n"
			    "systemd starts this; for another bus see `hcbpf vmstate help`");
	err = remote_open(peer.pid, process);
	/* A signal would take one more capability. */
	if (!err && poll(&end, 1, 0)) {
		err = fail(-ESRCH, "process %u has ended", peer.pid);
		process_close(process);
	}
	close(end.fd);
	return err;
}

static int become_bus(struct mover *m)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), err;
	sd_id128_t id;

	if (fd < 0 || fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK))
		return -errno;
	m->is_bus = true;
	err = sd_id128_randomize(&id);
	if (err >= 0)
		err = sd_bus_set_fd(m->bus, fd, fd);
	if (err >= 0)
		err = sd_bus_set_server(m->bus, 1, id);
	if (err >= 0)
		err = sd_bus_add_object_vtable(m->bus, NULL, "/org/freedesktop/DBus",
					       "org.freedesktop.DBus", bus_vtable, m);
	return err < 0 ? err : sd_bus_start(m->bus);
}

static int join_bus(struct mover *m, const char *address)
{
	int err = sd_bus_set_address(m->bus, address);

	if (err >= 0)
		err = sd_bus_set_bus_client(m->bus, 1);
	if (err >= 0)
		err = sd_bus_start(m->bus);
	if (err >= 0)
		err = sd_bus_request_name(m->bus, STATE_NAME, SD_BUS_NAME_QUEUE);
	return err;
}

/* Until the other end has gone. */
static int serve(struct mover *m)
{
	int err;

	do {
		err = sd_bus_process(m->bus, NULL);
		if (!err)
			err = sd_bus_wait(m->bus, UINT64_MAX);
	} while (err >= 0 || err == -EINTR);
	return err == -ENOTCONN || err == -ECONNRESET || err == -EPIPE ? 0 : err;
}

static int run(struct mover *m, const char *address)
{
	int err = sd_bus_new(&m->bus);

	if (err >= 0)
		err = sd_bus_add_object_vtable(m->bus, NULL, STATE_PATH, STATE_NAME, state_vtable,
					       m);
	if (err >= 0)
		err = address ? join_bus(m, address) : become_bus(m);
	if (err >= 0)
		err = serve(m);
	sd_bus_unref(m->bus);
	free(m->packed);
	return err;
}

const struct option vmstate_options[] = {
	{ "bus BUS", "join this bus, where QEMU is" },
	{ "pid PID", "for this process" },
	{ "name NAME", "for the process whose VMM has this name" },
	{ 0 }
};

int vmstate_run(const struct args *args)
{
	const char *address = option_value(args, "bus");
	bool named = !!option_value(args, "pid") + !!option_value(args, "name") == 1;
	struct mover m = { 0 };
	int err;

	if (!!address != named)
		return fail_usage("--bus needs one of --pid and --name, and the other way round\n"
				  "usage: hcbpf vmstate %s", args->command->usage);
	err = named ? named_process(args, &m.process) : open_peer(STDIN_FILENO, &m.process);
	if (err)
		return EXIT_FAILURE;
	out_keep();
	err = run(&m, address);
	process_close(&m.process);
	if (err < 0)
		fprintf(stderr, "hcbpf: process %u: the bus: %s\n", m.process.pid, strerror(-err));
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
