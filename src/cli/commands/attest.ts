import {
  encodeOldBundle,
  type MadeAttachment,
  makeAttestation,
  type OpenImage,
  openImage,
  openSigner,
  parseImageTarget,
  readPredicate,
  readStatement,
  type StoreOptions,
  statementAboutImage,
  storeAttachment,
  supersedePredicateType,
} from "../../app/index.ts";
import { AmapError, decodeUtf8 } from "../../base/index.ts";
import { declareBoolean, isOn, pathOfInput, refuseSharedInput, requireText, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { declareRecordedTime, recordedTimeOf, writeOwnerOnly } from "./signed-files.ts";
import {
  checkEntryType,
  declareEntryType,
  declareSigningFlags,
  formOf,
  keyOf,
  warnOfOlderForm,
  witnessesOf,
} from "./signing-flags.ts";

/** `amap attest`. */
export const attest: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command
      .option("--predicate <file>", "the document; - for standard input")
      .option("--statement <file>", "a whole in-toto statement about the image, in place of a predicate")
      .option("--type <type>", "cosign's short name or a URI", "custom")
      .option("--bundle <file>", "write the bundle there, too");
    declareBoolean(command, "--no-upload", "store nothing; print the envelope, or write --bundle", false);
    declareBoolean(command, "--replace", "under cosign's tag: in place of all attestations of this type", false);
    declareEntryType(command);
    declareRecordedTime(command);
  },
  run: async (context, images, flags) => {
    const { world } = context;
    checkFlags(context, images, flags);
    // Asked first: after a log was told of an attestation it is too late for a wrong time.
    const createdAt = recordedTimeOf(context, flags);
    const witnesses = await witnessesOf(context, flags);
    const targets = images.map((name) => parseImageTarget(name));
    const inputs = [textOf(flags, "predicate"), textOf(flags, "statement"), textOf(flags, "key")];
    const signer = await openSigner(world, keyOf(flags), passwordOf(context, { inputs }));
    const content = await readContent(context, flags);
    // All are opened and signed before the first is stored: a mistyped name must not leave half of them attested.
    const opened = await Promise.all(targets.map((target) => openImage(world, target)));
    const options = { form: formOf(flags), ...(witnesses === undefined ? {} : { witnesses }) };
    const made: MadeAttachment[] = [];
    const statements = opened.map((image) => content.statementAbout(image));
    for (const statement of statements) {
      made.push(await makeAttestation(world, signer, statement, { ...options, predicateType: content.predicateType }));
    }
    for (const [index, image] of opened.entries()) {
      const attestation = made[index];
      if (attestation !== undefined) await keep(context, attestation, { image, flags, createdAt });
    }
    return 0;
  },
};

function checkFlags(context: VerbContext, images: readonly string[], flags: Flags): void {
  const { terminal } = context;
  const given = [textOf(flags, "predicate"), textOf(flags, "statement")];
  if (given.filter((each) => each !== undefined).length !== 1) {
    throw new AmapError("USAGE", "expected either --predicate or --statement");
  }
  refuseSharedInput([
    ["--predicate", given[0]],
    ["--statement", given[1]],
    ["--key", textOf(flags, "key")],
  ]);
  if (textOf(flags, "bundle") !== undefined && images.length > 1) {
    throw new AmapError("USAGE", `--bundle names one file, and ${images.length} images are attested`, {
      hint: "Attest one image at a time, or leave out --bundle.",
    });
  }
  checkEntryType(context, flags);
  warnOfOlderForm(context, flags, { recordCreationTimestamp: "--record-creation-timestamp" });
  // commander keeps `--no-upload` under the name of its contrary.
  if (isOn(flags, "upload") && isOn(flags, "replace") && formOf(flags) === "tag") {
    terminal.note("warning: --replace is ignored: with --no-upload nothing is stored");
  }
  if (isOn(flags, "replace") && formOf(flags) === "bundle") {
    terminal.note(
      "warning: --replace is ignored: bundles stand side by side; remove old ones with `amap clean --superseded`",
    );
  }
}

/** What is said about each image. */
interface Content {
  readonly predicateType: string;
  readonly statementAbout: (image: OpenImage) => Uint8Array;
}

async function readContent({ world }: VerbContext, flags: Flags): Promise<Content> {
  const statementFile = textOf(flags, "statement");
  if (statementFile === undefined) {
    const file = pathOfInput(requireText(flags, "predicate", "--predicate"));
    const { predicateType, predicate } = await readPredicate(world, file, requireText(flags, "type", "--type"));
    return { predicateType, statementAbout: (image) => statementAboutImage(image, predicateType, predicate) };
  }
  const { statement, bytes } = await readStatement(world, pathOfInput(statementFile));
  return {
    predicateType: statement.predicateType,
    statementAbout: (image) => {
      const [algorithm = "", hex] = image.descriptor.digest.split(":");
      if (statement.subject.some(({ digest }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === hex)) {
        return bytes;
      }
      throw new AmapError(
        "SUBJECT_MISMATCH",
        `${statementFile}: expected a statement about ${image.descriptor.digest}`,
        {
          hint: "Name the image by its digest as a subject of the statement.",
        },
      );
    },
  };
}

interface Kept {
  readonly image: OpenImage;
  readonly flags: Flags;
  readonly createdAt: string | undefined;
}

async function keep({ world, terminal }: VerbContext, made: MadeAttachment, kept: Kept): Promise<void> {
  const { image, flags } = kept;
  const bundle = textOf(flags, "bundle");
  const [signature] = made.signatures;
  if (signature === undefined) throw new Error("an attestation has a signature");
  if (bundle !== undefined) {
    await writeOwnerOnly(world, bundle, made.form === "bundle" ? made.bundle : encodeOldBundle(signature));
    terminal.note(`Wrote bundle to file ${bundle}`);
  }
  // commander keeps `--no-upload` under the name of its contrary.
  if (isOn(flags, "upload")) {
    if (bundle === undefined) terminal.result(`${decodeUtf8(signature.signature) ?? ""}\n`);
    return;
  }
  await storeAttachment(world, image, made, storeOptionsOf(made, kept));
  terminal.note(`Attested ${made.predicateType} for ${image.storage.location}@${image.descriptor.digest}`);
}

function storeOptionsOf({ predicateType }: MadeAttachment, { image, flags, createdAt }: Kept): StoreOptions {
  return {
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(isOn(flags, "replace") ? { findSuperseded: supersedePredicateType(image, predicateType) } : {}),
  };
}
