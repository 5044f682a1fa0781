import { CelError } from "../../error.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { Opaque } from "../../values/value.ts";
import { readOnce, shown } from "./constants.ts";
import {
  containsIp,
  formatIp,
  formatIpPrefix,
  type IpAddress,
  type IpPrefix,
  type IpRefusal,
  maskIpPrefix,
  readIp,
  readIpPrefix,
} from "./ip-address.ts";
import * as range from "./ip-ranges.ts";
import { CIDR, cidrValue, IP, ipValue } from "./opaque-values.ts";

const { bool, int, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;

type Ip = Opaque<IpAddress>;
type Cidr = Opaque<IpPrefix>;

const REFUSALS: Readonly<Record<IpRefusal, string>> = {
  malformed: "it does not parse",
  zone: "a zone is not allowed",
  mapped: "IPv4 in IPv6 is not allowed",
};

function addressOf(text: string, unmap: boolean): IpAddress {
  const address = readIp(text, unmap);
  if (typeof address !== "string") return address;
  throw new CelError("invalid_argument", `not an IP address: ${shown(text)}: ${REFUSALS[address]}`);
}

function prefixOf(text: string): IpPrefix {
  const prefix = readIpPrefix(text);
  if (typeof prefix !== "string") return prefix;
  throw new CelError("invalid_argument", `not a network in CIDR notation: ${shown(text)}: ${REFUSALS[prefix]}`);
}

/** Whether all of the other network lies in this one. */
function containsCidr(prefix: IpPrefix, other: IpPrefix): boolean {
  return prefix.length <= other.length && containsIp(prefix, other.address);
}

function property(name: string, test: (address: IpAddress) => boolean, note: string, example: string): CelFunction {
  return celFunction({ ...method, name, args: [IP], result: bool, note, example, call: ({ value }) => test(value) });
}

/**
 * The functions of IP addresses. With `unmap`, as in CEL's network extension, an IPv4 address in IPv6 that is written
 * in hexadecimal is the IPv4 address; Kubernetes refuses it.
 */
function ipFunctions(unmap: boolean): readonly CelFunction[] {
  const read = (text: string): Ip => ipValue(addressOf(text, unmap));
  return [
    celFunction({
      name: "ip",
      args: [string],
      result: IP,
      note: "The IPv4 or IPv6 address a text spells; zones and IPv4 in IPv6 are refused.",
      example: "ip('2001:DB8::1') == ip('2001:db8:0::1')",
      since,
      prepare: readOnce(read),
      call: read,
    }),
    celFunction({
      name: "isIP",
      args: [string],
      result: bool,
      note: "Whether a text spells an IP address that ip takes.",
      example: "isIP('127.0.0.1') && !isIP('127.0.0.01')",
      since,
      call: (text) => typeof readIp(text, unmap) !== "string",
    }),
    celFunction({
      name: "ip.isCanonical",
      args: [string],
      result: bool,
      note: "Whether a text is the one canonical spelling of its IP address.",
      example: "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
      since,
      call: (text) => formatIp(addressOf(text, unmap)) === text,
    }),
    celFunction({
      name: "string",
      args: [IP],
      result: string,
      note: "The canonical text of an IP address.",
      example: "string(ip('2001:DB8::0:1')) == '2001:db8::1'",
      since,
      call: ({ value }) => formatIp(value),
    }),
    celFunction({
      ...method,
      name: "family",
      args: [IP],
      result: int,
      note: "4 or 6.",
      example: "ip('::1').family() == 6",
      call: ({ value }) => value.family,
    }),
    property("isUnspecified", range.isUnspecified, "Whether it is 0.0.0.0 or ::.", "ip('::').isUnspecified()"),
    property("isLoopback", range.isLoopback, "Whether it is in 127.0.0.0/8 or ::1.", "ip('127.0.0.1').isLoopback()"),
    property(
      "isLinkLocalMulticast",
      range.isLinkLocalMulticast,
      "Whether it is in 224.0.0.0/24, or an IPv6 multicast address of link-local scope (ff02::).",
      "ip('224.0.0.1').isLinkLocalMulticast()",
    ),
    property(
      "isLinkLocalUnicast",
      range.isLinkLocalUnicast,
      "Whether it is in 169.254.0.0/16 or fe80::/10.",
      "ip('169.254.169.254').isLinkLocalUnicast()",
    ),
    property(
      "isGlobalUnicast",
      range.isGlobalUnicast,
      "Whether it is neither unspecified, broadcast, loopback, multicast nor link-local; private addresses are.",
      "ip('192.168.0.1').isGlobalUnicast() && !ip('ff00::1').isGlobalUnicast()",
    ),
  ];
}

function containment(unmap: boolean): readonly CelFunction[] {
  const containsIP = { ...method, name: "containsIP", result: bool } as const;
  const containsCIDR = { ...method, name: "containsCIDR", result: bool } as const;
  return [
    celFunction({
      ...containsIP,
      args: [CIDR, IP],
      note: "Whether an IP address is in the network.",
      example: "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1'))",
      call: (cidr, ip) => containsIp(cidr.value, ip.value),
    }),
    celFunction({
      ...containsIP,
      args: [CIDR, string],
      note: "Whether the IP address a text spells is in the network.",
      example: "!cidr('192.168.0.0/24').containsIP('192.168.1.1')",
      call: (cidr, text) => containsIp(cidr.value, addressOf(text, unmap)),
    }),
    celFunction({
      ...containsCIDR,
      args: [CIDR, CIDR],
      note: "Whether all of another network is in the network.",
      example: "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24'))",
      call: (cidr, other) => containsCidr(cidr.value, other.value),
    }),
    celFunction({
      ...containsCIDR,
      args: [CIDR, string],
      note: "Whether all of the network a text spells is in the network.",
      example: "!cidr('192.168.0.0/24').containsCIDR('192.168.0.0/23')",
      call: (cidr, text) => containsCidr(cidr.value, prefixOf(text)),
    }),
  ];
}

function cidrFunctions(unmap: boolean): readonly CelFunction[] {
  const read = (text: string): Cidr => cidrValue(prefixOf(text));
  return [
    celFunction({
      name: "cidr",
      args: [string],
      result: CIDR,
      note: "The network that a text spells in CIDR notation; bits behind the prefix are kept.",
      example: "cidr('192.168.0.1/24').prefixLength() == 24",
      since,
      prepare: readOnce(read),
      call: read,
    }),
    celFunction({
      name: "isCIDR",
      args: [string],
      result: bool,
      note: "Whether a text spells a network in CIDR notation.",
      example: "isCIDR('::1/128') && !isCIDR('10.0.0.0/33')",
      since,
      call: (text) => typeof readIpPrefix(text) !== "string",
    }),
    celFunction({
      name: "string",
      args: [CIDR],
      result: string,
      note: "The network in CIDR notation, its address in canonical form.",
      example: "string(cidr('2001:DB8::/32')) == '2001:db8::/32'",
      since,
      call: ({ value }) => formatIpPrefix(value),
    }),
    ...containment(unmap),
    celFunction({
      ...method,
      name: "ip",
      args: [CIDR],
      result: IP,
      note: "The network's address as it was written.",
      example: "cidr('192.168.0.1/24').ip() == ip('192.168.0.1')",
      call: ({ value }) => ipValue(value.address),
    }),
    celFunction({
      ...method,
      name: "masked",
      args: [CIDR],
      result: CIDR,
      note: "The network with zeros behind its prefix.",
      example: "cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')",
      call: ({ value }) => cidrValue(maskIpPrefix(value)),
    }),
    celFunction({
      ...method,
      name: "prefixLength",
      args: [CIDR],
      result: int,
      note: "The number of bits of the prefix.",
      example: "cidr('::1/128').prefixLength() == 128",
      call: ({ value }) => value.length,
    }),
  ];
}

/** Kubernetes' IP addresses. */
export const IP_FUNCTIONS: readonly CelFunction[] = ipFunctions(false);

/** Kubernetes' networks in CIDR notation. */
export const CIDR_FUNCTIONS: readonly CelFunction[] = cidrFunctions(false);

/** Both as CEL's own network extension has them. */
export const NETWORK_FUNCTIONS: readonly CelFunction[] = [...ipFunctions(true), ...cidrFunctions(true)];
