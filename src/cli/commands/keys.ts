import {
  generateKeyPair,
  generateKeyPairSecret,
  importKeyPair,
  type KeyPairFiles,
  openSigner,
} from "../../app/index.ts";
import { AmapError, encodeUtf8 } from "../../base/index.ts";
import { declareUnsupported, isOn, requireText, textOf } from "../flags.ts";
import type { Verb, VerbContext } from "../verb.ts";

/**
 * The password of a key: COSIGN_PASSWORD, which may be empty but must be set when a key needs it; a key in a Kubernetes
 * Secret brings its own along.
 */
export function passwordOf({ env }: VerbContext): () => string {
  return () => {
    const password = env["COSIGN_PASSWORD"];
    if (password === undefined) {
      throw new AmapError("KEY_PASSWORD", "COSIGN_PASSWORD is not set", {
        hint: "Set COSIGN_PASSWORD; it may be empty. amap does not ask at the terminal.",
      });
    }
    return password;
  };
}

/** `amap generate-key-pair`. */
export const generateKeyPairVerb: Verb = {
  positional: ["[target]"],
  registry: false,
  declare: (command) => {
    command.option("--output-key-prefix <prefix>", "writes PREFIX.key and PREFIX.pub", "cosign");
    declareUnsupported(command, ["--kms <uri>"]);
  },
  run: async (context, [target], flags) => {
    const prefix = requireText(flags, "outputKeyPrefix", "--output-key-prefix");
    if (target === undefined) {
      tellFiles(context, await generateKeyPair(context.world, prefix, passwordOf(context)));
      return 0;
    }
    const { secret, publicKeyPath } = await generateKeyPairSecret(context.world, target, prefix, passwordOf(context));
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
      passwordOf(context),
      { overwrite: isOn(flags, "yes") },
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
    declareUnsupported(command, ["--sk", "--slot <slot>"]);
  },
  run: async (context, _, flags) => {
    const signer = await openSigner(context.world, requireText(flags, "key", "--key"), passwordOf(context));
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
