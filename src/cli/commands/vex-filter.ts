import { filterVexFile, toJsonBytes } from "../../app/index.ts";
import { printable } from "../../report/index.ts";
import { collect, pathOfInput, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { putDocument } from "./sbom-output.ts";
import { declareQuery, noteSome, readQuery } from "./vex-flags.ts";

/** `amap vex filter`. */
export const vexFilter: Verb = {
  positional: ["<vex>"],
  registry: false,
  declare: (command) => {
    declareQuery(command);
    command
      .option("--author <name>", "only where the document is by this author; may be repeated", collect)
      .option("--file <file>", "write it there instead of standard output");
  },
  run: async (context, [file = ""], flags) => {
    const { world, terminal } = context;
    const query = readQuery(flags, textsOf(flags, "author"));
    const filtered = await filterVexFile(world, pathOfInput(file), query, (message) =>
      terminal.note(printable(message)),
    );
    await putDocument(context, toJsonBytes(filtered.value), textOf(flags, "file"));
    noteSome(
      context,
      filtered.losses.map((loss) => `not kept: ${loss}`),
      "losses",
    );
    terminal.note(`${filtered.kept} statements are kept, ${filtered.removed} are left out`);
    // As grep does: nothing was found.
    return filtered.kept === 0 ? 1 : 0;
  },
};
