/** Requests to a real API server, as its administrator or as whoever the administrator stands in for. */
import { Agent, request } from "node:https";
import { readJson, type Value, writeJson } from "../../src/base/index.ts";
import type { RunningKubernetes } from "../../tools/peers/kubernetes.ts";

/** What the API server answers. */
export interface Answer {
  readonly status: number;
  /** Null when it sends nothing. */
  readonly body: Value;
  /** The texts of its `Warning` headers. */
  readonly warnings: readonly string[];
  /** Names the request's audit event. */
  readonly auditId: string;
}

/** A connection to one API server. */
export class ApiClient {
  readonly #cluster: RunningKubernetes;
  readonly #agent: Agent;

  /** `parallel`: how many requests may be under way. */
  constructor(cluster: RunningKubernetes, parallel: number) {
    this.#cluster = cluster;
    this.#agent = new Agent({ ca: cluster.caPem, keepAlive: true, maxSockets: parallel });
  }

  close(): void {
    this.#agent.destroy();
  }

  send(
    method: string,
    path: string,
    body?: Value,
    more: Readonly<Record<string, string | string[]>> = {},
  ): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.#cluster.adminToken}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...more,
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: 20_000 };
      const sent = request(this.#cluster.server + path, options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("error", reject);
        answer.on("end", () => {
          const { warning = "", "audit-id": auditId = "" } = answer.headers;
          resolve({
            status: answer.statusCode ?? 0,
            body: text === "" ? null : readJson(text),
            warnings: warningsOf(warning),
            auditId: String(auditId),
          });
        });
      });
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} took too long`)));
      sent.end(body === undefined ? undefined : writeJson(body));
    });
  }
}

/** Of `299 - "text", 299 - "text"`, the texts. */
function warningsOf(header: string | readonly string[]): readonly string[] {
  return [...String(header).matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replaceAll(/\\(.)/g, "$1"),
  );
}

/** Runs over all, so many at a time. */
export async function inParallel<T>(
  parallel: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
