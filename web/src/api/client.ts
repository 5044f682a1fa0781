import type { Problem, RouteBody, RouteKey, RouteParams, RouteQuery, RouteResponse } from "../../../src/api/index.ts";
import { addressText } from "../text/names.ts";
import { parseExact } from "./exact-json.ts";

type Input<N extends string, V> = [V] extends [never] ? { readonly [K in N]?: never } : { readonly [K in N]: V };
type QueryInput<V> = [V] extends [never] ? { readonly query?: never } : { readonly query?: V };

/** What a call of a route takes: its parameters, its query and its body, as far as it has them. */
export type CallInputs<K extends RouteKey> = Input<"params", RouteParams<K>> &
  Input<"body", RouteBody<K>> &
  QueryInput<RouteQuery<K>>;

/** Calls that need nothing may leave the inputs out. */
export type CallArguments<K extends RouteKey> =
  { readonly query?: never } extends CallInputs<K> ? [inputs?: CallInputs<K>] : [inputs: CallInputs<K>];

interface PlainInputs {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** A refusal by the server, as it was told; or that there was no answer to read (`status` 0). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** The address of a route with its parameters and query filled in: percent-encoded, same origin. */
export function addressOf<K extends RouteKey>(key: K, ...[inputs]: CallArguments<K>): string {
  const { params, query } = (inputs ?? {}) as PlainInputs;
  const path = key
    .slice(key.indexOf(" ") + 1)
    .replace(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(addressText(params?.[name] ?? "")));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.append(name, value);
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/**
 * Calls a route of the API and returns its answer; `undefined` for a route that answers without a body.
 * @throws {ApiError} with the server's problem, or with one of our own when no readable answer came.
 */
export async function call<K extends RouteKey>(
  key: K,
  inputs: CallInputs<K>,
  signal?: AbortSignal,
): Promise<RouteResponse<K>> {
  const { body } = inputs as PlainInputs;
  let response: Response;
  try {
    response = await fetch(addressOf(key, ...([inputs] as unknown as CallArguments<K>)), {
      method: key.slice(0, key.indexOf(" ")),
      credentials: "same-origin",
      redirect: "error",
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(noAnswer("The server cannot be reached.", "Check that amap serve runs, then try again."));
  }
  if (response.status === 204) return undefined as RouteResponse<K>;
  const answer: unknown = await response
    .text()
    .then(parseExact, () => undefined)
    .catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as RouteResponse<K>;
  throw new ApiError(isProblem(answer) ? answer : unreadable(response.status));
}

function isProblem(answer: unknown): answer is Problem {
  return (
    typeof answer === "object" &&
    answer !== null &&
    typeof (answer as Partial<Problem>).title === "string" &&
    typeof (answer as Partial<Problem>).code === "string" &&
    typeof (answer as Partial<Problem>).status === "number"
  );
}

function noAnswer(title: string, hint: string): Problem {
  return { type: "about:blank", title, status: 0, code: "NO_ANSWER", hint, requestId: "" };
}

function unreadable(status: number): Problem {
  return {
    ...noAnswer("The server's answer cannot be read.", "A proxy between may have answered in the server's place."),
    status,
  };
}
