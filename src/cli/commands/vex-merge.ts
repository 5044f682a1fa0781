import { mergeVexFiles, toJsonBytes } from "../../app/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { isOn, pathOfInput, refuseSharedInput, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { putDocument } from "./sbom-output.ts";
import { declareQuery, noteSome, readQuery } from "./vex-flags.ts";

/** `amap vex merge`. */
export const vexMerge: Verb = {
  positional: ["<vex...>"],
  registry: false,
  declare: (command) => {
    command
      .option("--id <iri>", "@id of the merged document (default: a new one)")
      .option("--author <name>", "who vouches for it; needed where the documents' authors differ")
      .option("--author-role <role>", "the author's role")
      .option("--latest-only", "leave out statements that a newer one about the very same replaces");
    declareQuery(command);
    command.option("--file <file>", "write it there instead of standard output");
  },
  run: async (context, files, flags) => {
    const { world, terminal } = context;
    refuseSharedInput(files.map((file) => ["a document", file]));
    const [id, author, role] = ["id", "author", "authorRole"].map((name) => textOf(flags, name));
    const head = {
      ...(id === undefined ? {} : { id }),
      ...(author === undefined ? {} : { author }),
      ...(role === undefined ? {} : { role }),
      tool: { name: "amap", version: VERSION },
    };
    const request = { head, query: readQuery(flags, []), latestOnly: isOn(flags, "latestOnly") };
    const merged = await mergeVexFiles(world, files.map(pathOfInput), request, (message) =>
      terminal.note(printable(message)),
    );
    await putDocument(context, toJsonBytes(merged.value), textOf(flags, "file"));
    noteSome(
      context,
      merged.losses.map((loss) => `not kept: ${loss}`),
      "losses",
    );
    const conflicts = merged.conflicts.map(describeConflict);
    noteSome(
      context,
      conflicts.map((conflict) => `conflict: ${conflict}`),
      "conflicts",
    );
    terminal.note(`${merged.statements} statements of ${files.length} documents`);
    return 0;
  },
};

/** A contradiction between statements in one line. */
export function describeConflict({
  vulnerability,
  product,
  subcomponent,
  statements,
  count,
  isTie,
}: Awaited<ReturnType<typeof mergeVexFiles>>["conflicts"][number]): string {
  const place = [product || "no product", ...(subcomponent === undefined ? [] : [subcomponent])].join(" > ");
  const said = statements
    .slice(0, 4)
    .map(({ source, index, status, timestamp }) => `${status} (${timestamp}, ${source}: statement ${index + 1})`);
  const more = count > 4 ? ` and ${count - 4} more` : "";
  return `${vulnerability} in ${place}: ${said.join(", ")}${more}; ${isTie ? "at one time the least favourable counts" : "the newest counts"}`;
}
