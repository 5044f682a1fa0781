import {
  formatImageTarget,
  parseImageTarget,
  pullPolicyImage,
  pushPolicyImage,
  readPolicyBundle,
  savePolicies,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { pathOfInput, requireText, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

const imagesOf = (flags: Flags): readonly string[] => [textOf(flags, "image") ?? ""];

/** `amap oci push`, as Kyverno's. */
export const ociPush: Verb = {
  positional: ["[path]"],
  registry: true,
  imagesOf,
  declare: (command) =>
    void command
      .option("-i, --image <image>", "where to push to")
      .option("-p, --policy <path>", "the file or folder with policies, as the argument"),
  run: async (context, positional, flags) => {
    const { terminal, world } = context;
    const target = parseImageTarget(requireText(flags, "image", "--image"));
    const path = pathOf(positional, flags, "policy", "-p");
    const { policies, leftOut } = await readPolicyBundle(world, pathOfInput(path));
    for (const { kind, name } of policies) {
      terminal.note(`Adding ${kind === "Policy" ? "policy" : "cluster policy"} [${name}]`);
    }
    noteLeftOut(context, leftOut);
    const name = formatImageTarget(target);
    terminal.note(`Uploading [${name}]...`);
    const { digest } = await pushPolicyImage(world, policies, target);
    terminal.note(`Done. [${name}] is ${digest}`);
    return 0;
  },
};

/** `amap oci pull`, as Kyverno's. */
export const ociPull: Verb = {
  positional: ["[folder]"],
  registry: true,
  imagesOf,
  declare: (command) =>
    void command
      .option("-i, --image <image>", "where to pull from")
      .option("-d, --directory <folder>", "where to write the policies, as the argument"),
  run: async (context, positional, flags) => {
    const { terminal, world } = context;
    const target = parseImageTarget(requireText(flags, "image", "--image"));
    const folder = pathOf(positional, flags, "directory", "-d");
    terminal.note(`Downloading policies from an image [${formatImageTarget(target)}]...`);
    const { policies, leftOut } = await pullPolicyImage(world, target);
    noteLeftOut(context, leftOut);
    for (const path of await savePolicies(world, policies, folder)) terminal.note(`Saved policy to disk [${path}]`);
    terminal.note("Done.");
    return 0;
  },
};

/** The one path: the argument, or the flag that older versions of Kyverno take. */
function pathOf(positional: readonly string[], flags: Flags, name: string, flag: string): string {
  const [path, ...more] = [...positional, ...(textOf(flags, name) === undefined ? [] : [textOf(flags, name) ?? ""])];
  if (path !== undefined && path !== "" && more.length === 0) return path;
  throw new AmapError(
    "USAGE",
    `expected one path, as an argument or with ${flag}, found ${more.length === 0 ? "none" : "two"}`,
  );
}

function noteLeftOut({ terminal }: VerbContext, leftOut: readonly string[]): void {
  for (const each of leftOut) {
    terminal.note(`warning: ${each} is left out: images of policies hold a ClusterPolicy or Policy of kyverno.io`);
  }
}
