import {
  checkResources,
  loadPolicies,
  openImage,
  openSigner,
  parseImageSource,
  parseImageTarget,
  podOf,
  readYamlFile,
  signVerificationSummary,
  type World,
} from "../../app/index.ts";
import { AmapError, type Value } from "../../base/index.ts";
import { type CheckReport, writeReportJson, writeText } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";

function printReport({ terminal }: VerbContext, report: CheckReport, flags: Flags): number {
  const output = choiceOf(flags, "output", "--output", ["table", "json"], terminal.isTerminal ? "table" : "json");
  terminal.result(
    output === "json" ? writeReportJson(report) : writeText(report, { width: terminal.width, paint: terminal.paint }),
  );
  return report.allowed ? 0 : 1;
}

async function readResources(world: World, paths: readonly string[]): Promise<readonly Value[]> {
  return (await Promise.all(paths.map((path) => readYamlFile(world, path)))).flat().filter((value) => value !== null);
}

/** `amap check`. */
export const check: Verb = {
  positional: ["<artifact-or-manifest...>"],
  registry: true,
  declare: (command) =>
    void command
      .requiredOption("--policy <file>", "a policy file or folder; FILE@sha256:… pins it", collect)
      .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
      .option("--verify-layers", "re-hash config and layers in registries too; in layouts always")
      .option("--vsa <file>", "write a signed verification summary there")
      .option("--vsa-key <file>", "private key that signs it")
      .option("-o, --output <format>", "table or json"),
  run: async (context, names, flags) => {
    const { world } = context;
    const policies = await loadPolicies(world, textsOf(flags, "policy"));
    const sources = textsOf(flags, "imageSource").map(parseImageSource);
    const resources: Value[] = [];
    const artifacts: string[] = [];
    for (const name of names) {
      if (!name.startsWith("oci:") && (await world.files.kindOf(name)) === "file")
        resources.push(...(await readResources(world, [name])));
      else {
        artifacts.push(name);
        // By digest from here on: the name is resolved once.
        const image = await openImage(world, parseImageTarget(name, sources));
        const repository = image.storage.repository;
        const target = parseImageTarget(name, sources);
        if (target.kind === "layout" && target.name === undefined)
          sources.push({ repository, directory: target.directory });
        resources.push(podOf(`${repository}@${image.descriptor.digest}`));
      }
    }
    const { report } = await checkResources(world, {
      policies,
      resources,
      evidence: { sources, verifyLayers: isOn(flags, "verifyLayers") },
    });
    const vsa = textOf(flags, "vsa");
    if (vsa !== undefined) await writeSummary(context, report, vsa, requireText(flags, "vsaKey", "--vsa-key"));
    return printReport(context, report, flags);
  },
};

async function writeSummary(context: VerbContext, report: CheckReport, path: string, key: string): Promise<void> {
  const images = report.resources.flatMap((resource) => resource.images);
  const [image] = images;
  if (image === undefined || images.length !== 1)
    throw new AmapError("USAGE", `--vsa speaks of one image; this check looked at ${images.length}`);
  const signer = await openSigner(context.world, key, passwordOf(context));
  const digest = image.digest as Parameters<typeof signVerificationSummary>[1]["digest"];
  await context.world.files.write(
    path,
    await signVerificationSummary(report, { name: image.image, digest }, signer, {
      id: "urn:amap:verifier:cli",
      version: VERSION,
    }),
  );
}

/** `amap apply`. */
export const apply: Verb = {
  positional: ["<policy...>"],
  registry: true,
  declare: (command) =>
    void command
      .requiredOption("-r, --resource <file>", "a file of resources", collect)
      .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
      .option("--report <format>", "table or json"),
  run: async (context, policyNames, flags) => {
    const policies = await loadPolicies(context.world, policyNames);
    const resources = await readResources(context.world, textsOf(flags, "resource"));
    const sources = textsOf(flags, "imageSource").map(parseImageSource);
    const { report } = await checkResources(context.world, {
      policies,
      resources,
      evidence: { sources, verifyLayers: false },
    });
    const code = printReport(context, report, { output: flags["report"] });
    const rules = report.resources.flatMap((resource) => resource.rules);
    const count = (status: string): number => rules.filter((rule) => rule.status === status).length;
    context.terminal.note(
      `\npass: ${count("pass")}, fail: ${count("fail")}, warn: ${count("warn")}, error: ${count("error")}, skip: ${count("skip")}`,
    );
    return code;
  },
};
