import {
  AmapError,
  type ErrorCode,
  equalValues,
  formatTime,
  isAmapError,
  isValueObject,
  memberOf,
  type Value,
  type ValueObject,
} from "../base/index.ts";
import type {
  Cluster,
  ClusterEvent,
  ClusterKind,
  ClusterName,
  ClusterPatch,
  ClusterSelection,
} from "../ports/index.ts";
import {
  frozenCopy,
  keyOf,
  kindKey,
  metadataOf,
  nameOf,
  refusal,
  remnantOf,
  withMetadata,
} from "./fake-cluster-objects.ts";
import { applyFields, applyJsonPatch, applyMergePatch } from "./fake-cluster-patches.ts";
import { readRawPath } from "./fake-cluster-paths.ts";
import { compileSelection } from "./fake-cluster-selectors.ts";

/** A kind that the fake serves. */
export interface FakeKind extends ClusterKind {
  /** Whether `status` is a subresource: then nothing else changes it, and it changes nothing else. */
  readonly hasStatus?: boolean;
}

/** A cluster in memory that can be told to misbehave. */
export interface FakeCluster extends Cluster {
  /** The next `count` requests fail with `code`; opening a watch is a request. */
  fail(count: number, code: ErrorCode): void;
  /** Breaks all open watches: followers are interrupted and go on from where they were. */
  disconnect(): void;
  /** Forgets the past and breaks all open watches: followers list again. */
  compact(): void;
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
}

/** One change, kept for watches. */
interface Change {
  readonly version: number;
  readonly kind: string;
  readonly isDeletion: boolean;
  readonly object: ValueObject;
}

const NAME = /^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/;
const FAKE_CREATION = Date.UTC(2026, 10, 22, 12);

/**
 * A {@link Cluster} with these kinds and no object. As the API server: versions, uids, conflicts, selectors, status
 * subresources, dry runs, patches, no new version where nothing changes. Unlike it: namespaces need not exist and delete
 * nothing with them, nothing is validated beyond name and type, finalizers hold nothing back, fields have no managers.
 */
export function createFakeCluster(
  kinds: readonly FakeKind[],
  options: { readonly now?: () => number } = {},
): FakeCluster {
  const state = createState(kinds, options.now ?? (() => FAKE_CREATION));
  return {
    address: "https://fake.invalid",
    calls: state.calls,
    ...controls(state),
    ...writes(state),
    async version() {
      state.request("version");
      return "v1.36.0-fake";
    },
    async kinds() {
      state.request("kinds");
      return kinds.map(({ group, version, resource, kind, namespaced }) => ({
        group,
        version,
        resource,
        kind,
        namespaced,
      }));
    },
    async *list(kind, selection = {}) {
      state.request("list");
      yield* state.select(kind, selection);
    },
    async get(kind, name) {
      state.request("get");
      return state.objectsOf(kind).get(keyOf(kind, name));
    },
    async ask(path, body) {
      state.request("ask");
      return body === undefined ? readRaw(state, path) : answerPost(state, path, body);
    },
    follow: (kind, selection, signal) => follow(state, kind, selection, signal),
    async close() {
      state.isClosed = true;
      state.wake();
    },
  };
}

type State = ReturnType<typeof createState>;

function createState(kinds: readonly FakeKind[], now: () => number) {
  const served = new Map(kinds.map((kind) => [kindKey(kind), { kind, objects: new Map<string, ValueObject>() }]));
  const calls = new Map<string, number>();
  const waiting = new Set<() => void>();
  const state = {
    calls,
    changes: [] as Change[],
    version: 1,
    compactedAt: 0,
    connection: 0,
    failures: [] as ErrorCode[],
    isClosed: false,
    made: 0,
    now,
    waiting,
    wake() {
      for (const resume of waiting) resume();
      waiting.clear();
    },
    request(method: string) {
      calls.set(method, (calls.get(method) ?? 0) + 1);
      const code = state.failures.shift();
      if (code !== undefined) throw new AmapError(code, `${method}: the fake was told to fail`);
    },
    served(kind: ClusterKind) {
      const found = served.get(kindKey(kind));
      if (found === undefined) throw refusal("CLUSTER_NOT_FOUND", 404, "NotFound", `${kind.resource} are not served`);
      return found;
    },
    objectsOf: (kind: ClusterKind) => state.served(kind).objects,
    kindOf: ({ group, version, resource }: Pick<ClusterKind, "group" | "version" | "resource">) =>
      kinds.find((kind) => kind.group === group && kind.version === version && kind.resource === resource),
    notServed(path: string): never {
      const message = "the server could not find the requested resource";
      throw refusal("CLUSTER_NOT_FOUND", 404, "NotFound", `${path}: ${message}`);
    },
    select(kind: ClusterKind, selection: ClusterSelection): readonly ValueObject[] {
      const matches = compileSelection(selection);
      return [...state.objectsOf(kind).values()].filter(matches);
    },
    /** Stores an object as a new version, or deletes it. */
    record(kind: ClusterKind, object: ValueObject, isDeletion: boolean): ValueObject {
      state.version += 1;
      const stored = frozenCopy(withMetadata(object, { resourceVersion: String(state.version) }));
      const key = keyOf(kind, nameOf(stored));
      if (isDeletion) state.objectsOf(kind).delete(key);
      else state.objectsOf(kind).set(key, stored);
      state.changes.push({ version: state.version, kind: kindKey(kind), isDeletion, object: stored });
      state.wake();
      return stored;
    },
  };
  return state;
}

/** `/version`, a list or an object by its path; other paths are not found. */
function readRaw(state: State, path: string): Value {
  const question = readRawPath(path);
  if (question === undefined) return path === "/version" ? { gitVersion: "v1.36.0-fake" } : state.notServed(path);
  const kind = state.kindOf(question) ?? state.notServed(path);
  const { namespace, name, selection } = question;
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  if (name === undefined) {
    const items = state.select(kind, { ...selection, ...(namespace === undefined ? {} : { namespace }) });
    const metadata = { resourceVersion: String(state.version) };
    return { apiVersion, kind: `${kind.kind}List`, metadata, items };
  }
  return existing(state, kind, { ...(namespace === undefined ? {} : { namespace }), name });
}

/** Reviews are answered as to an administrator. */
function answerPost(state: State, path: string, body: Value): Value {
  if (!/^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/.test(path)) return state.notServed(path);
  return { ...(isValueObject(body) ? body : {}), status: { allowed: true } };
}

function controls(state: State): Pick<FakeCluster, "fail" | "disconnect" | "compact"> {
  const disconnect = (): void => {
    state.connection += 1;
    state.wake();
  };
  return {
    fail(count, code) {
      state.failures.push(...Array.from({ length: count }, () => code));
    },
    disconnect,
    compact() {
      state.changes.length = 0;
      state.version += 1;
      state.compactedAt = state.version;
      disconnect();
    },
  };
}

function writes(state: State): Pick<Cluster, "create" | "update" | "patch" | "delete"> {
  return {
    async create(kind, object, options = {}) {
      state.request("create");
      return create(state, kind, object, options.dryRun === true);
    },
    async update(kind, object, options = {}) {
      state.request("update");
      const given = checkObject(state, kind, object);
      const before = existing(state, kind, nameOf(given));
      return replace(state, kind, before, given, options.subresource);
    },
    async patch(kind, name, patch, options = {}) {
      state.request("patch");
      const before = state.objectsOf(kind).get(keyOf(kind, name));
      if (before === undefined && patch.type === "apply" && options.subresource === undefined) {
        const applied = isValueObject(patch.patch) ? patch.patch : {};
        return create(state, kind, withMetadata(applied, { ...name }), false);
      }
      const target = before ?? existing(state, kind, name);
      return replace(state, kind, target, checkObject(state, kind, patched(target, patch)), options.subresource);
    },
    async delete(kind, name, { uid } = {}) {
      state.request("delete");
      const before = state.objectsOf(kind).get(keyOf(kind, name));
      if (before === undefined || (uid !== undefined && metadataOf(before, "uid") !== uid)) return false;
      state.record(kind, before, true);
      return true;
    },
  };
}

function create(state: State, kind: ClusterKind, object: Value, isDryRun: boolean): Value {
  const generateName = metadataOf(object, "generateName");
  const hasName = metadataOf(object, "name") !== undefined;
  state.made += 1;
  const named =
    !hasName && typeof generateName === "string" && isValueObject(object)
      ? withMetadata(object, { name: `${generateName}${state.made.toString(36).padStart(5, "0")}` })
      : object;
  const given = checkObject(state, kind, named);
  if (metadataOf(given, "resourceVersion") !== undefined) {
    throw refusal("CLUSTER_REFUSED", 400, "BadRequest", "resourceVersion should not be set on objects to be created");
  }
  const { name } = nameOf(given);
  if (state.objectsOf(kind).has(keyOf(kind, nameOf(given)))) {
    throw refusal("CLUSTER_CONFLICT", 409, "AlreadyExists", `${kind.resource} "${name}" already exists`);
  }
  const { status: _, ...withoutStatus } = given;
  const made = withMetadata(state.served(kind).kind.hasStatus === true ? withoutStatus : given, {
    uid: `00000000-0000-4000-8000-${state.made.toString(16).padStart(12, "0")}`,
    creationTimestamp: formatTime(Math.floor(state.now() / 1000) * 1000),
    generation: 1,
  });
  return isDryRun ? made : state.record(kind, made, false);
}

function replace(
  state: State,
  kind: ClusterKind,
  before: ValueObject,
  given: ValueObject,
  subresource: string | undefined,
): Value {
  const { hasStatus } = state.served(kind).kind;
  if (subresource !== undefined && !(subresource === "status" && hasStatus === true)) {
    throw refusal("CLUSTER_NOT_FOUND", 404, "NotFound", `${kind.resource} have no subresource ${subresource}`);
  }
  for (const field of ["resourceVersion", "uid"]) {
    const expected = metadataOf(given, field);
    if (expected !== undefined && expected !== metadataOf(before, field)) {
      const message = "the object has been modified; please apply your changes to the latest version and try again";
      throw refusal("CLUSTER_CONFLICT", 409, "Conflict", message);
    }
  }
  const after =
    subresource === "status" ? { ...before, ...pick(given, "status") } : keepStatus(before, given, hasStatus);
  const kept = withMetadata(after, {
    uid: metadataOf(before, "uid") ?? "",
    creationTimestamp: metadataOf(before, "creationTimestamp") ?? "",
    resourceVersion: metadataOf(before, "resourceVersion") ?? "",
    generation: metadataOf(before, "generation") ?? 1,
  });
  if (equalValues(kept, before)) return before;
  const isSpecChange = !equalValues(contentOf(kept), contentOf(before));
  const generation = Number(metadataOf(before, "generation") ?? 1) + (isSpecChange ? 1 : 0);
  return state.record(kind, withMetadata(kept, { generation }), false);
}

function keepStatus(before: ValueObject, given: ValueObject, hasStatus = false): ValueObject {
  if (!hasStatus) return given;
  const { status: _, ...rest } = given;
  return { ...rest, ...pick(before, "status") };
}

function pick(object: ValueObject, key: string): ValueObject {
  const value = memberOf(object, key);
  return value === undefined ? {} : { [key]: value };
}

function contentOf({ metadata: _metadata, status: _status, ...content }: ValueObject): Value {
  return content;
}

function patched(before: ValueObject, patch: ClusterPatch): Value {
  if (patch.type === "merge") return applyMergePatch(before, patch.patch);
  if (patch.type === "json") return applyJsonPatch(before, patch.patch);
  return isValueObject(patch.patch) ? applyFields(before, patch.patch) : patch.patch;
}

async function* follow(
  state: State,
  kind: ClusterKind,
  selection: ClusterSelection,
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent, void, undefined> {
  const matches = compileSelection(selection);
  const known = new Map<string, ValueObject>();
  let seen = -1;
  let isInterrupted = false;
  const isOver = (): boolean => signal.aborted || state.isClosed;
  while (!isOver()) {
    try {
      state.request("follow");
      state.served(kind);
    } catch (error) {
      if (!isAmapError(error) || error.code === "CLUSTER_NOT_FOUND" || error.code === "CLUSTER_REFUSED") throw error;
      isInterrupted = true;
      yield { type: "interrupted", code: error.code, message: error.message, retryInMs: 0 };
      continue;
    }
    const { connection } = state;
    const isList = seen < state.compactedAt;
    if (isList) {
      seen = state.version;
      yield* tellList(known, kind, state.select(kind, selection));
    }
    if (isList || isInterrupted) yield { type: "synced" };
    isInterrupted = false;
    while (!isOver() && connection === state.connection) {
      const change = state.changes.find(({ version, kind: of }) => version > seen && of === kindKey(kind));
      if (change === undefined) await nextChange(state, signal);
      else {
        seen = change.version;
        yield* tellChange(known, kind, change, matches);
      }
    }
    if (!isOver() && seen >= state.compactedAt) {
      isInterrupted = true;
      yield {
        type: "interrupted",
        code: "CLUSTER_UNAVAILABLE",
        message: "follow: the fake disconnected",
        retryInMs: 0,
      };
    }
  }
}

function* tellList(
  known: Map<string, ValueObject>,
  kind: ClusterKind,
  objects: readonly ValueObject[],
): Generator<ClusterEvent> {
  const listed = new Map(objects.map((object) => [keyOf(kind, nameOf(object)), object]));
  for (const [key, object] of known) {
    if (metadataOf(listed.get(key), "uid") === metadataOf(object, "uid")) continue;
    known.delete(key);
    yield { type: "deleted", object: remnantOf(object) };
  }
  for (const [key, object] of listed) {
    const before = known.get(key);
    known.set(key, object);
    if (before === undefined) yield { type: "added", object };
    else if (metadataOf(before, "resourceVersion") !== metadataOf(object, "resourceVersion")) {
      yield { type: "modified", object };
    }
  }
}

function* tellChange(
  known: Map<string, ValueObject>,
  kind: ClusterKind,
  { object, isDeletion }: Change,
  matches: (object: Value) => boolean,
): Generator<ClusterEvent> {
  const key = keyOf(kind, nameOf(object));
  const wasKnown = known.has(key);
  if (!isDeletion && matches(object)) {
    known.set(key, object);
    yield { type: wasKnown ? "modified" : "added", object };
  } else if (wasKnown) {
    // Deleted, or changed so that the selection does not hold it any more: a watch tells both the same way.
    known.delete(key);
    yield { type: "deleted", object };
  }
}

function nextChange(state: State, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      signal.removeEventListener("abort", resume);
      state.waiting.delete(resume);
      resolve();
    };
    state.waiting.add(resume);
    signal.addEventListener("abort", resume, { once: true });
  });
}

function checkObject(state: State, kind: ClusterKind, object: Value): ValueObject {
  state.served(kind);
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  if (
    !isValueObject(object) ||
    memberOf(object, "kind") !== kind.kind ||
    memberOf(object, "apiVersion") !== apiVersion
  ) {
    throw refusal("CLUSTER_REFUSED", 400, "BadRequest", `expected a ${kind.kind} of ${apiVersion}`);
  }
  const { name } = nameOf(object);
  keyOf(kind, nameOf(object));
  if (!NAME.test(name) || name.length > 253) {
    throw refusal("CLUSTER_REFUSED", 422, "Invalid", `${kind.kind} "${name}" is invalid: metadata.name`);
  }
  return object;
}

function existing(state: State, kind: ClusterKind, name: ClusterName): ValueObject {
  const found = state.objectsOf(kind).get(keyOf(kind, name));
  if (found !== undefined) return found;
  throw refusal("CLUSTER_NOT_FOUND", 404, "NotFound", `${kind.resource} "${name.name}" not found`);
}
