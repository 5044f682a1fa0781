/** The door of `adapters/local-key`: keys in memory, by node:crypto; Ed25519ph by @noble/curves. */
export { createSigningKeys, openSigningKey } from "./signing-keys.ts";
