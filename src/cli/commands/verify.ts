import { type Command, Option } from "commander";
import {
  type ImageVerdict,
  judgeImage,
  judgeImageAttestations,
  judgePlatforms,
  type NamedSignature,
  type OpenImage,
  openAttachedSbom,
  openImage,
  openSavedImage,
  type PlatformVerdict,
  parseImageTarget,
  predicateTypeOf,
  readBundleCandidates,
  readGivenCertificate,
  readGivenSignature,
  type VerifiedAttestation,
  type VerifiedSignature,
  type VerifyOptions,
} from "../../app/index.ts";
import { AmapError, encodeBase64, writeJson } from "../../base/index.ts";
import {
  choiceOf,
  collect,
  declareBoolean,
  declareUnsupported,
  isOn,
  pairsOf,
  requireText,
  textOf,
  textsOf,
} from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { declareTrustFlags, pathOf, trustFor } from "./trust-flags.ts";
import { certificateLines, explainFormat, explainVerdict, layOutPlatforms, noteChecks } from "./verify-output.ts";

/** Images verified at the same time. */
const WIDTH = 10;

/** Declares the flags of `verify`, for every verb that verifies signatures of images. */
export function declareVerifyFlags(command: Command): void {
  declareImageFlags(command);
  command
    .option("-a, --annotations <key=value>", "the signature must carry these", collect)
    .option("--signature <file>", "deprecated: a signature to judge in place of those beside the image")
    .option("--payload <file>", "deprecated: with --signature, the payload that was signed")
    .option("--attachment <name>", "deprecated: sbom, to verify what is attached under that name");
  declareBoolean(command, "--recursive", "also each platform of an index, with one table of all of them", false);
}

function declareImageFlags(command: Command): void {
  declareTrustFlags(command);
  declareBoolean(command, "--check-claims", "compare the signed digest with the image; only true is supported", true);
  declareBoolean(command, "--local-image", "the images are folders that `save` wrote", false);
  command.option("--max-workers <number>", "images at the same time", String(WIDTH));
  command
    .option("-o, --output <format>", "json or text", "json")
    .option("--bundle <path>", "bundles in a file or folder, in place of what stands beside the image");
  declareExplain(command);
}

/** Declares `--explain`, which takes its format as `--explain=json`. */
export function declareExplain(command: Command): void {
  command.addOption(
    new Option("--explain [format]", "what became of each candidate, check by check: text or json, on standard error"),
  );
}

/** @throws {AmapError} NOT_SUPPORTED for what would accept another image's signature */
export function refuseLooseFlags(flags: Flags): void {
  if (flags["checkClaims"] === false) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "--check-claims=false would accept another image's signature; amap does not do that",
    );
  }
}

/** Opens an image as the flags say: by its reference, in a saved folder, or what is attached to it. */
async function openNamed({ world }: VerbContext, name: string, flags: Flags): Promise<OpenImage> {
  const isFolder = isOn(flags, "localImage") && !name.startsWith("oci:");
  const image = isFolder ? await openSavedImage(world, name) : await openImage(world, parseImageTarget(name));
  const attachment = textOf(flags, "attachment") ?? "";
  if (attachment === "") return image;
  if (attachment === "sbom") return openAttachedSbom(image);
  throw new AmapError("USAGE", `--attachment: expected sbom, found "${attachment}"`);
}

async function forEachImage(
  context: VerbContext,
  names: readonly string[],
  flags: Flags,
  step: (image: OpenImage) => Promise<string>,
): Promise<void> {
  refuseLooseFlags(flags);
  const workers = Number(requireText(flags, "maxWorkers", "--max-workers"));
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > 100)
    throw new AmapError("USAGE", "--max-workers: expected a number from 1 to 100");
  if (!isOn(flags, "localImage")) for (const name of names) parseImageTarget(name);
  for (let start = 0; start < names.length; start += workers) {
    const batch = names.slice(start, start + workers);
    const results = await Promise.all(batch.map(async (name) => step(await openNamed(context, name, flags))));
    for (const result of results) context.terminal.result(result);
  }
}

/** What is judged in place of what stands beside the image. */
async function givenOf(
  { world, terminal }: VerbContext,
  flags: Flags,
): Promise<(image: OpenImage) => Promise<Pick<VerifyOptions, "candidates" | "certificate">>> {
  const bundle = pathOf(flags, "bundle");
  const signature = pathOf(flags, "signature");
  const payload = pathOf(flags, "payload");
  const certificate = await readGivenCertificate(
    world,
    pathOf(flags, "certificate"),
    pathOf(flags, "certificateChain"),
  );
  for (const flag of ["signature", "payload", "attachment"]) {
    if (pathOf(flags, flag) !== undefined) terminal.note(`warning: --${flag} is deprecated: ${REPLACEMENTS[flag]}`);
  }
  if (bundle !== undefined && signature !== undefined) {
    throw new AmapError("USAGE", "--bundle and --signature exclude each other: a bundle holds its signature");
  }
  const bundles = bundle === undefined ? undefined : await readBundleCandidates(world, bundle);
  return async (image) => {
    const given = await readGivenSignature(world, image, {
      ...(signature === undefined ? {} : { signature }),
      ...(payload === undefined ? {} : { payload }),
    });
    const candidates = given === undefined ? bundles : [given];
    return { ...(candidates === undefined ? {} : { candidates }), certificate };
  };
}

const REPLACEMENTS: Readonly<Record<string, string>> = {
  signature: "signatures are found beside the image; --bundle names those in files",
  payload: "a bundle holds what was signed",
  attachment: "attest the SBOM, and verify it with `amap verify-attestation`",
};

/**
 * Verifies the signatures of images by the flags of `declareVerifyFlags`, and writes what `verify` writes of each.
 * @returns the exit code
 * @throws {AmapError} of the first image that does not verify, with one of COSIGN_EXIT_CODES
 */
export async function runVerify(context: VerbContext, images: readonly string[], flags: Flags): Promise<number> {
  const output = outputOf(flags);
  const explain = explainFormat(flags);
  const trust = await trustFor(context, flags, { kind: "signature" });
  const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
  const given = await givenOf(context, flags);
  await forEachImage(context, images, flags, async (image) => {
    const options = { trust, annotations, ...(await given(image)) };
    if (isOn(flags, "recursive")) {
      const rows = await judgePlatforms(image, options);
      if (explain !== undefined) for (const row of rows) explainVerdict(context, row.image, row.verdict, explain);
      context.terminal.note(layOutPlatforms(rows, context.terminal.width));
      throwWorst(image, rows);
      const verified = rows.flatMap((row) => row.verdict.verified);
      return writeVerified(context, verified, output);
    }
    const verdict = await judgeImage(image, options);
    const { verified } = settle(context, image, verdict, explain);
    return writeVerified(context, verified, output);
  });
  return 0;
}

/** Explains where asked for, refuses where nothing counts, and says what was checked. */
function settle<T extends VerifiedSignature | VerifiedAttestation>(
  context: VerbContext,
  image: OpenImage,
  verdict: ImageVerdict<T>,
  explain: "text" | "json" | undefined,
): ImageVerdict<T> {
  if (explain !== undefined) explainVerdict(context, image, verdict, explain);
  if (verdict.refusal !== undefined) throw verdict.refusal;
  noteChecks(context, image, verdict.verified);
  return verdict;
}

/** The refusal with the highest exit code: a signature that does not count is worse than none. */
function throwWorst(image: OpenImage, rows: readonly PlatformVerdict[]): void {
  const refused = rows.flatMap(({ verdict }) => verdict.refusal ?? []);
  const exitOf = ({ code }: AmapError): number => COSIGN_EXIT_CODES[code] ?? 0;
  const [worst] = refused.toSorted((one, other) => exitOf(other) - exitOf(one));
  if (worst === undefined) return;
  const message = `${image.name}: ${refused.length} of ${rows.length} do not verify; ${worst.message}`;
  throw new AmapError(worst.code, message, { hint: worst.hint });
}

function outputOf(flags: Flags): "json" | "text" {
  return choiceOf(flags, "output", "--output", ["json", "text"], "json");
}

function writeVerified(
  { terminal }: VerbContext,
  verified: readonly NamedSignature[],
  output: "json" | "text",
): string {
  if (output === "json") return `\n${writeJson(verified.map(({ payload }) => payload))}\n`;
  for (const line of verified.flatMap(certificateLines)) terminal.note(line);
  return verified.map(({ signedPayload }) => `${writeJson(signedPayload)}\n`).join("");
}

/** `amap verify`. */
export const verify: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: declareVerifyFlags,
  run: runVerify,
};

/** `amap verify-attestation`. */
export const verifyAttestation: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareImageFlags(command);
    command.option("--type <type>", "cosign's short name or a URI", "custom");
    declareUnsupported(command, ["--policy <file>"], POLICY);
  },
  run: async (context, images, flags) => {
    const output = outputOf(flags);
    const explain = explainFormat(flags);
    const predicateType = predicateTypeOf(requireText(flags, "type", "--type"));
    const trust = await trustFor(context, flags, { kind: "attestation", predicateType });
    const given = await givenOf(context, flags);
    await forEachImage(context, images, flags, async (image) => {
      const verdict = await judgeImageAttestations(image, { trust, predicateType, ...(await given(image)) });
      const { verified } = settle(context, image, verdict, explain);
      // The document is the same in both: cosign's -o text says of certificates, too.
      if (output === "text") for (const line of verified.flatMap(certificateLines)) context.terminal.note(line);
      return verified.map(writeEnvelope).join("");
    });
    return 0;
  },
};

const POLICY = "(CUE or Rego) is replaced by `amap check --policy` with an ImageValidatingPolicy, and is";

function writeEnvelope({ envelope }: VerifiedAttestation): string {
  const signatures = envelope.signatures.map((signature) => ({ ...signature }));
  return `${writeJson({ payloadType: envelope.payloadType, payload: encodeBase64(envelope.payload), signatures })}\n`;
}
