import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import * as dns from "node:dns";
import * as net from "node:net";
import { describe, it } from "node:test";
import { createAddressGuard } from "./refused-addresses.ts";

/** A resolver that answers every name with these addresses. */
function guardFor(addresses: readonly LookupAddress[]) {
  const lookup = (_: string, __: object, callback: (error: null, all: readonly LookupAddress[]) => void): void =>
    callback(null, addresses);
  return createAddressGuard(net, { ...dns, lookup } as unknown as typeof dns);
}

const cases: readonly { name: string; addresses: readonly LookupAddress[]; allowed: boolean }[] = [
  { name: "a public address", addresses: [{ address: "192.0.2.1", family: 4 }], allowed: true },
  { name: "a private address", addresses: [{ address: "10.0.0.1", family: 4 }], allowed: true },
  { name: "the metadata address as NAT64", addresses: [{ address: "64:ff9b::a9fe:a9fe", family: 6 }], allowed: false },
  { name: "the metadata address as 6to4", addresses: [{ address: "2002:a9fe:a9fe::1", family: 6 }], allowed: false },
  { name: "no address", addresses: [{ address: "0.0.0.0", family: 4 }], allowed: false },
  { name: "no address of IPv6", addresses: [{ address: "::", family: 6 }], allowed: false },
  { name: "the metadata address", addresses: [{ address: "169.254.169.254", family: 4 }], allowed: false },
  { name: "a link-local IPv6 address", addresses: [{ address: "fe80::1", family: 6 }], allowed: false },
  {
    name: "one refused address among others",
    addresses: [
      { address: "192.0.2.1", family: 4 },
      { address: "::ffff:169.254.169.254", family: 6 },
    ],
    allowed: false,
  },
];

describe("C11: names are resolved under the address rule", () => {
  for (const { name, addresses, allowed } of cases) {
    for (const all of [true, false]) {
      it(`${name} is ${allowed ? "allowed" : "refused"} (all: ${all})`, () => {
        const calls: unknown[][] = [];
        guardFor(addresses).lookup("registry.example", { all }, (...result) => void calls.push(result));
        const [error, found] = calls[0] ?? [];
        assert.equal(error === null, allowed);
        if (allowed) assert.deepEqual(found, all ? addresses : addresses[0]?.address);
      });
    }
  }

  it("a name that does not resolve keeps the resolver's error", () => {
    const failure = Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    const lookup = (_: string, __: object, callback: (error: Error) => void): void => callback(failure);
    const guard = createAddressGuard(net, { ...dns, lookup } as unknown as typeof dns);
    guard.lookup("registry.example", {}, (error) => assert.equal(error, failure));
  });
});
