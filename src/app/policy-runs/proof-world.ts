import { isValueObject, memberOf, textOf, type Value } from "../../base/index.ts";
import {
  createObjectMaker,
  type Fact,
  type FactRequest,
  type Facts,
  type KyvernoEvaluation,
  kubernetesKinds,
  type ObjectMaker,
} from "../../policy/index.ts";
import { readApiPath } from "./api-path.ts";

/** Rounds of questions that one evaluation may need. */
const MAX_ROUNDS = 32;
/** The objects of longer lists are alike. */
const MAX_DIFFERENT = 3;
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** How many objects a list has: some rules count more than a few. */
const LENGTHS = [0, 1, 2, 3, 12] as const;

/**
 * What a rule and its conversion look up while they are held against each other: made-up objects with the names and
 * values of the policy, now and then none. Both get the same answer, however they ask.
 */
export class ProofWorld {
  readonly #createMaker: () => ObjectMaker;
  #maker: ObjectMaker | undefined;
  readonly #index: number;
  readonly #answers = new Map<string, Value>();
  readonly #facts = new Map<string, Fact>();

  /** `index` tells the worlds of one proof apart. */
  constructor(policy: Value, seed: string, index: number) {
    // Few proofs look anything up.
    this.#createMaker = () => createObjectMaker(policy, `${seed} ${index}`);
    this.#index = index;
  }

  /** Evaluates until nothing is missing; undefined for questions that are not answered here. */
  ask(
    evaluate: (facts: Facts, previous: KyvernoEvaluation | undefined) => KyvernoEvaluation,
  ): KyvernoEvaluation | undefined {
    let previous: KyvernoEvaluation | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      previous = evaluate(this.#facts, previous);
      if (previous.pending.length === 0) return previous;
      for (const request of previous.pending) {
        const fact = this.#answer(request);
        if (fact === undefined) return undefined;
        this.#facts.set(request.key, fact);
      }
    }
    return undefined;
  }

  #answer({ kind, params }: FactRequest): Fact | undefined {
    const [apiVersion, plural] = [textOf(params, "apiVersion"), textOf(params, "resource")];
    const [namespace, name] = [textOf(params, "namespace"), textOf(params, "name")];
    switch (kind) {
      case "resource":
        return found(this.#one({ apiVersion, plural, namespace }, name));
      case "resourceList":
        return Object.keys(memberOf(params, "labels") ?? {}).length > 0
          ? undefined
          : found(this.#list({ apiVersion, plural, namespace }));
      case "kubernetesApi":
        return this.#ofPath(textOf(params, "path"));
      case "globalContext":
        return found(this.#global(textOf(params, "name")));
      default:
        return undefined;
    }
  }

  #ofPath(path: string): Fact | undefined {
    const asked = readApiPath(path);
    if (asked === undefined || path.includes("?")) return undefined;
    const { apiVersion, resource: plural, namespace, name } = asked;
    if (name === undefined) return found(this.#list({ apiVersion, plural, namespace }));
    const object = this.#one({ apiVersion, plural, namespace }, name);
    return object === null ? { ok: false, code: "FACT_FAILED", message: `${path}: not found` } : found(object);
  }

  #make(apiVersion: string, kind: string, name: string, namespace: string): Value {
    this.#maker ??= this.#createMaker();
    const made = this.#maker(apiVersion, kind, name, namespace);
    // Without data Kyverno reads null, and a ConfigMap is there for its data.
    return kind === "ConfigMap" && isValueObject(made) ? { data: {}, ...made } : made;
  }

  /** Null where there is none: what has no name of an object is nowhere. */
  #one({ apiVersion, plural, namespace }: Place, name: string): Value {
    return this.#once(`${apiVersion} ${plural} ${namespace} ${name}`, () =>
      this.#index % 10 === 9 || !OBJECT_NAME.test(name)
        ? null
        : this.#make(apiVersion, kindOf(apiVersion, plural), name, namespace),
    );
  }

  #list({ apiVersion, plural, namespace }: Place): Value {
    return this.#once(`${apiVersion} ${plural} ${namespace}`, () => {
      const kind = kindOf(apiVersion, plural);
      const length = LENGTHS[this.#index % LENGTHS.length] ?? 0;
      const space = namespace === "" ? "default" : namespace;
      const isUniform = length > MAX_DIFFERENT;
      const first = this.#make(apiVersion, kind, "object", space);
      const items = Array.from({ length }, (_, index) =>
        isUniform ? first : this.#make(apiVersion, kind, `object-${index}`, space),
      );
      return { apiVersion, kind: `${kind}List`, metadata: {}, items };
    });
  }

  /** Data of both forms: a list, and a list with more around it. */
  #global(name: string): Value {
    return this.#once(`global ${name}`, () => {
      const list = this.#list({ apiVersion: "apps/v1", plural: "deployments", namespace: "" });
      return this.#index % 2 === 0 ? list : (memberOf(list, "items") ?? []);
    });
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#answers.set(key, made);
    return made;
  }
}

interface Place {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespace: string;
}

const found = (value: Value): Fact => ({ ok: true, value });

function kindOf(apiVersion: string, plural: string): string {
  const known = kubernetesKinds().find(
    ({ group, version, plural: name }) =>
      name === plural && (group === "" ? version : `${group}/${version}`) === apiVersion,
  );
  return known?.kind ?? plural;
}
