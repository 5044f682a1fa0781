import { gunzip, LIMITS, memberOf, readYaml, type Value } from "../../../../base/index.ts";
import { decodeDatabaseText } from "../cataloger.ts";
import { invalidFile, listMember, textMember, textsMember } from "../package-list.ts";
import type { Gem } from "./gemspec.ts";

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * metadata.gz of a *.gem file: a specification as YAML, whose values are tagged with Ruby's classes. What the tags mean
 * is known from where the values stand, so that they are left out before reading.
 * @throws {AmapError} what gunzip and readYaml throw, LOCKFILE_INVALID
 */
export function readGemMetadata(bytes: Uint8Array): Gem {
  const text = decodeDatabaseText(gunzip(bytes, MOST_BYTES)).replaceAll(
    /((?:^---|[:-])(?: &\w{1,40})?) !ruby\/[^\s]{1,200}[ \t]*$/gm,
    "$1",
  );
  const [document = null] = readYaml(text, { maxBytes: LIMITS.listFileBytes, hasPlainWords: true });
  const name = textMember(document, "name");
  const version = textMember(memberOf(document, "version"), "version") ?? textMember(document, "version");
  if (name === undefined || version === undefined) throw invalidFile("it states no name or no version");
  const platform = textMember(document, "platform");
  const summary = textMember(document, "summary");
  return {
    name,
    version,
    ...(platform === undefined || platform === "ruby" ? {} : { platform }),
    licenses: textsMember(document, "licenses"),
    authors: textsMember(document, "authors"),
    ...(summary === undefined ? {} : { summary }),
    needs: listMember(document, "dependencies").flatMap(runtimeNeed),
  };
}

/** `type` is a symbol: `:runtime` or `:development`. */
function runtimeNeed(dependency: Value): readonly string[] {
  const name = textMember(dependency, "name");
  return name === undefined || textMember(dependency, "type") === ":development" ? [] : [name];
}
