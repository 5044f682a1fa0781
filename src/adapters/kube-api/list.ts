import {
  AmapError,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import type { ClusterKind, ClusterSelection } from "../../ports/index.ts";
import type { ApiClient } from "./api-client.ts";
import { collectionPath } from "./paths.ts";
import { refusalOf } from "./status-error.ts";

/** One page of a list. */
export interface Page {
  readonly items: readonly ValueObject[];
  readonly resourceVersion: string;
}

/** How many pages of how many items. */
export interface ListLimits {
  readonly pageItems: number;
  readonly pages: number;
}

/** Items that a page is asked for when a larger one has more bytes than are accepted. */
const SMALL_PAGE_ITEMS = 20;

/** What is asked for, for messages. */
export function describeKind(verb: string, kind: ClusterKind, selection: ClusterSelection = {}): string {
  const group = kind.group === "" ? "" : `.${kind.group}`;
  return `${verb} ${kind.resource}${group}${selection.namespace === undefined ? "" : ` in ${selection.namespace}`}`;
}

/**
 * The pages of a list. `onExpired` says what happens when the server has forgotten the moment of the first page: "fail", or
 * "continue" after the last item told, at a newer moment (the server's own offer; the list is then no snapshot).
 * @throws {AmapError} CLUSTER_…, LIMIT_EXCEEDED
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listPages(
  api: ApiClient,
  kind: ClusterKind,
  selection: ClusterSelection,
  options: {
    readonly limits: ListLimits;
    readonly onExpired: "fail" | "continue";
    readonly isTriedOnce?: boolean;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<Page, void, undefined> {
  const what = describeKind("list", kind, selection);
  let items = options.limits.pageItems;
  let continueToken: string | undefined;
  for (let page = 0; page < options.limits.pages; page += 1) {
    let answer: Value;
    try {
      answer = await api.send({
        method: "GET",
        path: collectionPath(kind, selection.namespace),
        query: { ...selectors(selection), limit: String(items), continue: continueToken },
        maxBytes: LIMITS.clusterPageBytes,
        what,
        isTriedOnce: options.isTriedOnce === true,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      const offered = refusalOf(error)?.status === 410 ? refusalOf(error)?.continueToken : undefined;
      if (options.onExpired === "continue" && offered !== undefined && offered !== continueToken) {
        continueToken = offered;
        continue;
      }
      if (!isAmapError(error, "LIMIT_EXCEEDED") || items <= SMALL_PAGE_ITEMS) throw error;
      items = SMALL_PAGE_ITEMS;
      continue;
    }
    const read = readPage(answer, kind, what);
    yield read;
    const next = memberOf(memberOf(answer, "metadata"), "continue");
    if (typeof next !== "string" || next === "") return;
    continueToken = next;
  }
  throw new AmapError("LIMIT_EXCEEDED", `${what}: expected at most ${options.limits.pages} pages, found more`);
}

/** The query of a selection, for lists and watches. */
export function selectors({ labelSelector, fieldSelector }: ClusterSelection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}

function readPage(answer: Value, kind: ClusterKind, what: string): Page {
  const resourceVersion = memberOf(memberOf(answer, "metadata"), "resourceVersion");
  // Go writes an empty list as null where nobody took care.
  const items: unknown = memberOf(answer, "items") ?? [];
  if (!Array.isArray(items) || typeof resourceVersion !== "string" || !items.every((item) => isValueObject(item))) {
    throw new AmapError("CLUSTER_UNAVAILABLE", `${what}: the server's answer is not a list`, {
      details: { retry: false },
    });
  }
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  // Items of a list have no type of their own (built-in kinds) or the list's.
  return { items: items.map((item: ValueObject) => ({ apiVersion, kind: kind.kind, ...item })), resourceVersion };
}
