import { AmapError, LIMITS } from "../base/index.ts";

const WINDOW_MS = 60_000;

/** Counts logins that were refused, so that tokens cannot be tried at will. */
export interface LoginRate {
  /**
   * Counts an attempt before it is made, so that attempts made side by side all count.
   * @throws {AmapError} RATE_LIMITED, with `details.retryAfterS`
   */
  begin(address: string): void;
  /** Takes the attempt back: who has a token is not counted. */
  succeeded(address: string): void;
}

/**
 * A limit for each address and one for all, over windows of a minute. It remembers a bounded number of addresses: where
 * more of them try (IPv6 gives one person many) the limit for all holds. Guessing a token of 256 bits is hopeless
 * anyway; what is guarded is the store's time.
 */
export function createLoginRate(now: () => number): LoginRate {
  let startedAt = now();
  let total = 0;
  const byAddress = new Map<string, number>();
  const refuse = (): never => {
    const retryAfterS = Math.max(1, Math.ceil((startedAt + WINDOW_MS - now()) / 1000));
    throw new AmapError("RATE_LIMITED", "too many logins were refused", { details: { retryAfterS } });
  };
  return {
    begin: (address) => {
      const elapsed = now() - startedAt;
      if (elapsed >= WINDOW_MS || elapsed < 0) {
        startedAt = now();
        total = 0;
        byAddress.clear();
      }
      const count = byAddress.get(address) ?? 0;
      if (total >= LIMITS.loginRefusals || count >= LIMITS.loginRefusalsPerAddress) refuse();
      total += 1;
      if (count > 0 || byAddress.size < LIMITS.loginAddresses) byAddress.set(address, count + 1);
    },
    succeeded: (address) => {
      total = Math.max(0, total - 1);
      byAddress.set(address, Math.max(0, (byAddress.get(address) ?? 1) - 1));
    },
  };
}
