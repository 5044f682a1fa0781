import { AmapError, isValueObject, type Value } from "../base/index.ts";
import type { StorageForm } from "./attachments/attach.ts";
import type { World } from "./world.ts";
import { readYamlFile } from "./yaml-file.ts";

/** The small file that drives `produce`. Paths are relative to the working directory. */
export interface ProduceConfiguration {
  /** Private key file; COSIGN_PASSWORD opens it. */
  readonly key: string;
  /** Advisory database file. */
  readonly database: string;
  readonly author: string;
  /** File of decisions, or a bare list of statements. */
  readonly decisions?: string;
  /** How sure approvals of decisions must be: proven, stated or none; proven when left out. */
  readonly approvals?: string;
  /** Whose SSH key signs commits: by it approvals are proven. */
  readonly allowedSigners?: string;
  /** File with a SLSA provenance v1 predicate, made by the one who built the image. */
  readonly provenance?: string;
  /** Folder for the documents. */
  readonly output?: string;
  readonly forms: readonly StorageForm[];
  /** Removes what the new documents and the new signature supersede, so that nightly runs do not pile up. */
  readonly supersede: boolean;
}

const OPTIONAL = ["decisions", "approvals", "allowedSigners", "provenance", "output"] as const;
const TEXTS = ["key", "database", "author", ...OPTIONAL] as const;

/**
 * Reads a `produce` configuration. A field that is not understood is refused.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, VALUE_INVALID with the field
 */
export async function readProduceConfiguration(world: World, path: string): Promise<ProduceConfiguration> {
  const [document, ...others] = await readYamlFile(world, path);
  if (document === undefined || others.length > 0 || !isValueObject(document))
    throw new AmapError("VALUE_INVALID", `${path}: expected one object`);
  const texts = new Map<string, string>();
  for (const [field, value] of Object.entries(document)) {
    if (field === "forms" || field === "supersede") continue;
    if (!TEXTS.some((known) => known === field))
      throw new AmapError(
        "VALUE_INVALID",
        `${path}: ${field}: unknown field; known are ${TEXTS.join(", ")}, forms, supersede`,
      );
    if (typeof value !== "string" || value === "")
      throw new AmapError("VALUE_INVALID", `${path}: ${field}: expected text`);
    texts.set(field, value);
  }
  const needed = (field: "key" | "database" | "author"): string => {
    const value = texts.get(field);
    if (value === undefined) throw new AmapError("VALUE_INVALID", `${path}: ${field} is needed`);
    return value;
  };
  const optional = Object.fromEntries(
    OPTIONAL.flatMap((field) => (texts.has(field) ? [[field, texts.get(field)]] : [])),
  );
  return {
    key: needed("key"),
    database: needed("database"),
    author: needed("author"),
    ...optional,
    forms: formsOf(document["forms"], path),
    supersede: supersedeOf(document["supersede"], path),
  };
}

function formsOf(value: Value | undefined, path: string): readonly StorageForm[] {
  if (value === undefined) return ["bundle"];
  const forms = Array.isArray(value) ? (value as readonly Value[]) : [];
  if (forms.length === 0 || !forms.every((form) => form === "bundle" || form === "tag"))
    throw new AmapError("VALUE_INVALID", `${path}: forms: expected a list of bundle and tag`);
  return [...new Set(forms as readonly StorageForm[])];
}

function supersedeOf(value: Value | undefined, path: string): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new AmapError("VALUE_INVALID", `${path}: supersede: expected true or false`);
}
