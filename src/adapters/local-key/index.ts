/** The door of `adapters/local-key`: P-256 keys in memory, by node:crypto. */
export { createSigningKeys } from "./signing-keys.ts";
