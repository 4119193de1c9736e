// SPDX-License-Identifier: GPL-2.0-only
//
// Compare objects with the types that Kubernetes, KubeVirt and KMM publish, or that kmm.d.ts has.
//
// usage: MANIFESTS_DIR=DIR check.mjs FILE...
//
// DIR has the packages; what is compiled is written there. Prints "FILE: ok", or a line for
// each mistake. The compiler is asked once, for all files: it takes a second to begin.
import fs from "node:fs";
import path from "node:path";
import { hooksOf, nameOf, objectsOf, packages } from "./objects.mjs";

const ts = packages("typescript");
const here = path.dirname(new URL(import.meta.url).pathname);
const out = path.resolve(process.env.MANIFESTS_DIR, "objects");

// [module, type] by apiVersion and kind
const TYPES = {
	"v1 ConfigMap": ["kubernetes-models/v1/ConfigMap", "IConfigMap"],
	"v1 Namespace": ["kubernetes-models/v1/Namespace", "INamespace"],
	"apps/v1 DaemonSet": ["kubernetes-models/apps/v1/DaemonSet", "IDaemonSet"],
	"kubevirt.io/v1 VirtualMachineInstance":
		["@kubevirt-ui-ext/kubevirt-api/kubevirt", "V1VirtualMachineInstance"],
	"kmm.sigs.x-k8s.io/v1beta1 Module": [`${here}/kmm`, "Module"],
};

const mistakes = new Map();	// by file
const compiled = new Map();	// [file, what] by compiled file
const say = (file, text) => mistakes.get(file).push(text);

// An object literal, since what is not known is only an error there.
function compile(file, what, [module, type], value) {
	const name = path.join(out, `${compiled.size}.ts`);

	fs.writeFileSync(name, `import type { ${type} } from ${JSON.stringify(module)};\n` +
		`export const value: ${type} = ${JSON.stringify(value, null, 1)};\n`);
	compiled.set(name, [file, what]);
}

function add(file, object) {
	const type = TYPES[`${object.apiVersion} ${object.kind}`];

	if (!type)
		return say(file, `${nameOf(object)}: no kind ${object.kind} in ${object.apiVersion} is known here`);
	compile(file, nameOf(object), type, object);
	if (hooksOf(object).length)
		compile(file, `${nameOf(object)}, its hooks`, [`${here}/hook`, "HookSidecars"], hooksOf(object));
}

function diagnose() {
	const program = ts.createProgram([...compiled.keys()], {
		noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ["lib.es2022.d.ts"],
		target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
		moduleResolution: ts.ModuleResolutionKind.Bundler,
	});

	for (const found of ts.getPreEmitDiagnostics(program)) {
		const text = ts.flattenDiagnosticMessageText(found.messageText, " ").replace(/\s+/g, " ");
		const [file, what] = compiled.get(found.file?.fileName) ?? [];

		if (!file)
			throw new Error(`${found.file?.fileName}: ${text}`);
		say(file, `${what}: ${lineOf(found)}: ${text}`);
	}
}

function lineOf(found) {
	const { line } = found.file.getLineAndCharacterOfPosition(found.start);

	return found.file.text.split("\n")[line].trim();
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });
for (const file of process.argv.slice(2)) {
	mistakes.set(file, []);
	try {
		objectsOf(file).forEach((object) => add(file, object));
	} catch (error) {
		say(file, error.message.split("\n")[0]);
	}
}
diagnose();
for (const [file, list] of mistakes)
	for (const text of list.length ? list : ["ok"])
		console.log(`${file}: ${text}`);
