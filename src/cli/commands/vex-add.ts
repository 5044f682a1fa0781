import { addToVexFile, startVexFile, toJsonBytes } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collectList, isOn, pathOfInput, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb } from "../verb.ts";
import { putDocument } from "./sbom-output.ts";
import { readStatus, STATUSES } from "./vex-flags.ts";

const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

/** `amap vex add`. */
export const vexAdd: Verb = {
  positional: ["<document>", "[product]", "[vulnerability]", "[status]"],
  registry: false,
  declare: (command) =>
    void command
      .option("-p, --product <purl-or-digest>", "what the statement speaks about; may be repeated", collectList)
      .option("--subcomponents <purl>", "only what is inside it; may be repeated", collectList)
      .option("-v, --vuln <id>", "the vulnerability")
      .option("--aliases <ids>", "its other names; may be repeated", collectList)
      .option("-s, --status <status>", STATUSES.join(", "))
      .option("-j, --justification <label>", `of not_affected: ${JUSTIFICATIONS.join(", ")}`)
      .option("--impact-statement <text>", "of not_affected: why it does no harm")
      .option("-a, --action-statement <text>", "of affected: what to do")
      .option("--status-note <text>", "how the status was found")
      .option("--create", "make the document, which must not be there yet")
      .option("--author <name>", "its author (--create)")
      .option("--author-role <role>", "the author's role (--create)")
      .option("--id <iri>", "its @id (--create; default: a new one)")
      .option("-i, --in-place", "write the document back")
      .option("--file <file>", "write it there instead of standard output"),
  run: async (context, [path = "", ...words], flags) => {
    const { world, terminal } = context;
    const target = textOf(flags, "file");
    const isInPlace = isOn(flags, "inPlace");
    if (isInPlace && (target !== undefined || path === "-"))
      throw new AmapError("USAGE", "--in-place: expected the name of a file, and no --file beside it");
    const given = readStatement(words, flags);
    const isNew = isOn(flags, "create");
    const extended = isNew
      ? await startVexFile(world, path, given, readHead(flags))
      : await addToVexFile(world, pathOfInput(path), given, (message) => terminal.note(printable(message)));
    const file = isInPlace || (isNew && target === undefined) ? path : target;
    await putDocument(context, toJsonBytes(extended.value), file);
    if (extended.isOutdated)
      terminal.note("the document has a statement about the same of a later time, which goes on deciding");
    return 0;
  },
};

function readHead(flags: Flags): Parameters<typeof startVexFile>[3] {
  const [id, author, role] = ["id", "author", "authorRole"].map((name) => textOf(flags, name));
  return {
    ...(id === undefined ? {} : { id }),
    ...(author === undefined ? {} : { author }),
    ...(role === undefined ? {} : { role }),
    tool: { name: "amap", version: VERSION },
  };
}

/** The statement in flags; product, vulnerability and status also as words, as vexctl takes them. */
function readStatement(
  [product, vulnerability, status]: readonly string[],
  flags: Flags,
): Parameters<typeof startVexFile>[2] {
  const products = product === undefined ? textsOf(flags, "product") : [product];
  if (product !== undefined && textsOf(flags, "product").length > 0) throw twice("product");
  const one = (word: string | undefined, name: string, flag: string): string => {
    const stated = textOf(flags, name);
    if (word !== undefined && stated !== undefined) throw twice(flag);
    const value = word ?? stated;
    if (value === undefined || value === "") throw new AmapError("USAGE", `${flag} is needed`);
    return value;
  };
  if (products.length === 0) throw new AmapError("USAGE", "--product is needed");
  const label = textOf(flags, "justification");
  const justification = JUSTIFICATIONS.find((each) => each === label);
  if (label !== undefined && justification === undefined)
    throw new AmapError("USAGE", `--justification: expected one of ${JUSTIFICATIONS.join(", ")}, found "${label}"`);
  const texts = (["impactStatement", "actionStatement"] as const).flatMap((name) => {
    const text = textOf(flags, name);
    return text === undefined ? [] : [[name, text] as const];
  });
  const note = textOf(flags, "statusNote");
  return {
    vulnerability: one(vulnerability, "vuln", "--vuln"),
    aliases: textsOf(flags, "aliases"),
    products,
    subcomponents: textsOf(flags, "subcomponents"),
    status: readStatus(one(status, "status", "--status")),
    ...(justification === undefined ? {} : { justification }),
    ...Object.fromEntries(texts),
    ...(note === undefined ? {} : { statusNotes: note }),
  };
}

function twice(what: string): AmapError {
  return new AmapError("USAGE", `${what}: it is given twice, as a word and as a flag`);
}
