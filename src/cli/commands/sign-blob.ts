import {
  attestBlob,
  openSigner,
  predicateTypeOf,
  readPredicate,
  readStatement,
  signBlob,
  statementAboutBlob,
} from "../../app/index.ts";
import { AmapError, LIMITS } from "../../base/index.ts";
import { declareUnsupported, pathOfInput, refuseSharedInput, requireText, textOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb, type VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { declareSigningFlags, signingConfigOf } from "./sign.ts";

/** What older versions of cosign wrote in separate files; a bundle holds all of it. */
const REPLACED = ["--rfc3161-timestamp <file>"];
const OWNER_ONLY = 0o600;

function readFile({ world }: VerbContext, name: string): Promise<Uint8Array> {
  return world.files.read(pathOfInput(name), LIMITS.attachmentBytes);
}

/** `amap sign-blob`. */
export const signBlobVerb: Verb = {
  positional: ["<file>"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command.requiredOption("--bundle <file>", "where to write the Sigstore bundle");
    declareUnsupported(command, REPLACED, "is replaced by --bundle, and is");
    declareUnsupported(command, ["--signing-algorithm <name>"], "is the key's own, and is");
  },
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const out = requireText(flags, "bundle", "--bundle");
    refuseSharedInput([
      ["the file", name],
      ["--key", textOf(flags, "key")],
    ]);
    const config = await signingConfigOf(context, flags);
    const signer = await openSigner(world, requireText(flags, "key", "--key"), passwordOf(context));
    await world.files.write(out, await signBlob(world, await readFile(context, name), signer, config), {
      mode: OWNER_ONLY,
    });
    terminal.note(`Wrote bundle to file ${out}`);
    return 0;
  },
};

/** `amap attest-blob`. */
export const attestBlobVerb: Verb = {
  positional: ["[file]"],
  registry: false,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command
      .requiredOption("--bundle <file>", "where to write the Sigstore bundle")
      .option("--predicate <file>", "the document; - for standard input")
      .option("--statement <file>", "a whole in-toto statement in place of a predicate")
      .option("--type <type>", "cosign's short name or a URI", "custom")
      .option("--hash <hex>", "SHA-256 of the file, in place of its bytes");
    declareUnsupported(command, ["--rekor-entry-type <type>"]);
    declareUnsupported(command, [...REPLACED, "--output-attestation <file>"], "is replaced by --bundle, and is");
  },
  run: async (context, [name], flags) => {
    const { world, terminal } = context;
    const out = requireText(flags, "bundle", "--bundle");
    const [predicateFile, statementFile, hash] = [
      textOf(flags, "predicate"),
      textOf(flags, "statement"),
      textOf(flags, "hash"),
    ];
    if ((predicateFile === undefined) === (statementFile === undefined)) {
      throw new AmapError("USAGE", "expected either --predicate or --statement");
    }
    refuseSharedInput([
      ["the file", hash === undefined ? name : undefined],
      ["--predicate", predicateFile],
      ["--statement", statementFile],
      ["--key", textOf(flags, "key")],
    ]);
    const config = await signingConfigOf(context, flags);
    const signer = await openSigner(world, requireText(flags, "key", "--key"), passwordOf(context));
    const about = async () => {
      if (name === undefined) throw new AmapError("USAGE", "expected the file that the predicate is about");
      const type = requireText(flags, "type", "--type");
      const file = pathOfInput(predicateFile ?? "");
      const { predicate } = await readPredicate(world, file, type);
      const artifact = hash ?? (await readFile(context, name));
      return statementAboutBlob({ name: baseName(name), artifact, predicateType: predicateTypeOf(type), predicate });
    };
    const statement = statementFile === undefined ? await about() : await readStatement(world, statementFile);
    await world.files.write(out, await attestBlob(world, statement, signer, config), { mode: OWNER_ONLY });
    terminal.note(`Wrote bundle to file ${out}`);
    return 0;
  },
};

function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
