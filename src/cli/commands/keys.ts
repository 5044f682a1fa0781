import { generateKeyPair, openSigner } from "../../app/index.ts";
import { AmapError, encodeUtf8 } from "../../base/index.ts";
import { declareUnsupported, requireText, textOf } from "../flags.ts";
import type { Verb, VerbContext } from "../verb.ts";

/** The password of a key: COSIGN_PASSWORD, which may be empty but must be set. */
export function passwordOf({ env }: VerbContext): string {
  const password = env["COSIGN_PASSWORD"];
  if (password === undefined) {
    throw new AmapError("KEY_PASSWORD", "COSIGN_PASSWORD is not set", {
      hint: "Set COSIGN_PASSWORD; it may be empty. amap does not ask at the terminal.",
    });
  }
  return password;
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
    if (target !== undefined)
      throw new AmapError("NOT_SUPPORTED", `keys in ${target} are not supported yet; amap writes files`);
    const made = await generateKeyPair(
      context.world,
      requireText(flags, "outputKeyPrefix", "--output-key-prefix"),
      passwordOf(context),
    );
    context.terminal.note(`Private key written to ${made.privateKeyPath}\nPublic key written to ${made.publicKeyPath}`);
    return 0;
  },
};

/** `amap public-key`. */
export const publicKey: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command.requiredOption("--key <file>", "private key").option("--outfile <file>", "write it there instead");
    declareUnsupported(command, ["--sk", "--slot <slot>"]);
  },
  run: async (context, _, flags) => {
    const signer = await openSigner(context.world, requireText(flags, "key", "--key"), passwordOf(context));
    const outfile = textOf(flags, "outfile");
    if (outfile === undefined) context.terminal.result(signer.publicKeyPem);
    else await context.world.files.write(outfile, encodeUtf8(signer.publicKeyPem));
    return 0;
  },
};
