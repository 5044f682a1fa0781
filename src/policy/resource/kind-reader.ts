import type { Value } from "../../base/index.ts";
import type { PolicyFindings } from "./kyverno/findings.ts";
import type { ObjectSchema } from "./schema.ts";

/** How one kind is read: its group, its schema, and what the schema cannot say. */
export interface KindReader<K extends string = string> {
  readonly kind: K;
  /** What documents say for kind: another word than `kind` when two groups have a kind of one name. */
  readonly documentKind: string;
  readonly group: string;
  readonly schema: ObjectSchema;
  /** `policy` has been found to be what the schema says. */
  readonly check: (policy: Value) => PolicyFindings;
}

/** The reader of a kind; `validate` takes what the schema makes of a document, the `TypeOf` it. */
export function kindReader<K extends string>(
  kind: K,
  group: string,
  schema: ObjectSchema,
  validate: (policy: never) => PolicyFindings,
): KindReader<K> {
  const check = (policy: Value): PolicyFindings => validate(policy as never);
  return Object.freeze({ kind, documentKind: kind, group, schema, check });
}
