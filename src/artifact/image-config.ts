import {
  type Decoded,
  type Digest,
  encodeUtf8,
  isValueObject,
  LIMITS,
  type Value,
  type ValueObject,
  writeJson,
} from "../base/index.ts";
import { decodeObject, requireCount, type WireReader } from "./wire.ts";

/** An image's configuration (image-spec v1.1, config.md). Field names as on the wire; what is null there is left out. */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly config?: RuntimeConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

/** What a container of the image is started with. */
export interface RuntimeConfig {
  readonly User?: string;
  /** `8080/tcp`. */
  readonly ExposedPorts?: readonly string[];
  /** `NAME=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/**
 * Decodes an image's configuration blob, OCI's or Docker's. A malformed one is data: issues MANIFEST_INVALID, all of
 * them. Fields that are not in {@link ImageConfig} are ignored, as the specification asks.
 * @throws {AmapError} LIMIT_EXCEEDED (LIMITS.manifestBytes, layers, documentDepth)
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 * @example
 * ```ts
 * import { decodeImageConfig, encodeImageConfig } from "./index.ts";
 * const bytes = encodeImageConfig({ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } });
 * const decoded = decodeImageConfig(bytes);
 * decoded.ok && decoded.value.os; // "linux"
 * ```
 */
export function decodeImageConfig(bytes: Uint8Array): Decoded<ImageConfig> {
  return decodeObject(bytes, "an image configuration", (value, reader) => {
    const { architecture, os, ...texts } = readTexts(value, "", reader, TEXTS);
    if (architecture === undefined) reader.refuse("architecture", "expected a string, found nothing");
    if (os === undefined) reader.refuse("os", "expected a string, found nothing");
    const config = reader.object(value, "", "config");
    const history = reader.list(value, "", "history");
    return {
      ...texts,
      architecture: architecture ?? "",
      os: os ?? "",
      ...(config === undefined ? {} : { config: readRuntime(config, reader) }),
      rootfs: readRootfs(value, reader),
      ...(history === undefined ? {} : { history: history.map((entry, index) => readHistory(entry, index, reader)) }),
    };
  });
}

/**
 * Writes a configuration as compact JSON: the same configuration gives the same bytes.
 * @example
 * ```ts
 * import { encodeImageConfig } from "./index.ts";
 * encodeImageConfig({ os: "linux", architecture: "arm64", rootfs: { type: "layers", diff_ids: [] } }).length; // 78
 * ```
 */
export function encodeImageConfig(config: ImageConfig): Uint8Array {
  const { config: runtime, rootfs, history, ...texts } = config;
  const members: ValueObject = {
    ...texts,
    ...(runtime === undefined ? {} : { config: runtimeValue(runtime) }),
    rootfs,
    ...(history === undefined ? {} : { history: history.map((entry): Value => ({ ...entry })) }),
  };
  return encodeUtf8(writeJson(members));
}

const TEXTS = ["created", "author", "architecture", "os", "variant", "os.version"] as const;
const RUNTIME_TEXTS = ["User", "WorkingDir", "StopSignal"] as const;
const RUNTIME_LISTS = ["Env", "Entrypoint", "Cmd"] as const;
/** Sets, which Go writes as objects with empty members. */
const RUNTIME_SETS = ["ExposedPorts", "Volumes"] as const;
const HISTORY_TEXTS = ["created", "created_by", "author", "comment"] as const;

function readTexts<K extends string>(
  value: ValueObject,
  path: string,
  reader: WireReader,
  keys: readonly K[],
): { [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  for (const key of keys) {
    const text = reader.text(value, path, key);
    if (text !== undefined) found[key] = text;
  }
  return found;
}

function readRuntime(value: ValueObject, reader: WireReader): RuntimeConfig {
  const lists: { [key in (typeof RUNTIME_LISTS)[number] | (typeof RUNTIME_SETS)[number]]?: readonly string[] } = {};
  for (const key of RUNTIME_LISTS) {
    const texts = reader.texts(value, "config", key);
    if (texts !== undefined) lists[key] = texts;
  }
  for (const key of RUNTIME_SETS) {
    const set = reader.object(value, "config", key);
    if (set !== undefined) lists[key] = Object.keys(set);
  }
  const labels = reader.textMap(value, "config", "Labels");
  return {
    ...readTexts(value, "config", reader, RUNTIME_TEXTS),
    ...lists,
    ...(labels === undefined ? {} : { Labels: labels }),
  };
}

function runtimeValue(runtime: RuntimeConfig): Value {
  const { ExposedPorts, Volumes, ...others } = runtime;
  return {
    ...others,
    ...(ExposedPorts === undefined ? {} : { ExposedPorts: setValue(ExposedPorts) }),
    ...(Volumes === undefined ? {} : { Volumes: setValue(Volumes) }),
  };
}

function setValue(keys: readonly string[]): Value {
  return Object.fromEntries(keys.map((key): [string, Value] => [key, {}]));
}

function readRootfs(value: ValueObject, reader: WireReader): ImageConfig["rootfs"] {
  const rootfs = reader.object(value, "", "rootfs");
  if (rootfs === undefined) {
    reader.refuse("rootfs", "expected an object with type layers and diff_ids");
    return { type: "layers", diff_ids: [] };
  }
  if (reader.text(rootfs, "rootfs", "type") !== "layers") reader.refuse("rootfs.type", 'expected "layers"');
  const ids = reader.list(rootfs, "rootfs", "diff_ids") ?? [];
  requireCount(ids.length, LIMITS.layers, "diff_ids of an image configuration");
  return { type: "layers", diff_ids: ids.map((id, index) => reader.digest(id, `rootfs.diff_ids[${index}]`)) };
}

function readHistory(value: Value, index: number, reader: WireReader): HistoryEntry {
  const path = `history[${index}]`;
  if (!isValueObject(value)) {
    reader.refuse(path, "expected an object");
    return {};
  }
  const emptyLayer = reader.flag(value, path, "empty_layer");
  return {
    ...readTexts(value, path, reader, HISTORY_TEXTS),
    ...(emptyLayer === undefined ? {} : { empty_layer: emptyLayer }),
  };
}
