import { openImage, parseImageTarget, simpleSigningPayloadOf } from "../../app/index.ts";
import { decodeUtf8 } from "../../base/index.ts";
import { collect, pairsOf, textsOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";

/** `amap generate`. */
export const generate: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) =>
    void command.option("-a, --annotations <key=value>", "what the signature would state; may be repeated", collect),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const annotations = pairsOf(textsOf(flags, "annotations"), "--annotations");
    const image = await openImage(world, parseImageTarget(name));
    // Byte for byte what is signed, so that another tool can sign it: nothing follows it.
    terminal.result(decodeUtf8(simpleSigningPayloadOf(image, annotations)) ?? "");
    return 0;
  },
};
