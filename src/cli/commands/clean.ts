import { Command } from "commander";
import {
  type CleanedAttachment,
  type CleanType,
  cleanAttachments,
  cleanSuperseded,
  type OpenImage,
  openImage,
  parseImageTarget,
} from "../../app/index.ts";
import { AmapError, type Value, writeJson } from "../../base/index.ts";
import { layOutTable } from "../../report/index.ts";
import { choiceOf, isOn, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { declareTrustFlags, trustFor } from "./trust-flags.ts";

const CLEAN_TYPES: readonly CleanType[] = ["signature", "attestation", "referrer", "sbom", "all"];
const CLEANED: Readonly<Record<CleanType, string>> = {
  signature: "all signatures under the image's tag",
  attestation: "all attestations under the image's tag",
  sbom: "the attached SBOM",
  referrer: "all bundles and attachments that refer to the image",
  all: "all signatures, attestations and SBOMs of the image, in every form",
};

/** `amap clean`. */
export const clean: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    command
      .option("--type <type>", "signature, attestation, referrer, sbom or all; all when left out")
      .option("-f, --force", "do not ask; needed where nobody can answer, but not for --superseded")
      .option("--superseded", "only what a newer one of the same signer supersedes, verified by the flags of `verify`");
    declareJudging(command);
  },
  run: async (context, [name = ""], flags) => {
    if (isOn(flags, "superseded")) return removeSuperseded(context, name, flags);
    refuseWithoutSuperseded(flags);
    const type = choiceOf(flags, "type", "--type", CLEAN_TYPES, "all");
    const questions = context.terminal.questions?.();
    const isMeant =
      isOn(flags, "force") || (await questions?.confirm(`This removes ${CLEANED[type]}. Go on?`)) === true;
    if (!isMeant) {
      throw new AmapError("USAGE", `this removes ${CLEANED[type]}; pass --force to do so`, {
        hint: "To remove only what newer ones supersede, pass --superseded with --key or the identities of the signers.",
      });
    }
    const image = await openImage(context.world, parseImageTarget(name));
    await removeAll(context, image, type);
    return 0;
  },
};

/** Declares the flags that only `--superseded` has a meaning for. */
function declareJudging(command: Command): Command {
  command
    .option("--dry-run", "with --superseded: say what would be removed, and remove nothing")
    .option("-o, --output <format>", "with --superseded: table or json");
  declareTrustFlags(command);
  return command;
}

async function removeAll({ terminal }: VerbContext, image: OpenImage, type: CleanType): Promise<void> {
  const { removed, leftReferrers } = await cleanAttachments(image, type);
  for (const { name: what } of removed) terminal.note(`Removed ${what} from ${image.name}`);
  if (removed.length === 0) terminal.note(`Nothing to remove from ${image.name}`);
  if (leftReferrers > 0) {
    terminal.note(`warning: ${leftReferrers} bundles or attachments refer to the image; --type=referrer removes them`);
  }
}

/** A flag that says less should go must never be passed over while everything goes. */
function refuseWithoutSuperseded(flags: Flags): void {
  const found = declareJudging(new Command()).options.find((option) => {
    const value: unknown = flags[option.attributeName()];
    return value !== undefined && value !== option.defaultValue;
  });
  if (found !== undefined) throw new AmapError("USAGE", `${found.long} goes together with --superseded`);
}

async function removeSuperseded(context: VerbContext, name: string, flags: Flags): Promise<number> {
  const { world, terminal } = context;
  if (textOf(flags, "type") !== undefined) {
    throw new AmapError(
      "USAGE",
      "--superseded and --type exclude each other: what supersedes what is judged by signer",
    );
  }
  refuseLooseTrust(flags);
  const output = choiceOf(flags, "output", "--output", ["table", "json"] as const, "table");
  const trust = await trustFor(context, flags);
  const isDry = isOn(flags, "dryRun");
  const image = await openImage(world, parseImageTarget(name));
  const cleaned = await cleanSuperseded(world, image, { trust, dryRun: isDry });
  const removed = cleaned.filter(({ isKept }) => !isKept).length;
  if (output === "json") {
    const attachments = cleaned.map((each) => ({ ...each })) as unknown as Value;
    terminal.result(
      `${writeJson({ image: image.name, digest: image.descriptor.digest, dryRun: isDry, attachments }, { indent: 2 })}\n`,
    );
  } else if (cleaned.length > 0) terminal.result(layOutCleaned(cleaned, isDry, terminal.width));
  terminal.note(
    `${image.name}: ${removed} ${isDry ? "would be removed" : "removed"}, ${cleaned.length - removed} kept`,
  );
  return 0;
}

/** What is removed for good needs the same proofs as what is trusted. */
function refuseLooseTrust(flags: Flags): void {
  if (isOn(flags, "insecureIgnoreSct")) {
    throw new AmapError("USAGE", "--superseded removes nothing by certificates that --insecure-ignore-sct lets pass");
  }
  const ignoresLogs = isOn(flags, "insecureIgnoreTlog") || isOn(flags, "privateInfrastructure");
  if (ignoresLogs && (textOf(flags, "key") ?? "") === "") {
    throw new AmapError("USAGE", "--superseded needs proven times of certificates: leave out --insecure-ignore-tlog", {
      hint: "With --key it is accepted: two signatures of one key are compared by what the key says.",
    });
  }
}

function layOutCleaned(cleaned: readonly CleanedAttachment[], isDry: boolean, width: number): string {
  const rows = cleaned.map(({ isKept, type, name, signer = "", reason }) => [
    { text: isKept ? "kept" : isDry ? "to remove" : "removed" },
    { text: type },
    { text: signer },
    { text: name.length > 27 ? `${name.slice(0, 19)}…${name.slice(71)}` : name },
    { text: reason },
  ]);
  return `${layOutTable(rows, width)}\n`;
}
