import { constants } from "node:os";
import { AmapError } from "../base/index.ts";

/** What a run may still take after it was told to stop: uploads are given up and temporary files removed. */
const STOPPING_MS = 4_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A signal that is aborted when the process is told to stop. Until it is asked for, the process ends as Node ends it, at
 * once: a run that connects to nothing and writes nothing has nothing to clean up, and may be busy for long. The second
 * time it is told, or after some seconds, the process ends in any case.
 */
export function interruptionOf(target: NodeJS.Process): () => AbortSignal {
  let controller: AbortController | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const exitCode = exitCodeOf(signal);
    if (controller?.signal.aborted) target.exit(exitCode);
    setTimeout(() => target.exit(exitCode), STOPPING_MS).unref();
    controller?.abort(new AmapError("INTERRUPTED", `stopped by ${signal}`, { details: { signal, exitCode } }));
  };
  return () => {
    if (controller === undefined) {
      controller = new AbortController();
      for (const signal of SIGNALS) target.on(signal, stop);
    }
    return controller.signal;
  };
}

/** As shells show a program that a signal has ended: 130 for SIGINT, 143 for SIGTERM. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
