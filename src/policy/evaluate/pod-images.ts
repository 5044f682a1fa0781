import { isValueObject, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import type { PodView } from "../compile/match-constraints.ts";
import { podSpecPath } from "../resource/built-in-kinds.ts";
import { kindOf } from "./input.ts";

/** The lists of a Pod that name images, as `images` shows them. */
const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

/** The names under `images` that every object with a Pod spec has. */
export const BUILT_IN_IMAGE_LISTS: readonly string[] = [...CONTAINER_LISTS, "imageVolumes"];

/** Images by list, in the object's order. */
export type ImageLists = Readonly<Record<string, readonly string[]>>;

/** An object names an image in a way that amap cannot read; a policy for images then cannot judge it. */
export type ImageExtraction =
  | { readonly ok: true; readonly lists: ImageLists }
  | { readonly ok: false; readonly message: string };

/**
 * The images of a Pod or of a pod controller's template: containers, initContainers, ephemeralContainers and
 * imageVolumes, each list there even when it is empty. Kinds go by group and name, whatever the version. Other kinds have
 * no lists.
 */
export function extractPodImages(object: Value): ImageExtraction {
  const { group, kind } = kindOf(object);
  const path = podSpecPath(group, kind);
  if (path === undefined) return { ok: true, lists: {} };
  const place = path.join(".");
  const spec = path.reduce<Value | undefined>(memberOf, object);
  const lists: Record<string, readonly string[]> = {};
  for (const name of CONTAINER_LISTS) {
    const images: string[] = [];
    const containers = memberOf(spec, name) ?? [];
    if (!Array.isArray(containers)) return unreadable(`${place}.${name}`, "a list");
    for (const [index, container] of containers.entries()) {
      const image = memberOf(container, "image");
      if (typeof image !== "string") return unreadable(`${place}.${name}[${index}].image`, "a string");
      images.push(image);
    }
    lists[name] = images;
  }
  const volumes = extractVolumeImages(memberOf(spec, "volumes"), `${place}.volumes`);
  return volumes.ok ? { ok: true, lists: { ...lists, ...volumes.lists } } : volumes;
}

/** What the kubelet is told to log in to registries with. */
export interface PodPullSecrets {
  /** Names of Secrets in the object's namespace, each once. */
  readonly names: readonly string[];
  /** The ServiceAccount whose Secrets are meant where the Pod names none. */
  readonly serviceAccount: string;
}

/**
 * The pull secrets that a Pod, or a pod controller's template, names, and its ServiceAccount (`default` where it names
 * none); undefined for other kinds. What is malformed names nothing: the API server refuses it.
 *
 * @see https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod
 * @example
 * ```ts
 * import { extractPullSecrets } from "../index.ts";
 * const spec = { imagePullSecrets: [{ name: "registry" }] };
 * extractPullSecrets({ apiVersion: "v1", kind: "Pod", spec }); // { names: ["registry"], serviceAccount: "default" }
 * ```
 */
export function extractPullSecrets(object: Value): PodPullSecrets | undefined {
  const { group, kind } = kindOf(object);
  const path = podSpecPath(group, kind);
  if (path === undefined) return undefined;
  const spec = path.reduce<Value | undefined>(memberOf, object);
  const serviceAccount = textOf(spec, "serviceAccountName") || textOf(spec, "serviceAccount") || "default";
  return { names: pullSecretNames(spec), serviceAccount };
}

/**
 * The names in `imagePullSecrets` of a Pod's spec or of a ServiceAccount, each once.
 *
 * @example
 * ```ts
 * import { pullSecretNames } from "../index.ts";
 * pullSecretNames({ imagePullSecrets: [{ name: "a" }, { name: "a" }, {}] }); // ["a"]
 * ```
 */
export function pullSecretNames(holder: Value | undefined): readonly string[] {
  const names = listOf(holder, "imagePullSecrets").map((each) => textOf(each, "name"));
  return [...new Set(names)].filter((name) => name !== "");
}

function extractVolumeImages(volumes: Value | undefined, path: string): ImageExtraction {
  const references: string[] = [];
  if (volumes !== undefined && volumes !== null && !Array.isArray(volumes)) return unreadable(path, "a list");
  for (const [index, volume] of (Array.isArray(volumes) ? volumes : []).entries()) {
    const image = memberOf(volume, "image");
    if (image === undefined || image === null) continue;
    const reference = memberOf(image, "reference");
    if (typeof reference !== "string") return unreadable(`${path}[${index}].image.reference`, "a string");
    references.push(reference);
  }
  return { ok: true, lists: { imageVolumes: references } };
}

function unreadable(path: string, expected: string): ImageExtraction {
  return { ok: false, message: `the object's images cannot be read: expected ${expected} at ${path}` };
}

/**
 * The object as a policy for Pods sees it. Through autogen that is the controller with the Pod template's `metadata`
 * and `spec` in place of its own, but its own name and namespace: what Kyverno gets by rewriting `object.spec` to
 * `object.spec.template.spec` in the policy's text.
 */
export function viewAsPod(object: Value, view: PodView): Value {
  if (view === "object" || !isValueObject(object)) return object;
  const path = view === "template" ? ["spec", "template"] : ["spec", "jobTemplate", "spec", "template"];
  const template = path.reduce<Value | undefined>(memberOf, object);
  const own = memberOf(object, "metadata");
  const inherited = memberOf(template, "metadata");
  const metadata: Record<string, Value> = isValueObject(inherited) ? { ...inherited } : {};
  for (const key of ["name", "namespace"]) {
    const value = memberOf(own, key);
    if (value === undefined) delete metadata[key];
    else metadata[key] = value;
  }
  const spec = memberOf(template, "spec");
  const { spec: _controllerSpec, ...rest } = object;
  return { ...rest, metadata, ...(spec === undefined ? {} : { spec }) };
}
