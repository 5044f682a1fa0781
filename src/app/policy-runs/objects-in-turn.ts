import { AmapError, LIMITS, textOf, type ValueObject } from "../../base/index.ts";
import type { World } from "../world.ts";
import type { KnownKinds } from "./known-kinds.ts";
import { canBeReadAgain, type ResourceBatch, readGivenResources, streamGivenResources } from "./read-files.ts";

/** Objects that are judged one after the other. */
export interface ObjectSource {
  /** How many are known to be there. */
  readonly count: { readonly objects: number; readonly isWhole: boolean };
  /** Each object once; of those that were taken nothing is held. */
  take(): AsyncGenerator<ValueObject>;
}

/** The objects of files, one after the other, without those that are policy exceptions. */
export class ObjectsInTurn implements ObjectSource {
  readonly #world: World;
  readonly #paths: readonly string[];
  readonly #kinds: KnownKinds | undefined;
  /** What was looked at already, and is not judged yet. */
  readonly #ahead: ValueObject[] = [];
  /** What comes after it; undefined when there is nothing more, or all is held. */
  #rest: AsyncGenerator<ResourceBatch> | undefined;
  /** All objects, where the files cannot be read again. */
  #held: readonly ValueObject[] | undefined;

  private constructor(world: World, paths: readonly string[], kinds: KnownKinds | undefined) {
    this.#world = world;
    this.#paths = paths;
    this.#kinds = kinds;
  }

  /**
   * Looks at the first LIMITS.resourceLookAheadBytes, so that the number of objects and what is wrong with them is known
   * at once for all but large files. Pipes, which cannot be read twice, are read whole.
   * @throws {AmapError} VALUE_INVALID when there is no object, FILE_NOT_FOUND, YAML_INVALID
   */
  static async open(world: World, paths: readonly string[], kinds?: KnownKinds): Promise<ObjectsInTurn> {
    const opened = new ObjectsInTurn(world, paths, kinds);
    if (await canBeReadAgain(world, paths)) await opened.#lookAhead();
    else {
      opened.#held = await readGivenResources(world, paths, kinds);
      opened.#ahead.push(...opened.#held.filter(isJudged));
    }
    // An empty file must not pass as checked.
    if (opened.#ahead.length === 0) {
      throw new AmapError("VALUE_INVALID", `${paths.join(", ")}: expected a Kubernetes object, found none`);
    }
    return opened;
  }

  get count(): { readonly objects: number; readonly isWhole: boolean } {
    return { objects: this.#ahead.length, isWhole: this.#rest === undefined };
  }

  async *take(): AsyncGenerator<ValueObject> {
    // Taken from the end, so that what was judged can be forgotten.
    this.#ahead.reverse();
    for (let next = this.#ahead.pop(); next !== undefined; next = this.#ahead.pop()) yield next;
    if (this.#rest === undefined) return;
    for await (const { objects } of this.#rest) yield* objects.filter(isJudged);
  }

  /** All of them, also those that were taken: files are read again. */
  async readAll(): Promise<readonly ValueObject[]> {
    return (await this.#readHeld()).filter(isJudged);
  }

  /** The GlobalContextEntries among them, which are not judged. */
  async readEntries(): Promise<readonly ValueObject[]> {
    return (await this.#readHeld()).filter((object) => textOf(object, "kind") === ENTRY && !isJudged(object));
  }

  async #readHeld(): Promise<readonly ValueObject[]> {
    return this.#held ?? readGivenResources(this.#world, this.#paths, this.#kinds);
  }

  async #lookAhead(): Promise<void> {
    const batches = streamGivenResources(this.#world, this.#paths, this.#kinds);
    let bytes = 0;
    for (;;) {
      const { value: batch, done } = await batches.next();
      if (done === true) return;
      for (const object of batch.objects) if (isJudged(object)) this.#ahead.push(object);
      bytes += batch.bytes;
      if (bytes < LIMITS.resourceLookAheadBytes || this.#ahead.length === 0) continue;
      this.#rest = batches;
      return;
    }
  }
}

const ENTRY = "GlobalContextEntry";
/** What says how others are judged is not judged itself, as in Kyverno. */
const NOT_JUDGED: ReadonlySet<string> = new Set(["PolicyException", ENTRY]);

function isJudged(object: ValueObject): boolean {
  return !NOT_JUDGED.has(textOf(object, "kind")) || !textOf(object, "apiVersion").includes("kyverno.io/");
}
