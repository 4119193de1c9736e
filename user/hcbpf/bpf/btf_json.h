/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as JSON, by what BTF says that they are. Nothing here prints or keeps state. */
#ifndef BTF_JSON_H
#define BTF_JSON_H

#include <stdbool.h>
#include <bpf/btf.h>
#include <json-c/json.h>

/*
 * An object for a struct and, with all its members, for a union; the name of an enumerator, or a
 * number that none has; text for an array of char, up to the first zero byte; numbers for
 * integers and pointers. Null for what JSON has no number for: floats, and integers of more than
 * 64 bits.
 *
 * False: there are fewer bytes than @type takes, it is not a type that a value can have, or it
 * has too many values, one within the other or in all.
 */
bool btf_json(const struct btf *btf, int type, const void *bytes, size_t size,
	      struct json_object **value);

#endif /* BTF_JSON_H */
