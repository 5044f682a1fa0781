import type { Command } from "commander";
import {
  type OpenImage,
  openImage,
  parseImageTarget,
  predicateTypeOf,
  readTrustedKey,
  verifyImage,
  verifyImageAttestations,
  type World,
} from "../../app/index.ts";
import { AmapError, encodeBase64, writeJson } from "../../base/index.ts";
import { collect, declareBoolean, declareUnsupported, isOn, pairsOf, requireText, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";

const UNSUPPORTED = [
  "--certificate-identity <identity>",
  "--certificate-identity-regexp <pattern>",
  "--certificate-oidc-issuer <url>",
  "--certificate-oidc-issuer-regexp <pattern>",
  "--certificate-github-workflow-trigger <trigger>",
  "--certificate-github-workflow-sha <sha>",
  "--certificate-github-workflow-name <name>",
  "--certificate-github-workflow-repository <name>",
  "--certificate-github-workflow-ref <ref>",
  "--certificate <file>",
  "--certificate-chain <file>",
  "--ca-roots <file>",
  "--ca-intermediates <file>",
  "--trusted-root <file>",
  "--use-signed-timestamps",
  "--local-image",
  "--sk",
  "--slot <slot>",
  "--rekor-url <url>",
  "--timestamp-certificate-chain <file>",
  "--signature <file>",
  "--payload <file>",
  "--attachment <name>",
  "--policy <file>",
];

/** Images verified at the same time. */
const WIDTH = 10;

function declareVerifyFlags(command: Command): void {
  command.requiredOption("--key <file>", "public key");
  declareBoolean(
    command,
    "--insecure-ignore-tlog",
    "do not ask for a transparency log entry; needed, since amap does not check logs yet",
    false,
  );
  declareBoolean(command, "--insecure-ignore-sct", "accepted; a key has no certificate and so no SCT", false);
  declareBoolean(command, "--private-infrastructure", "as --insecure-ignore-tlog", false);
  declareBoolean(command, "--check-claims", "compare the signed digest with the image; only true is supported", true);
  command.option("--max-workers <number>", "images at the same time", String(WIDTH));
  command.option("-o, --output <format>", "json or text", "json");
  declareUnsupported(command, UNSUPPORTED);
}

function refuseUnchecked(flags: Flags): void {
  if (!isOn(flags, "checkClaims"))
    throw new AmapError(
      "NOT_SUPPORTED",
      "--check-claims=false would accept another image's signature; amap does not do that",
    );
  if (isOn(flags, "insecureIgnoreTlog") || isOn(flags, "privateInfrastructure")) return;
  throw new AmapError("NOT_SUPPORTED", "amap does not check transparency logs yet, and without a flag cosign would", {
    hint: "Pass --insecure-ignore-tlog to verify the key's signature alone.",
  });
}

async function forEachImage(
  context: VerbContext,
  names: readonly string[],
  flags: Flags,
  step: (image: OpenImage) => Promise<string>,
): Promise<void> {
  refuseUnchecked(flags);
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

async function keysOf(world: World, flags: Flags): Promise<Parameters<typeof verifyImage>[1]["keys"]> {
  return [await readTrustedKey(world, requireText(flags, "key", "--key"))];
}

function noteChecks({ terminal }: VerbContext, image: OpenImage, count: number): void {
  terminal.note(
    `\nVerification for ${image.name} --\nThe following checks were performed on each of the ${count} found:\n` +
      "  - The signed digest is the image's\n  - The signature was made by the given public key\n  - No transparency log was asked: the time is the signer's own word (self-asserted)",
  );
}

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
    const keys = await keysOf(context.world, flags);
    const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
    await forEachImage(context, images, flags, async (image) => {
      const { verified } = await verifyImage(image, { keys, annotations });
      noteChecks(context, image, verified.length);
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
    const keys = await keysOf(context.world, flags);
    const predicateType = predicateTypeOf(requireText(flags, "type", "--type"));
    await forEachImage(context, images, flags, async (image) => {
      const { verified } = await verifyImageAttestations(image, { keys, predicateType });
      noteChecks(context, image, verified.length);
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
