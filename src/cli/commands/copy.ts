import type { CopyOptions } from "../../app/index.ts";
import { type Copied, copyImage, loadImage, openImage, parseImageTarget, saveImage } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collectList, isOn, requireText, textOf, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";

const KINDS = ["sig", "att", "sbom"] as const;

/** `amap copy`. */
export const copy: Verb = {
  positional: ["<source>", "<target>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command
      .option("--only <kinds>", "only these attachments, and the image by its digest: sig, att, sbom", collectList)
      .option("--sig-only", "deprecated: --only=sig")
      .option("-f, --force", "let the target's tag name another image than it does now")
      .option("--platform <platform>", "this platform of an index alone, with what stands beside it"),
  run: async (context, [source = "", target = ""], flags) => {
    const { world, terminal } = context;
    const to = parseImageTarget(target);
    const image = await openImage(world, parseImageTarget(source));
    const options = optionsOf(flags);
    if (isOn(flags, "sigOnly")) terminal.note("warning: --sig-only is deprecated; use --only=sig");
    noteCopied(context, `Copied ${source} to ${target}`, await copyImage(world, image, to, options));
    return 0;
  },
};

function optionsOf(flags: Flags): CopyOptions {
  const words = [...textsOf(flags, "only"), ...(isOn(flags, "sigOnly") ? ["sig"] : [])];
  const only = words.map((word) => {
    const kind = KINDS.find((each) => each === word);
    if (kind === undefined) throw new AmapError("USAGE", `--only: expected sig, att or sbom, found "${word}"`);
    return kind;
  });
  const platform = textOf(flags, "platform");
  return {
    force: isOn(flags, "force"),
    ...(only.length === 0 ? {} : { only }),
    ...(platform === undefined || platform === "" ? {} : { platform }),
  };
}

/** `amap save`. */
export const save: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.requiredOption("--dir <folder>", "where to save it to, as an OCI layout"),
  run: async (context, [name = ""], flags) => {
    const target = parseImageTarget(name);
    const tag = target.kind === "registry" ? target.image.tag : target.reference;
    const image = await openImage(context.world, target);
    const folder = requireText(flags, "dir", "--dir");
    const saved = await saveImage(context.world, image, folder, tag?.includes(":") === true ? undefined : tag);
    noteCopied(context, `Saved ${name} to ${folder}`, saved);
    return 0;
  },
};

/** `amap load`. */
export const load: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.requiredOption("--dir <folder>", "where it was saved to"),
  run: async (context, [name = ""], flags) => {
    const folder = requireText(flags, "dir", "--dir");
    noteCopied(
      context,
      `Loaded ${folder} into ${name}`,
      await loadImage(context.world, folder, parseImageTarget(name)),
    );
    return 0;
  },
};

function noteCopied({ terminal }: VerbContext, what: string, { digest, manifests, attachments }: Copied): void {
  const parts = manifests === 1 ? "1 manifest" : `${manifests} manifests`;
  terminal.note(`${what}: ${digest}, ${parts}, ${attachments} beside ${manifests === 1 ? "it" : "them"}`);
}
