import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** How often and how long Node's own signature check ran. */
export interface SignatureTime {
  readonly checks: number;
  readonly ms: number;
}

/** Runs something while `verify` of node:crypto is timed; the clock's own cost is in neither. */
export function timeSignatures(run: () => void): SignatureTime {
  const { verify } = crypto;
  let checks = 0;
  let ms = 0;
  const timed = (...words: Parameters<typeof verify>): ReturnType<typeof verify> => {
    const started = performance.now();
    const result = verify(...words);
    ms += performance.now() - started;
    checks += 1;
    return result;
  };
  crypto.verify = timed as typeof verify;
  syncBuiltinESMExports();
  try {
    run();
  } finally {
    crypto.verify = verify;
    syncBuiltinESMExports();
  }
  return { checks, ms };
}
