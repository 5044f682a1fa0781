import {
  AmapError,
  canonicalJson,
  type Decoded,
  decodeUtf8,
  encodeUtf8,
  isAmapError,
  LIMITS,
  memberOf,
  readYaml,
  type Value,
  writeYaml,
} from "../../base/index.ts";
import {
  type CliFile,
  decodePolicy,
  decodeTestFile,
  decodeUserInfoFile,
  decodeValuesFile,
  type FixedDocument,
  fixPolicyDocument,
  fixTestFile,
  fixUserInfoFile,
  fixValuesFile,
  isPolicyDocument,
} from "../../policy/index.ts";
import type { World } from "../world.ts";
import { folderOf, listTestFiles, listYamlFiles, readDecoded, resolvePath } from "./read-files.ts";

/** What became of one file. */
export interface FixedFile {
  readonly path: string;
  readonly role: "policy" | "test" | "values" | "userInfo";
  readonly messages: readonly string[];
  /** Why it was left alone; one line for each reason. */
  readonly error?: string;
  readonly isSaved: boolean;
}

/** How files are rewritten. */
export interface FixOptions {
  /** Whether files are written, where there is something to rewrite. */
  readonly isSaving: boolean;
}

/** The same for test files. */
export interface FixTestsOptions extends FixOptions {
  /** Whether files are written in any case. */
  readonly isForced: boolean;
  readonly isCompressed: boolean;
  readonly fileName: string;
}

/**
 * Rewrites the policies below files and folders in the form of today; files without a ClusterPolicy or Policy are left
 * alone. A file with a document that is not valid is left alone as a whole, with the reason; other documents of a file
 * are kept. What is written has no comments, its keys are in order.
 * @throws {AmapError} FILE_NOT_FOUND
 */
export async function* fixPolicies(
  world: World,
  paths: readonly string[],
  { isSaving }: FixOptions,
): AsyncGenerator<FixedFile> {
  for (const path of paths) {
    for (const file of await listYamlFiles(world, path)) {
      const fixed = await orReason(async () => {
        const { documents, text } = await readDocuments(world, file);
        if (!documents.some(isFixable)) return undefined;
        refuseInvalid(documents, file);
        const results = documents.map(fixPolicyDocument);
        return save(world, file, {
          results,
          text,
          isSaving: isSaving && results.some(({ messages }) => messages.length),
        });
      });
      if (fixed !== undefined) yield { path: file, role: "policy", ...fixed };
    }
  }
}

const FIXABLE_KINDS: ReadonlySet<unknown> = new Set(["ClusterPolicy", "Policy"]);

function isFixable(document: Value): boolean {
  return itemsOf(document).some((item) => isPolicyDocument(item) && FIXABLE_KINDS.has(memberOf(item, "kind")));
}

function itemsOf(document: Value): readonly Value[] {
  const kind = memberOf(document, "kind");
  const items = memberOf(document, "items");
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items : [document];
}

function refuseInvalid(documents: readonly Value[], source: string): void {
  const issues = documents.flatMap((document, index) =>
    itemsOf(document)
      .filter(isFixable)
      .flatMap((item) => {
        const decoded = decodePolicy(item, { source, document: index + 1 });
        return decoded.ok ? [] : decoded.issues;
      }),
  );
  const [first] = issues;
  if (first === undefined) return;
  const lines = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  throw new AmapError(first.code, lines.join("\n"), { details: { issues } });
}

/** What came of a file, or why it was left alone. */
async function orReason<T extends object>(
  work: () => Promise<T | undefined>,
): Promise<T | { messages: readonly string[]; error: string; isSaved: false } | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return { messages: [], error: error.message, isSaved: false };
  }
}

interface ReadDocuments {
  readonly text: string;
  readonly documents: readonly Value[];
}

async function readDocuments(world: World, path: string): Promise<ReadDocuments> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  const documents = readYaml(bytes).filter((document) => document !== null);
  // What is no UTF-8 is refused by the reader before.
  return { text: decodeUtf8(bytes) ?? "", documents };
}

interface Outcome {
  readonly messages: readonly string[];
  readonly isSaved: boolean;
}

async function save(
  world: World,
  path: string,
  { results, text, isSaving }: { results: readonly FixedDocument[]; text: string; isSaving: boolean },
): Promise<Outcome> {
  const messages = results.flatMap((result) => result.messages);
  if (!isSaving) return { messages, isSaved: false };
  // A `#` inside a text is taken for a comment as well: a warning too many is better than one too few.
  if (/(?:^|\s)#/m.test(text)) messages.push("comments are not kept");
  await world.files.write(path, encodeUtf8(results.map(({ value }) => writeYaml(value)).join("---\n")));
  return { messages, isSaved: true };
}

/**
 * Rewrites the test files below folders in the form of today, and the values and user info files that they name. A file
 * that is not valid is left alone, with the reason, also when all are to be written.
 * @throws {AmapError} FILE_NOT_FOUND
 */
export async function* fixTests(
  world: World,
  folders: readonly string[],
  options: FixTestsOptions,
): AsyncGenerator<FixedFile> {
  for (const folder of folders) {
    for (const path of await listTestFiles(world, folder, options.fileName)) {
      let named: readonly Named[] = [];
      const fixed = await orReason(async () => {
        const { documents, text } = await readDocuments(world, path);
        const tests = await readDecoded(world, path, decodeTestFile);
        named = tests.flatMap(({ file }) => [
          { role: "userInfo", path: file.userinfo ?? "" } as const,
          { role: "values", path: file.variables ?? "" } as const,
        ]);
        const name = path.slice(path.lastIndexOf("/") + 1);
        const results = tests.map((test) => fixTestFile(test, { name, isCompressed: options.isCompressed }));
        return save(world, path, { results, text, isSaving: isDue(documents, results, options) });
      });
      if (fixed !== undefined) yield { path, role: "test", ...fixed };
      for (const each of named.filter((file) => file.path !== ""))
        yield* fixNamedFile(world, folderOf(path), each, options);
    }
  }
}

/** A file that a test names. */
interface Named {
  readonly role: "values" | "userInfo";
  readonly path: string;
}

async function* fixNamedFile(
  world: World,
  folder: string,
  named: Named,
  options: FixTestsOptions,
): AsyncGenerator<FixedFile> {
  const path = resolvePath(folder, named.path);
  const fixed = await orReason(async () => {
    const { documents, text } = await readDocuments(world, path);
    if (documents.length > 1) {
      throw new AmapError("NOT_SUPPORTED", `only the first of ${documents.length} documents counts; split the file`);
    }
    const result =
      named.role === "values"
        ? await fixDecoded(world, path, decodeValuesFile, fixValuesFile)
        : await fixDecoded(world, path, decodeUserInfoFile, fixUserInfoFile);
    return save(world, path, { results: [result], text, isSaving: isDue(documents, [result], options) });
  });
  if (fixed !== undefined) yield { path, role: named.role, ...fixed };
}

async function fixDecoded<T>(
  world: World,
  path: string,
  decode: (bytes: Uint8Array, source: string) => Decoded<CliFile<T>>,
  fix: (read: CliFile<T>) => FixedDocument,
): Promise<FixedDocument> {
  return fix(await readDecoded(world, path, decode));
}

function isDue(documents: readonly Value[], results: readonly FixedDocument[], options: FixTestsOptions): boolean {
  if (!options.isSaving) return false;
  return options.isForced || canonicalJson(documents) !== canonicalJson(results.map(({ value }) => value));
}
