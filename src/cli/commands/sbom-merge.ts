import { mergeSbomFiles, parseSbomTarget } from "../../app/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, pathOfInput, refuseSharedInput, requireText, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { WRITTEN_FORMS } from "./sbom.ts";
import { putDocument } from "./sbom-output.ts";

/** Conflicts that are told; the JSON of --conflicts has them all. */
const MAX_TOLD = 20;

/** `amap sbom merge`. */
export const sbomMerge: Verb = {
  positional: ["<sbom...>"],
  registry: false,
  declare: (command) =>
    void command
      .requiredOption("--name <name>", "what the merged SBOM describes")
      .option("--product-version <version>", "its version")
      .option(
        "--order <order>",
        "hierarchical: components stay parts of what their SBOM describes; or flat",
        "hierarchical",
      )
      .option("-o, --output <form>", `FORM[@VERSION][=FILE]: ${WRITTEN_FORMS.join(", ")}`, "cyclonedx-json")
      .option("--file <file>", "write it there instead of standard output")
      .option("--conflicts <file>", "write what the SBOMs say in different ways there, as JSON"),
  run: async (context, files, flags) => {
    const { world, terminal } = context;
    refuseSharedInput(files.map((file) => ["an SBOM", file]));
    const target = parseSbomTarget(requireText(flags, "output", "--output"));
    const version = textOf(flags, "productVersion");
    const { bytes, conflicts, conflictReport } = await mergeSbomFiles(world, files.map(pathOfInput), target, {
      subject: { name: requireText(flags, "name", "--name"), ...(version === undefined ? {} : { version }) },
      order: choiceOf(flags, "order", "--order", ["hierarchical", "flat"], "hierarchical"),
      tool: { name: "amap", version: VERSION },
    });
    await putDocument(context, bytes, target.file ?? textOf(flags, "file"));
    const report = textOf(flags, "conflicts");
    if (report !== undefined) await world.files.write(report, conflictReport);
    for (const { ref = "the document", field, kept, other, from } of conflicts.slice(0, MAX_TOLD)) {
      terminal.note(`conflict: ${ref}: ${field}: kept ${kept}; ${from} says ${other}`);
    }
    if (conflicts.length > MAX_TOLD) terminal.note(`and ${conflicts.length - MAX_TOLD} more conflicts`);
    return 0;
  },
};
