import { writeJson } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import type { Verb } from "../verb.ts";

/** `amap version`. */
export const version: Verb = {
  positional: [],
  registry: false,
  declare: (command) => void command.option("-o, --output <format>", "text or json"),
  run: async ({ terminal }, _, flags) => {
    terminal.result(flags["output"] === "json" ? `${writeJson({ amap: VERSION })}\n` : `amap ${VERSION}\n`);
    return 0;
  },
};
