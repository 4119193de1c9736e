// SPDX-License-Identifier: GPL-2.0-only
//
// Objects of Kubernetes in YAML files, as their readers see them.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// Packages are where the suite has put them, below build/.
export const packages = createRequire(path.resolve(process.env.MANIFESTS_DIR, "package.json"));
const yaml = packages("js-yaml");

export function objectsOf(file) {
	return yaml.loadAll(fs.readFileSync(file, "utf8")).filter((object) => object);
}

export const nameOf = (object) => `${object.kind} ${object.metadata?.name}`;

export const HOOKS = "hooks.kubevirt.io/hookSidecars";

export function hooksOf(object) {
	const text = object.metadata?.annotations?.[HOOKS];

	return text === undefined ? [] : JSON.parse(text);
}
