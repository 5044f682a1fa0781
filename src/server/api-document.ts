import type { Store } from "../app/index.ts";
import { createApplication } from "./application.ts";

/**
 * The OpenAPI 3.1 document of the API as JSON text, indented, with a line break at its end: what the server gives at
 * /api/v1/openapi.json, made without a store or a port.
 * @example
 * ```ts
 * import { openApiDocument } from "./index.ts";
 * (await openApiDocument("1.2.3")).includes('"openapi": "3.1.0"'); // true
 * ```
 */
export async function openApiDocument(version: string): Promise<string> {
  const refuse = async (): Promise<never> => {
    throw new Error("the document is made without a store");
  };
  const quiet = (): void => undefined;
  const { app } = await createApplication({
    store: {} as Store,
    jobs: { list: refuse, retry: refuse },
    explain: refuse,
    chainOf: refuse,
    version,
    demo: false,
    webRoot: undefined,
    now: () => 0,
    randomBytes: (length) => new Uint8Array(length),
    log: { info: quiet, warn: quiet, error: quiet },
    guards: { publicHosts: [], isLoopback: true, isTls: false, trustProxy: false },
    tls: undefined,
    metricsHere: false,
    timing: { pollMs: 500, heartbeatMs: 15_000, headersMs: 10_000, idleMs: 60_000, pingMs: 2_000 },
  });
  const text = `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
  await app.close();
  return text;
}
