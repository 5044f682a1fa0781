import { searchSbomFiles } from "../../app/index.ts";
import { isOn } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { declareReport, putReport } from "./sbom-output.ts";

/** `amap sbom search`. */
export const sbomSearch: Verb = {
  positional: ["<query>", "<file-or-folder...>"],
  registry: false,
  declare: (command) => {
    declareReport(command);
    command.option("--fail-on-match", "exit 1 when anything is found");
  },
  run: async (context, [query = "", ...places], flags) => {
    const { hits, searched, notSearched } = await searchSbomFiles(context.world, query, places);
    for (const { path, reason } of notSearched.slice(0, 20)) {
      context.terminal.note(`not looked at: ${path}: ${reason}`);
    }
    const found = hits.map(({ file, subject, component: { name, version, purl } }) => ({
      file,
      subject,
      name,
      version: version ?? "",
      purl: purl ?? "",
    }));
    putReport(context, flags, {
      value: { hits: found, searched, notLookedAt: notSearched },
      tables: [
        {
          title: "",
          header: ["SBOM", "describes", "component", "version", "package URL"],
          rows: found.map(({ file, subject, name, version, purl }) => [file, subject, name, version, purl]),
        },
      ],
      summary: `${found.length} found in ${new Set(found.map(({ file }) => file)).size} of ${searched} SBOMs`,
    });
    return isOn(flags, "failOnMatch") && found.length > 0 ? 1 : 0;
  },
};
