import { importSarif, toJsonBytes } from "../../app/index.ts";
import { decodeUtf8, type Value } from "../../base/index.ts";
import { choiceOf, pathOfInput, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap sast import`. */
export const sastImport: Verb = {
  positional: ["<sarif>"],
  registry: false,
  declare: (command) =>
    void command
      .option("-o, --output <form>", "summary or predicate (default: summary)")
      .option("--file <file>", "write it there instead of standard output"),
  run: async ({ world, terminal }, [path = ""], flags) => {
    const form = choiceOf(flags, "output", "--output", ["summary", "predicate"], "summary");
    const { summary, predicate } = await importSarif(world, pathOfInput(path));
    for (const run of summary.runs) for (const problem of run.problems) terminal.note(`${path}: ${problem}`);
    const bytes = toJsonBytes(form === "summary" ? (summary as unknown as Value) : predicate);
    const file = textOf(flags, "file");
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    return 0;
  },
};
