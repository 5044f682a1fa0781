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
import { AmapError, concatBytes, type Digest, encodeBase64, encodeUtf8, LIMITS } from "../../base/index.ts";
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
import {
  declareSigningFlags,
  formOf,
  keyOf,
  refuseInBundles,
  warnIgnored,
  warnOfOlderForm,
  witnessesOf,
} from "./signing-flags.ts";

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
    const { world } = context;
    const place = placeOf(context, flags);
    const witnesses = await checkedWitnesses(context, flags);
    const inputs = [textOf(flags, "payload"), textOf(flags, "key")];
    const signer = await openSigner(world, keyOf(flags), passwordOf(context, { inputs }));
    const request = { ...(await readContent(context, flags)), ...(witnesses === undefined ? {} : { witnesses }) };
    // All are opened and signed before the first is stored: a mistyped name must not leave half of them signed.
    const targets = images.map((name) => parseImageTarget(name));
    const opened = await Promise.all(targets.map((target) => openImage(world, target)));
    const platforms = isOn(flags, "recursive") ? await Promise.all(opened.map(openPlatforms)) : [];
    const all = opened.flatMap((each, index) => [each, ...(platforms[index] ?? [])]);
    refuseOneFileForSeveral(all, flags);
    const made: MadeAttachment[] = [];
    for (const image of all) made.push(await makeImageSignature(world, image, signer, request));
    const stored: (readonly [signed: SignedImage, digest: Digest])[] = [];
    for (const [index, image] of all.entries()) {
      const signature = made[index];
      if (signature === undefined) continue;
      const signed = { image, signer, flags };
      await writeFiles(context, signature, signed);
      if (isOn(flags, "upload")) stored.push([signed, await store(context, signature, signed, place)]);
    }
    if (!isOn(flags, "replace")) return 0;
    // Last, so that a registry that fails to delete leaves no image unsigned.
    for (const [signed, digest] of stored) await removeOlder(context, signed, digest);
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
  warnOfOlderForm(context, flags, { recordCreationTimestamp: "--record-creation-timestamp" });
  if (textOf(flags, "registryReferrersMode") === "legacy") {
    warnOfOlderForm(context, flags, { registryReferrersMode: "--registry-referrers-mode legacy" });
  }
  if (isOn(flags, "replace") && !isOn(flags, "upload")) {
    context.terminal.note("warning: --replace is ignored: with --upload=false nothing is stored");
  }
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

/** Where signatures are stored. Asked first: after a log was told of a signature it is too late for wrong flags. */
function placeOf(context: VerbContext, flags: Flags): Pick<StoreOptions, "asReferrer" | "createdAt"> {
  const mode = choiceOf(flags, "registryReferrersMode", "--registry-referrers-mode", ["legacy", "oci-1-1"], "legacy");
  const createdAt = recordedTimeOf(context, flags);
  return { asReferrer: mode === "oci-1-1", ...(createdAt === undefined ? {} : { createdAt }) };
}

async function store(
  { world, terminal }: VerbContext,
  made: MadeAttachment,
  { image, signer, flags }: SignedImage,
  place: ReturnType<typeof placeOf>,
): Promise<Digest> {
  const findSuperseded = supersedeOwnSignatures(image, signer, isOn(flags, "replace"));
  const { digest } = await storeAttachment(world, image, made, { ...place, findSuperseded });
  terminal.note(`Signed ${image.storage.location}@${image.descriptor.digest}`);
  return digest;
}

async function removeOlder({ terminal }: VerbContext, { image, signer }: SignedImage, kept: Digest): Promise<void> {
  const { removed, warning } = await removeOwnReferrers(image, signer, kept);
  if (removed.length > 0) terminal.note(`Removed ${removed.length} older signatures by this key`);
  if (warning !== undefined) terminal.note(`warning: ${warning}`);
}
