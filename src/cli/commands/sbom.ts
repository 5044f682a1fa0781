import { encodeSbom, SBOM_OUTPUTS, type Sbom, sbomOf, toJsonBytes } from "../../app/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap sbom`. */
export const sbom: Verb = {
  positional: ["<artifact>"],
  registry: true,
  declare: (command) =>
    void command
      .option(
        "-o, --output <format>",
        `table, ${SBOM_OUTPUTS.join(" or ")} (default: table on a terminal, else ${SBOM_OUTPUTS[0]})`,
      )
      .option("--file <file>", "write it there instead of standard output"),
  run: async ({ world, terminal }, [artifact = ""], flags) => {
    const output = choiceOf(
      flags,
      "output",
      "--output",
      [...SBOM_OUTPUTS, "table"],
      terminal.isTerminal ? "table" : "cyclonedx-json",
    );
    const made = await sbomOf(world, artifact, { name: "amap", version: VERSION });
    for (const { path, reason } of made.notLookedAt.slice(0, 20))
      terminal.note(printable(`not looked at: ${path}: ${reason}`));
    const bytes =
      output === "table" ? encodeUtf8(layOutSbom(made, terminal.width)) : toJsonBytes(encodeSbom(made, output));
    const file = textOf(flags, "file");
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    return 0;
  },
};

function layOutSbom(made: Sbom, width: number): string {
  const rows = made.components.map((component) => [
    { text: component.name },
    { text: component.version ?? "" },
    { text: component.licenses.join(", ") },
    { text: component.purl ?? "" },
  ]);
  return `${layOutTable([["name", "version", "licences", "package URL"].map((text) => ({ text })), ...rows], width, "")}\n${made.components.length} components\n`;
}
