import {
  type AttachedFile,
  attachAttestationFile,
  attachSbomFile,
  attachSignature,
  isBundleFile,
  openImage,
  parseImageTarget,
  triangulate,
  type World,
} from "../../app/index.ts";
import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import {
  choiceOf,
  collect,
  declareUnsupported,
  pathOfInput,
  refuseSharedInput,
  requireText,
  textOf,
  textsOf,
} from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";

function readFile(world: World, path: string): Promise<Uint8Array> {
  return world.files.read(pathOfInput(path), LIMITS.attachmentBytes);
}

async function readGiven(world: World, flags: Flags, name: string): Promise<Uint8Array | undefined> {
  const path = textOf(flags, name);
  return path === undefined || path === "" ? undefined : readFile(world, path);
}

function noteAttached(
  { terminal }: VerbContext,
  what: string,
  { digest, predicateType, warnings }: AttachedFile,
): void {
  terminal.note(`Attached ${what}${predicateType === undefined ? "" : ` of ${predicateType}`}: ${digest}`);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
}

/** `amap attach attestation`. */
export const attachAttestation: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command.requiredOption(
      "--attestation <file>",
      "a Sigstore bundle or DSSE envelopes, signed elsewhere; may be repeated",
      collect,
    ),
  run: async (context, [name = ""], flags) => {
    const { world } = context;
    refuseSharedInput(textsOf(flags, "attestation").map((file) => ["an --attestation", file] as const));
    const image = await openImage(world, parseImageTarget(name));
    for (const path of textsOf(flags, "attestation")) {
      for (const attached of await attachAttestationFile(world, image, await readFile(world, path))) {
        noteAttached(context, `the attestation of ${path}`, attached);
      }
    }
    return 0;
  },
};

/** The files of `attach signature`: each flag, and the name under which its value is found. */
const GIVEN_FILES = [
  ["--bundle", "bundle"],
  ["--signature", "signature"],
  ["--payload", "payload"],
  ["--certificate", "certificate"],
  ["--certificate-chain", "certificateChain"],
  ["--tsr", "tsr"],
  ["--rekor-response", "rekorResponse"],
] as const;

/** A bundle holds all that the other files hold, so one of them beside it would be left out without a word. */
function refuseBesideBundle([bundle, ...others]: readonly (readonly [flag: string, file: string | undefined])[]): void {
  const beside = others.find(([, file]) => file !== undefined && file !== "");
  if (beside === undefined || bundle?.[1] === undefined || bundle[1] === "") return;
  throw new AmapError("USAGE", `${bundle[0]} and ${beside[0]} exclude each other: a bundle holds both`);
}

/** `amap attach signature`. */
export const attachSignatureVerb: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command
      .option("--signature <file>", "the signature in base64; - for standard input")
      .option("--payload <file>", "what was signed, or a bundle; the image's own simple signing payload when left out")
      .option("--bundle <file>", "a Sigstore bundle in place of signature and payload")
      .option("--certificate <file>", "the signer's certificate in PEM")
      .option("--certificate-chain <file>", "what leads from it to the root, in PEM")
      .option("--tsr <file>", "a timestamp authority's response")
      .option("--rekor-response <file>", "what `cosign sign-blob --bundle` of old versions wrote"),
  run: async (context, [name = ""], flags) => {
    const { world } = context;
    const given = GIVEN_FILES.map(([flag, member]) => [flag, textOf(flags, member)] as const);
    refuseSharedInput(given);
    refuseBesideBundle(given);
    const payload = await readGiven(world, flags, "payload");
    // As cosign takes it: a payload that is a bundle is not signed by anything else.
    const isPayloadBundle = payload !== undefined && isBundleFile(payload);
    if (isPayloadBundle)
      refuseBesideBundle([["--payload", "a bundle"], ...given.filter(([flag]) => flag !== "--payload")]);
    const image = await openImage(world, parseImageTarget(name));
    const bundle = isPayloadBundle ? payload : await readGiven(world, flags, "bundle");
    if (bundle !== undefined) {
      for (const attached of await attachAttestationFile(world, image, bundle))
        noteAttached(context, "the bundle", attached);
      return 0;
    }
    const signature = await readFile(world, requireText(flags, "signature", "--signature"));
    const text = async (flag: string): Promise<string | undefined> => textIn(await readGiven(world, flags, flag), flag);
    const [certificatePem, chainPem] = [await text("certificate"), await text("certificateChain")];
    const [timestamp, logResponse] = [
      await readGiven(world, flags, "tsr"),
      await readGiven(world, flags, "rekorResponse"),
    ];
    const attached = await attachSignature(world, image, {
      signature: textIn(signature, "signature")?.trim() ?? "",
      ...(payload === undefined ? {} : { payload }),
      ...(certificatePem === undefined ? {} : { certificatePem }),
      ...(chainPem === undefined ? {} : { chainPem }),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(logResponse === undefined ? {} : { logResponse }),
    });
    noteAttached(context, "the signature", attached);
    return 0;
  },
};

function textIn(bytes: Uint8Array | undefined, flag: string): string | undefined {
  if (bytes === undefined) return undefined;
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AmapError("USAGE", `--${flag}: expected a text file, found other bytes`);
  return text;
}

const SBOM_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  spdx: { json: "text/spdx+json", text: "text/spdx" },
  cyclonedx: { json: "application/vnd.cyclonedx+json", xml: "application/vnd.cyclonedx+xml" },
  syft: { json: "application/vnd.syft+json" },
};
const SBOM_DEFAULTS: Readonly<Record<string, string>> = { spdx: "text", cyclonedx: "xml", syft: "json" };

/** `amap attach sbom`. */
export const attachSbom: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    command
      .requiredOption("--sbom <file>", "the document; - for standard input")
      .option("--type <type>", "spdx, cyclonedx or syft", "spdx")
      .option("--input-format <format>", "json, xml or text; by the file's name when left out");
    declareUnsupported(command, ["--registry-referrers-mode <mode>"]);
  },
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const path = requireText(flags, "sbom", "--sbom");
    const type = choiceOf(flags, "type", "--type", ["spdx", "cyclonedx", "syft"] as const, "spdx");
    const formats = SBOM_TYPES[type] ?? {};
    const format = textOf(flags, "inputFormat") || (path.endsWith(".json") ? "json" : SBOM_DEFAULTS[type]);
    const mediaType = format === undefined || !Object.hasOwn(formats, format) ? undefined : formats[format];
    if (mediaType === undefined) {
      const message = `--input-format: expected ${Object.keys(formats).join(" or ")} for ${type}, found "${format}"`;
      throw new AmapError("USAGE", message);
    }
    terminal.note("warning: an attached SBOM is not signed; `amap attest --type cyclonedx` attests it");
    const image = await openImage(world, parseImageTarget(name));
    noteAttached(
      context,
      `an SBOM (${mediaType})`,
      await attachSbomFile(image, await readFile(world, path), mediaType),
    );
    return 0;
  },
};

/** `amap triangulate`. */
export const triangulateVerb: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.option("--type <type>", "signature, attestation, sbom or digest", "signature"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const types = ["signature", "attestation", "sbom", "digest"] as const;
    const type = choiceOf(flags, "type", "--type", types, "signature");
    if (type === "sbom") terminal.note("warning: attached SBOMs are not signed and deprecated in cosign");
    terminal.result(`${triangulate(await openImage(world, parseImageTarget(name)), type)}\n`);
    return 0;
  },
};
