import type { LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { AmapError } from "../../base/index.ts";

type NetModules = typeof import("node:net");
type DnsModules = typeof import("node:dns");

/** Decides which addresses are never connected to, and resolves names under that rule. */
export interface AddressGuard {
  /** @throws {AmapError} REGISTRY_UNREACHABLE for a literal address that is refused */
  readonly checkHost: (hostname: string) => void;
  readonly lookup: LookupFunction;
}

const refusal = (hostname: string): AmapError =>
  new AmapError(
    "REGISTRY_UNREACHABLE",
    `${hostname} leads to a link-local or metadata address (or to none), which is refused`,
    {
      hint: "A registry must not live on 169.254.0.0/16, fe80::/10 or a cloud's metadata address.",
      details: { host: hostname },
    },
  );

/**
 * Refuses link-local addresses and the clouds' metadata services: nothing that amap talks to lives there, and a
 * redirect or token realm that leads there is an attempt to read instance credentials (security class C11). The check
 * is made on the resolved address that is then connected to, so a name that resolves anew cannot pass it.
 */
export function createAddressGuard({ BlockList, isIP }: NetModules, dns: DnsModules): AddressGuard {
  const refused = new BlockList();
  refused.addSubnet("169.254.0.0", 16, "ipv4");
  refused.addSubnet("fe80::", 10, "ipv6");
  // The same IPv4 addresses as NAT64 (RFC 6052) and 6to4 (RFC 3056) spell them, and "any", which reaches this machine.
  refused.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
  refused.addSubnet("64:ff9b::6464:64c8", 128, "ipv6");
  refused.addSubnet("2002:a9fe::", 32, "ipv6");
  refused.addSubnet("2002:6464:64c8::", 48, "ipv6");
  refused.addSubnet("0.0.0.0", 8, "ipv4");
  refused.addAddress("::", "ipv6");
  refused.addAddress("fd00:ec2::254", "ipv6");
  refused.addAddress("100.100.100.200", "ipv4");
  const isRefused = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && refused.check(address, version === 6 ? "ipv6" : "ipv4");
  };
  return {
    checkHost(hostname) {
      const literal = hostname.replace(/^\[|\]$/g, "");
      if (isRefused(literal)) throw refusal(hostname);
    },
    lookup(hostname, options: LookupOptions, callback) {
      dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
        const first = addresses?.[0];
        if (error || first === undefined) return callback(error ?? refusal(hostname), "", 4);
        if (addresses.some(({ address }) => isRefused(address))) return callback(refusal(hostname), "", 4);
        if (options.all) return callback(null, addresses);
        return callback(null, first.address, first.family);
      });
    },
  };
}
