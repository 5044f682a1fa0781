import type { Command } from "commander";
import {
  openSigner,
  type PulledDatabase,
  type PullOptions,
  parseImageTarget,
  pullDatabase,
  pushDatabase,
  refuseFailures,
  updateAdvisories,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, declareDatabase, makeDatabase, openDatabase } from "./advisory-database.ts";
import { declareImportFlags, declareShrinking, importOptionsOf, noteImported } from "./db.ts";
import { passwordOf } from "./keys.ts";
import { declareSigningFlags, formOf, keyOf, witnessesOf } from "./signing-flags.ts";
import { declareTrustFlags, trustFor } from "./trust-flags.ts";

const UNSIGNED = "--insecure-allow-unsigned";

/** `amap db push`. */
export const dbPush: Verb = {
  positional: ["<image>"],
  registry: true,
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import`");
    declareSigningFlags(command);
    command.option("--unsigned", "push without a signature: sign it afterwards, else nobody can pull it");
  },
  run: async (context, [name = ""], flags) => {
    const { world, terminal } = context;
    const target = parseImageTarget(name);
    const signature = await signatureOf(context, flags);
    const path = databasePathOf(context, flags);
    const database = await openDatabase(world, path);
    try {
      const pushed = await pushDatabase(world, { database, path }, target, signature);
      terminal.note(`Pushed the database, ${pushed.size} bytes, ${signature === undefined ? "unsigned" : "signed"}`);
      terminal.result(`${pushed.name}\n`);
      return 0;
    } finally {
      await database.close();
    }
  },
};

async function signatureOf(context: VerbContext, flags: Flags): Promise<Parameters<typeof pushDatabase>[3]> {
  if (isOn(flags, "unsigned")) {
    if (textOf(flags, "key") === undefined) return undefined;
    throw new AmapError("USAGE", "--unsigned and --key exclude each other");
  }
  const witnesses = await witnessesOf(context, flags);
  const signer = await openSigner(context.world, keyOf(flags), passwordOf(context, { inputs: [textOf(flags, "key")] }));
  return { signer, options: { form: formOf(flags), ...(witnesses === undefined ? {} : { witnesses }) } };
}

function declarePullFlags(command: Command): void {
  declareTrustFlags(command);
  command
    .option(UNSIGNED, "take a database that nobody signed, or whose signature nobody verifies")
    .option("--allow-older", "take one that is older than what is there, in any of its ecosystems")
    .option("--replace-imports", "take it though what was imported into the database is lost by it");
}

/** Flags that say who must have signed; with {@link UNSIGNED} nobody would be asked. */
const SIGNERS = [
  ["key", "--key"],
  ["keyRing", "--key-ring"],
  ["certificateIdentity", "--certificate-identity"],
  ["certificateIdentityRegexp", "--certificate-identity-regexp"],
  ["certificate", "--certificate"],
] as const;

async function pullOptionsOf(context: VerbContext, flags: Flags): Promise<PullOptions> {
  const isUnsigned = isOn(flags, "insecureAllowUnsigned");
  const signer = SIGNERS.find(([name]) => (textOf(flags, name) ?? textsOf(flags, name)).length > 0);
  if (isUnsigned && signer !== undefined)
    throw new AmapError("USAGE", `${UNSIGNED} and ${signer[1]} exclude each other`);
  const trust = isUnsigned ? undefined : await trustFor(context, flags, { kind: "signature" });
  if (trust === undefined) context.terminal.note(`warning: no signature is asked for (${UNSIGNED})`);
  return {
    trust,
    allowsOlder: isOn(flags, "allowOlder"),
    allowsShrinking: isOn(flags, "allowShrinking"),
    replacesImports: isOn(flags, "replaceImports"),
  };
}

function notePulled({ terminal }: VerbContext, { name, isUnchanged }: PulledDatabase): void {
  terminal.note(`${isUnchanged ? "Nothing newer: the database is" : "Pulled"} ${printable(name)}`);
}

/** `amap db pull`. */
export const dbPull: Verb = {
  positional: ["<image>"],
  registry: true,
  declare: (command) => {
    declareDatabase(command, "created when it is not there");
    declarePullFlags(command);
    declareShrinking(command);
  },
  run: async (context, [name = ""], flags) => {
    const target = parseImageTarget(name);
    const options = await pullOptionsOf(context, flags);
    const database = await makeDatabase(context, flags);
    try {
      notePulled(context, await pullDatabase(context.world, database, target, options));
      return 0;
    } finally {
      await database.close();
    }
  },
};

/** `amap db update`. */
export const dbUpdate: Verb = {
  positional: [],
  registry: true,
  imagesOf: (flags) => [textOf(flags, "from") ?? ""].filter((name) => name !== ""),
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import` or `amap db pull`");
    command.option("--from <image>", "pull from there; else it is pulled or imported from where it came from");
    declarePullFlags(command);
    declareImportFlags(command);
  },
  run: async (context, _, flags) => {
    const { world, terminal } = context;
    const from = textOf(flags, "from");
    const imports = importOptionsOf(context, flags);
    const open = from === undefined ? () => openDatabase(world, databasePathOf(context, flags)) : undefined;
    const database = await (open?.() ?? makeDatabase(context, flags));
    try {
      const updated = await updateAdvisories(world, database, {
        ...(from === undefined ? {} : { from: parseImageTarget(from) }),
        pull: () => pullOptionsOf(context, flags),
        imports,
      });
      const { pulled, imported, missing } = updated;
      if (pulled !== undefined) notePulled(context, pulled);
      if (imported !== undefined) noteImported(context, imported);
      for (const name of missing) terminal.note(printable(`not there any more, and not updated: ${name}`));
      refuseFailures(updated);
      return missing.length === 0 ? 0 : 2;
    } finally {
      await database.close();
    }
  },
};
