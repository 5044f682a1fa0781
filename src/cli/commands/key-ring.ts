import type { Command } from "commander";
import {
  createKeyRing,
  type GivenSigner,
  type KeyRingChange,
  type KeyRingEntryRequest,
  type KeyRingPreview,
  parseNamedKey,
  planAddition,
  planRetirement,
  planRotation,
  previewKeyRing,
  readKeyRing,
  readTrust,
  writeKeyRingChange,
} from "../../app/index.ts";
import { AmapError, parseDuration, parseTime } from "../../base/index.ts";
import { choiceOf, collect, declareBoolean, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { type KeyRingOutput, writePreview, writeRing } from "./key-ring-output.ts";

/** The images of verbs whose first argument is the name of an entry. */
const imagesBehind =
  (count: number): NonNullable<Verb["imagesOf"]> =>
  (_, positional) =>
    positional.slice(count);

/** `amap key-ring create`. */
export const keyRingCreate: Verb = {
  positional: ["[name=key...]"],
  registry: false,
  declare: declareFile,
  run: async ({ world, terminal }, names, flags) => {
    const path = pathOf(flags);
    const ring = await createKeyRing(world, path, names.map(parseNamedKey));
    terminal.note(`wrote ${path}, keys: ${ring.keys.length}; add more with \`${terminal.program} key-ring add\``);
    return 0;
  },
};

/** `amap key-ring add`. */
export const keyRingAdd: Verb = {
  positional: ["<name>"],
  registry: false,
  declare: (command) => {
    declareFile(command);
    declareEntry(command);
  },
  run: async (context, [name = ""], flags) => {
    const change = await planAddition(context.world, pathOf(flags), entryOf(name, flags));
    await write(context, change);
    return 0;
  },
};

/** `amap key-ring show`. */
export const keyRingShow: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    declareFile(command);
    declareOutput(command);
  },
  run: async ({ world, terminal }, _, flags) => {
    const ring = await readKeyRing(world, pathOf(flags));
    terminal.result(writeRing(ring, world.clock.now(), outputOf(flags), terminal));
    return 0;
  },
};

/** `amap key-ring rotate`. */
export const keyRingRotate: Verb = {
  positional: ["<old>", "<new>", "[image...]"],
  registry: true,
  imagesOf: imagesBehind(2),
  declare: (command) => {
    declareFile(command);
    declareEntry(command);
    command.option("--overlap <duration>", "how long both are in use, such as 720h", "720h");
    declareDryRun(command);
  },
  run: async (context, [from = "", name = "", ...images], flags) => {
    const overlapMs = parseDuration(requireText(flags, "overlap", "--overlap"));
    if (overlapMs === undefined || overlapMs < 0) {
      throw new AmapError("USAGE", "--overlap: expected a duration such as 720h or 30m");
    }
    const plan = await planRotation(context.world, pathOf(flags), { from, to: entryOf(name, flags), overlapMs });
    return settle(context, plan, images, flags);
  },
};

/** `amap key-ring retire`. */
export const keyRingRetire: Verb = {
  positional: ["<name>", "[image...]"],
  registry: true,
  imagesOf: imagesBehind(1),
  declare: (command) => {
    declareFile(command);
    command
      .option("--at <time>", "since when, RFC 3339; now when left out")
      .option("--reason <text>", "why, for those who read the ring");
    declareBoolean(command, "--compromised", "others may have the key since then", false);
    declareDryRun(command);
  },
  run: async (context, [name = "", ...images], flags) => {
    const reason = textOf(flags, "reason") ?? "";
    const plan = await planRetirement(context.world, pathOf(flags), {
      name,
      compromised: isOn(flags, "compromised"),
      ...(reason === "" ? {} : { reason }),
      ...timeOf(flags, "at", "--at", "at"),
    });
    return settle(context, plan, images, flags);
  },
};

/** `amap key-ring check`. */
export const keyRingCheck: Verb = {
  positional: ["[image...]"],
  registry: true,
  declare: (command) => {
    declareFile(command);
    command.option("--at <time>", "what would stop verifying by then, RFC 3339");
    declareLook(command);
  },
  run: async (context, images, flags) => {
    const path = pathOf(flags);
    const { world } = context;
    const ring = await readKeyRing(world, path);
    const { at = world.clock.now() } = timeOf(flags, "at", "--at", "at");
    const plan = { path, before: ring, after: ring, effectiveAt: at, summary: `${path} as it is` };
    return look(context, plan, { images, flags, shows: "all" });
  },
};

/** Writes a planned change, or says what it would do. */
async function settle(
  context: VerbContext,
  change: KeyRingChange,
  images: readonly string[],
  flags: Flags,
): Promise<number> {
  if (isOn(flags, "dryRun")) return look(context, change, { images, flags, shows: "stopping" });
  if (images.length > 0 || textsOf(flags, "bundle").length > 0) {
    throw new AmapError("USAGE", "images and --bundle are for --dry-run, which is not given", {
      hint: "Add --dry-run to see what would stop verifying; leave the images out to write the change.",
    });
  }
  await write(context, change);
  return 0;
}

async function write({ world, terminal }: VerbContext, change: KeyRingChange): Promise<void> {
  await writeKeyRingChange(world, change);
  terminal.note(`${change.path}: ${change.summary}`);
}

async function look(
  { world, terminal }: VerbContext,
  change: KeyRingChange,
  { images, flags, shows }: { images: readonly string[]; flags: Flags; shows: "stopping" | "all" },
): Promise<number> {
  const output = outputOf(flags);
  const bundles = textsOf(flags, "bundle");
  if (images.length + bundles.length === 0) {
    throw new AmapError("USAGE", "expected images, or --bundle, to look at; found none");
  }
  const trust = await readTrust(world, {
    keys: [],
    identities: [],
    keyRing: { path: change.path },
    trustedRoots: textsOf(flags, "trustedRoot"),
    ignoresLogs: isOn(flags, "insecureIgnoreTlog"),
    ignoresCertificateTimestamps: isOn(flags, "insecureIgnoreSct"),
    needsTimestamps: isOn(flags, "useSignedTimestamps"),
  });
  for (const warning of trust.warnings) terminal.note(`warning: ${warning}`);
  const { before, after, effectiveAt: at } = change;
  const preview = await previewKeyRing(world, { before, after, at, images, bundles, trust });
  terminal.result(writePreview(preview, change, { output, shows, terminal }));
  noteUseless(terminal, preview);
  return exitCodeOf(preview);
}

/** One who forgot a flag would otherwise read "nothing would stop" where nothing verifies in the first place. */
function noteUseless(terminal: VerbContext["terminal"], { evidence, refused: [first] }: KeyRingPreview): void {
  if (evidence.length > 0 || first === undefined) return;
  const why = `${first.code}: ${first.message}`;
  terminal.note(
    `warning: nothing that was found verifies by the ring as it is, so nothing can stop; the first: ${why}`,
  );
}

/** What could not be looked at makes an answer worthless, whatever else was found. */
function exitCodeOf({ notLookedAt, evidence }: KeyRingPreview): number {
  if (notLookedAt.length > 0) return 3;
  return evidence.some(({ stops }) => stops !== undefined) ? 1 : 0;
}

function declareFile(command: Command): void {
  command.option("--key-ring <file>", "the file of the ring", "key-ring.yaml");
}

function declareOutput(command: Command): void {
  command.option("-o, --output <format>", "table, json or yaml", "table");
}

function declareEntry(command: Command): void {
  command
    .option("--key <reference>", "public key: a file, k8s://NAMESPACE/NAME, env://NAME or an address")
    .option("--certificate-identity <identity>", "in place of a key: whom a certificate must name")
    .option("--certificate-identity-regexp <pattern>", "the same as an RE2 pattern, which must match all of it")
    .option("--certificate-oidc-issuer <url>", "who must have vouched for that name")
    .option("--certificate-oidc-issuer-regexp <pattern>", "the same as an RE2 pattern, which must match all of it")
    .option("--valid-from <time>", "since when it is in use, RFC 3339")
    .option("--valid-until <time>", "until when it is in use, RFC 3339")
    .option("--predicate-type <type>", "it may sign attestations of this type; may be repeated", collect);
  declareBoolean(command, "--signatures", "it may sign images and files; with no type either, everything", false);
}

function declareDryRun(command: Command): void {
  declareBoolean(command, "--dry-run", "write nothing; say what of these images would stop verifying", false);
  declareLook(command);
}

function declareLook(command: Command): void {
  command
    .option("--bundle <path>", "look at bundles in a file or folder, too; may be repeated", collect)
    .option("--trusted-root <file>", "a Sigstore trusted root; may be repeated; else as for `verify`", collect);
  declareBoolean(command, "--insecure-ignore-tlog", "ask for no entry in a transparency log", false);
  declareBoolean(command, "--insecure-ignore-sct", "ask for no proof that a certificate was published", false);
  declareBoolean(command, "--use-signed-timestamps", "a timestamp authority must have signed a time", false);
  declareOutput(command);
}

function pathOf(flags: Flags): string {
  return requireText(flags, "keyRing", "--key-ring");
}

function outputOf(flags: Flags): KeyRingOutput {
  return choiceOf(flags, "output", "--output", ["table", "json", "yaml"], "table");
}

function timeOf<K extends string>(flags: Flags, name: string, flag: string, key: K): { readonly [k in K]?: number } {
  const text = textOf(flags, name);
  if (text === undefined) return {};
  const time = parseTime(text);
  if (time === undefined) {
    throw new AmapError("USAGE", `${flag}: expected a time such as 2026-12-31T00:00:00Z, found "${text}"`);
  }
  return { [key]: time } as { readonly [k in K]?: number };
}

function entryOf(name: string, flags: Flags): KeyRingEntryRequest {
  return {
    name,
    signer: signerOf(flags),
    ...timeOf(flags, "validFrom", "--valid-from", "validFrom"),
    ...timeOf(flags, "validUntil", "--valid-until", "validUntil"),
    signatures: isOn(flags, "signatures"),
    predicateTypes: textsOf(flags, "predicateType"),
  };
}

function signerOf(flags: Flags): GivenSigner {
  const reference = textOf(flags, "key") ?? "";
  const names = [
    "certificateIdentity",
    "certificateIdentityRegexp",
    "certificateOidcIssuer",
    "certificateOidcIssuerRegexp",
  ];
  const isIdentity = names.some((each) => (textOf(flags, each) ?? "") !== "");
  if ((reference !== "") === isIdentity) {
    const found = isIdentity ? "both" : "neither";
    throw new AmapError(
      "USAGE",
      `expected --key, or --certificate-identity and --certificate-oidc-issuer, found ${found}`,
    );
  }
  if (reference !== "") return { kind: "key", reference };
  return {
    kind: "identity",
    subject: eitherOf(flags, "certificateIdentity", "--certificate-identity"),
    issuer: eitherOf(flags, "certificateOidcIssuer", "--certificate-oidc-issuer"),
  };
}

function eitherOf(flags: Flags, name: string, flag: string): (GivenSigner & { readonly kind: "identity" })["subject"] {
  const exact = textOf(flags, name) ?? "";
  const regexp = textOf(flags, `${name}Regexp`) ?? "";
  if (exact !== "" && regexp === "") return { exact };
  if (regexp !== "" && exact === "") return { regexp };
  throw new AmapError("USAGE", `expected ${flag} or ${flag}-regexp, found ${exact === "" ? "neither" : "both"}`);
}
