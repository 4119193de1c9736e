// SPDX-License-Identifier: GPL-2.0-only
//
// What types cannot say: that what one object names is there, in another one or in itself.
//
// usage: MANIFESTS_DIR=DIR references.mjs FILE...
//
// Prints a line for each thing that is not; the files are looked at together.
import { hooksOf, nameOf, objectsOf } from "./objects.mjs";

const objects = process.argv.slice(2).flatMap(objectsOf);
const say = (object, text) => console.log(`${nameOf(object)}: ${text}`);

// key undefined: any
function checkConfigMap(object, name, key) {
	const map = objects.find((other) => other.kind === "ConfigMap" && other.metadata.name === name &&
		other.metadata.namespace === object.metadata.namespace);

	if (!map)
		say(object, `there is no ConfigMap ${name} in its namespace`);
	else if (key !== undefined && !(key in map.data))
		say(object, `ConfigMap ${name} has no ${key}`);
}

const checks = {
	DaemonSet(set) {
		const { spec, metadata } = set.spec.template;
		const used = new Set();

		for (const [label, value] of Object.entries(set.spec.selector.matchLabels))
			if (metadata.labels[label] !== value)
				say(set, `its Pods do not have its selector's label ${label}`);
		for (const container of [...spec.initContainers, ...spec.containers])
			for (const mount of container.volumeMounts ?? []) {
				used.add(mount.name);
				if (!spec.volumes.some((volume) => volume.name === mount.name))
					say(set, `${container.name} mounts ${mount.name}, which is no volume`);
			}
		for (const volume of spec.volumes) {
			if (!used.has(volume.name))
				say(set, `nobody mounts ${volume.name}`);
			if (volume.configMap)
				checkConfigMap(set, volume.configMap.name);
		}
	},
	VirtualMachineInstance(vm) {
		for (const { configMap } of hooksOf(vm))
			checkConfigMap(vm, configMap.name, configMap.key);
	},
	Module(module) {
		for (const { build } of module.spec.moduleLoader.container.kernelMappings)
			if (build)
				checkConfigMap(module, build.dockerfileConfigMap.name, "dockerfile");
	},
};

for (const object of objects)
	checks[object.kind]?.(object);
