import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { isValueObject, memberOf, readYaml, type Value, type ValueObject } from "../../src/base/index.ts";

export const deploy = join(import.meta.dirname, "..", "..", "deploy");

/** The value at a path, or null. A name goes into an object, a number into a list. */
export function at(value: Value | undefined, ...path: readonly (string | number)[]): Value {
  return path.reduce<Value>((inner, key) => {
    if (typeof key === "string") return memberOf(inner, key) ?? null;
    return (Array.isArray(inner) ? (inner[key] as Value | undefined) : undefined) ?? null;
  }, value ?? null);
}

/** The text at a path; empty when there is none. */
export function textAt(value: Value | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

/** A list of objects in a manifest; empty when there is none. */
export const listAt = (value: Value | undefined, ...path: readonly (string | number)[]): readonly ValueObject[] =>
  (at(value, ...path) ?? []) as unknown as readonly ValueObject[];

/** The objects of a manifest file below `deploy/`. */
export const readManifest = (path: string): readonly Value[] => readYaml(readFileSync(join(deploy, path)));

/** Kind and name → object. */
export function byName(objects: readonly Value[]): ReadonlyMap<string, Value> {
  return new Map(objects.map((each) => [`${textAt(each, "kind")} ${textAt(each, "metadata", "name")}`, each]));
}

/** A program of amap's cache or of the PATH; the tests that need it do not run without it. */
function findProgram(name: string, cached: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return [join(homedir(), ".cache", "amap", "tools", cached, name), ...folders].find((path) => existsSync(path));
}

export const kubectl = findProgram("kubectl", "kubernetes-1.36.3");
export const helm = findProgram("helm", "helm-3.18.6");

const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });

/** What `kubectl kustomize` makes of a folder below `deploy/`. */
export const renderKustomize = (folder: string): readonly Value[] =>
  readYaml(run(kubectl ?? "kubectl", ["kustomize", join(deploy, folder)]));

/** The digest that stands in kustomize's base until a user sets one. */
export const NO_DIGEST = `sha256:${"0".repeat(64)}`;

/** What `helm template` makes of the chart with these values. */
export function renderChart(values: readonly string[], withImage = true): readonly Value[] {
  const image = withImage ? [`image.repository=registry.example/amap`, `image.digest=${NO_DIGEST}`] : [];
  const set = [...image, ...values].flatMap((value) => ["--set", value]);
  const chart = join(deploy, "chart", "amap");
  const options = ["--namespace", "amap", "--kube-version", "1.36.3", "--include-crds"];
  return readYaml(run(helm ?? "helm", ["template", "amap", chart, ...options, ...set]));
}

/** The same without what is empty, and without the labels that only Helm writes. */
export function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (!isValueObject(value)) return value;
  const members = Object.entries(value).filter(
    ([key, member]) =>
      !["app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart"].includes(key) &&
      member !== null &&
      !(Array.isArray(member) && member.length === 0 && key === "env"),
  );
  return Object.fromEntries(members.map(([key, member]) => [key, plain(member)]));
}
