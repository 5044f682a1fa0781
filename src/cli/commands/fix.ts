import { type FixedFile, fixPolicies, fixTests } from "../../app/index.ts";
import { printable } from "../../report/index.ts";
import { isOn, requireText } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";

/** `amap fix policy`, as Kyverno's; exit code 1 when a file had to be left alone. */
export const fixPolicy: Verb = {
  positional: ["<path...>"],
  registry: false,
  declare: (command) => void command.option("--save", "write the files; without, only say what would change"),
  run: ({ world, terminal }, paths, flags) =>
    show(terminal, fixPolicies(world, paths, { isSaving: isOn(flags, "save") })),
};

/** `amap fix test`, as Kyverno's; exit code 1 when a file had to be left alone. */
export const fixTest: Verb = {
  positional: ["<folder...>"],
  registry: false,
  declare: (command) =>
    void command
      .option("-f, --file-name <name>", "the name of test files", "kyverno-test.yaml")
      .option("--save", "write the files; without, only say what would change")
      .option("--force", "with --save: write all files")
      .option("--compress", "make one of results that differ in their objects only"),
  run: ({ world, terminal }, folders, flags) =>
    show(
      terminal,
      fixTests(world, folders, {
        fileName: requireText(flags, "fileName", "--file-name"),
        isSaving: isOn(flags, "save"),
        isForced: isOn(flags, "force"),
        isCompressed: isOn(flags, "compress"),
      }),
    ),
};

const TITLES: Readonly<Record<FixedFile["role"], string>> = {
  policy: "file",
  test: "test file",
  values: "values file",
  userInfo: "user info file",
};

async function show(terminal: Terminal, files: AsyncIterable<FixedFile>): Promise<number> {
  let exit = 0;
  for await (const { path, role, messages, error, isSaved } of files) {
    const lines = [
      `Processing ${TITLES[role]} (${path})...`,
      ...messages.map((message) => `  WARNING: ${message}`),
      ...(error ?? "").split("\n").flatMap((line) => (line === "" ? [] : [`  ERROR: ${line}`])),
      ...(isSaved ? [`  Saving ${TITLES[role]} (${path})...`, "    OK"] : []),
    ];
    if (error !== undefined) exit = 1;
    terminal.result(`${lines.map(printable).join("\n")}\n`);
  }
  terminal.result("Done.\n");
  return exit;
}
