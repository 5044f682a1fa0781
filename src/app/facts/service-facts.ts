import {
  encodeUtf8,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  textOf,
  type Value,
  writeJson,
} from "../../base/index.ts";
import { type Fact, type FactRequest, notServed } from "../../policy/index.ts";
import type { HttpClient, HttpResponse } from "../../ports/index.ts";
import { mapBounded } from "../bounded.ts";
import type { World } from "../world.ts";
import type { LoadFacts } from "./fact-memory.ts";

/** Services that are asked at the same time. */
const WIDTH = 8;

/** What services answer to policies, with the connections that are open. Close it when the work is done. */
export interface ServiceFacts {
  readonly load: LoadFacts;
  close(): Promise<void>;
}

/**
 * A loader of `http` and `httpPost` facts: the status and the JSON of the answer, at most LIMITS.httpBodyBytes.
 * Redirects are not followed, and link-local and metadata addresses are refused.
 */
export function createServiceFacts(world: Pick<World, "openHttp">): ServiceFacts {
  /** One client for each bundle of authorities. */
  const clients = new Map<string, Promise<HttpClient>>();
  const clientFor = (caBundle: string): Promise<HttpClient> => {
    const client = clients.get(caBundle) ?? world.openHttp(caBundle === "" ? {} : { caCertificatePem: caBundle });
    clients.set(caBundle, client);
    return client;
  };
  const ask = async ({ kind, params }: FactRequest): Promise<Value> => {
    const client = await clientFor(textOf(params, "caBundle"));
    const body = kind === "http" ? undefined : encodeUtf8(writeJson(memberOf(params, "body") ?? null));
    const answer = await client.send({
      method: body === undefined ? "GET" : "POST",
      url: textOf(params, "url"),
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headersOf(params) },
      maxBytes: LIMITS.httpBodyBytes,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, body: jsonOf(answer) };
  };
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    if (request.kind !== "http" && request.kind !== "httpPost") return notServed(request);
    try {
      return { ok: true, value: await ask(request) };
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      return { ok: false, code: error.code, message: error.message };
    }
  };
  return {
    load: async (requests) => {
      const facts = await mapBounded(requests, WIDTH, loadOne);
      return new Map(requests.map((request, index) => [request.key, facts[index] as Fact]));
    },
    close: async () => {
      for (const client of clients.values()) await (await client.catch(() => undefined))?.close();
      clients.clear();
    },
  };
}

function headersOf(params: Value): Readonly<Record<string, string>> {
  const headers = memberOf(params, "headers");
  if (!isValueObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Null for a body that is no JSON. */
function jsonOf({ body }: HttpResponse): Value {
  try {
    return readJsonFast(body);
  } catch (error) {
    if (isAmapError(error, "JSON_INVALID")) return null;
    throw error;
  }
}
