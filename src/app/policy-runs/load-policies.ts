import { decodeUtf8, formatTime, isAmapError, LIMITS, listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import {
  CEL_POLICY_KINDS,
  type CelBindingResource,
  type CelPlan,
  type CelPolicyException,
  type CelPolicyKind,
  type CelPolicyResource,
  type CleanupPlan,
  compileCelExceptions,
  compileCelPolicy,
  compileCleanupPolicy,
  compileClusterPolicy,
  compileExceptions,
  compileImagePolicy,
  decodePolicy,
  type GlobalContextEntry,
  type ImagePolicyResource,
  isPolicyDocument,
  type KyvernoPlan,
  type NextRun,
  nextDeletion,
  nextRun,
  type Plan,
  type PolicyException,
  type PolicyResource,
} from "../../policy/index.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import type { GitFolder } from "./git-folders.ts";
import { describeIssues, type PolicyOrigin, PolicyPlaces, placedMessage, ruleNamesOf } from "./policy-places.ts";
import type { BrokenPolicy, PolicySet } from "./policy-set.ts";
import { isHidden, listYamlFiles } from "./read-files.ts";

/** Where policies are, and exceptions to them. */
export interface PolicyPaths {
  /** Of a git repository's folder other documents than policies are left out: tests and objects are beside them there. */
  readonly policies: readonly (string | GitFolder)[];
  readonly exceptions: readonly string[];
  /** Whether exceptions among the policies hold. */
  readonly withinPolicies?: boolean;
  /** Whether the places of rules are wanted, also when the files are gone. */
  readonly explains?: boolean;
}

/**
 * Reads and compiles policies. What is broken or not valid is named in the set, and the others stand.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function loadPolicySet(world: World, paths: PolicyPaths): Promise<PolicySet> {
  const loading = new Loading(paths.explains === true);
  const withExceptions = paths.withinPolicies === true;
  for (const each of await files(world, paths.policies)) await loading.read(each, withExceptions);
  for (const each of await files(world, paths.exceptions)) await loading.readExceptions(each);
  return loading.finish(world.clock.now());
}

/** A file with policies. */
interface PolicyFile extends GitFolder {
  /** Whether it may hold something else, and nobody meant it as a policy. */
  readonly isMixed: boolean;
  /** Whether policies that are not valid are only warned of: those in hidden folders of repositories are parts of tests. */
  readonly isHidden: boolean;
}

async function files(world: World, paths: readonly (string | GitFolder)[]): Promise<readonly PolicyFile[]> {
  const list = async (each: string | GitFolder): Promise<readonly PolicyFile[]> => {
    const isMixed = typeof each !== "string";
    const folder = isMixed ? each : { world, path: each };
    const found = await listYamlFiles(folder.world, folder.path, { hidden: isMixed });
    return found.map((path) => {
      return { world: folder.world, path, isMixed, isHidden: isMixed && isHidden(path.slice(folder.path.length)) };
    });
  };
  return (await Promise.all(paths.map(list))).flat();
}

/** Whether a file that cannot be read as YAML has the group of policies in it. */
async function namesPolicies(world: World, path: string): Promise<boolean> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.documentBytes));
  return text === undefined || /kyverno\.io|AdmissionPolicy/.test(text);
}

/** Whether a document of a repository is meant as a policy, also where amap has no such kind yet. */
function isMeantAsPolicy(value: Value): boolean {
  const [apiVersion, kind] = [textOf(value, "apiVersion"), textOf(value, "kind")];
  if (apiVersion.startsWith("admissionregistration.k8s.io/")) return /^(?:Valid|Mut)atingAdmissionPolicy/.test(kind);
  return isPolicyDocument(value) || (/^(?:policies\.)?kyverno\.io\//.test(apiVersion) && kind.endsWith("Policy"));
}

const CEL_KINDS: ReadonlySet<string> = new Set(CEL_POLICY_KINDS);

function isCelPolicy(resource: PolicyResource): resource is CelPolicyResource {
  return CEL_KINDS.has(resource.kind);
}

function isBinding(resource: PolicyResource): resource is CelBindingResource {
  return resource.kind === "ValidatingAdmissionPolicyBinding" || resource.kind === "MutatingAdmissionPolicyBinding";
}

/** In which order Kyverno's command line applies them. */
const CEL_ORDER: readonly CelPolicyKind[] = [
  "MutatingAdmissionPolicy",
  "MutatingPolicy",
  "NamespacedMutatingPolicy",
  "ValidatingAdmissionPolicy",
  "ValidatingPolicy",
  "NamespacedValidatingPolicy",
  "GeneratingPolicy",
  "NamespacedGeneratingPolicy",
  "DeletingPolicy",
  "NamespacedDeletingPolicy",
];

/** Kinds whose plans tell the warnings. */
const PLANNED: ReadonlySet<string> = new Set(["ClusterPolicy", "Policy", "CleanupPolicy", "ClusterCleanupPolicy"]);

/** A document of a file, or an item of a list in it. */
interface ReadDocument extends Pick<PolicyOrigin, "document" | "within"> {
  readonly value: Value;
}

interface ReadPolicy {
  readonly resource: PolicyResource;
  readonly origin: PolicyOrigin;
}

/** A set in the making. */
class Loading {
  readonly #plans: KyvernoPlan[] = [];
  readonly #images: { readonly resource: ImagePolicyResource; readonly origin: PolicyOrigin }[] = [];
  readonly #cleanups: CleanupPlan[] = [];
  readonly #globalContext: GlobalContextEntry[] = [];
  readonly #exceptions: PolicyException[] = [];
  /** Compiled at the end: what binds them may stand behind them. */
  readonly #celPolicies: { readonly resource: CelPolicyResource; readonly origin: PolicyOrigin }[] = [];
  readonly #bindings: CelBindingResource[] = [];
  readonly #celExceptions: CelPolicyException[] = [];
  readonly #refused = new Map<string, string>();
  readonly #broken: BrokenPolicy[] = [];
  readonly #warnings: string[] = [];
  readonly #places = new PolicyPlaces();
  readonly #explains: boolean;

  constructor(explains: boolean) {
    this.#explains = explains;
  }

  async read(file: PolicyFile, withExceptions: boolean): Promise<void> {
    const isWanted = file.isMixed ? isMeantAsPolicy : () => true;
    for (const { resource, origin } of await this.#decode(file, isWanted)) {
      if (isCelPolicy(resource)) {
        this.#celPolicies.push({ resource, origin });
      } else if (isBinding(resource)) {
        this.#bindings.push(resource);
      } else if (resource.kind === "PolicyException") {
        if (withExceptions) this.#exceptions.push(resource.policy);
      } else if (resource.kind === "CelPolicyException") {
        if (withExceptions) this.#celExceptions.push(resource.policy);
      } else if (resource.kind === "ClusterPolicy" || resource.kind === "Policy") {
        const compiled = compileClusterPolicy(resource);
        if (compiled.ok) {
          this.#plans.push(compiled.value);
          await this.#remember(compiled.value, origin);
        } else this.#refused.set(resource.name, describeIssues(compiled.issues, await this.#places.ofOrigin(origin)));
      } else if (resource.kind === "CleanupPolicy" || resource.kind === "ClusterCleanupPolicy") {
        const compiled = compileCleanupPolicy(resource);
        if (compiled.ok) {
          this.#cleanups.push(compiled.value);
          await this.#remember(compiled.value, origin);
        } else this.#refused.set(resource.name, describeIssues(compiled.issues, await this.#places.ofOrigin(origin)));
      } else if (resource.kind === "GlobalContextEntry") {
        this.#globalContext.push(resource.policy);
      } else {
        this.#images.push({ resource, origin });
      }
    }
  }

  /** Where explanations are wanted, files are read for their places while they are there. */
  async #remember(plan: object, origin: PolicyOrigin): Promise<void> {
    this.#places.remember(plan, origin);
    if (this.#explains) await this.#places.ofOrigin(origin);
  }

  async readExceptions(file: PolicyFile): Promise<void> {
    const isException = (value: Value): boolean =>
      textOf(value, "kind") === "PolicyException" && isPolicyDocument(value);
    for (const { resource } of await this.#decode(file, isException)) {
      if (resource.kind === "PolicyException") this.#exceptions.push(resource.policy);
      if (resource.kind === "CelPolicyException") this.#celExceptions.push(resource.policy);
    }
  }

  async #decode(file: PolicyFile, isWanted: (value: Value) => boolean): Promise<readonly ReadPolicy[]> {
    const { world, path } = file;
    const found: ReadPolicy[] = [];
    let count = 0;
    for (const { value, document, within } of await this.#documents(file)) {
      count++;
      if (!isWanted(value)) continue;
      const decoded = decodePolicy(value, { source: path, document: count }, { defersUnanswered: true });
      const origin: PolicyOrigin = { world, file: path, document, within, rules: ruleNamesOf(value) };
      if (decoded.ok) {
        found.push({ resource: decoded.value, origin });
        // A plan says those of its policy, too.
        const { kind, warnings } = decoded.value;
        if (PLANNED.has(kind)) continue;
        this.#warnings.push(...warnings.map((warning) => `${path}: ${warning.path}: ${warning.message}`));
      } else {
        const name = textOf(memberOf(value, "metadata"), "name");
        const code = decoded.issues[0]?.code ?? "POLICY_INVALID";
        const message = describeIssues(decoded.issues, await this.#places.ofOrigin(origin));
        if (file.isHidden) this.#warnings.push(`left out: ${message}`);
        else this.#broken.push({ name, source: path, code, message });
      }
    }
    return found;
  }

  /** The documents of a file; none when it cannot be read as YAML, which is noted. A mixed file's may be anything. */
  async #documents({ world, path, isMixed }: PolicyFile): Promise<readonly ReadDocument[]> {
    let documents: readonly Value[];
    try {
      documents = await readYamlFile(world, path);
    } catch (error) {
      if (!isAmapError(error) || error.code === "FILE_NOT_FOUND" || error.code === "FILE_UNREADABLE") throw error;
      // Templates of charts look like YAML and are none; what names the group of policies was meant as one.
      if (isMixed && !(await namesPolicies(world, path)))
        this.#warnings.push(`left out, it is no YAML: ${error.message}`);
      else this.#broken.push({ name: "", source: path, code: error.code, message: placedMessage(path, error) });
      return [];
    }
    const isDocument = (value: Value): boolean => value !== null && (!isMixed || textOf(value, "kind") !== "");
    return documents.flatMap((value, document) =>
      isDocument(value) ? this.#expand(value, path).map((item) => ({ ...item, document })) : [],
    );
  }

  /** The items of a list, or the document; none when it is no object, which is noted: those beside it stand. */
  #expand(value: Value, path: string): readonly Omit<ReadDocument, "document">[] {
    try {
      const items = expandList(value, path);
      // Of lists in lists the place of the whole is near enough.
      const isFlat = listOf(value, "items").length === items.length && items[0] !== value;
      return items.map((item, index) => ({ value: item, within: isFlat ? `items[${index}]` : "" }));
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      this.#broken.push({ name: "", source: path, code: error.code, message: placedMessage(path, error) });
      return [];
    }
  }

  /** The plans in the order of {@link CEL_ORDER}. One that is not valid ends a test, as in Kyverno: it is broken. */
  async #compileCelPolicies(): Promise<readonly CelPlan[]> {
    const plans: CelPlan[] = [];
    for (const { resource, origin } of this.#celPolicies) {
      const compiled = compileCelPolicy(resource, { bindings: this.#bindings });
      if (compiled.ok) {
        plans.push(compiled.value);
        await this.#remember(compiled.value, origin);
      } else {
        const message = describeIssues(compiled.issues, await this.#places.ofOrigin(origin));
        const code = compiled.issues[0]?.code ?? "POLICY_INVALID";
        this.#broken.push({ name: resource.name, source: resource.source, code, message });
      }
    }
    return plans.toSorted((left, right) => CEL_ORDER.indexOf(left.kind) - CEL_ORDER.indexOf(right.kind));
  }

  async #compileImagePolicies(): Promise<readonly Plan[]> {
    const plans: Plan[] = [];
    for (const { resource, origin } of this.#images) {
      const compiled = compileImagePolicy(resource, { asInKyverno: true });
      if (compiled.ok) {
        plans.push(compiled.value);
        await this.#remember(compiled.value, origin);
      } else {
        const message = describeIssues(compiled.issues, await this.#places.ofOrigin(origin));
        const code = compiled.issues[0]?.code ?? "POLICY_INVALID";
        this.#broken.push({ name: resource.name, source: resource.source, code, message });
      }
    }
    return plans;
  }

  /** `now` in milliseconds since 1970. */
  async finish(now: number): Promise<PolicySet> {
    const celPlans = await this.#compileCelPolicies();
    for (const plan of [...this.#plans, ...this.#cleanups, ...celPlans]) {
      this.#warnings.push(...plan.warnings.map((warning) => `policy ${plan.policy}: ${warning}`));
    }
    const imagePlans = await this.#compileImagePolicies();
    this.#warnings.push(...imagePlans.flatMap(({ warnings }) => warnings));
    return {
      plans: this.#plans,
      cleanups: this.#cleanups,
      globalContext: this.#globalContext,
      celPlans,
      celExceptions: compileCelExceptions(this.#celExceptions),
      imagePlans,
      exceptions: compileExceptions(this.#exceptions),
      exceptionCount: this.#exceptions.length + this.#celExceptions.length,
      refused: this.#refused,
      broken: this.#broken,
      warnings: this.#warnings,
      places: this.#places,
      notes: [
        ...this.#cleanups.flatMap((plan) => noteOf(plan, nextRun(plan.schedule, now))),
        ...celPlans.flatMap((plan) => noteOfDeletion(plan, now)),
      ],
    };
  }
}

/** When a cleanup policy would run; that it never does is a warning of its plan. */
function noteOf({ policy, schedule }: Pick<CleanupPlan, "policy" | "schedule">, next: NextRun): readonly string[] {
  if (next.status === "never") return [];
  return [`cleanup policy ${policy}: in a cluster it would run next at ${formatTime(next.time)} (${schedule})`];
}

function noteOfDeletion({ policy, resource }: CelPlan, now: number): readonly string[] {
  if (resource.kind !== "DeletingPolicy" && resource.kind !== "NamespacedDeletingPolicy") return [];
  const { schedule } = resource.policy.spec;
  return noteOf({ policy, schedule }, nextDeletion(schedule, now));
}
