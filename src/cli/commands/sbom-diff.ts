import { compareSbomFiles } from "../../app/index.ts";
import { isOn, pathOfInput, refuseSharedInput } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { declareReport, putReport, type ReportTable } from "./sbom-output.ts";

/** `amap sbom diff`. */
export const sbomDiff: Verb = {
  positional: ["<before>", "<after>"],
  registry: false,
  declare: (command) => {
    declareReport(command);
    command.option("--fail-on-change", "exit 1 when anything differs");
  },
  run: async (context, [before = "", after = ""], flags) => {
    refuseSharedInput([
      ["the first SBOM", before],
      ["the second SBOM", after],
    ]);
    const { difference, isSame } = await compareSbomFiles(context.world, pathOfInput(before), pathOfInput(after));
    const { added, removed, changed, addedDependencies, removedDependencies, unchanged } = difference;
    const listed = (title: string, list: typeof added): ReportTable => ({
      title,
      header: ["component", "version"],
      rows: list.map(({ key, version = "" }) => [key, version]),
    });
    const edges = (title: string, list: typeof addedDependencies): ReportTable => ({
      title,
      header: ["component", "depends on"],
      rows: list.map(({ from, to }) => [from, to]),
    });
    putReport(context, flags, {
      value: difference,
      tables: [
        listed("added", added),
        listed("removed", removed),
        {
          title: "changed",
          header: ["component", "field", "before", "after"],
          rows: changed.flatMap(({ key, changes }) =>
            changes.map(({ field, before: old, after: fresh }) => [key, field, old.join(", "), fresh.join(", ")]),
          ),
        },
        edges("dependencies added", addedDependencies),
        edges("dependencies removed", removedDependencies),
      ],
      summary: `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} unchanged; ${addedDependencies.length} dependencies added, ${removedDependencies.length} removed`,
    });
    return isOn(flags, "failOnChange") && !isSame ? 1 : 0;
  },
};
