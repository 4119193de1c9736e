// SPDX-License-Identifier: GPL-2.0-only
//
// The value of KubeVirt's annotation hooks.kubevirt.io/hookSidecars, as far as we use it.

export type HookSidecars = {
	args: ["--version", "v1alpha1" | "v1alpha2" | "v1alpha3"];
	image?: string;
	configMap: {
		name: string;
		key: string;
		hookPath: "/usr/bin/onDefineDomain" | "/usr/bin/preCloudInitIso";
	};
}[];
