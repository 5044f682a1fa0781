import { formatIp } from "../kubernetes/ip-address.ts";
import { derInvalid } from "./der.ts";

const MAPPED_PREFIX = 0xffffn;

/**
 * An IP address of 4 or 16 octets as Go writes it (RFC 5952; an IPv4 address inside IPv6 as IPv4).
 * @throws {CelError} invalid_argument
 */
export function formatIpOctets(octets: Uint8Array): string {
  if (octets.length !== 4 && octets.length !== 16) throw derInvalid("an IP address");
  const bits = octets.reduce<bigint>((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  const isIpv4 = octets.length === 4 || bits >> 32n === MAPPED_PREFIX;
  return formatIp({ family: isIpv4 ? 4 : 6, bits });
}
