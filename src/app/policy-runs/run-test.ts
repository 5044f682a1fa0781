import { AmapError, type Decoded, type ValueObject } from "../../base/index.ts";
import {
  type CelPlan,
  type CliFile,
  decodeTestFile,
  decodeUserInfoFile,
  decodeValuesFile,
  type TestFile,
  type TestResult,
} from "../../policy/index.ts";
import { mapAhead } from "../bounded.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { World } from "../world.ts";
import { explanationWanted } from "./explain-run.ts";
import { type GitAccess, GitFolders, isGitAddress } from "./git-folders.ts";
import { type GivenWorld, servedBy } from "./given-facts.ts";
import { type PayloadMode, readPayload } from "./given-payloads.ts";
import { keyOfResource, withoutDuplicates } from "./given-resources.ts";
import { GivenValues } from "./given-values.ts";
import { loadPolicySet } from "./load-policies.ts";
import { createManifestFacts } from "./manifest-facts.ts";
import { asExcerpt } from "./policy-places.ts";
import type { PolicyRun } from "./policy-run.ts";
import type { PolicySet } from "./policy-set.ts";
import {
  folderOf,
  listTestFiles,
  readCliFile,
  readDecoded,
  readGivenResources,
  readResourceFile,
  resolvePath,
} from "./read-files.ts";
import { createRegistryFacts, type RegistryFacts } from "./registry-facts.ts";
import { createRunFacts } from "./run-facts.ts";
import { runPolicies, runPoliciesOnPayload } from "./run-policies.ts";
import type { RunOptions } from "./surroundings.ts";
import { checkExpectedResult, type TestRow, type TestRuns } from "./test-results.ts";
import type { SelectResult } from "./test-selector.ts";
import { celWorld, readTestWorld, ruleWorld, type TestWorld } from "./test-world.ts";

/** A test as it ended. */
export interface TestReport {
  readonly path: string;
  readonly name: string;
  readonly warnings: readonly string[];
  readonly rows: readonly TestRow[];
}

/** What is asked of a run of tests. */
export interface TestOptions {
  /** The name of test files. */
  readonly fileName: string;
  readonly select: SelectResult;
  /** Whether rows say what happened; without it those of errors do, as far as they are few. */
  readonly explain?: boolean;
  /** Whether registries are asked about images. */
  readonly registry?: boolean;
  readonly git?: GitAccess;
}

/**
 * Runs the tests below folders as Kyverno's `test` does: each test file says which policies are applied to which
 * objects, and what must come of it. Nothing outside the files is asked.
 * @throws {AmapError} FILE_NOT_FOUND; POLICY_INVALID, YAML_INVALID and the others of readers with the file's name
 */
export async function* runTests(
  world: World,
  folders: readonly string[],
  options: TestOptions,
): AsyncGenerator<TestReport> {
  const repositories = new GitFolders(world, options.git);
  try {
    const files = listAllTestFiles(world, repositories, folders, options.fileName);
    const reports = mapAhead(files, TESTS_AHEAD, (file) => runTestFile(file.world, file.path, options));
    for await (const ofFile of reports) yield* ofFile;
  } finally {
    await repositories.close();
  }
}

/** Test files that are read while another one is judged: most of the time of a small test is waiting for its files. */
const TESTS_AHEAD = 8;

/** A test of a repository sees the files of its checkout alone, whose root is `/`. */
async function* listAllTestFiles(
  world: World,
  repositories: GitFolders,
  folders: readonly string[],
  fileName: string,
): AsyncGenerator<{ readonly world: World; readonly path: string }> {
  for (const folder of folders) {
    const place = isGitAddress(folder) ? await repositories.open(folder, "root") : { world, path: folder };
    for (const path of await listTestFiles(place.world, place.path, fileName)) yield { world: place.world, path };
  }
}

async function runTestFile(
  world: World,
  path: string,
  { select, explain = false, registry = false }: TestOptions,
): Promise<readonly TestReport[]> {
  const reports: TestReport[] = [];
  for (const { file, warnings } of await readDecoded(world, path, decodeTestFile)) {
    const results = file.results.map(select).filter((result) => result !== undefined);
    if (results.length === 0) continue;
    const test = new TestRun(world, path, file, { explain, registry });
    const rows = await test.check(results);
    const name = file.metadata?.name ?? "";
    reports.push({ path, name, rows, warnings: [...warnings.map(({ message }) => message), ...test.warnings] });
  }
  return reports;
}

/** One test of a file. */
class TestRun {
  readonly #world: World;
  readonly #folder: string;
  readonly #file: TestFile;
  readonly #explain: boolean;
  readonly #registries: RegistryFacts | undefined;
  readonly #expected = new Map<string, Promise<readonly ValueObject[]>>();
  readonly warnings: string[] = [];

  constructor(world: World, path: string, file: TestFile, options: { explain: boolean; registry: boolean }) {
    this.#explain = options.explain;
    if (options.registry) this.#registries = createRegistryFacts(world, { sources: [], verifyLayers: false });
    this.#world = world;
    this.#folder = folderOf(path);
    this.#file = file;
  }

  async check(results: readonly TestResult[]): Promise<readonly TestRow[]> {
    const runs = await this.#run(results);
    const rows: TestRow[] = [];
    for (const result of results) {
      const checked = await checkExpectedResult(result, runs, (path) => this.#read(path));
      rows.push(...checked.rows);
      this.warnings.push(...checked.warnings);
    }
    return rows;
  }

  #resolve(paths: readonly string[] | undefined): readonly string[] {
    return (paths ?? []).map((path) => resolvePath(this.#folder, path));
  }

  /** The objects of a file that results name, read once. */
  #read(path: string): Promise<readonly ValueObject[]> {
    const resolved = resolvePath(this.#folder, path);
    const known = this.#expected.get(resolved) ?? readResourceFile(this.#world, resolved);
    this.#expected.set(resolved, known);
    return known;
  }

  async #run(results: readonly TestResult[]): Promise<TestRuns> {
    const set = await loadPolicySet(this.#world, {
      policies: this.#resolve(this.#file.policies),
      exceptions: this.#resolve(this.#file.exceptions),
      explains: this.#explain,
    });
    const [broken] = set.broken;
    if (broken !== undefined) throw new AmapError(broken.code, asExcerpt(broken.message));
    this.warnings.push(...set.warnings);
    const test = await readTestWorld(this.#world, this.#folder, this.#file);
    const { unique, duplicates } = withoutDuplicates(await this.#resources(this.#file.resources));
    for (const each of duplicates) this.warnings.push(`${keyOfResource(each)}: it is there twice; the first counts`);
    const targets = await this.#resources(this.#file.targetResources);
    const params = await this.#resources(this.#file.paramResources);
    const options = await this.#options({ test, judged: unique, targets, params }, set);
    const triggersByOperation = new Map<string, ReadonlyMap<string, readonly PolicyRun[]>>();
    const triggers = new Map([...(await runAll(set, unique, options)), ...(await this.#runOnPayloads(set, options))]);
    for (const operation of new Set(results.map((result) => result.operation || undefined))) {
      if (operation === undefined) continue;
      triggersByOperation.set(operation, await runAll(set, unique, { ...options, operation }));
    }
    const all = [triggers, ...triggersByOperation.values()].flatMap((runs) => [...runs.values()].flat());
    return { triggers, triggersByOperation, targets: runsOfTargets(targets, all), refused: set.refused };
  }

  /** By the names of the files, as Kyverno's `test` names them. */
  async #runOnPayloads(set: PolicySet, options: RunOptions): Promise<ReadonlyMap<string, readonly PolicyRun[]>> {
    const { jsonPayloads = [], httpPayloads = [], envoyPayloads = [] } = this.#file;
    const runs = new Map<string, readonly PolicyRun[]>();
    const runOn = async (path: string, mode: PayloadMode): Promise<void> => {
      const payload = await readPayload(this.#world, resolvePath(this.#folder, path), mode, path);
      runs.set(path, [...(runs.get(path) ?? []), ...(await runPoliciesOnPayload(set, payload, options))]);
    };
    for (const path of jsonPayloads) await runOn(path, "JSON");
    for (const path of httpPayloads) await runOn(path, "HTTP");
    for (const path of envoyPayloads) await runOn(path, "Envoy");
    return runs;
  }

  #resources(paths: readonly string[] | undefined): Promise<readonly ValueObject[]> {
    return readGivenResources(this.#world, this.#resolve(paths));
  }

  async #options(given: TestObjects, set: PolicySet): Promise<RunOptions> {
    const values = this.#file.values ?? (await this.#cliFile(this.#file.variables, decodeValuesFile));
    const userInfo = await this.#cliFile(this.#file.userinfo, decodeUserInfoFile);
    const { test, judged, targets, params } = given;
    const sources = await this.#cloneSources();
    const ofRules = ruleWorld(test, [...judged, ...targets, ...sources]);
    const listsAll = set.celPlans.some(changesExisting);
    const ofCel = { ...celWorld(test, { judged, beside: [...targets, ...params, ...sources] }), listsAll };
    const isNamespace = ({ apiVersion, kind }: ValueObject): boolean => apiVersion === "v1" && kind === "Namespace";
    const now = this.#world.clock.now();
    // Mocks stand before entries of the same names.
    const globalContext = set.globalContext.filter(({ metadata }) => !test.globalContext.has(metadata.name));
    const loadFrom = (world: GivenWorld): LoadFacts =>
      createRunFacts({
        cluster: undefined,
        given: async () => world,
        registries: this.#registries?.load,
        attestors: this.#registries?.attestors,
        manifests: createManifestFacts(this.#world),
        givenImages: test.context.images,
        globalContext,
        now,
      });
    const images = this.#registries || test.context.images.size > 0 ? ["imageRegistry" as const] : [];
    return {
      values: new GivenValues(values),
      ...(userInfo === undefined ? {} : { userInfo }),
      served: new Set([...servedBy(ofRules, globalContext), ...images]),
      load: loadFrom(ofRules),
      celLoad: loadFrom(ofCel),
      ...(test.kinds === undefined ? {} : { schemaOf: test.kinds.schemaOf }),
      changesExisting: targets.length > 0,
      namespaces: test.cluster.filter(isNamespace),
      now,
      seed: this.#folder,
      elapsed: () => this.#world.clock.now(),
      explain: explanationWanted(this.#explain),
    };
  }

  /** What a file of Kyverno's command line that the test names holds. */
  async #cliFile<T>(
    path: string | undefined,
    decode: (bytes: Uint8Array, source: string) => Decoded<CliFile<T>>,
  ): Promise<T | undefined> {
    return path ? readCliFile(this.#world, resolvePath(this.#folder, path), decode) : undefined;
  }

  /** Objects that rules copy. */
  async #cloneSources(): Promise<readonly ValueObject[]> {
    const paths = new Set(this.#file.results.map(({ cloneSourceResource }) => cloneSourceResource || undefined));
    const read = [...paths].filter((path) => path !== undefined).map((path) => this.#read(path));
    return (await Promise.all(read)).flat();
  }
}

/** Whether it asks for all there is of a kind. */
function changesExisting({ resource }: CelPlan): boolean {
  if (resource.kind !== "MutatingPolicy" && resource.kind !== "NamespacedMutatingPolicy") return false;
  return resource.policy.spec.evaluation?.mutateExisting?.enabled === true;
}

/** The objects of a test. */
interface TestObjects {
  readonly test: TestWorld;
  readonly judged: readonly ValueObject[];
  readonly targets: readonly ValueObject[];
  readonly params: readonly ValueObject[];
}

async function runAll(
  set: PolicySet,
  objects: readonly ValueObject[],
  options: RunOptions,
): Promise<ReadonlyMap<string, readonly PolicyRun[]>> {
  const runs = new Map<string, readonly PolicyRun[]>();
  for (const object of objects) runs.set(keyOfResource(object), await runPolicies(set, object, options));
  return runs;
}

/** By target: the runs that changed it. */
function runsOfTargets(
  targets: readonly ValueObject[],
  runs: readonly PolicyRun[],
): ReadonlyMap<string, readonly PolicyRun[]> {
  const found = new Map<string, readonly PolicyRun[]>();
  for (const key of targets.map(keyOfResource)) {
    const changing = runs.filter((run) =>
      run.responses.some(({ patched }) => patched !== undefined && keyOfResource(patched.object) === key),
    );
    if (changing.length > 0) found.set(key, changing);
  }
  return found;
}
