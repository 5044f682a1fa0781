import { createProvenance, encodeProvenanceDocument, toJsonBytes } from "../../app/index.ts";
import { decodeUtf8 } from "../../base/index.ts";
import { collect, pairsOf, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap provenance create`. */
export const provenanceCreate: Verb = {
  positional: [],
  registry: false,
  declare: (command) =>
    void command
      .requiredOption("--builder-id <uri>", "who built")
      .requiredOption("--build-type <uri>", "how to read the parameters")
      .option("--parameter <key=value>", "an external parameter", collect)
      .option("--dependency <uri@sha256:…>", "something that went in", collect)
      .option("--invocation-id <id>")
      .option("--started-on <time>", "RFC 3339")
      .option("--finished-on <time>", "RFC 3339")
      .option("--file <file>", "write it there instead of standard output"),
  run: async ({ world, terminal }, _, flags) => {
    const optional = (name: string): Record<string, string> => {
      const value = textOf(flags, name);
      return value === undefined ? {} : { [name]: value };
    };
    const provenance = createProvenance({
      builderId: requireText(flags, "builderId", "--builder-id"),
      buildType: requireText(flags, "buildType", "--build-type"),
      externalParameters: pairsOf(textsOf(flags, "parameter"), "--parameter"),
      dependencies: textsOf(flags, "dependency"),
      ...optional("invocationId"),
      ...optional("startedOn"),
      ...optional("finishedOn"),
    });
    const bytes = toJsonBytes(encodeProvenanceDocument(provenance));
    const file = textOf(flags, "file");
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    return 0;
  },
};
