import { initializeTrust } from "../../app/index.ts";
import { declareUnsupported, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

const FLAGS = ["mirror", "root", "rootChecksum"] as const;

/** `amap initialize`. */
export const initialize: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command
      .option("--mirror <url>", "the repository: https://, http:// or file:///; the public one when left out")
      .option("--root <file>", "the root to start from, a file or an address; the public one's is built in")
      .option("--root-checksum <hex>", "SHA-256 of that root, or sha512: and its SHA-512");
    declareUnsupported(
      command,
      ["--staging"],
      "needs a root that amap does not carry: pass --mirror and --root; it is",
    );
  },
  run: async ({ world, terminal }, _, flags) => {
    const given = FLAGS.map((name) => [name, textOf(flags, name)] as const).filter(([, value]) => value);
    const state = await initializeTrust(world, Object.fromEntries(given));
    const parts = state.metadata.map(({ role, version, expires }) => `  ${role} ${version}, good until ${expires}`);
    terminal.note([`${state.mirror} is kept in ${state.directory}: ${state.targets.join(", ")}`, ...parts].join("\n"));
    for (const warning of state.warnings) terminal.note(`warning: ${warning}`);
    return 0;
  },
};
