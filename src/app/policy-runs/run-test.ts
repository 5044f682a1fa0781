import { AmapError, type Decoded, type Value, type ValueObject } from "../../base/index.ts";
import {
  type CliFile,
  compileJmesPath,
  decodeClusterResourceFile,
  decodeTestFile,
  decodeUserInfoFile,
  decodeValuesFile,
  type GlobalContextMock,
  type TestFile,
  type TestResult,
} from "../../policy/index.ts";
import { mapAhead } from "../bounded.ts";
import type { World } from "../world.ts";
import { answerFromGiven, type GivenWorld, servedBy } from "./given-facts.ts";
import { keyOfResource, withoutDuplicates } from "./given-resources.ts";
import { GivenValues } from "./given-values.ts";
import { loadPolicySet } from "./load-policies.ts";
import type { PolicyRun } from "./policy-run.ts";
import {
  folderOf,
  listTestFiles,
  readCliFile,
  readDecoded,
  readGivenResources,
  readResourceFile,
  resolvePath,
} from "./read-files.ts";
import { type PolicySet, type RunOptions, runPolicies } from "./run-policies.ts";
import { checkExpectedResult, type TestRow, type TestRuns } from "./test-results.ts";
import type { SelectResult } from "./test-selector.ts";

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
  const paths = listAllTestFiles(world, folders, options.fileName);
  const reports = mapAhead(paths, TESTS_AHEAD, (path) => runTestFile(world, path, options.select));
  for await (const ofFile of reports) yield* ofFile;
}

/** Test files that are read while another one is judged: most of the time of a small test is waiting for its files. */
const TESTS_AHEAD = 8;

async function* listAllTestFiles(world: World, folders: readonly string[], fileName: string): AsyncGenerator<string> {
  for (const folder of folders) yield* await listTestFiles(world, folder, fileName);
}

async function runTestFile(world: World, path: string, select: SelectResult): Promise<readonly TestReport[]> {
  const reports: TestReport[] = [];
  for (const { file, warnings } of await readDecoded(world, path, decodeTestFile)) {
    const results = file.results.map(select).filter((result) => result !== undefined);
    if (results.length === 0) continue;
    const test = new TestRun(world, path, file);
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
  readonly #expected = new Map<string, Promise<readonly ValueObject[]>>();
  readonly warnings: string[] = [];

  constructor(world: World, path: string, file: TestFile) {
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
    });
    const [broken] = set.broken;
    if (broken !== undefined) throw new AmapError(broken.code, `${broken.source}: ${broken.message}`);
    if (set.imagePlans.length > 0)
      throw new AmapError("NOT_SUPPORTED", "tests of ImageValidatingPolicies are not supported yet");
    this.warnings.push(...set.warnings);
    const { unique, duplicates } = withoutDuplicates(await this.#resources(this.#file.resources));
    for (const each of duplicates) this.warnings.push(`${keyOfResource(each)}: it is there twice; the first counts`);
    const targets = await this.#resources(this.#file.targetResources);
    const options = await this.#options([...unique, ...targets]);
    const operations = new Set(results.map(({ operation }) => operation || undefined));
    const triggers = await runAll(set, unique, options);
    const triggersByOperation = new Map<string, ReadonlyMap<string, readonly PolicyRun[]>>();
    for (const operation of operations) {
      if (operation === undefined) continue;
      const runs = await runAll(set, unique, { ...options, operation });
      triggersByOperation.set(operation, runs);
    }
    const all = [triggers, ...triggersByOperation.values()].flatMap((runs) => [...runs.values()].flat());
    return { triggers, triggersByOperation, targets: runsOfTargets(targets, all), refused: set.refused };
  }

  #resources(paths: readonly string[] | undefined): Promise<readonly ValueObject[]> {
    return readGivenResources(this.#world, this.#resolve(paths));
  }

  async #options(objects: readonly ValueObject[]): Promise<RunOptions> {
    const values = this.#file.values ?? (await this.#cliFile(this.#file.variables, decodeValuesFile));
    const userInfo = await this.#cliFile(this.#file.userinfo, decodeUserInfoFile);
    const given = await this.#givenWorld(objects);
    return {
      values: new GivenValues(values),
      ...(userInfo === undefined ? {} : { userInfo }),
      served: servedBy(given),
      load: async (requests) => new Map(requests.map((request) => [request.key, answerFromGiven(given, request)])),
      now: this.#world.clock.now(),
      seed: this.#folder,
      elapsed: () => this.#world.clock.now(),
    };
  }

  /** What a file of Kyverno's command line that the test names holds. */
  async #cliFile<T>(
    path: string | undefined,
    decode: (bytes: Uint8Array, source: string) => Decoded<CliFile<T>>,
  ): Promise<T | undefined> {
    return path ? readCliFile(this.#world, resolvePath(this.#folder, path), decode) : undefined;
  }

  async #givenWorld(objects: readonly ValueObject[]): Promise<GivenWorld> {
    const own: ValueObject[] = [...objects];
    const sources = this.#file.results.map(({ cloneSourceResource }) => cloneSourceResource || undefined);
    for (const path of new Set(sources)) if (path !== undefined) own.push(...(await this.#read(path)));
    for (const path of this.#resolve(this.#file.clusterResources)) {
      const file = await readCliFile(this.#world, path, decodeClusterResourceFile);
      own.push(...((file.spec?.resources ?? []) as readonly ValueObject[]));
    }
    const globalContext = new Map<string, { data: Value; projections: ReadonlyMap<string, Value> }>();
    for (const mock of this.#file.globalContextEntries ?? []) {
      globalContext.set(mock.name ?? "", await this.#globalContextEntry(mock));
    }
    return {
      objects: own,
      isWhole: (this.#file.clusterResources ?? []).length > 0,
      answers: (this.#file.apiCallResponses ?? []).map(({ url, urlPath, method, response }) => ({
        url: url || (urlPath ?? ""),
        method: (method ?? "").trim().toUpperCase(),
        status: response.statusCode || 200,
        body: response.body ?? null,
      })),
      globalContext,
    };
  }

  async #globalContextEntry(
    mock: GlobalContextMock,
  ): Promise<{ data: Value; projections: ReadonlyMap<string, Value> }> {
    let data: Value = mock.data ?? mock.resources ?? null;
    if (mock.resourceFiles !== undefined) data = await this.#resources(mock.resourceFiles);
    const context = { now: this.#world.clock.now(), charge: () => {}, entropy: () => new Uint8Array(32) };
    if (mock.fieldPath) data = compileJmesPath(mock.fieldPath).evaluate(data, context);
    const projections = (mock.projections ?? []).map(
      ({ name = "", path = "" }) => [name, compileJmesPath(path).evaluate(data, context)] as const,
    );
    return { data, projections: new Map(projections) };
  }
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
