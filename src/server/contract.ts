import type { FastifyReply, FastifyRequest } from "fastify";
import type { RouteBody, RouteKey, RouteParams, RouteQuery, RouteResponse } from "../api/index.ts";
import type { PageQuery } from "../app/index.ts";
import { AmapError, type Digest, isDigest } from "../base/index.ts";

/** The same shape, read only: what the store gives is never written to. */
export type ReadOnly<T> = T extends readonly (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadOnly<T[K]> }
    : T;

/** What a route's handler answers: what the contract says, read only; nothing where the contract has no body. */
export type Answer<K extends RouteKey> = [RouteResponse<K>] extends [never] ? undefined : ReadOnly<RouteResponse<K>>;

/** A request that the contract's schemas took. */
export interface Call<K extends RouteKey> {
  readonly params: RouteParams<K>;
  readonly query: RouteQuery<K>;
  readonly body: RouteBody<K>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A handler for each route of the contract: one that is missing, or answers something else, does not compile. */
export type Handlers = { readonly [K in RouteKey]: (call: Call<K>) => Promise<Answer<K>> };

/** Some of the handlers: what one file of `routes/` makes. */
export type HandlersOf<K extends RouteKey> = Pick<Handlers, K>;

/** Items of a page when the caller does not say. */
const DEFAULT_PAGE_ITEMS = 50;

interface PageParameters {
  readonly cursor?: string | undefined;
  readonly limit?: string | undefined;
}

/** The store's page query, out of the parameters that every list takes. */
export function pageOf({ cursor, limit }: PageParameters): PageQuery {
  return {
    limit: limit === undefined ? DEFAULT_PAGE_ITEMS : Number(limit),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** The members that are there: the store's queries know absent, not undefined. */
export function present<T extends object>(parameters: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** `true` and `false` as the query writes them. */
export function flagOf(text: "true" | "false" | undefined): boolean | undefined {
  return text === undefined ? undefined : text === "true";
}

/**
 * The repository and digest of `REPOSITORY@DIGEST`.
 * @throws {AmapError} REQUEST_INVALID
 */
export function imageOf(text: string): { readonly repository: string; readonly digest: Digest } {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  if (at <= 0 || !isDigest(digest))
    throw new AmapError("REQUEST_INVALID", `image: expected REPOSITORY@DIGEST, found "${text}"`);
  return { repository: text.slice(0, at), digest };
}

/**
 * What the store found.
 * @throws {AmapError} NOT_FOUND when there is nothing
 */
export function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new AmapError("NOT_FOUND", `there is no ${what} in the store`);
  return thing;
}
