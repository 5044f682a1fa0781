import { containsIp, type IpAddress, type IpPrefix, readIpPrefix } from "./ip-address.ts";

const LOOPBACK = ranges("127.0.0.0/8", "::1/128");
const UNSPECIFIED = ranges("0.0.0.0/32", "::/128");
const BROADCAST = ranges("255.255.255.255/32");
const MULTICAST = ranges("224.0.0.0/4", "ff00::/8");
const LINK_LOCAL_UNICAST = ranges("169.254.0.0/16", "fe80::/10");
const LINK_LOCAL_MULTICAST = ranges("224.0.0.0/24");

/** 0.0.0.0 or `::`. */
export function isUnspecified(address: IpAddress): boolean {
  return isIn(UNSPECIFIED, address);
}

/** 127.0.0.0/8 or `::1`. */
export function isLoopback(address: IpAddress): boolean {
  return isIn(LOOPBACK, address);
}

/** 224.0.0.0/24, or IPv6 multicast of link-local scope with any flags. */
export function isLinkLocalMulticast(address: IpAddress): boolean {
  if (address.family === 6) return ((address.bits >> 112n) & 0xff0fn) === 0xff02n;
  return isIn(LINK_LOCAL_MULTICAST, address);
}

/** 169.254.0.0/16 or fe80::/10. */
export function isLinkLocalUnicast(address: IpAddress): boolean {
  return isIn(LINK_LOCAL_UNICAST, address);
}

/** All but unspecified, broadcast, loopback, multicast and link-local addresses. */
export function isGlobalUnicast(address: IpAddress): boolean {
  return ![UNSPECIFIED, BROADCAST, LOOPBACK, MULTICAST, LINK_LOCAL_UNICAST].some((each) => isIn(each, address));
}

function isIn(prefixes: readonly IpPrefix[], address: IpAddress): boolean {
  return prefixes.some((prefix) => containsIp(prefix, address));
}

function ranges(...texts: readonly string[]): readonly IpPrefix[] {
  return texts.map(readIpPrefix).filter((prefix) => typeof prefix !== "string");
}
