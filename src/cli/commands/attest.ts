import { attestImage, openImage, openSigner, parseImageTarget, readPredicate } from "../../app/index.ts";
import { declareUnsupported, pathOfInput, requireText } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { declareSigningFlags, signingOptionsOf } from "./sign.ts";

/** `amap attest`. */
export const attest: Verb = {
  positional: ["<image...>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    declareSigningFlags(command);
    command
      .requiredOption("--predicate <file>", "the document; - for standard input")
      .option("--type <type>", "cosign's short name or a URI", "custom");
    declareUnsupported(command, [
      "--statement <file>",
      "--no-upload",
      "--bundle <file>",
      "--replace",
      "--rekor-entry-type <type>",
    ]);
  },
  run: async (context, images, flags) => {
    const { world, terminal } = context;
    const options = await signingOptionsOf(context, flags);
    const targets = images.map((name) => parseImageTarget(name));
    const file = requireText(flags, "predicate", "--predicate");
    const { predicateType, predicate } = await readPredicate(
      world,
      pathOfInput(file),
      requireText(flags, "type", "--type"),
    );
    const signer = await openSigner(world, requireText(flags, "key", "--key"), passwordOf(context));
    // All are opened before the first is attested: a mistyped name must not leave half of them attested.
    for (const image of await Promise.all(targets.map((target) => openImage(world, target)))) {
      await attestImage(world, image, signer, { predicateType, predicate, ...options });
      terminal.note(`Attested ${predicateType} for ${image.storage.location}@${image.descriptor.digest}`);
    }
    return 0;
  },
};
