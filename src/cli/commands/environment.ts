import { printable } from "../../report/index.ts";
import { ENVIRONMENT_VARIABLES } from "../environment-variables.ts";
import { declareBoolean, isOn } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** Beginnings of names that cosign and amap use. One of them that amap does not read may be a mistake, so it is shown. */
const PREFIXES = ["AMAP_", "COSIGN_", "SIGSTORE_", "TUF_"];
const HIDDEN = "******";

/** `amap env`. */
export const environment: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    declareBoolean(command, "--show-descriptions", "with what each variable does and expects", true);
    declareBoolean(command, "--show-sensitive-values", "with passwords and tokens", false);
  },
  run: async ({ terminal, env }, _, flags) => {
    const [describes, shows] = [isOn(flags, "showDescriptions"), isOn(flags, "showSensitiveValues")];
    const line = (name: string, isSensitive: boolean): string => {
      const value = env[name] ?? "";
      return `${printable(name)}=${isSensitive && !shows && value !== "" ? HIDDEN : printable(value)}\n`;
    };
    for (const { name, description, expects, isSensitive = false } of ENVIRONMENT_VARIABLES) {
      if (describes) terminal.result(`# ${name} ${description}\n# Expects: ${expects}\n`);
      terminal.result(line(name, isSensitive));
    }
    const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
    const others = Object.keys(env)
      .filter((name) => !known.has(name) && PREFIXES.some((prefix) => name.startsWith(prefix)))
      .sort();
    if (others.length > 0 && describes) terminal.result("# amap does not read the variables below.\n");
    // Nobody knows what they hold.
    for (const name of others) terminal.result(line(name, true));
    return 0;
  },
};
