/** An IPv4 or IPv6 address, without a zone. */
export interface IpAddress {
  readonly family: 4 | 6;
  /** The address as a number of 32 or 128 bits. */
  readonly bits: bigint;
}

/** An address with the length of its network's prefix. The bits behind the prefix are kept. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

/** Why a text is no address that the functions take. */
export type IpRefusal = "malformed" | "zone" | "mapped";

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const GROUPS = 8;
/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` */
const MAX_LENGTH = 45;
const MAPPED_PREFIX = 0xffffn;

/**
 * Reads an address: dotted IPv4 without leading zeros, or IPv6 with at most one `::`. Zones are refused, and so is IPv4
 * in IPv6 (`::ffff:1.2.3.4`); with `unmap` only where it is written with dots, while `::ffff:102:304` is the IPv4
 * address, as CEL's network extension has it.
 */
export function readIp(text: string, unmap = false): IpAddress | IpRefusal {
  if (!text.includes(":")) return readIpv4(text) ?? "malformed";
  const zone = text.indexOf("%");
  const bits = readIpv6(zone === -1 ? text : text.slice(0, zone));
  if (bits === undefined) return "malformed";
  if (zone !== -1) return zone === text.length - 1 ? "malformed" : "zone";
  if (bits >> 32n !== MAPPED_PREFIX) return { family: 6, bits };
  return unmap && !text.includes(".") ? { family: 4, bits: bits & 0xffffffffn } : "mapped";
}

/** Reads `address/length`; the length is decimal, without sign and leading zeros. */
export function readIpPrefix(text: string): IpPrefix | IpRefusal {
  const slash = text.lastIndexOf("/");
  if (slash === -1) return "malformed";
  const address = readIp(text.slice(0, slash));
  if (typeof address === "string") return address;
  const digits = text.slice(slash + 1);
  if (!OCTET.test(digits) || Number(digits) > widthOf(address)) return "malformed";
  return { address, length: Number(digits) };
}

/** The canonical text (IPv6: RFC 5952). */
export function formatIp({ family, bits }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: GROUPS }, (_, index) => (bits >> BigInt((7 - index) * 16)) & 0xffffn);
  const [start, end] = longestZeros(groups);
  const show = (part: readonly bigint[]): string => part.map((group) => group.toString(16)).join(":");
  return end - start < 2 ? show(groups) : `${show(groups.slice(0, start))}::${show(groups.slice(end))}`;
}

/** `address/length`, the address as it is. */
export function formatIpPrefix({ address, length }: IpPrefix): string {
  return `${formatIp(address)}/${length}`;
}

/** The prefix with zeros behind it. */
export function maskIpPrefix({ address, length }: IpPrefix): IpPrefix {
  const shift = BigInt(widthOf(address) - length);
  return { address: { family: address.family, bits: (address.bits >> shift) << shift }, length };
}

/** Whether an address of the same family lies in the network. */
export function containsIp({ address, length }: IpPrefix, other: IpAddress): boolean {
  const shift = BigInt(widthOf(address) - length);
  return address.family === other.family && address.bits >> shift === other.bits >> shift;
}

/** 32 or 128. */
function widthOf({ family }: IpAddress): 32 | 128 {
  return family === 4 ? 32 : 128;
}

function readIpv4(text: string): IpAddress | undefined {
  if (text.length > 15) return undefined;
  const octets = text.split(".");
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return undefined;
  return { family: 4, bits: octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n) };
}

function readIpv6(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (head === undefined) return undefined;
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? [], true);
  if (before === undefined || after === undefined) return undefined;
  const missing = GROUPS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after];
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

/** The groups of 16 bits; the last part of the address may be IPv4, which gives two. */
function readGroups(parts: readonly string[], isLast: boolean): readonly number[] | undefined {
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = isLast && index === parts.length - 1 && part.includes(".") ? readIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4.bits >> 16n), Number(ipv4.bits & 0xffffn));
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Where the first of the longest runs of zeros starts and ends. */
function longestZeros(groups: readonly bigint[]): readonly [start: number, end: number] {
  let longest: readonly [number, number] = [0, 0];
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0n) start = index + 1;
    else if (index + 1 - start > longest[1] - longest[0]) longest = [start, index + 1];
  }
  return longest;
}
