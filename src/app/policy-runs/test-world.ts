import type { Value, ValueObject } from "../../base/index.ts";
import {
  compileJmesPath,
  decodeClusterResourceFile,
  type GlobalContextMock,
  type TestFile,
} from "../../policy/index.ts";
import type { World } from "../world.ts";
import { readCustomKinds } from "./custom-kinds.ts";
import { type GivenContext, readContext } from "./given-context.ts";
import type { GivenWorld } from "./given-facts.ts";
import type { KnownKinds } from "./known-kinds.ts";
import { readCliFile, readGivenResources, resolvePath } from "./read-files.ts";

/** What the files of a test say of the world, beside the objects that are judged. */
export interface TestWorld {
  /** What stands for the cluster. */
  readonly cluster: readonly ValueObject[];
  readonly isWhole: boolean;
  /** Kubernetes' own and those of its CustomResourceDefinitions. */
  readonly kinds: KnownKinds | undefined;
  readonly context: GivenContext;
  readonly globalContext: GivenWorld["globalContext"];
  readonly answers: GivenWorld["answers"];
}

/**
 * Reads what the files of a test say of the world.
 * @throws {AmapError} FILE_NOT_FOUND; POLICY_INVALID, YAML_INVALID and the others of readers with the file's name
 */
export async function readTestWorld(world: World, folder: string, file: TestFile): Promise<TestWorld> {
  const cluster: ValueObject[] = [];
  const definitions: string[] = [];
  for (const path of (file.clusterResources ?? []).map((each) => resolvePath(folder, each))) {
    const { spec } = await readCliFile(world, path, decodeClusterResourceFile);
    cluster.push(...((spec?.resources ?? []) as readonly ValueObject[]));
    definitions.push(...(spec?.crds ?? []).map((each) => resolvePath(folder, each)));
  }
  const globalContext = new Map<string, { data: Value; projections: ReadonlyMap<string, Value> }>();
  for (const mock of file.globalContextEntries ?? []) {
    globalContext.set(mock.name ?? "", await readMock(world, folder, mock));
  }
  return {
    cluster,
    isWhole: (file.clusterResources ?? []).length > 0,
    kinds: definitions.length === 0 ? undefined : await readCustomKinds(world, definitions),
    context: await readContext(world, file.context ? resolvePath(folder, file.context) : undefined),
    globalContext,
    answers: (file.apiCallResponses ?? []).map(({ url, urlPath, method, response }) => ({
      url: url || (urlPath ?? ""),
      method: (method ?? "").trim().toUpperCase(),
      status: response.statusCode || 200,
      body: response.body ?? null,
    })),
  };
}

async function readMock(
  world: World,
  folder: string,
  mock: GlobalContextMock,
): Promise<{ data: Value; projections: ReadonlyMap<string, Value> }> {
  let data: Value = mock.data ?? mock.resources ?? null;
  if (mock.resourceFiles !== undefined) {
    const paths = mock.resourceFiles.map((path) => resolvePath(folder, path));
    data = await readGivenResources(world, paths);
  }
  const context = { now: world.clock.now(), charge: () => {}, entropy: () => new Uint8Array(32) };
  if (mock.fieldPath) data = compileJmesPath(mock.fieldPath).evaluate(data, context);
  const projections = (mock.projections ?? []).map(
    ({ name = "", path = "" }) => [name, compileJmesPath(path).evaluate(data, context)] as const,
  );
  return { data, projections: new Map(projections) };
}

/** The world as rules of kyverno.io see it. */
export function ruleWorld(test: TestWorld, judged: readonly ValueObject[]): GivenWorld {
  const { cluster, isWhole, kinds, answers, globalContext } = test;
  return {
    objects: [...judged, ...cluster],
    isWhole,
    answers,
    globalContext,
    ...(kinds === undefined ? {} : { kinds }),
  };
}

/**
 * The world as policies of the CEL kinds see it in Kyverno's `test`: without cluster resources only what the context file,
 * the params and the targets are, where a single object that is not among them is not there. What a call over HTTP answers
 * is the member `body` of the answer.
 */
export function celWorld(
  test: TestWorld,
  { judged, beside }: { readonly judged: readonly ValueObject[]; readonly beside: readonly ValueObject[] },
): GivenWorld {
  const { cluster, isWhole, context } = test;
  const globalContext = [...test.globalContext].map(([name, entry]) => {
    // Where there are projections, they are the data.
    const data = entry.projections.size === 0 ? entry.data : Object.fromEntries(entry.projections);
    return [name, { ...entry, data }] as const;
  });
  return {
    ...ruleWorld(test, []),
    objects: [...context.objects, ...beside, ...(isWhole ? [...judged, ...cluster] : [])],
    isWhole,
    isClosed: true,
    globalContext: new Map(globalContext),
    answers: test.answers.map((answer) => ({ ...answer, body: { body: answer.body } })),
  };
}
