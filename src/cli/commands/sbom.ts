import { parseSbomTarget, SBOM_FORMS, type Sbom, sbomOf, writeSbom } from "../../app/index.ts";
import { AmapError, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, textOf, textsOf } from "../flags.ts";
import { stopYoungGeneration } from "../heap-growth.ts";
import type { Verb } from "../verb.ts";
import { noteUnverified, refuseTwoOnOutput } from "./sbom-output.ts";

/** Forms that can be written, for the help. */
export const WRITTEN_FORMS: readonly string[] = SBOM_FORMS.filter(({ writes }) => writes.length > 0).map(
  ({ id }) => id,
);

/** What is written, and where: a form, or the table for people. */
interface Wanted {
  readonly file?: string;
  readonly write: (made: Sbom, width: number) => Uint8Array;
}

/** `amap sbom`. */
export const sbom: Verb = {
  positional: ["<artifact>"],
  registry: true,
  declare: (command) =>
    void command
      .option(
        "-o, --output <form>",
        `FORM[@VERSION][=FILE], may be repeated: table, ${WRITTEN_FORMS.join(", ")} (default: table on a terminal, else cyclonedx-json)`,
        collect,
      )
      .option("--file <file>", "write it there instead of standard output"),
  run: async (context, [artifact = ""], flags) => {
    // Archives are opened one after the other: little lives on, and the space for young objects need not grow with them.
    stopYoungGeneration();
    const { world, terminal } = context;
    const stated = textsOf(flags, "output");
    const outputs = stated.length > 0 ? stated : [terminal.isTerminal ? "table" : "cyclonedx-json"];
    const wanted = withFile(outputs.map(readOutput), textOf(flags, "file"));
    refuseTwoOnOutput(wanted.map(({ file }) => file));
    noteUnverified(context, artifact);
    const made = await sbomOf(world, artifact, { name: "amap", version: VERSION });
    for (const { path, reason } of made.notLookedAt.slice(0, 20))
      terminal.note(printable(`not looked at: ${path}: ${reason}`));
    for (const { file, write } of wanted) {
      const bytes = write(made, terminal.width);
      if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
      else await world.files.write(file, bytes);
    }
    return 0;
  },
};

function readOutput(text: string): Wanted {
  const [name, ...rest] = text.split("=");
  if (name === "table") {
    const file = rest.join("=");
    if (rest.length > 0 && file === "") throw new AmapError("USAGE", "table=: expected the name of a file");
    return { ...(rest.length === 0 ? {} : { file }), write: (made, width) => encodeUtf8(layOutSbom(made, width)) };
  }
  const { form, version, file } = parseSbomTarget(text);
  return { ...(file === undefined ? {} : { file }), write: (made) => writeSbom(made, form.id, version).bytes };
}

/** `--file` is for the one output that names none. */
function withFile(wanted: readonly Wanted[], file: string | undefined): readonly Wanted[] {
  return file === undefined ? wanted : wanted.map((each) => ({ file, ...each }));
}

function layOutSbom(made: Sbom, width: number): string {
  const rows = made.components.map((component) => [
    { text: component.name },
    { text: component.version ?? "" },
    { text: component.licenses.join(", ") },
    { text: component.purl ?? "" },
  ]);
  return `${layOutTable([["name", "version", "licences", "package URL"].map((text) => ({ text })), ...rows], width, "")}\n${made.components.length} components\n`;
}
