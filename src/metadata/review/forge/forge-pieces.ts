import { isValueObject, parseTime, type Value, type ValueObject } from "../../../base/index.ts";
import { DocumentReader, join, member } from "../../document-reader.ts";
import type { BranchProtection, ForgeChange, ForgeCommit, ForgePerson, ForgeReview } from "../change.ts";

/** One part of a forge's data; parts of one change come in several files, and are joined by what they name. */
export type ForgePiece =
  | {
      readonly kind: "change";
      readonly key: string;
      readonly change: ForgeChange;
      readonly commitCount?: number;
      /** The change's own reviews are only a part of them. */
      readonly lacksReviews?: boolean;
    }
  | { readonly kind: "reviews"; readonly key: string; readonly reviews: readonly ForgeReview[] }
  | { readonly kind: "commits"; readonly commits: readonly ForgeCommit[] }
  /** When a change's newest commits were pushed: approvals behind that are of its head. */
  | { readonly kind: "pushes"; readonly pushes: readonly ForgePush[] }
  | { readonly kind: "protection"; readonly protection: BranchProtection }
  /** What is known to say nothing that is needed. */
  | { readonly kind: "note"; readonly note: string };

/** The commit that a push made a change's last one. */
export interface ForgePush {
  readonly head: string;
  /** RFC 3339. */
  readonly at: string;
}

/** One kind of object that a forge's API gives, or the members of one kind of list. */
export interface PieceReader {
  /** For messages: `a GitHub pull request`. */
  readonly what: string;
  /** Whether an object is of the kind: by members that only this kind has. */
  readonly recognises: (object: ValueObject) => boolean;
  readonly read: (reader: PieceDocument, object: ValueObject, path: string) => ForgePiece | undefined;
}

/** A document reader with the words that forges share. */
export class PieceDocument extends DocumentReader {
  /** A commit's id in hex. */
  commit(parent: ValueObject, key: string, path: string): string {
    const text = this.string(parent, key, path);
    return text === "" ? text : (this.#checkCommit(text, join(path, key)) ?? "");
  }

  optionalCommit(parent: ValueObject, key: string, path: string): string | undefined {
    const text = this.optionalString(parent, key, path);
    return text === undefined ? undefined : this.#checkCommit(text, join(path, key));
  }

  #checkCommit(text: string, path: string): string | undefined {
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
    return this.refuse(path, "expected a commit's id, of 40 or 64 hexadecimal digits");
  }

  /** A required number that counts from 1. */
  number(parent: ValueObject, key: string, path: string): number {
    const value = member(parent, key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    this.refuse(join(path, key), "expected a positive number");
    return 0;
  }

  optionalCount(parent: ValueObject, key: string, path: string): number | undefined {
    const value = member(parent, key);
    if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
    return this.refuse(join(path, key), "expected a count");
  }

  optionalBoolean(parent: ValueObject, key: string, path: string): boolean | undefined {
    const value = member(parent, key);
    if (value === undefined || typeof value === "boolean") return value;
    return this.refuse(join(path, key), "expected true or false");
  }
}

/** Oldest first; what has no time stays where it is, behind what comes before it. */
export function byTime<T extends { readonly at?: string }>(items: readonly T[]): readonly T[] {
  let last = Number.NEGATIVE_INFINITY;
  const timed = items.map((item) => {
    last = parseTime(item.at ?? "") ?? last;
    return { item, time: last };
  });
  return timed.sort((one, other) => one.time - other.time).map(({ item }) => item);
}

/** GraphQL's `{nodes: […]}` and the plain list of REST: their objects. */
export function nodesOf(value: Value | undefined): readonly Value[] {
  const list = isValueObject(value) ? member(value, "nodes") : value;
  return Array.isArray(list) ? (list as readonly Value[]) : [];
}

/** How many things are missing in GraphQL's `{nodes, totalCount, pageInfo}`, as far as it tells: at least so many. */
export function missingNodes(value: Value | undefined): number {
  if (!isValueObject(value)) return 0;
  const [total, page] = [member(value, "totalCount"), member(value, "pageInfo")];
  const isCutOff =
    isValueObject(page) && (member(page, "hasNextPage") === true || member(page, "hasPreviousPage") === true);
  const missing = typeof total === "number" ? total - nodesOf(value).length : 0;
  return Math.max(missing, isCutOff ? 1 : 0);
}

/** People who stand in lines `Name <address>`. */
export function personOfAddress(email: string | undefined): ForgePerson {
  return { emails: email === undefined || email === "" ? [] : [email], isBot: false };
}
