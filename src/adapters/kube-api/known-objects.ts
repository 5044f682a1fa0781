import { memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import type { ClusterEvent, ClusterKind } from "../../ports/index.ts";

/** What is remembered of an object: enough to see that it has changed or gone. */
interface Known {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The list that saw it last. */
  list: number;
}

/** Turns lists and watch events into what a follower is told, each change once. */
export interface KnownObjects {
  /** Begins a list: what it does not see will be gone when it ends. */
  beginList(): void;
  /** An object of a list, or one that a watch says was added or modified. */
  see(object: ValueObject): readonly ClusterEvent[];
  /** The list is complete. */
  endList(): readonly ClusterEvent[];
  /** A watch says that the object is deleted. */
  lose(object: ValueObject): readonly ClusterEvent[];
}

/** Remembers the objects of one kind by namespace and name. */
export function createKnownObjects(kind: ClusterKind): KnownObjects {
  const known = new Map<string, Known>();
  let list = 0;
  return {
    beginList() {
      list += 1;
    },
    see(object) {
      const found = describe(object, list);
      const key = keyOf(found);
      const before = known.get(key);
      known.set(key, found);
      if (before === undefined) return [{ type: "added", object }];
      if (before.uid !== found.uid) {
        return [
          { type: "deleted", object: remnantOf(kind, before) },
          { type: "added", object },
        ];
      }
      return before.resourceVersion === found.resourceVersion ? [] : [{ type: "modified", object }];
    },
    endList() {
      const gone = [...known].filter(([, object]) => object.list !== list);
      for (const [key] of gone) known.delete(key);
      return gone.map(([, object]) => ({ type: "deleted", object: remnantOf(kind, object) }));
    },
    lose(object) {
      // What was never told needs no farewell.
      return known.delete(keyOf(describe(object, list))) ? [{ type: "deleted", object }] : [];
    },
  };
}

function describe(object: ValueObject, list: number): Known {
  const metadata = memberOf(object, "metadata");
  const namespace = memberOf(metadata, "namespace");
  return {
    namespace: typeof namespace === "string" ? namespace : undefined,
    name: textOf(metadata, "name"),
    uid: textOf(metadata, "uid"),
    resourceVersion: textOf(metadata, "resourceVersion"),
    list,
  };
}

/** Neither part of the key can hold a slash. */
function keyOf({ namespace = "", name }: Known): string {
  return `${namespace}/${name}`;
}

function remnantOf(kind: ClusterKind, { namespace, name, uid, resourceVersion }: Known): Value {
  return {
    apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: { ...(namespace === undefined ? {} : { namespace }), name, uid, resourceVersion },
  };
}
