import { encodeUtf8, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import {
  type ListFile,
  objectMember,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readTomlObject,
  readYamlObject,
  type StatedPackage,
  textMember,
  textsMember,
  toVcsUrl,
} from "../package-list.ts";
import { condaChannelOf } from "./conda-package.ts";
import { normaliseName, parseRequirement, pythonIdentity, toStatedPackage } from "./requirement.ts";
import { requirementsText } from "./requirements.ts";

/** environment.yml of conda. */
export const condaEnvironment: PackageListFormat = {
  id: "python/condaenv",
  names: ["environment.yml", "environment.yaml"],
  lockedBy: { names: ["conda-lock.yml", "conda-lock.yaml"] },
  read: readEnvironment,
};

/** Packages of conda, and a list of what pip installs: the lines of a requirements.txt. */
function readEnvironment({ path, bytes, files }: ListFile): PackageList {
  const dependencies = memberOf(readYamlObject(bytes), "dependencies");
  // Other tools have files of this name.
  const entries: readonly Value[] = Array.isArray(dependencies) ? dependencies : [];
  const lines = entries.flatMap((entry) => textsMember(entry, "pip"));
  const ofPip = requirementsText.read({ path, bytes: encodeUtf8(lines.join("\n")), files });
  const ofConda = entries.flatMap((entry) => (typeof entry === "string" ? (readMatch(entry) ?? []) : []));
  return { ...ofPip, packages: [...ofConda, ...ofPip.packages] };
}

/** `channel::name=version=build`, `name >=1.0,<2`, `name==1.0`, `name 1.0 build`. */
const MATCH = /^(?:([^\s:[\]]{1,200})::?)?([A-Za-z0-9_][A-Za-z0-9_.-]{0,200})(?:\s*(.{1,500}))?$/;

/**
 * What an entry asks for. `name=1.0` means any version that begins so; files that conda writes itself hold whole versions
 * in this form, and it is taken as the version.
 */
function readMatch(text: string): StatedPackage | undefined {
  const [, channel, name, rest = ""] = MATCH.exec(text.trim().slice(0, 1_000)) ?? [];
  if (name === undefined) return undefined;
  const identity = condaIdentity(name, channel);
  const [version = "", build] = rest
    .trim()
    .replace(/^==?/, "")
    .trim()
    .split(/[\s=]+/);
  if (!/^[A-Za-z0-9][A-Za-z0-9._!+-]*$/.test(version)) return { name, requirement: rest.trim(), identity };
  const qualifiers = {
    ...identity.qualifiers,
    ...optional("build", build?.includes("*") === true ? undefined : build),
  };
  return { name, version, identity: { ...identity, qualifiers } };
}

function condaIdentity(name: string, channel: string | undefined): PackageIdentity {
  return {
    type: "conda",
    name: name.toLowerCase(),
    ...(channel === undefined ? {} : { qualifiers: { channel: condaChannelOf(channel) } }),
  };
}

/** pixi.toml: packages of conda and of Python's index, for all platforms and features. */
export const pixiToml: PackageListFormat = {
  id: "python/pixitoml",
  names: ["pixi.toml"],
  lockedBy: { names: ["pixi.lock"], isAbove: true },
  read: readPixi,
};

function readPixi({ bytes }: ListFile): PackageList {
  const manifest = readTomlObject(bytes);
  const holders = withTargets(manifest).map((table) => pixiTable(table, "production"));
  const features = Object.values(objectMember(manifest, "feature")).flatMap((feature) =>
    withTargets(feature).map((table) => pixiTable(table, "optional")),
  );
  const packages = [...holders, ...features].flat();
  const project = memberOf(manifest, "workspace") ?? memberOf(manifest, "project");
  const name = textMember(project, "name");
  if (name === undefined) return { packages };
  const stated: StatedPackage = {
    name,
    ...optional("version", textMember(project, "version")),
    keys: [],
    needs: packages.flatMap(({ keys }) => keys ?? []),
    isProject: true,
  };
  return { packages: [stated, ...packages] };
}

/** A table and those of single platforms in it. */
function withTargets(table: Value): readonly Value[] {
  return [table, ...Object.values(objectMember(table, "target"))];
}

function pixiTable(table: Value, scope: NonNullable<StatedPackage["scope"]>): readonly StatedPackage[] {
  const conda = ["dependencies", "host-dependencies", "build-dependencies"].flatMap((member) =>
    Object.entries(objectMember(table, member)).map(([name, form]) =>
      condaPackage(name, form, member === "dependencies" ? scope : "development"),
    ),
  );
  const python = Object.entries(objectMember(table, "pypi-dependencies")).map(([name, form]) =>
    pythonPackage(name, form, scope),
  );
  return [...conda, ...python];
}

function condaPackage(name: string, form: Value, scope: NonNullable<StatedPackage["scope"]>): StatedPackage {
  const range = (typeof form === "string" ? form : textMember(form, "version")) ?? "";
  const version = /^==([0-9A-Za-z._!+-]+)$/.exec(range)?.[1];
  return {
    name,
    ...(version === undefined ? { requirement: range === "*" ? "" : range } : { version }),
    identity: condaIdentity(name, textMember(form, "channel")),
    scope,
    keys: [normaliseName(name)],
  };
}

function pythonPackage(name: string, form: Value, scope: NonNullable<StatedPackage["scope"]>): StatedPackage {
  const repository = textMember(form, "git");
  const keys = [normaliseName(name)];
  if (isValueObject(form) && repository !== undefined) {
    const commit = textMember(form, "rev") ?? textMember(form, "tag") ?? textMember(form, "branch");
    return { name, identity: pythonIdentity(name, toVcsUrl(repository, commit)), scope, keys };
  }
  if (memberOf(form, "path") !== undefined) return { name, scope, keys };
  const range = (typeof form === "string" ? form : textMember(form, "version")) ?? "";
  const requirement = parseRequirement(`${name}${range === "*" ? "" : range}`);
  return requirement === undefined
    ? { name, requirement: range, identity: pythonIdentity(name), scope, keys }
    : toStatedPackage({ ...requirement, name }, scope);
}
