import { AmapError, Double, isValueObject, listOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { compileJmesPath } from "../language/jmespath/compile.ts";
import type { JmesContext, JmesProgram } from "../language/jmespath/program.ts";
import { isExpressionFailure } from "../language/variables/scope.ts";
import type { ImageExtractor } from "../resource/kyverno/cluster-policy.ts";
import { type ImageInfo, REGISTRY_DEFAULTS, type RegistryDefaults, readImageInfo } from "./image-info.ts";
import type { LazyMember, LazyMembers } from "./rule-context.ts";

export type { ImageInfo, RegistryDefaults } from "./image-info.ts";

/** An image, where it stands and with what its registry may be asked. */
export interface LocatedImage extends ImageInfo {
  /** `/spec/containers/0/image` */
  readonly jsonPointer: string;
  readonly imagePullSecrets: readonly string[];
}

/** `images.<list>.<name>` of one object, lists and names in the object's order. */
export type ImageLists = ReadonlyMap<string, ReadonlyMap<string, LocatedImage>>;

/** Where one kind has images. */
interface Extractor {
  readonly list: string;
  readonly fields: readonly string[];
  /** The member that names an image; its pointer when empty. */
  readonly key: string;
  readonly value: string;
  readonly program: JmesProgram | undefined;
}

/** Where a rule finds images, by kind: its own places first, else those of Pods and their controllers. */
export type ImagePlaces = ReadonlyMap<string, readonly Extractor[]>;

const POD_LISTS = ["initContainers", "containers", "ephemeralContainers"];

function podPlaces(...path: readonly string[]): readonly Extractor[] {
  return POD_LISTS.map((list) => ({
    list,
    fields: [...path, list, "*"],
    key: "name",
    value: "image",
    program: undefined,
  }));
}

const IN_POD = podPlaces("spec");
const IN_TEMPLATE = podPlaces("spec", "template", "spec");

/** The kinds that have images without a rule's saying so. */
export const POD_PLACES: ImagePlaces = new Map([
  ["Pod", IN_POD],
  ["DaemonSet", IN_TEMPLATE],
  ["Deployment", IN_TEMPLATE],
  ["ReplicaSet", IN_TEMPLATE],
  ["ReplicationController", IN_TEMPLATE],
  ["StatefulSet", IN_TEMPLATE],
  ["Job", IN_TEMPLATE],
  ["CronJob", podPlaces("spec", "jobTemplate", "spec", "template", "spec")],
]);

/**
 * The places of a rule with `imageExtractors`: they stand instead of Kyverno's own for the kinds that they name.
 * @throws {AmapError} EXPRESSION_INVALID for a jmesPath that does not parse, a path without a segment
 */
export function compileImageExtractors(
  extractors: Readonly<Record<string, readonly ImageExtractor[]>> | undefined,
): ImagePlaces {
  if (extractors === undefined) return POD_PLACES;
  const own = Object.entries(extractors).map(([kind, list]) => [kind, list.map(compileExtractor)] as const);
  return new Map([...POD_PLACES, ...own]);
}

function compileExtractor({ path, value, name, key, jmesPath }: ImageExtractor): Extractor {
  const fields = path
    .split("/")
    .map((field) => field.replace(/^ +| +$/g, ""))
    .filter((field) => field !== "");
  const member = value === undefined || value === "" ? fields.pop() : value;
  if (member === undefined)
    throw new AmapError("EXPRESSION_INVALID", `an image extractor's path has no segment: ${path}`);
  return {
    list: name === undefined || name === "" ? "custom" : name,
    fields,
    key: key ?? "",
    value: member,
    program: jmesPath === undefined || jmesPath === "" ? undefined : compileJmesPath(jmesPath),
  };
}

/** How images are found in an object. */
export interface ImageOptions {
  readonly places?: ImagePlaces;
  readonly defaults?: RegistryDefaults;
}

/**
 * The images of an object; none for a kind without places.
 * @throws {AmapError} EXPRESSION_FAILED with Kyverno's message, BUDGET_EXCEEDED
 */
export function findImages(object: Value, context: JmesContext, options: ImageOptions = {}): ImageLists {
  const kind = textOf(object, "kind");
  const extractors = (options.places ?? POD_PLACES).get(kind);
  const lists = new Map<string, ReadonlyMap<string, LocatedImage>>();
  if (extractors === undefined) return lists;
  if (extractors.length === 0) throw new AmapError("EXPRESSION_FAILED", `no extractors found for ${kind}`);
  for (const extractor of extractors) {
    const search = new ImageSearch(extractor, context, options.defaults ?? REGISTRY_DEFAULTS);
    search.visit(object, [], 0, []);
    if (search.found.size > 0) lists.set(extractor.list, search.found);
  }
  return lists;
}

/** One walk through an object. */
class ImageSearch {
  readonly found = new Map<string, LocatedImage>();
  readonly #extractor: Extractor;
  readonly #context: JmesContext;
  readonly #defaults: RegistryDefaults;

  constructor(extractor: Extractor, context: JmesContext, defaults: RegistryDefaults) {
    this.#extractor = extractor;
    this.#context = context;
    this.#defaults = defaults;
  }

  /** `depth` fields of the extractor are behind us. */
  visit(object: Value, path: readonly string[], depth: number, secrets: readonly string[]): void {
    this.#context.charge(1);
    if (object === null) return;
    const field = this.#extractor.fields[depth];
    if (field === "*" && typeof object === "object" && !(object instanceof Double)) {
      this.#visitAll(object, path, depth, secrets);
      return;
    }
    if (!isValueObject(object)) throw new AmapError("EXPRESSION_FAILED", "invalid image config");
    const known = [...secrets, ...pullSecretsOf(object)];
    if (field === undefined) this.#read(object, path, known);
    else if (Object.hasOwn(object, field)) this.visit(object[field] as Value, [...path, field], depth + 1, known);
  }

  /** A star stands for each item and member that has others; a list in a list is taken by the same star. */
  #visitAll(
    object: readonly Value[] | ValueObject,
    path: readonly string[],
    depth: number,
    secrets: readonly string[],
  ): void {
    const isList = Array.isArray(object);
    for (const [key, member] of Object.entries(object)) {
      if (isValueObject(member)) this.visit(member, [...path, key], depth + 1, secrets);
      else if (Array.isArray(member)) this.visit(member, [...path, key], isList ? depth : depth + 1, secrets);
    }
  }

  #read(object: ValueObject, path: readonly string[], secrets: readonly string[]): void {
    const { key, value } = this.#extractor;
    const jsonPointer = `/${path.join("/")}/${value}`;
    const name = key === "" ? jsonPointer : Object.hasOwn(object, key) ? object[key] : undefined;
    if (typeof name !== "string") throw new AmapError("EXPRESSION_FAILED", "invalid key");
    const stated = Object.hasOwn(object, value) ? object[value] : undefined;
    if (typeof stated !== "string" || stated.trim() === "") return;
    const image = this.#imageIn(stated);
    this.found.set(name, { ...this.#readImage(image), jsonPointer, imagePullSecrets: secrets });
  }

  #imageIn(stated: string): string {
    const { program } = this.#extractor;
    if (program === undefined) return stated;
    let result: Value;
    try {
      result = program.evaluate(stated, this.#context);
    } catch (error) {
      if (!isExpressionFailure(error)) throw error;
      const message = `failed to apply jmespath ${program.source}: ${error.message}`;
      throw new AmapError(error.code, message, { cause: error });
    }
    if (typeof result === "string") return result;
    const message = `jmespath ${program.source} must produce a string, but produced ${typeof result}`;
    throw new AmapError("EXPRESSION_FAILED", message);
  }

  #readImage(image: string): ImageInfo {
    try {
      return readImageInfo(image, this.#defaults);
    } catch (error) {
      if (!isExpressionFailure(error)) throw error;
      throw new AmapError(error.code, `invalid image '${image}' (${error.message})`, { cause: error });
    }
  }
}

function pullSecretsOf(object: ValueObject): readonly string[] {
  return listOf(object, "imagePullSecrets").flatMap((secret) => {
    const name = isValueObject(secret) && Object.hasOwn(secret, "name") ? secret.name : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

/** `images` of a context: found when a query first names it; not there when the object has none. */
export function imagesMember(object: Value, options: ImageOptions = {}): LazyMember {
  return {
    name: "images",
    replaces: false,
    load: (scope) => {
      const lists = findImages(object, scope.context, options);
      return lists.size === 0 ? undefined : imageListsValue(lists);
    },
  };
}

const IMAGES_ALONE: ReadonlyMap<string, readonly number[]> = new Map([["images", [0]]]);

/** `images` as the one lazy member. Every rule has it, so nothing is put in order. */
export function imagesAlone(object: Value): LazyMembers {
  return { list: [imagesMember(object)], byName: IMAGES_ALONE };
}

/** The images as `images` shows them. */
export function imageListsValue(lists: ImageLists): Value {
  const shown = [...lists].map(([list, images]) => {
    const byName = [...images].map(([name, image]) => [name, imageValue(image)] as const);
    return [list, objectWithout(byName)] as const;
  });
  return objectWithout(shown);
}

/** A name that an object cannot have is left out, as nothing could ask for it. */
function objectWithout(members: readonly (readonly [string, Value])[]): Value {
  return Object.fromEntries(members.filter(([name]) => name !== "__proto__"));
}

/** Members that are empty are left out, but for the name and the path. */
function imageValue({
  registry,
  name,
  path,
  tag,
  digest,
  reference,
  referenceWithTag,
  jsonPointer,
}: LocatedImage): Value {
  return {
    ...(registry === "" ? {} : { registry }),
    name,
    path,
    ...(tag === "" ? {} : { tag }),
    ...(digest === "" ? {} : { digest }),
    reference,
    referenceWithTag,
    jsonPointer,
  };
}
