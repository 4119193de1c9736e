// SPDX-License-Identifier: GPL-2.0-only
//
// Put the ConfigMaps of a DaemonSet where its container sees them, as the kubelet does: each file
// is a link into ..data, which is a link to a directory that is replaced as a whole.
//
// usage: MANIFESTS_DIR=DIR volumes.mjs FILE CONTAINER ROOT
import fs from "node:fs";
import path from "node:path";
import { objectsOf } from "./objects.mjs";

const [file, name, root] = process.argv.slice(2);
const objects = objectsOf(file);
const { spec } = objects.find(({ kind }) => kind === "DaemonSet").spec.template;
const container = [...spec.initContainers, ...spec.containers].find((one) => one.name === name);

for (const mount of container.volumeMounts) {
	const { configMap } = spec.volumes.find((volume) => volume.name === mount.name);

	if (!configMap)
		continue;
	const { data } = objects.find(({ kind, metadata }) =>
		kind === "ConfigMap" && metadata.name === configMap.name);
	const directory = path.join(root, mount.mountPath);

	fs.rmSync(directory, { recursive: true, force: true });
	fs.mkdirSync(path.join(directory, "..2026_01_01"), { recursive: true });
	fs.symlinkSync("..2026_01_01", path.join(directory, "..data"));
	for (const [key, text] of Object.entries(data)) {
		fs.writeFileSync(path.join(directory, "..data", key), text);
		fs.symlinkSync(`..data/${key}`, path.join(directory, key));
	}
}
