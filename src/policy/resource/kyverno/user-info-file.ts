import type { Decoded } from "../../../base/index.ts";
import { boolean, list, map, objectInAnyCase, optional, type TypeOf, textOfScalar } from "../schema.ts";
import { CLI_HEADER, type CliFile, decodeCliFile } from "./cli-file.ts";

const text = textOfScalar();

/** Kyverno's UserInfo, every field of it. */
export const USER_INFO_FILE = objectInAnyCase({
  ...CLI_HEADER,
  roles: optional(list(text), "The user's Roles, as namespace:name."),
  clusterRoles: optional(list(text), "The user's ClusterRoles."),
  userInfo: optional(
    objectInAnyCase({
      username: optional(text, "The user's name."),
      uid: optional(text, "The user's id."),
      groups: optional(list(text), "The user's groups."),
      extra: optional(map(list(text)), "What else the authenticator says of the user."),
    }),
    "The user.",
  ),
  synchronize: optional(boolean(), "Whether the request is a dry run."),
});

export type UserInfoFile = TypeOf<typeof USER_INFO_FILE>;

/**
 * The user info file that `amap apply --userinfo` and a test's `userinfo` name: who sends the requests. Field names
 * count in any case. A field that does not exist is POLICY_INVALID; text that is not YAML is YAML_INVALID.
 *
 * @example
 * ```ts
 * import { decodeUserInfoFile } from "../../index.ts";
 * const decoded = decodeUserInfoFile("clusterRoles: [admin]\nuserInfo: {username: ann}\n", "user.yaml");
 * decoded.ok ? decoded.value.file.userInfo : undefined; // { username: "ann" }
 * ```
 */
export function decodeUserInfoFile(input: Uint8Array | string, source: string): Decoded<CliFile<UserInfoFile>> {
  return decodeCliFile<UserInfoFile>(input, source, USER_INFO_FILE, ["UserInfo"]);
}
