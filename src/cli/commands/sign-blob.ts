import type { Command } from "commander";
import {
  attestBlob,
  encodeOldBundle,
  encodeOldTimestamp,
  openSigner,
  predicateTypeOf,
  readPredicate,
  readStatement,
  type SignedBlob,
  signBlob,
  statementAboutBlob,
  type WitnessRequest,
} from "../../app/index.ts";
import { AmapError, encodeBase64, encodeUtf8, LIMITS } from "../../base/index.ts";
import { choiceOf, declareBoolean, isOn, pathOfInput, refuseSharedInput, requireText, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Flags, type Verb, type VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { writeOwnerOnly } from "./signed-files.ts";
import {
  checkEntryType,
  declareEntryType,
  declareSigningFlags,
  formOf,
  keyOf,
  warnIgnored,
  witnessesOf,
} from "./signing-flags.ts";

/** The names of `--signing-algorithm`, as Sigstore's algorithm registry has them, and the keys that they are for. */
const ALGORITHMS = {
  "ecdsa-sha2-256-nistp256": "ecdsa-p256",
  "ecdsa-sha2-384-nistp384": "ecdsa-p384",
  "ecdsa-sha2-512-nistp521": "ecdsa-p521",
  "rsa-sign-pkcs1-2048-sha256": "rsa",
  "rsa-sign-pkcs1-3072-sha256": "rsa",
  "rsa-sign-pkcs1-4096-sha256": "rsa",
} as const;
type AlgorithmName = keyof typeof ALGORITHMS;

const BLOB_OUTPUTS = {
  outputSignature: "--output-signature",
  output: "--output",
  outputCertificate: "--output-certificate",
  rfc3161Timestamp: "--rfc3161-timestamp",
};
const ATTESTATION_OUTPUTS = {
  outputSignature: "--output-signature",
  outputAttestation: "--output-attestation",
  outputCertificate: "--output-certificate",
  rfc3161TimestampBundle: "--rfc3161-timestamp-bundle",
};

function readFile({ world }: VerbContext, name: string): Promise<Uint8Array> {
  return world.files.read(pathOfInput(name), LIMITS.attachmentBytes);
}

function declareOutputs(command: Command): void {
  command
    .option("--bundle <file>", "where to write the bundle")
    .option("--output-signature <file>", "write the signature there, of cosign's older form")
    .option("--output-certificate <file>", "accepted: a key has no certificate");
}

/** What the older form cannot write: a key has no certificate, and a timestamp must be asked for. */
function checkOldFiles(
  { terminal }: VerbContext,
  flags: Flags,
  timestampFlag: string,
  witnesses: WitnessRequest | undefined,
): void {
  if (formOf(flags) === "bundle") return;
  if (textOf(flags, "outputCertificate") !== undefined) {
    terminal.note("warning: --output-certificate is ignored: a key has no certificate");
  }
  const asked = witnesses?.signingConfig.timestampAuthorities.length ?? 0;
  const name = timestampFlag === "--rfc3161-timestamp" ? "rfc3161Timestamp" : "rfc3161TimestampBundle";
  if (textOf(flags, name) === undefined || asked > 0) return;
  throw new AmapError("USAGE", `${timestampFlag}: no timestamp authority is asked`, {
    hint: "Name one with --timestamp-server-url.",
  });
}

/** A bundle is the one thing that remains of a signature in the newer form. */
function checkBundle(flags: Flags): void {
  if (formOf(flags) === "tag" || textOf(flags, "bundle") !== undefined) return;
  throw new AmapError("USAGE", "--bundle is needed: it says where to write the Sigstore bundle");
}

/** `amap sign-blob`. */
export const signBlobVerb: Verb = {
  positional: ["<file...>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    declareOutputs(command);
    command
      .option("--output <file>", "as --output-signature")
      .option("--rfc3161-timestamp <file>", "write the timestamp there, of cosign's older form")
      .option(
        "--signing-algorithm <name>",
        "for compatibility: it is the key's own, and a name of another one is told",
      );
    declareBoolean(command, "--b64", "signatures in base64, of cosign's older form; false: as they are", true);
  },
  run: async (context, names, flags) => {
    const { world } = context;
    checkBundle(flags);
    refuseSharedInput([...names.map((name) => ["a file", name] as const), ["--key", textOf(flags, "key")]]);
    refuseSeveral(names, flags);
    warnIgnored(context, flags, BLOB_OUTPUTS);
    const witnesses = await witnessesOf(context, flags);
    checkOldFiles(context, flags, "--rfc3161-timestamp", witnesses);
    const signer = await openSigner(
      world,
      keyOf(flags),
      passwordOf(context, { inputs: [...names, textOf(flags, "key")] }),
    );
    tellOtherAlgorithm(context, flags, signer.publicKey.algorithm);
    const options = { form: formOf(flags), ...(witnesses === undefined ? {} : { witnesses }) };
    for (const name of names) {
      await writeSignature(context, await signBlob(world, await readFile(context, name), signer, options), flags);
    }
    return 0;
  },
};

function refuseSeveral(names: readonly string[], flags: Flags): void {
  const files = { bundle: "--bundle", ...BLOB_OUTPUTS };
  const found = Object.entries(files).find(([name]) => textOf(flags, name) !== undefined);
  if (names.length < 2 || found === undefined) return;
  throw new AmapError("USAGE", `${found[1]} names one file, and ${names.length} files are signed`, {
    hint: `Sign one file at a time, or leave out ${found[1]}.`,
  });
}

function tellOtherAlgorithm({ terminal }: VerbContext, flags: Flags, algorithm: string): void {
  if (textOf(flags, "signingAlgorithm") === undefined) return;
  const names = Object.keys(ALGORITHMS) as AlgorithmName[];
  const name = choiceOf(flags, "signingAlgorithm", "--signing-algorithm", names, "ecdsa-sha2-256-nistp256");
  if (ALGORITHMS[name] !== algorithm) {
    terminal.note(`warning: --signing-algorithm ${name} is ignored: the key signs as ${algorithm}`);
  }
}

async function writeSignature(context: VerbContext, signed: SignedBlob, flags: Flags): Promise<void> {
  const { world, terminal } = context;
  await writeBundle(context, signed, flags);
  if (formOf(flags) === "bundle") return;
  const isBase64 = isOn(flags, "b64");
  const text = encodeBase64(signed.signature);
  const path = textOf(flags, "outputSignature") ?? textOf(flags, "output");
  if (path !== undefined) {
    await writeOwnerOnly(world, path, isBase64 ? encodeUtf8(text) : signed.signature);
    terminal.note(`Wrote signature to file ${path}`);
  } else if (isBase64) terminal.result(`${text}\n`);
  else await world.files.write("/dev/stdout", signed.signature);
  await writeTimestamp(context, signed, textOf(flags, "rfc3161Timestamp"));
}

async function writeBundle({ world, terminal }: VerbContext, signed: SignedBlob, flags: Flags): Promise<void> {
  const path = textOf(flags, "bundle");
  if (path === undefined) return;
  await writeOwnerOnly(world, path, formOf(flags) === "bundle" ? signed.bundle : encodeOldBundle(signed));
  terminal.note(`Wrote bundle to file ${path}`);
}

async function writeTimestamp(
  { world, terminal }: VerbContext,
  { witnesses }: SignedBlob,
  path: string | undefined,
): Promise<void> {
  const timestamp = encodeOldTimestamp(witnesses);
  if (path === undefined || timestamp === undefined) return;
  await writeOwnerOnly(world, path, timestamp);
  terminal.note(`Wrote timestamp to file ${path}`);
}

/** `amap attest-blob`. */
export const attestBlobVerb: Verb = {
  positional: ["[file]"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    declareOutputs(command);
    command
      .option("--predicate <file>", "the document; - for standard input")
      .option("--statement <file>", "a whole in-toto statement in place of a predicate, signed as it stands")
      .option("--type <type>", "cosign's short name or a URI", "custom")
      .option("--hash <hex>", "SHA-256 of the file, in place of its bytes")
      .option("--output-attestation <file>", "write the statement there, of cosign's older form")
      .option("--rfc3161-timestamp-bundle <file>", "write the timestamp there, of cosign's older form");
    declareEntryType(command);
  },
  run: async (context, [name], flags) => {
    const { world } = context;
    checkBundle(flags);
    const files = [textOf(flags, "predicate"), textOf(flags, "statement")] as const;
    if (files.filter((each) => each !== undefined).length !== 1) {
      throw new AmapError("USAGE", "expected either --predicate or --statement");
    }
    const isRead = textOf(flags, "hash") === undefined && files[1] === undefined;
    refuseSharedInput([
      ["the file", isRead ? name : undefined],
      ["--predicate", files[0]],
      ["--statement", files[1]],
      ["--key", textOf(flags, "key")],
    ]);
    checkEntryType(context, flags);
    warnIgnored(context, flags, ATTESTATION_OUTPUTS);
    const witnesses = await witnessesOf(context, flags);
    checkOldFiles(context, flags, "--rfc3161-timestamp-bundle", witnesses);
    const inputs = [isRead ? name : undefined, ...files, textOf(flags, "key")];
    const signer = await openSigner(world, keyOf(flags), passwordOf(context, { inputs }));
    const statement = await readStatementBytes(context, name, flags);
    const options = { form: formOf(flags), ...(witnesses === undefined ? {} : { witnesses }) };
    await writeAttestation(context, await attestBlob(world, statement, signer, options), flags);
    return 0;
  },
};

async function readStatementBytes(context: VerbContext, name: string | undefined, flags: Flags): Promise<Uint8Array> {
  const { world } = context;
  const statementFile = textOf(flags, "statement");
  if (statementFile !== undefined) return (await readStatement(world, pathOfInput(statementFile))).bytes;
  if (name === undefined) throw new AmapError("USAGE", "expected the file that the predicate is about");
  const type = requireText(flags, "type", "--type");
  const file = pathOfInput(requireText(flags, "predicate", "--predicate"));
  const { predicate } = await readPredicate(world, file, type);
  const artifact = textOf(flags, "hash") ?? (await readFile(context, name));
  return statementAboutBlob({ name: baseName(name), artifact, predicateType: predicateTypeOf(type), predicate });
}

async function writeAttestation(context: VerbContext, signed: SignedBlob, flags: Flags): Promise<void> {
  const { world, terminal } = context;
  await writeBundle(context, signed, flags);
  if (formOf(flags) === "bundle") return;
  const [path, attestation] = [textOf(flags, "outputSignature"), textOf(flags, "outputAttestation")];
  if (path === undefined) terminal.result(`${new TextDecoder().decode(signed.signature)}\n`);
  else {
    await writeOwnerOnly(world, path, signed.signature);
    terminal.note(`Wrote signature to file ${path}`);
  }
  if (attestation !== undefined && signed.payload !== undefined) {
    await writeOwnerOnly(world, attestation, signed.payload);
    terminal.note(`Wrote attestation to file ${attestation}`);
  }
  await writeTimestamp(context, signed, textOf(flags, "rfc3161TimestampBundle"));
}

function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
