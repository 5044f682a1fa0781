import { AmapError } from "../../base/index.ts";

/** Where a store is. */
export type StoreAddress =
  | { readonly kind: "sqlite"; readonly path: string; readonly shown: string }
  | { readonly kind: "postgres"; readonly url: string; readonly shown: string };

/**
 * `postgres://…` or `postgresql://…`, `:memory:`, or the path of a file. `shown` has no credentials.
 * @throws {AmapError} USAGE for an empty address or another scheme
 */
export function parseStoreAddress(address: string): StoreAddress {
  if (/^postgres(?:ql)?:/i.test(address)) return { kind: "postgres", url: address, shown: withoutCredentials(address) };
  if (address === "" || address.includes("\0"))
    throw new AmapError("USAGE", "the store's address is empty or holds NUL");
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1];
  if (scheme !== undefined) {
    throw new AmapError("USAGE", `a store's address is a path or begins with postgres://, found ${scheme}://`);
  }
  return { kind: "sqlite", path: address, shown: address };
}

function withoutCredentials(address: string): string {
  if (!URL.canParse(address)) throw new AmapError("USAGE", "the store's address is not a valid postgres:// URL");
  const { protocol, host, pathname } = new URL(address);
  // A password may also stand in the query.
  return `${protocol}//${host}${pathname}`;
}
