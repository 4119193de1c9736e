/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event more is a line more: included before all else, this gives the machine
 * and the model a second event, one that only the host signals.
 */
#define SDEI_EVENTS(EVENT) EVENT(0, true) EVENT(0x40000001, false)
#define MODEL_EVENTS { 0, true }, { 0x40000001, false }
#define SDEI_VARIANT ", two events"
