import type { Value } from "../../../../base/index.ts";
import { hostnameOf, readUrl, UrlFault } from "../../cel/functions/kubernetes/go-url.ts";
import { containsIp, type IpAddress, readIp, readIpPrefix } from "../../cel/functions/kubernetes/ip-address.ts";
import type { JmesFunction } from "../function.ts";
import { STRING, textArgument } from "./arguments.ts";
import { callFailed, failed } from "./failure.ts";
import { byteText, quoteBytes } from "./go-quote.ts";

/** Networks that are this machine or a private one (RFC 1122, RFC 1918, RFC 4193). */
const INTERNAL = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"].map((text) => {
  const prefix = readIpPrefix(text);
  if (typeof prefix === "string") throw new Error(`not a network: ${text}`);
  return prefix;
});

/** Names that stand for this machine whatever a name server says (RFC 6761, section 6.3). */
const LOCALHOST = /^(?:.+\.)?localhost\.?$/i;

function isExternal(args: readonly Value[]): boolean {
  // Kyverno's message names the other function here.
  const text = textArgument("path_canonicalize", args, 0);
  const url = readUrl(text);
  if (url instanceof UrlFault) throw failed(`parse ${quoteBytes(byteText(shown(text)))}: ${url.reason}`);
  const host = hostnameOf(url);
  const address = addressOf(host);
  if (address !== undefined) return !INTERNAL.some((network) => containsIp(network, address));
  if (LOCALHOST.test(host)) return false;
  if (host === "") throw failed("lookup : no such host");
  throw callFailed(
    "is_external_url",
    `the name ${JSON.stringify(host.slice(0, 253))} is not looked up: a decision would depend on a name server's answer of the moment; use an address`,
  );
}

/** The URL as the message shows it: without its fragment, as in Go, and without a password. */
function shown(text: string): string {
  return text.replace(/#.*$/s, "").replace(/\/\/[^/?]*@/, "//***@");
}

/** An address, also IPv4 written inside IPv6, and one with a zone, which is of this machine's networks. */
function addressOf(host: string): IpAddress | undefined {
  const address = readIp(host, true);
  if (address === "zone") return addressOf(host.slice(0, host.indexOf("%")));
  if (typeof address !== "string") return address;
  const inner = address === "mapped" ? readIp(host.slice(host.lastIndexOf(":") + 1)) : undefined;
  return typeof inner === "object" ? inner : undefined;
}

/** Kyverno's function over URLs. */
export const NETWORK_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "is_external_url",
    args: [STRING],
    result: "bool",
    note: "Whether the URL's host is an address that is neither this machine nor in a private network; names but localhost are an error.",
    example: "!is_external_url('https://10.0.0.1/api')",
    since: "0.2.0",
    call: isExternal,
  },
];
