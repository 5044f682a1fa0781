import {
  generateKeyPair,
  generateKeyPairSecret,
  importKeyPair,
  type KeyPairFiles,
  type Overwriting,
  openSigner,
} from "../../app/index.ts";
import { AmapError, encodeUtf8 } from "../../base/index.ts";
import { declareUnsupported, isOn, requireText, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

/** How a password is asked for. */
interface PasswordOptions {
  /** Twice, for a new key. */
  readonly confirm?: boolean;
  /** Names of files that are read besides; where one is standard input, the password cannot be there, too. */
  readonly inputs?: readonly (string | undefined)[];
}

/**
 * The password of a key, as cosign takes it: COSIGN_PASSWORD, which may be empty; else it is asked for at a terminal, or read
 * from standard input. A key in a Kubernetes Secret brings its own along.
 */
export function passwordOf({ env, terminal }: VerbContext, options: PasswordOptions = {}): () => Promise<string> {
  return async () => {
    const password = env["COSIGN_PASSWORD"];
    if (password !== undefined) return password;
    const isTaken = options.inputs?.some((name) => name === "-" || name === "/dev/stdin") === true;
    if (isTaken || terminal.questions === undefined) {
      const why = isTaken ? ", and standard input is read as a file" : "";
      throw new AmapError("KEY_PASSWORD", `COSIGN_PASSWORD is not set${why}`, {
        hint: "Set COSIGN_PASSWORD; it may be empty.",
      });
    }
    return terminal.questions().password({ confirm: options.confirm === true });
  };
}

/** Whether an existing pair is overwritten: with --yes, or when somebody at the terminal says so. */
function overwriting({ terminal }: VerbContext, flags: Flags): Overwriting {
  if (isOn(flags, "yes")) return true;
  const questions = terminal.questions?.();
  if (questions?.isAnswered !== true) return false;
  return (path) => questions.confirm(`File ${path} already exists. Overwrite?`);
}

/** `amap generate-key-pair`. */
export const generateKeyPairVerb: Verb = {
  positional: ["[target]"],
  registry: false,
  declare: (command) => {
    command
      .option("--output-key-prefix <prefix>", "writes PREFIX.key and PREFIX.pub", "cosign")
      .option("-y, --yes", "overwrite these files");
    declareUnsupported(command, ["--kms <uri>"], "needs a key management service, which is");
  },
  run: async (context, [target], flags) => {
    const prefix = requireText(flags, "outputKeyPrefix", "--output-key-prefix");
    const password = passwordOf(context, { confirm: true });
    if (target === undefined) {
      const options = { overwrite: overwriting(context, flags) };
      tellFiles(context, await generateKeyPair(context.world, prefix, password, options));
      return 0;
    }
    const { secret, publicKeyPath } = await generateKeyPairSecret(context.world, target, prefix, password);
    context.terminal.note(
      `Secret ${secret.name} created in namespace ${secret.namespace}\nPublic key written to ${publicKeyPath}`,
    );
    return 0;
  },
};

/** `amap import-key-pair`. */
export const importKeyPairVerb: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command
      .requiredOption("-k, --key <file>", "private key in PEM: PKCS #1, SEC 1 or PKCS #8, not encrypted")
      .option("-o, --output-key-prefix <prefix>", "writes PREFIX.key and PREFIX.pub", "import-cosign")
      .option("-y, --yes", "overwrite these files");
  },
  run: async (context, _, flags) => {
    const made = await importKeyPair(
      context.world,
      requireText(flags, "key", "--key"),
      requireText(flags, "outputKeyPrefix", "--output-key-prefix"),
      passwordOf(context, { confirm: true, inputs: [textOf(flags, "key")] }),
      { overwrite: overwriting(context, flags) },
    );
    tellFiles(context, made);
    return 0;
  },
};

function tellFiles({ terminal }: VerbContext, { privateKeyPath, publicKeyPath }: KeyPairFiles): void {
  terminal.note(`Private key written to ${privateKeyPath}\nPublic key written to ${publicKeyPath}`);
}

/** `amap public-key`. */
export const publicKey: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command
      .requiredOption("--key <key>", "private key: a file, k8s://NAMESPACE/NAME, env://NAME or https://…")
      .option("--outfile <file>", "write it there instead");
    declareUnsupported(command, ["--sk", "--slot <slot>"], "needs a hardware key, which is");
  },
  run: async (context, _, flags) => {
    const key = requireText(flags, "key", "--key");
    const signer = await openSigner(context.world, key, passwordOf(context, { inputs: [key] }));
    const outfile = textOf(flags, "outfile");
    if (outfile === undefined) {
      context.terminal.result(signer.publicKeyPem);
      return 0;
    }
    await context.world.files.write(outfile, encodeUtf8(signer.publicKeyPem));
    context.terminal.note(`Public key written to ${outfile}`);
    return 0;
  },
};
