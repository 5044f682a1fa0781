import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelObject } from "../../values/value.ts";
import { withNamespace } from "./spellings.ts";

const { string } = celTypes;
const SERVICE_ACCOUNT = celTypes.object("user.ServiceAccount", { Name: string, Namespace: string });
const PREFIX = "system:serviceaccount:";

/** Both empty for a user that is no service account, as in Kyverno: a person's name never looks like one. */
function parseServiceAccount(user: string): CelObject {
  const rest = user.startsWith(PREFIX) ? user.slice(PREFIX.length) : "";
  const colon = rest.indexOf(":");
  return colon < 0 ? { Name: "", Namespace: "" } : { Name: rest.slice(colon + 1), Namespace: rest.slice(0, colon) };
}

/** Kyverno's user library. */
export const USER_FUNCTIONS: readonly CelFunction[] = withNamespace("user", "parseServiceAccount", (name) => [
  celFunction({
    name,
    args: [string],
    result: SERVICE_ACCOUNT,
    note: "Name and Namespace of the service account that a user name stands for; both empty for other users.",
    example: `${name}("system:serviceaccount:ci:builder").Namespace == "ci"`,
    since: "0.2.0",
    call: parseServiceAccount,
  }),
]);
