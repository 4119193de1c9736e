// SPDX-License-Identifier: GPL-2.0-only
//
// What we use of Kernel Module Management's Module, v1beta1, which no package has types for.
// By the fields that its API's documentation names; what is not here is refused.

interface LocalObjectReference {
	name: string;
}

interface KernelMapping {
	regexp?: string;
	literal?: string;
	containerImage: string;
	build?: {
		dockerfileConfigMap: LocalObjectReference;
		buildArgs?: { name: string; value: string }[];
	};
	sign?: {
		keySecret: LocalObjectReference;
		certSecret: LocalObjectReference;
		filesToSign: string[];
	};
}

export interface Module {
	apiVersion: "kmm.sigs.x-k8s.io/v1beta1";
	kind: "Module";
	metadata: { name: string; namespace?: string; labels?: Record<string, string> };
	spec: {
		selector: Record<string, string>;
		moduleLoader: {
			container: {
				modprobe: { moduleName: string; dirName?: string; parameters?: string[] };
				kernelMappings: [KernelMapping, ...KernelMapping[]];
			};
		};
	};
}
