import type { Command } from "commander";
import {
  encodeOldBundle,
  type ImageSignatureOptions,
  type MadeAttachment,
  makeImageSignature,
  type OpenImage,
  openImage,
  openPlatforms,
  openSigner,
  parseImageTarget,
  removeOwnReferrers,
  type Signer,
  type StoreOptions,
  storeAttachment,
  supersedeOwnSignatures,
} from "../../app/index.ts";
import { AmapError, concatBytes, encodeBase64, encodeUtf8, LIMITS } from "../../base/index.ts";
import {
  choiceOf,
  collect,
  collectList,
  declareBoolean,
  declareUnsupported,
  isOn,
  pairsOf,
  pathOfInput,
  refuseSharedInput,
  textOf,
  textsOf,
} from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { declareRecordedTime, recordedTimeOf, writeOwnerOnly } from "./signed-files.ts";
import { declareSigningFlags, formOf, keyOf, refuseInBundles, warnIgnored, witnessesOf } from "./signing-flags.ts";

const OUTPUTS = {
  outputSignature: "--output-signature",
  outputPayload: "--output-payload",
  outputCertificate: "--output-certificate",
};
const PAYLOADS = { payload: "--payload", signContainerIdentity: "--sign-container-identity" };

/** `amap sign`. */
export const sign: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command
      .option("-a, --annotations <key=value>", "sign these too", collect)
      .option("-r, --recursive", "sign every platform of an index too")
      .option("--replace", "take the place of older signatures of the image by the same key");
    declareBoolean(command, "--upload", "store the signature beside the image; false: only in files", true);
    declareFileFlags(command);
    declareUnsupported(command, ["--attachment <name>"], "is replaced by `amap attest --type cyclonedx`, and is");
  },
  run: async (context, images, flags) => {
    const { world, terminal } = context;
    const witnesses = await checkedWitnesses(context, flags);
    const signer = await openSigner(world, keyOf(flags), passwordOf(context, { inputs: [textOf(flags, "payload")] }));
    const request = { ...(await readContent(context, flags)), ...(witnesses === undefined ? {} : { witnesses }) };
    // All are opened and signed before the first is stored: a mistyped name must not leave half of them signed.
    const targets = images.map((name) => parseImageTarget(name));
    const opened = await Promise.all(targets.map((target) => openImage(world, target)));
    const platforms = isOn(flags, "recursive") ? await Promise.all(opened.map(openPlatforms)) : [];
    const all = opened.flatMap((each, index) => [each, ...(platforms[index] ?? [])]);
    refuseOneFileForSeveral(all, flags);
    const made: MadeAttachment[] = [];
    for (const image of all) made.push(await makeImageSignature(world, image, signer, request));
    for (const [index, image] of all.entries()) {
      const signature = made[index];
      if (signature === undefined) continue;
      await writeFiles(context, signature, { image, signer, flags });
      if (!isOn(flags, "upload")) continue;
      await store(context, signature, { image, signer, flags });
      terminal.note(`Signed ${image.storage.location}@${image.descriptor.digest}`);
    }
    return 0;
  },
};

function declareFileFlags(command: Command): void {
  command
    .option("--bundle <file>", "write the bundle there, too")
    .option("--payload <file>", "sign this payload, for cosign's tag; - for standard input")
    .option("--output-signature <file>", "write the signature there, of cosign's older form")
    .option("--output-payload <file>", "write what was signed there, of cosign's older form")
    .option("--output-certificate <file>", "write the public key there, of cosign's older form")
    .option(
      "--sign-container-identity <names>",
      "names of the image in the payload, for cosign's tag; by commas",
      collectList,
    )
    .option(
      "--registry-referrers-mode <mode>",
      "where the older form is stored: under cosign's tag (legacy), or as referrers (oci-1-1)",
    );
  declareRecordedTime(command);
}

/** Which services are asked, when the flags agree with each other. */
async function checkedWitnesses(context: VerbContext, flags: Flags): Promise<ImageSignatureOptions["witnesses"]> {
  warnIgnored(context, flags, OUTPUTS);
  refuseInBundles(flags, PAYLOADS);
  if (!isOn(flags, "upload") && textOf(flags, "bundle") === undefined) {
    if (formOf(flags) === "bundle" || textOf(flags, "outputSignature") === undefined) {
      throw new AmapError("USAGE", "--upload=false: the signature is neither stored nor written to a file", {
        hint: "Pass --bundle FILE, or leave out --upload=false.",
      });
    }
  }
  refuseSharedInput([
    ["--payload", textOf(flags, "payload")],
    ["--key", textOf(flags, "key")],
  ]);
  return witnessesOf(context, flags);
}

async function readContent({ world }: VerbContext, flags: Flags): Promise<ImageSignatureOptions> {
  const payload = textOf(flags, "payload");
  const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
  const identities = textsOf(flags, "signContainerIdentity");
  if (payload !== undefined && (identities.length > 0 || Object.keys(annotations).length > 0)) {
    throw new AmapError("USAGE", "--payload is signed as it stands: --annotations and identities cannot be added");
  }
  return {
    form: formOf(flags),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(identities.length === 0 ? {} : { identities }),
    ...(payload === undefined ? {} : { payload: await world.files.read(pathOfInput(payload), LIMITS.attachmentBytes) }),
  };
}

/** Only files of the older form get a name of their own for each platform, as with cosign. */
function refuseOneFileForSeveral(images: readonly OpenImage[], flags: Flags): void {
  if (images.length < 2) return;
  const single = ["bundle", ...(isOn(flags, "recursive") ? [] : Object.keys(OUTPUTS))];
  const name = single.find((each) => textOf(flags, each) !== undefined);
  if (name === undefined) return;
  const flag = name === "bundle" ? "--bundle" : OUTPUTS[name as keyof typeof OUTPUTS];
  throw new AmapError("USAGE", `${flag} names one file, and ${images.length} manifests are signed`, {
    hint: `Sign one image at a time, or leave out ${flag}.`,
  });
}

interface SignedImage {
  readonly image: OpenImage;
  readonly signer: Signer;
  readonly flags: Flags;
}

async function writeFiles(
  context: VerbContext,
  made: MadeAttachment,
  { image, signer, flags }: SignedImage,
): Promise<void> {
  const bundle = textOf(flags, "bundle");
  if (bundle !== undefined) {
    await writeOwnerOnly(
      context.world,
      bundle,
      made.form === "bundle" ? made.bundle : joinLines(made, encodeOldBundle),
    );
    context.terminal.note(`Wrote bundle to file ${bundle}`);
  }
  if (made.form === "bundle") return;
  const suffix = isOn(flags, "recursive") ? `-${image.descriptor.digest.replace(":", "-")}` : "";
  const contents = {
    outputSignature: () => joinLines(made, ({ signature }) => encodeUtf8(encodeBase64(signature))),
    outputPayload: () => joinLines(made, ({ payload }) => payload),
    outputCertificate: () => encodeUtf8(signer.publicKeyPem),
  };
  for (const [name, content] of Object.entries(contents)) {
    const path = textOf(flags, name);
    if (path === undefined) continue;
    await writeOwnerOnly(context.world, `${path}${name === "outputCertificate" ? "" : suffix}`, content());
  }
}

function joinLines(
  { signatures }: MadeAttachment,
  write: (signature: MadeAttachment["signatures"][number]) => Uint8Array,
): Uint8Array {
  return concatBytes(signatures.flatMap((each, index) => [...(index === 0 ? [] : [encodeUtf8("\n")]), write(each)]));
}

async function store(context: VerbContext, made: MadeAttachment, { image, signer, flags }: SignedImage): Promise<void> {
  const { world, terminal } = context;
  const mode = choiceOf(flags, "registryReferrersMode", "--registry-referrers-mode", ["legacy", "oci-1-1"], "legacy");
  const createdAt = recordedTimeOf(context, flags);
  const replaces = isOn(flags, "replace");
  const options: StoreOptions = {
    asReferrer: mode === "oci-1-1",
    ...(createdAt === undefined ? {} : { createdAt }),
    findSuperseded: supersedeOwnSignatures(image, signer, replaces),
  };
  const { digest } = await storeAttachment(world, image, made, options);
  if (!replaces) return;
  const { removed, warning } = await removeOwnReferrers(image, signer, digest);
  if (removed.length > 0) terminal.note(`Removed ${removed.length} older signatures by this key`);
  if (warning !== undefined) terminal.note(`warning: ${warning}`);
}
