import type { Command } from "commander";
import {
  type OpenImage,
  openImage,
  parseImageTarget,
  predicateTypeOf,
  readBundleCandidates,
  type VerifiedSignature,
  type VerifyOptions,
  verifyImage,
  verifyImageAttestations,
} from "../../app/index.ts";
import { AmapError, encodeBase64, writeJson } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, pairsOf, requireText, textOf, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { declareTrustFlags, trustFor } from "./trust-flags.ts";

const UNSUPPORTED = [
  "--local-image",
  "--signature <file>",
  "--payload <file>",
  "--attachment <name>",
  "--policy <file>",
];

/** Images verified at the same time. */
const WIDTH = 10;

function declareVerifyFlags(command: Command): void {
  declareTrustFlags(command);
  declareBoolean(command, "--check-claims", "compare the signed digest with the image; only true is supported", true);
  command.option("--max-workers <number>", "images at the same time", String(WIDTH));
  command
    .option("-o, --output <format>", "json or text", "json")
    .option("--bundle <path>", "bundles in a file or folder, in place of what stands beside the image");
  declareUnsupported(command, UNSUPPORTED);
}

/** @throws {AmapError} NOT_SUPPORTED for what would accept another image's signature, or a chain that nobody vouches for */
export function refuseLooseFlags(flags: Flags): void {
  if (flags["checkClaims"] === false) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "--check-claims=false would accept another image's signature; amap does not do that",
    );
  }
  if (isOn(flags, "allowCertificateChain")) {
    throw new AmapError("NOT_SUPPORTED", "--allow-certificate-chain: bundles of version 0.3 have no chain");
  }
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
  const targets = names.map((name) => parseImageTarget(name));
  for (let start = 0; start < targets.length; start += workers) {
    const batch = targets.slice(start, start + workers);
    const results = await Promise.all(batch.map(async (target) => step(await openImage(context.world, target))));
    for (const result of results) context.terminal.result(result);
  }
}

/** Bundles from files: as GitHub gives them for download, or any other. */
async function bundlesOf({ world }: VerbContext, flags: Flags): Promise<Pick<VerifyOptions, "candidates">> {
  const path = textOf(flags, "bundle");
  return path === undefined || path === "" ? {} : { candidates: await readBundleCandidates(world, path) };
}

function noteChecks({ terminal }: VerbContext, image: OpenImage, verified: readonly Noted[]): void {
  const lines = new Set(verified.flatMap(checksOf));
  terminal.note(
    `\nVerification for ${image.name} --\nThe following checks were performed on each of the ${verified.length} found:\n` +
      ["The signed digest is the image's", ...lines].map((line) => `  - ${line}`).join("\n"),
  );
}

/** What is told of a signature or an attestation. */
export type Noted = Pick<VerifiedSignature, "signer" | "signedTime" | "notes">;

/** What was checked, in a line each. */
export function checksOf({ signer, signedTime, notes = [] }: Noted): readonly string[] {
  const by =
    signer.kind === "key"
      ? "The signature was made by the given public key"
      : `The signature was made by ${signer.subject}, for whom ${signer.issuer ?? "an authority"} vouched`;
  const time =
    signedTime.source === "self-asserted"
      ? "No log or authority was asked for a time: it is the signer's own word (self-asserted)"
      : `It was made at ${signedTime.at ?? "a proven time"}, by the ${TIME_SOURCES[signedTime.source]} ${signedTime.by ?? ""}`.trimEnd();
  return [by, time, ...notes];
}

const TIME_SOURCES = { transparencyLog: "transparency log", timestampAuthority: "timestamp authority" } as const;

/** `amap verify`. */
export const verify: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareVerifyFlags(command);
    command.option("-a, --annotations <key=value>", "the signature must carry these", collect);
  },
  run: async (context, images, flags) => {
    const trust = await trustFor(context, flags);
    const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
    const given = await bundlesOf(context, flags);
    await forEachImage(context, images, flags, async (image) => {
      const { verified } = await verifyImage(image, { trust, annotations, ...given });
      noteChecks(context, image, verified);
      return `${writeJson(verified.map(({ payload }) => payload))}\n`;
    });
    return 0;
  },
};

/** `amap verify-attestation`. */
export const verifyAttestation: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareVerifyFlags(command);
    command.option("--type <type>", "cosign's short name or a URI", "custom");
  },
  run: async (context, images, flags) => {
    const trust = await trustFor(context, flags);
    const predicateType = predicateTypeOf(requireText(flags, "type", "--type"));
    const given = await bundlesOf(context, flags);
    await forEachImage(context, images, flags, async (image) => {
      const { verified } = await verifyImageAttestations(image, { trust, predicateType, ...given });
      noteChecks(context, image, verified);
      return verified
        .map(({ envelope }) => {
          const signatures = envelope.signatures.map((signature) => ({ ...signature }));
          return `${writeJson({ payloadType: envelope.payloadType, payload: encodeBase64(envelope.payload), signatures })}\n`;
        })
        .join("");
    });
    return 0;
  },
};
