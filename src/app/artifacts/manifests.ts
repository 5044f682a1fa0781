import { AmapError, decodeUtf8, isValueObject, memberOf, readYaml, type Value, writeJson } from "../../base/index.ts";
import type { CatalogerResult, Component, NotLookedAt } from "../../metadata/index.ts";
import { imagesOf } from "../named-images/manifest-images.ts";
import { describeResource, expandList } from "../resources.ts";
import { describeNamedImage } from "./named-image.ts";

const MANIFEST_BYTES = 4 * 1024 * 1024;
const MANIFEST = /\.ya?ml$/i;
/** Folders whose manifests are others': of installed packages. */
const OTHERS = /(?:^|\/)(?:node_modules|site-packages|vendor)\//;
const CHART = /(?:^|\/)Chart\.yaml$/;
const VALUES = /(?:^|\/)values[^/]*\.ya?ml$/;
const TEMPLATE = /(?:^|\/)templates\/.*\.ya?ml$/;
const IMAGE_LINE = /^\s*(?:-\s+)?["']?image["']?:\s*(.+?)\s*$/gm;
/** Nesting of a chart's values. */
const MAX_DEPTH = 64;

/** Whether a file can be a Kubernetes manifest or a part of a Helm chart. */
export function wantsManifest(path: string, size: number): boolean {
  return size <= MANIFEST_BYTES && MANIFEST.test(path) && !OTHERS.test(path);
}

/** Whether such a file is worth keeping: most YAML is something else. */
export function mayNameImages(path: string, content: Uint8Array): boolean {
  if (CHART.test(path)) return true;
  const text = decodeUtf8(content) ?? "";
  if (VALUES.test(path)) return /\b(?:image|repository)\b/i.test(text);
  return /\bkind["']?\s*:/.test(text) && /\b(?:image|reference)["']?\s*:/.test(text);
}

/**
 * The images that Kubernetes manifests and Helm charts name, as components. Of a chart, those that its values and
 * templates state as they are; templates are not run, and what they put together is told.
 */
export function readManifests(files: ReadonlyMap<string, Uint8Array>): CatalogerResult {
  const charts = [...files.keys()]
    .filter((path) => CHART.test(path))
    .map((path) => path.slice(0, -"Chart.yaml".length));
  const reader = new ManifestReader();
  for (const [path, bytes] of files) {
    const text = decodeUtf8(bytes);
    const isOfChart = charts.some((folder) => path.startsWith(folder));
    if (text === undefined) reader.tell(path, "it is not UTF-8 text");
    else if (isOfChart && TEMPLATE.test(path)) reader.readTemplate(path, text);
    else if (isOfChart && VALUES.test(path)) reader.readValues(path, bytes);
    else if (!CHART.test(path)) reader.readObjects(path, bytes);
  }
  const { components, notLookedAt } = reader;
  return { components, dependencies: new Map(), notLookedAt, problems: [] };
}

class ManifestReader {
  readonly components: Component[] = [];
  readonly notLookedAt: NotLookedAt[] = [];

  tell(path: string, reason: string): void {
    this.notLookedAt.push({ path: `/${path}`, reason });
  }

  readObjects(path: string, bytes: Uint8Array): void {
    for (const document of this.#documents(path, bytes)) {
      if (!isValueObject(document) || typeof memberOf(document, "apiVersion") !== "string") continue;
      if (typeof memberOf(document, "kind") !== "string") continue;
      try {
        for (const object of expandList(document, path)) {
          for (const image of imagesOf(object)) this.#add(image, `/${path}#${describeResource(object)}`);
        }
      } catch (error) {
        if (!(error instanceof AmapError)) throw error;
        this.tell(path, error.message);
      }
    }
  }

  /** Templates are text until they are run: only images that stand there whole are read. */
  readTemplate(path: string, text: string): void {
    let made = 0;
    for (const [, value = ""] of text.matchAll(IMAGE_LINE)) {
      if (value.includes("{{")) made += 1;
      else this.#add(value.replace(/\s+#.*$/, "").replace(/^(["'])(.*)\1$/, "$2"), `/${path}`);
    }
    if (made > 0) this.tell(path, `${made} of its images are put together when the chart is installed`);
  }

  readValues(path: string, bytes: Uint8Array): void {
    for (const document of this.#documents(path, bytes)) this.#readValue(path, document, 0);
  }

  #readValue(path: string, value: Value, depth: number): void {
    if (depth > MAX_DEPTH) return this.tell(path, `its values lie more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value)) for (const item of value) this.#readValue(path, item, depth + 1);
    if (!isValueObject(value)) return;
    const image = this.#imageOf(path, value);
    if (image !== undefined) this.#add(image, `/${path}`);
    for (const [key, member] of Object.entries(value)) {
      if (key === "image" && typeof member === "string" && member !== "") {
        if (memberOf(value, "repository") === undefined) this.#add(withTag(member, value), `/${path}`);
      } else this.#readValue(path, member, depth + 1);
    }
  }

  /** The form that most charts have: registry, repository, tag, digest. */
  #imageOf(path: string, value: Value): string | undefined {
    const repository = memberOf(value, "repository");
    if (typeof repository !== "string" || repository === "" || /^[a-z+]+:\/\//.test(repository)) return undefined;
    const [registry, tag, digest] = ["registry", "tag", "digest"].map((key) => memberOf(value, key));
    // A repository alone may be anything; an image's has one of the others beside it.
    if (registry === undefined && tag === undefined && digest === undefined) return undefined;
    const name = typeof registry === "string" && registry !== "" ? `${registry}/${repository}` : repository;
    if (typeof digest === "string" && digest !== "") return `${name}@${digest}`;
    const written = tagText(tag);
    if (written !== undefined) return `${name}:${written}`;
    this.tell(
      path,
      `the values name the image ${name.slice(0, 200)} without a tag: the chart sets it when it is installed`,
    );
    return undefined;
  }

  #add(image: string, location: string): void {
    const component = describeNamedImage(image, location);
    if (component !== undefined) this.components.push(component);
    else this.tell(location.slice(1), `"${image.slice(0, 200)}" is no name of an image`);
  }

  #documents(path: string, bytes: Uint8Array): readonly Value[] {
    try {
      return readYaml(bytes);
    } catch (error) {
      if (!(error instanceof AmapError)) throw error;
      this.tell(path, `it is not YAML: ${error.message}`);
      return [];
    }
  }
}

/** Some charts keep the tag beside the name. */
function withTag(image: string, value: Value): string {
  const tag = memberOf(value, "tag") ?? memberOf(value, "imageTag");
  const hasOne = /[@:][^/]*$/.test(image);
  const written = tagText(tag);
  return hasOne || written === undefined ? image : `${image}:${written}`;
}

/** A tag as it is written; YAML reads one such as 1.27 as a number. */
function tagText(tag: Value | undefined): string | undefined {
  if (tag === undefined || tag === null || tag === "" || Array.isArray(tag) || isValueObject(tag)) return undefined;
  return typeof tag === "string" ? tag : writeJson(tag);
}
