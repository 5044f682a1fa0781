import { decodeDatabaseText } from "../cataloger.ts";

/** The main attributes of a JAR manifest, by lower-case name (JAR File Specification, "JAR Manifest"). */
export type Manifest = ReadonlyMap<string, string>;

/** Characters that are read: signed jars have a section for each file behind the main one. */
const MOST_BYTES = 1024 * 1024;

/** The main section of MANIFEST.MF. A line of at most 72 bytes goes on in the next one that begins with a space. */
export function readManifest(bytes: Uint8Array): Manifest {
  const attributes = new Map<string, string>();
  let name = "";
  let parts: string[] = [];
  const finish = (): void => {
    if (name !== "" && !attributes.has(name)) attributes.set(name, parts.join("").trim());
  };
  for (const line of decodeDatabaseText(bytes.subarray(0, MOST_BYTES)).split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (name !== "") break;
      continue;
    }
    if (line.startsWith(" ")) {
      parts.push(line.slice(1));
      continue;
    }
    finish();
    const colon = line.indexOf(":");
    name = colon === -1 ? "" : line.slice(0, colon).toLowerCase();
    parts = colon === -1 ? [] : [line.slice(colon + 1)];
  }
  finish();
  return attributes;
}

/** A properties file (java.util.Properties), as Maven writes it: no escapes but those of `:`, `=`, `#`, `!` and `\`. */
export function readProperties(bytes: Uint8Array): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of decodeDatabaseText(bytes.subarray(0, MOST_BYTES)).split(/\r\n|\n|\r/)) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith("!")) continue;
    const match = /^([^=:\s]{1,200})\s*[=:]\s*(.*)$/.exec(text);
    if (match?.[1] !== undefined) properties.set(match[1], (match[2] ?? "").replaceAll(/\\(.)/g, "$1"));
  }
  return properties;
}
