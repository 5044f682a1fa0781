import { decodeDatabaseText } from "../cataloger.ts";
import { optional } from "../package-list.ts";

/** A gem as RubyGems wrote it down when it was built or installed. */
export interface Gem {
  readonly name: string;
  readonly version: string;
  /** Left out for gems of Ruby code alone. */
  readonly platform?: string;
  readonly licenses: readonly string[];
  readonly authors: readonly string[];
  readonly summary?: string;
  /** Names of the gems that it needs to run. */
  readonly needs: readonly string[];
}

const MOST_BYTES = 1024 * 1024;
const MOST_LINE = 20_000;
/** `"text"`, `'text'` or `%q<text>`, with what Ruby escapes in them. */
const TEXT = /"((?:[^"\\]|\\.){0,2000})"|'((?:[^'\\]|\\.){0,2000})'|%q<([^>]{0,2000})>/g;
const FIELD = /^\s*[a-z_]{1,40}\.(name|version|platform|licenses?|authors?|summary)\s*=\s*(.*)$/;
const NEEDED = /^\s*(?:[a-z_]{1,40}\.)add_(?:runtime_)?dependency\b\s*\(?(.*)$/;

/**
 * A gemspec as RubyGems itself writes it: one statement a line, texts without inserted expressions. Other code in it is
 * not looked at, and nothing is run. Undefined where name or version are not stated as texts.
 */
export function readInstalledGemspec(bytes: Uint8Array): Gem | undefined {
  const fields = new Map<string, readonly string[]>();
  const needs: string[] = [];
  for (const line of decodeDatabaseText(bytes.subarray(0, MOST_BYTES)).split("\n")) {
    const text = line.slice(0, MOST_LINE);
    const field = FIELD.exec(text);
    if (field?.[1] !== undefined && !fields.has(field[1])) fields.set(field[1], textsIn(field[2] ?? ""));
    const [needed] = textsIn(NEEDED.exec(text)?.[1] ?? "");
    if (needed !== undefined) needs.push(needed);
  }
  const textsOf = (...names: readonly string[]): readonly string[] => names.flatMap((name) => fields.get(name) ?? []);
  const [name] = textsOf("name");
  const [version] = textsOf("version");
  if (!name || !version || /[#]\{/.test(name + version)) return undefined;
  const [platform] = textsOf("platform");
  return {
    name,
    version,
    ...optional("platform", platform === "ruby" ? undefined : platform),
    licenses: textsOf("license", "licenses"),
    authors: textsOf("author", "authors"),
    ...optional("summary", textsOf("summary")[0]),
    needs: [...new Set(needs)],
  };
}

function textsIn(text: string): readonly string[] {
  return [...text.matchAll(TEXT)].map(([, double, single, raw]) =>
    (double ?? single ?? raw ?? "").replaceAll(/\\(["'\\#])/g, "$1"),
  );
}
