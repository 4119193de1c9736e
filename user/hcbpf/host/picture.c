// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/admission.h"
#include "host/module.h"
#include "host/picture.h"

static int fill(struct picture *picture, int dev)
{
	int err = device_info(dev, &picture->info);

	if (!err)
		err = policies_read(dev, &picture->policies, &picture->nr_policies);
	if (!err)
		err = sample_take(dev, &picture->sample);
	/* An older module has no admission, so nothing of it changes. */
	if (!err && admission_numbers(dev, &picture->admission))
		memset(&picture->admission, 0, sizeof(picture->admission));
	return err;
}

int picture_take(struct picture *picture)
{
	int dev, err;

	memset(picture, 0, sizeof(*picture));
	dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return errno == ENOENT || errno == ENXIO || errno == ENODEV ? 0 : -errno;
	picture->loaded = true;
	err = fill(picture, dev);
	close(dev);
	if (err)
		picture_free(picture);
	return err;
}

void picture_free(struct picture *picture)
{
	free(picture->policies);
	sample_free(&picture->sample);
	memset(picture, 0, sizeof(*picture));
}
