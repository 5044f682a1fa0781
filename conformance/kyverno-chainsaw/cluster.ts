/** A stand-in for a cluster with Kyverno in it: objects in memory, and amap's engine where Kyverno's would be. */

import { answerFromGiven, type GivenWorld } from "../../src/app/index.ts";
import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import {
  type CleanupPlan,
  compileCleanupPolicy,
  compileClusterPolicy,
  compileExceptions,
  decodePolicy,
  evaluateCleanupPolicy,
  type Fact,
  type FactRequest,
  type GlobalContextEntry,
  globalContextFacts,
  globalContextRequest,
  isPolicyDocument,
  type KyvernoEffect,
  type KyvernoPlan,
  type PolicyException,
  type PolicyInput,
} from "../../src/policy/index.ts";
import { admit, effectsOf, Foreign, NOW, requestFor, type Surroundings, scan } from "./admission.ts";
import { KnownKinds } from "./known-kinds.ts";
import type { KubectlCall } from "./kubectl.ts";
import { answerManifest } from "./manifests.ts";
import { statusOf } from "./policy-status.ts";
import { reportOf, type Said } from "./reports.ts";
import { withDefaults } from "./server-defaults.ts";
import { subresourceOf } from "./subresources.ts";

/** How a write ended: why it was refused; undefined when it was done. */
export type Refusal = string | undefined;

/** Questions that are answered by a registry, a service or the API server's own rules. */
const FOREIGN: ReadonlySet<string> = new Set([
  "imageEvidence",
  "imageData",
  "imageAttestor",
  "http",
  "httpPost",
  "kubernetesApiPost",
  "resourcePost",
  "authorization",
]);

/** Where Kyverno's configuration keeps its webhooks away. */
const UNWATCHED: ReadonlySet<string> = new Set(["kyverno", "kube-system", "kube-public", "kube-node-lease"]);

/** The cluster of one test. */
export class StandInCluster {
  readonly #objects = new Map<string, ValueObject>();
  readonly #plans = new Map<string, KyvernoPlan>();
  readonly #said = new Map<string, readonly Said[]>();
  readonly #cleanups = new Map<string, CleanupPlan>();
  readonly #exceptions = new Map<string, PolicyException>();
  readonly #entries = new Map<string, GlobalContextEntry>();
  readonly #kinds = new KnownKinds();
  readonly #namespace: string;
  #uids = 0;
  /** Whether objects that were made by synchronizing rules are there: what deletes and changes do to them is not known. */
  synchronizes = false;

  constructor(namespace: string) {
    this.#namespace = namespace;
    for (const name of new Set([namespace, "default", ...UNWATCHED])) {
      this.#store(withDefaults({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    }
  }

  get objects(): readonly ValueObject[] {
    return [...this.#objects.values()];
  }

  /** Writes an object as kubectl would: creates it, or merges it into the one that is there. */
  write(verb: "apply" | "create" | "patch", given: ValueObject, fallback = ""): Refusal {
    const named = this.#placed(given, fallback);
    const before = this.#objects.get(this.#keyOf(named));
    if (before !== undefined && verb === "create") return "it is there already";
    if (before === undefined && verb === "patch") return "there is no such object";
    if (before === undefined && textOf(memberOf(named, "metadata"), "name") === "") throw new Foreign("generateName");
    const object = withDefaults(before === undefined ? named : (merge(before, named) as ValueObject));
    if (OTHER_POLICIES.test(textOf(object, "apiVersion"))) throw new Foreign("a policy of another group");
    // Kyverno's webhooks do not look at its own kinds, but at exceptions.
    const isPolicy = isPolicyDocument(object) && textOf(object, "kind") !== "PolicyException";
    return isPolicy ? this.#writePolicy(object, before) : this.#writeWatched(object, before);
  }

  /** Writes an object that policies may be about. */
  #writeWatched(object: ValueObject, before: ValueObject | undefined): Refusal {
    if (before !== undefined && this.synchronizes) throw new Foreign("what becomes of synchronized objects");
    const namespace = this.#namespaceOf(object);
    if (namespace !== "" && this.#namespaceObject(namespace) === undefined) return `there is no namespace ${namespace}`;
    const isPolicy = isPolicyDocument(object);
    if (UNWATCHED.has(namespace)) {
      if (isPolicy) return this.#writePolicy(object, before);
      this.#store(object);
      return undefined;
    }
    const input = this.#request(before === undefined ? "CREATE" : "UPDATE", object, before);
    const verdict = admit(input, this.#surroundings());
    if (verdict.refusal !== undefined) return `admission webhook denied the request: ${verdict.refusal}`;
    if (isPolicy) return this.#writePolicy(verdict.object as ValueObject, before);
    const stored = this.#store(withDefaults(verdict.object as ValueObject));
    this.#said.set(this.#keyOf(stored), verdict.said);
    this.#apply(effectsOf({ ...input, object: stored }, this.#surroundings()));
    return undefined;
  }

  /** Deletes what a reference names. */
  delete(reference: ValueObject): Refusal {
    const key = this.#keyOf(this.#placed(reference));
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    if (!isPolicyDocument(before)) {
      const input = this.#request("DELETE", before, before);
      const { refusal } = admit(input, this.#surroundings());
      if (refusal !== undefined) return refusal;
      if (this.synchronizes) throw new Foreign("what becomes of synchronized objects when one is deleted");
      this.#objects.delete(key);
      this.#said.delete(key);
      // What follows in the background sees the object that was deleted as the one that triggers it.
      this.#apply(effectsOf({ ...input, object: before }, this.#surroundings(), firesOnDelete));
      return undefined;
    }
    if (this.synchronizes) throw new Foreign("what becomes of synchronized objects when a policy is deleted");
    for (const kept of [this.#objects, this.#plans, this.#cleanups, this.#exceptions, this.#entries]) kept.delete(key);
    return undefined;
  }

  get plans(): readonly KyvernoPlan[] {
    return [...this.#plans.values()];
  }

  /** The reports that a background scan leaves, with what admission said last of rules that are not scanned. */
  reports(): readonly ValueObject[] {
    return this.objects.flatMap((object): readonly ValueObject[] => {
      if (isPolicyDocument(object) || UNWATCHED.has(this.#namespaceOf(object))) return [];
      const { userInfo: _, roles: __, clusterRoles: ___, ...input } = this.#request("CREATE", object, undefined);
      const scanned = scan(input, this.#surroundings());
      const ofAdmission = (this.#said.get(this.#keyOf(object)) ?? []).flatMap(({ plan, responses }) => {
        if (!this.plans.includes(plan)) return [];
        const others = responses.filter(({ phase }) => phase !== "validate" || !plan.background);
        return others.length === 0 ? [] : [{ plan, responses: others }];
      });
      const report = reportOf(object, [...scanned, ...ofAdmission]);
      return report === undefined ? [] : [report];
    });
  }

  /** The objects that an asserted one may be: that of its name, or those of its kind with none. */
  candidates(asserted: ValueObject): readonly ValueObject[] {
    const placed = this.#placed(asserted);
    if (textOf(memberOf(placed, "metadata"), "name") !== "") {
      const found = this.#objects.get(this.#keyOf(placed));
      return found === undefined ? [] : [found];
    }
    const namespace = this.#namespaceOf(placed);
    return this.objects.filter(
      (object) =>
        textOf(object, "kind") === textOf(placed, "kind") &&
        textOf(object, "apiVersion") === textOf(placed, "apiVersion") &&
        (namespace === "" || this.#namespaceOf(object) === namespace),
    );
  }

  /** Asks for a subresource. */
  call(call: KubectlCall): Refusal {
    const namespace = call.namespace || "default";
    const apiVersion = call.kind === "Pod" ? "v1" : "apps/v1";
    const key = this.#keyOf({ apiVersion, kind: call.kind, metadata: { name: call.name, namespace } });
    const before = this.#objects.get(key);
    if (before === undefined) throw new Foreign(`${call.kind} ${call.name} is made by a controller, or not there`);
    const asked = subresourceOf(call, before);
    const whole = this.#request("UPDATE", before, before);
    const { object: _, oldObject: __, ...rest } = whole;
    const input: PolicyInput = { ...rest, ...asked.input };
    const verdict = admit(input, this.#surroundings());
    if (verdict.refusal !== undefined) return `admission webhook denied the request: ${verdict.refusal}`;
    if (asked.stored !== undefined) this.#store(asked.stored);
    this.#apply(effectsOf({ ...input, object: verdict.object }, this.#surroundings()));
    return undefined;
  }

  /** Deletes what cleanup policies are about, as if all their times had come. */
  clean(): void {
    for (const plan of this.#cleanups.values()) {
      for (const [key, object] of this.#objects) {
        if (isPolicyDocument(object) || UNWATCHED.has(this.#namespaceOf(object))) continue;
        if (this.#isCleaned(plan, object)) this.#objects.delete(key);
      }
    }
  }

  #isCleaned(plan: CleanupPlan, object: ValueObject): boolean {
    const namespaceObject = this.#namespaceObject(this.#namespaceOf(object));
    const facts = new Map<string, Fact>();
    const options = { now: NOW, seed: "chainsaw", ...(namespaceObject === undefined ? {} : { namespaceObject }) };
    for (let pass = 0; pass < 100; pass++) {
      const { verdict, pending } = evaluateCleanupPolicy(plan, object, { ...options, facts });
      if (verdict !== undefined) return verdict.status === "delete";
      for (const request of pending) facts.set(request.key, this.#answer(request));
    }
    return false;
  }

  #writePolicy(object: ValueObject, before: ValueObject | undefined): Refusal {
    const key = this.#keyOf(object);
    const decoded = decodePolicy(object, { source: key, document: 1 });
    if (!decoded.ok) return describe(decoded.issues);
    const refused = decoded.value.warnings.filter(({ refusedInCluster }) => refusedInCluster === true);
    if (refused.length > 0) return describe(refused);
    const policy = decoded.value;
    if (policy.kind === "ImageValidatingPolicy") throw new Foreign("an ImageValidatingPolicy");
    if (policy.kind === "PolicyException") this.#exceptions.set(key, policy.policy);
    if (policy.kind === "CleanupPolicy" || policy.kind === "ClusterCleanupPolicy") {
      const cleanup = compileCleanupPolicy(policy);
      if (!cleanup.ok) return describe(cleanup.issues);
      this.#cleanups.set(key, cleanup.value);
    }
    if (policy.kind === "GlobalContextEntry") {
      this.#entries.set(key, policy.policy);
      this.#store(withDefaults(object));
      return undefined;
    }
    if (policy.kind !== "ClusterPolicy" && policy.kind !== "Policy") {
      this.#store(object);
      return undefined;
    }
    const compiled = compileClusterPolicy(policy);
    if (!compiled.ok) return describe(compiled.issues);
    if (before !== undefined && this.synchronizes)
      throw new Foreign("what a changed policy does to synchronized objects");
    this.#plans.set(key, compiled.value);
    const stored = this.#store({ ...object, status: statusOf(compiled.value, policy.policy) });
    this.#runOnExisting(compiled.value, stored);
    return undefined;
  }

  /** Rules that are applied to what is there when their policy comes. */
  #runOnExisting(plan: KyvernoPlan, stored: ValueObject): void {
    const spec = memberOf(stored, "spec");
    const wanted = new Set(
      listOf(spec, "rules").flatMap((rule) => {
        const generates =
          memberOf(memberOf(rule, "generate"), "generateExisting") ??
          memberOf(spec, "generateExisting") ??
          memberOf(spec, "generateExistingOnPolicyUpdate");
        const mutates =
          memberOf(memberOf(rule, "mutate"), "mutateExistingOnPolicyUpdate") ??
          memberOf(spec, "mutateExistingOnPolicyUpdate");
        const runs = memberOf(rule, "generate") !== undefined ? generates === true : mutates === true;
        return runs ? [textOf(rule, "name")] : [];
      }),
    );
    if (wanted.size === 0) return;
    const around = { ...this.#surroundings(), plans: [plan] };
    for (const object of this.objects) {
      if (isPolicyDocument(object) || UNWATCHED.has(this.#namespaceOf(object))) continue;
      const { userInfo: _, roles: __, clusterRoles: ___, ...input } = this.#request("CREATE", object, undefined);
      this.#apply(effectsOf(input, around, (_plan, rule) => wanted.has(rule)));
    }
  }

  #apply(effects: readonly KyvernoEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "mutateExisting") {
        if (effect.target.subresource !== "") throw new Foreign("a subresource is changed");
        this.#store(effect.target.object as ValueObject);
        continue;
      }
      const object = this.#placed(effect.object as ValueObject);
      if (effect.synchronize) this.synchronizes = true;
      const isThere = this.#objects.has(this.#keyOf(object));
      if (!isThere || effect.synchronize) this.#store(withDefaults(object));
    }
  }

  #surroundings(): Surroundings {
    const names = [...this.#plans.keys()];
    return {
      plans: names.flatMap((name) => this.#plans.get(name) ?? []),
      exceptions: compileExceptions([...this.#exceptions.values()]),
      answer: (request) => this.#answer(request),
    };
  }

  #answer(request: FactRequest): Fact {
    if (FOREIGN.has(request.kind)) throw new Foreign(`${request.kind} facts`);
    if (request.kind === "manifestSignature") return answerManifest(request);
    if (request.kind === "globalContext") return this.#globalContext(request);
    const given: GivenWorld = { objects: this.objects, isWhole: true, answers: [], globalContext: new Map() };
    const fact = answerFromGiven(given, request);
    if (!fact.ok && fact.code === "NOT_SUPPORTED") throw new Foreign(`${request.kind} facts: ${fact.message}`);
    return fact;
  }

  #globalContext({ params }: FactRequest): Fact {
    const name = textOf(params, "name");
    const entry = [...this.#entries.values()].find(({ metadata }) => metadata.name === name);
    if (entry === undefined) return { ok: true, value: null };
    const { data, projections } = globalContextFacts(entry, this.#answer(globalContextRequest(entry)), NOW);
    const projection = textOf(params, "projection");
    const failure: Fact = { ok: false, code: "FACT_FAILED", message: `there is no projection ${projection}` };
    return projection === "" ? data : (projections.get(projection) ?? failure);
  }

  #request(operation: "CREATE" | "UPDATE" | "DELETE", object: ValueObject, before: ValueObject | undefined) {
    const namespace = this.#namespaceOf(object);
    const namespaceObject = this.#namespaceObject(namespace);
    return requestFor(operation, object, before, {
      plural: this.#kinds.pluralOf(object),
      namespace,
      ...(namespaceObject === undefined ? {} : { namespaceObject }),
    });
  }

  #store(object: ValueObject): ValueObject {
    const key = this.#keyOf(object);
    const metadata = memberOf(object, "metadata");
    const stored: ValueObject = {
      ...object,
      metadata: {
        uid: `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, "0")}`,
        creationTimestamp: "2026-11-23T00:00:00Z",
        generation: 1,
        ...(isValueObject(metadata) ? metadata : {}),
      },
    };
    this.#objects.set(key, stored);
    if (textOf(object, "kind") === "CustomResourceDefinition") this.#kinds.define(object);
    return stored;
  }

  /** In the namespace where it goes when it does not say. */
  #placed(object: ValueObject, fallback = ""): ValueObject {
    const metadata = memberOf(object, "metadata");
    const named = isValueObject(metadata) ? metadata : {};
    // A reference has its names beside its kind.
    const own = isValueObject(metadata) ? {} : { name: textOf(object, "name"), namespace: textOf(object, "namespace") };
    const all: ValueObject = { ...own, ...named };
    if (!this.#kinds.isNamespaced(object)) {
      const { namespace: _, ...rest } = all;
      return { ...object, metadata: rest };
    }
    return { ...object, metadata: { ...all, namespace: textOf(all, "namespace") || fallback || this.#namespace } };
  }

  #namespaceOf(object: ValueObject): string {
    return this.#kinds.isNamespaced(object) ? textOf(memberOf(object, "metadata"), "namespace") : "";
  }

  #namespaceObject(name: string): ValueObject | undefined {
    return this.objects.find(
      (object) => textOf(object, "kind") === "Namespace" && textOf(memberOf(object, "metadata"), "name") === name,
    );
  }

  /** Versions of a kind are the same objects. */
  #keyOf(object: ValueObject): string {
    const group = textOf(object, "apiVersion").replace(/\/?[^/]*$/u, "");
    const name = textOf(memberOf(object, "metadata"), "name");
    return `${group}/${textOf(object, "kind")}/${this.#namespaceOf(object)}/${name}`;
  }
}

/** They would decide, too. */
const OTHER_POLICIES = /^(?:policies\.kyverno\.io|admissionregistration\.k8s\.io)\//u;

const describe = (issues: readonly { readonly path: string; readonly message: string }[]): string =>
  issues.map(({ path, message }) => `${path}: ${message}`).join("; ");

/** Deletions trigger the rules that name them. */
function firesOnDelete(plan: KyvernoPlan, name: string): boolean {
  const match = plan.rules.find((rule) => rule.name === name)?.source.match as unknown as Value;
  const filters = [...listOf(match, "any"), ...listOf(match, "all"), match];
  return filters.some((filter) => listOf(memberOf(filter, "resources"), "operations").includes("DELETE"));
}

/** JSON merge patch (RFC 7386). */
function merge(before: Value | undefined, patch: Value): Value {
  if (!isValueObject(patch)) return patch;
  const merged = new Map(Object.entries(isValueObject(before) ? before : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
