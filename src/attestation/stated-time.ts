import { memberOf, parseTime } from "../base/index.ts";
import type { SignedTime } from "./evidence.ts";
import { COSIGN_CUSTOM_PREDICATE_TYPE } from "./predicate-types.ts";
import type { Statement } from "./statement.ts";

/** A key alone proves no time. cosign's `custom` states one in the signed statement itself. */
export function statedTimeOf(statement: Statement): SignedTime {
  if (statement.predicateType !== COSIGN_CUSTOM_PREDICATE_TYPE) return { source: "self-asserted" };
  const at = memberOf(statement.predicate, "Timestamp");
  const isTime = typeof at === "string" && parseTime(at) !== undefined;
  return isTime ? { source: "self-asserted", at } : { source: "self-asserted" };
}
