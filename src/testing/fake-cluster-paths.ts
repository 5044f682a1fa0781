import { AmapError } from "../base/index.ts";
import type { ClusterSelection } from "../ports/index.ts";

/** What a path of the API server names. */
export interface RawPath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  /** One object; undefined for a list. */
  readonly name: string | undefined;
  readonly selection: ClusterSelection;
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?$/;

/** Reads a path with its query; undefined for one that names no objects. @throws {AmapError} VALUE_INVALID */
export function readRawPath(text: string): RawPath | undefined {
  const [path = "", query = ""] = text.split("?");
  const segments = path.split("/").slice(1);
  if (!text.startsWith("/") || /[\s#\\]/.test(text) || segments.some((each) => ["", ".", ".."].includes(each))) {
    throw new AmapError("VALUE_INVALID", `expected a path of the API server, found ${JSON.stringify(text)}`);
  }
  const found = PATH.exec(path)?.groups;
  if (found === undefined) return undefined;
  const { group = "", version = "", resource = "", namespace, name } = found;
  const asked = new URLSearchParams(query);
  const selection: Record<string, string> = {};
  for (const key of ["labelSelector", "fieldSelector"]) {
    const value = asked.get(key);
    if (value !== null) selection[key] = value;
  }
  return { group, version, resource, namespace, name, selection };
}
