import {
  invalidFile,
  type ListFile,
  optional,
  type PackageList,
  type PackageListFormat,
  readListText,
  type StatedPackage,
  toVcsUrl,
} from "../package-list.ts";
import { type Form, formItems, formMember, formText, readForms } from "./edn.ts";
import { mavenIdentity } from "./pom.ts";

type Scope = NonNullable<StatedPackage["scope"]>;

/** deps.edn of Clojure's own tools. */
export const clojureDeps: PackageListFormat = {
  id: "clojure/depsedn",
  names: ["deps.edn"],
  read: readDeps,
};

const DEPENDENCY_KEYS = [":deps", ":extra-deps", ":replace-deps", ":override-deps", ":default-deps"];

function readDeps({ bytes }: ListFile): PackageList {
  const { forms, problem } = readForms(readListText(bytes));
  const [manifest] = forms;
  const problems = problem === undefined ? [] : [problem];
  if (manifest !== undefined && manifest.kind !== "map")
    throw invalidFile("expected a map of Clojure, found another form");
  const aliases = formMember(manifest, ":aliases");
  const packages = [
    ...entriesOf(formMember(manifest, ":deps")).flatMap(([key, value]) => depsPackage(key, value, "production")),
    ...entriesOf(aliases).flatMap(([, alias]) =>
      DEPENDENCY_KEYS.flatMap((key) => entriesOf(formMember(alias, key))).flatMap(([key, value]) =>
        depsPackage(key, value, "development"),
      ),
    ),
  ];
  return { packages, problems };
}

function entriesOf(form: Form | undefined): readonly (readonly [key: Form, value: Form])[] {
  return form?.kind === "map" ? form.entries : [];
}

/** `group/artifact {:mvn/version "1.0"}`, a repository at a commit, or a folder. */
function depsPackage(key: Form, value: Form, scope: Scope): readonly StatedPackage[] {
  const names = key.kind === "word" ? namesOf(key.text) : undefined;
  if (names === undefined || formMember(value, ":local/root") !== undefined) return [];
  const version = formText(formMember(value, ":mvn/version"));
  const name = `${names.group}:${names.artifact}`;
  if (version !== undefined) return [mavenPackage(names, version, scope)];
  const commit = formText(formMember(value, ":git/sha")) ?? formText(formMember(value, ":sha"));
  // A library of GitHub says in its name where its repository is.
  const hosted = /^(?:io|com)\.github\.([^/]+)$/.exec(names.group)?.[1];
  const address =
    formText(formMember(value, ":git/url")) ??
    (hosted === undefined ? undefined : `https://github.com/${hosted}/${names.artifact}`);
  if (commit === undefined || address === undefined) return [];
  const identity = {
    ...mavenIdentity(names.group, names.artifact),
    qualifiers: { vcs_url: toVcsUrl(address, commit) },
  };
  return [{ name, identity, scope }];
}

interface Names {
  readonly group: string;
  readonly artifact: string;
}

/** `group/artifact`; a name alone is both. What stands behind `$` is a classifier. */
function namesOf(word: string): Names | undefined {
  const plain = word.split("$", 1)[0] ?? "";
  if (plain === "" || plain.startsWith(":")) return undefined;
  const slash = plain.indexOf("/");
  if (slash === -1) return { group: plain, artifact: plain };
  const names = { group: plain.slice(0, slash), artifact: plain.slice(slash + 1) };
  return names.group === "" || names.artifact === "" ? undefined : names;
}

function mavenPackage({ group, artifact }: Names, version: string, scope: Scope): StatedPackage {
  const isRange = version === "" || /[[\](),]/.test(version) || version === "RELEASE" || version === "LATEST";
  return {
    name: `${group}:${artifact}`,
    ...(isRange ? { requirement: version } : { version }),
    identity: mavenIdentity(group, artifact),
    scope,
  };
}

/** project.clj of Leiningen: what its call of defproject holds as plain texts. */
export const leiningenProject: PackageListFormat = {
  id: "clojure/projectclj",
  names: ["project.clj"],
  read: readProject,
};

function readProject({ bytes }: ListFile): PackageList {
  const { forms, problem } = readForms(readListText(bytes));
  const problems = problem === undefined ? [] : [problem];
  const [, nameForm, versionForm, ...options] =
    forms.map((form) => formItems(form)).find(([head]) => head?.kind === "word" && head.text === "defproject") ?? [];
  if (nameForm?.kind !== "word") {
    return { packages: [], problems, notes: ["it has no defproject that states packages as plain texts"] };
  }
  const profiles = optionOf(options, ":profiles");
  const managed = new Map(
    vectorsIn(optionOf(options, ":managed-dependencies"), "production", new Map()).flatMap(({ name, version }) =>
      version === undefined ? [] : [[name, version] as const],
    ),
  );
  const packages = [
    ...vectorsIn(optionOf(options, ":dependencies"), "production", managed),
    ...vectorsIn(optionOf(options, ":plugins"), "development", managed),
    ...entriesOf(profiles).flatMap(([, profile]) =>
      [":dependencies", ":plugins"].flatMap((key) => vectorsIn(formMember(profile, key), "development", managed)),
    ),
  ];
  const names = namesOf(nameForm.text);
  const project: StatedPackage = {
    name: names === undefined || names.group === names.artifact ? nameForm.text : `${names.group}:${names.artifact}`,
    ...optional("version", formText(versionForm)),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages], problems };
}

function optionOf(options: readonly Form[], key: string): Form | undefined {
  const index = options.findIndex((form) => form.kind === "word" && form.text === key);
  return index === -1 ? undefined : options[index + 1];
}

/** `[group/artifact "1.0" :exclusions […]]`; one without a plain version has that of the managed dependencies. */
function vectorsIn(
  form: Form | undefined,
  scope: Scope,
  managed: ReadonlyMap<string, string>,
): readonly StatedPackage[] {
  return formItems(form).flatMap((item) => {
    const [key, ...others] = formItems(item);
    const names = key?.kind === "word" ? namesOf(key.text) : undefined;
    if (names === undefined) return [];
    const version = formText(others[0]) ?? managed.get(`${names.group}:${names.artifact}`);
    const only = formText(optionOf(others, ":scope"));
    const needed = only === "test" ? "development" : only === "provided" ? "optional" : scope;
    return [mavenPackage(names, version ?? "", needed)];
  });
}
