import { parseRegistry } from "../../app/index.ts";
import { AmapError, decodeUtf8 } from "../../base/index.ts";
import { isOn, pathOfInput, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

/** A password or token is never longer. */
const PASSWORD_BYTES = 64 * 1024;

/** `amap login`. */
export const login: Verb = {
  positional: ["<registry>"],
  registry: true,
  declare: (command) =>
    void command
      .option("-u, --username <name>")
      .option("-p, --password <password>", "other users of this machine may see it; --password-stdin hides it")
      .option("--password-stdin", "read the password from standard input"),
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const registry = parseRegistry(name);
    const given = { username: textOf(flags, "username") ?? "", password: await passwordOf(context, flags) };
    requireLogin(given);
    const logins = await world.openRegistryLogins();
    const answer = await logins.check(registry, given);
    const place = await logins.store(registry, given);
    if (answer === "notAsked") terminal.note(`warning: ${registry} lets everybody in, so the login was not checked`);
    terminal.note(`Logged in to ${registry}; the login is kept by ${place}`);
    return 0;
  },
};

/** `amap logout`. */
export const logout: Verb = {
  positional: ["<registry>"],
  registry: false,
  declare: () => undefined,
  run: async ({ world, terminal }, [name = ""]) => {
    const registry = parseRegistry(name);
    const { place, isErased } = await (await world.openRegistryLogins()).erase(registry);
    terminal.note(
      isErased ? `Removed the login for ${registry} from ${place}` : `There is no login for ${registry} in ${place}`,
    );
    return 0;
  },
};

async function passwordOf({ world, terminal }: VerbContext, flags: Flags): Promise<string> {
  const password = textOf(flags, "password");
  if (!isOn(flags, "passwordStdin")) {
    if (password !== undefined) terminal.note("warning: other users may see --password; --password-stdin hides it");
    return password ?? "";
  }
  if (password !== undefined) throw new AmapError("USAGE", "--password and --password-stdin exclude each other");
  const text = decodeUtf8(await world.files.read(pathOfInput("-"), PASSWORD_BYTES));
  if (text === undefined) throw new AmapError("USAGE", "--password-stdin: expected text, found other bytes");
  // The line's end is not part of it.
  return text.replace(/\r?\n$/, "");
}

function requireLogin({ username, password }: { readonly username: string; readonly password: string }): void {
  const hint = "Pass --username NAME and --password-stdin, or --password PASSWORD.";
  if (username === "" || password === "") {
    const missing = username === "" ? "--username" : "--password or --password-stdin";
    throw new AmapError("USAGE", `${missing} is needed`, { hint });
  }
  // RFC 7617: the first colon ends the user name.
  if (username.includes(":")) throw new AmapError("USAGE", "--username: expected a name without a colon");
}
