import { createBundleFile, describeBundleFile, upgradeBundleFile } from "../../app/index.ts";
import { decodeUtf8, isValueObject, type Value, writeJson } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { choiceOf, declareBoolean, declareUnsupported, isOn, refuseSharedInput, requireText } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { pathOf } from "./trust-flags.ts";

/** Readable by its owner alone, as cosign writes bundles. */
const OWNER_ONLY = 0o600;

/** `amap bundle create`. */
export const bundleCreate: Verb = {
  positional: [],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    command
      .option("--artifact <file>", "what was signed")
      .option("--attestation <file>", "an envelope with a statement about it")
      .option("--bundle <file>", "cosign's old bundle; it holds signature and certificate")
      .option("--signature <file>", "the signature, in base64")
      .option("--certificate <file>", "the signer's certificate")
      .option("--key <reference>", "the signer's public key, where there is no certificate")
      .option("--rfc3161-timestamp <file>", "a timestamp as cosign writes it")
      .option("--rekor-url <url>", "deprecated: the log that is asked for the signature's entry (Rekor v1)")
      .option("--out <file>", "where to write it; standard output when left out");
    declareBoolean(command, "--ignore-tlog", "ask no log for the signature's entry", false);
    declareUnsupported(command, ["--sk [boolean]", "--slot <slot>"]);
  },
  run: async (context, _, flags) => {
    const artifact = requireText(flags, "artifact", "--artifact");
    const paths = {
      attestation: pathOf(flags, "attestation"),
      bundle: pathOf(flags, "bundle"),
      signature: pathOf(flags, "signature"),
      certificate: pathOf(flags, "certificate"),
      timestamp: pathOf(flags, "rfc3161Timestamp"),
      key: pathOf(flags, "key"),
      logUrl: pathOf(flags, "rekorUrl"),
    };
    refuseSharedInput([
      ["--artifact", artifact],
      ["--signature", paths.signature],
    ]);
    const given = Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== undefined));
    const bytes = await createBundleFile(context.world, { artifact, ...given, ignoresLog: isOn(flags, "ignoreTlog") });
    await write(context, flags, bytes);
    context.terminal.note("Nothing of the bundle is verified; `amap verify-blob --bundle` does that");
    return 0;
  },
};

/** `amap bundle upgrade`. */
export const bundleUpgrade: Verb = {
  positional: ["<bundle>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command
      .option("--rekor-url <url>", "the log that is asked for missing inclusion proofs", "https://rekor.sigstore.dev")
      .option("--out <file>", "where to write it; standard output when left out"),
  run: async (context, [path = ""], flags) => {
    const { bytes, steps } = await upgradeBundleFile(
      context.world,
      path,
      requireText(flags, "rekorUrl", "--rekor-url"),
    );
    for (const step of steps) context.terminal.note(step);
    if (steps.length === 0) context.terminal.note("The bundle is of version 0.3 already");
    await write(context, flags, bytes);
    return 0;
  },
};

async function write({ world, terminal }: VerbContext, flags: Flags, bytes: Uint8Array): Promise<void> {
  const out = pathOf(flags, "out");
  if (out === undefined) terminal.result(`${decodeUtf8(bytes) ?? ""}\n`);
  else await world.files.write(out, bytes, { mode: OWNER_ONLY });
}

/** `amap bundle inspect`. */
export const bundleInspect: Verb = {
  positional: ["<bundle>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.option("-o, --output <format>", "text or json"),
  run: async ({ world, terminal }, [path = ""], flags) => {
    const output = choiceOf(flags, "output", "--output", ["text", "json"], "text");
    const description = await describeBundleFile(world, path);
    terminal.note("warning: this shows what the bundle states; nothing of it is verified");
    terminal.result(
      output === "json" ? `${writeJson(description, { indent: 2 })}\n` : `${outlineOf(description, "").join("\n")}\n`,
    );
    return 0;
  },
};

/** A value as an outline: a line for each member, its members one step further in. */
function outlineOf(value: Value, indent: string): readonly string[] {
  const entries: readonly (readonly [string, Value])[] = Array.isArray(value)
    ? (value as readonly Value[]).map((item, index) => [`[${index}]`, item] as const)
    : Object.entries(isValueObject(value) ? value : {}).map(([name, member]) => [labelOf(name), member] as const);
  return entries.flatMap(([label, member]) => {
    const isNested = Array.isArray(member) || isValueObject(member);
    if (!isNested) return [`${indent}- ${label}: ${printable(textOfValue(member))}`];
    const inner = outlineOf(member, `${indent}  `);
    return inner.length === 0 ? [`${indent}- ${label}: none`] : [`${indent}- ${label}:`, ...inner];
  });
}

function textOfValue(value: Value): string {
  return typeof value === "string" ? value : writeJson(value);
}

/** `logIndex` as `Log index`; what stands in a document (a digest's algorithm, a name) is made visible. */
function labelOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, one: string, two: string) => `${one} ${two.toLowerCase()}`);
  return printable(`${words.slice(0, 1).toUpperCase()}${words.slice(1)}`);
}
