import type { CelLibrary } from "../../library.ts";
import { AUTHORIZER_FUNCTIONS, AUTHORIZER_SELECTOR_FUNCTIONS } from "./authorizer.ts";
import { FORMAT_FUNCTIONS } from "./format.ts";
import { LIST_FUNCTIONS } from "./lists.ts";
import { CIDR_FUNCTIONS, IP_FUNCTIONS, NETWORK_FUNCTIONS } from "./network.ts";
import { QUANTITY_FUNCTIONS } from "./quantity.ts";
import { REGEX_FUNCTIONS } from "./regex.ts";
import { SEMVER_FUNCTIONS } from "./semver.ts";
import { URL_FUNCTIONS } from "./url.ts";

/** The function libraries that Kubernetes 1.36 has beside CEL's own, by Kubernetes' names. */
export const KUBERNETES_LIBRARIES: readonly CelLibrary[] = [
  { name: "kubernetes.authz", functions: AUTHORIZER_FUNCTIONS },
  { name: "kubernetes.authzSelectors", functions: AUTHORIZER_SELECTOR_FUNCTIONS },
  { name: "kubernetes.lists", functions: LIST_FUNCTIONS },
  { name: "kubernetes.regex", functions: REGEX_FUNCTIONS },
  { name: "kubernetes.urls", functions: URL_FUNCTIONS },
  { name: "kubernetes.quantity", functions: QUANTITY_FUNCTIONS },
  { name: "kubernetes.net.ip", functions: IP_FUNCTIONS },
  { name: "kubernetes.net.cidr", functions: CIDR_FUNCTIONS },
  { name: "kubernetes.format", functions: FORMAT_FUNCTIONS },
  { name: "kubernetes.Semver", functions: SEMVER_FUNCTIONS },
];

/**
 * CEL's own network extension, for environments without Kubernetes' libraries: the same functions, but an IPv4 address
 * written as IPv6 in hexadecimal (`::ffff:c0a8:1`) is the IPv4 address.
 */
export const NETWORK_LIBRARY: CelLibrary = { name: "cel.lib.ext.network", functions: NETWORK_FUNCTIONS };
