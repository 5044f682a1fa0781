import { AmapError, type Digest, digestOf, type Issue, isDigest, LIMITS, matchesDigest } from "../base/index.ts";
import { compilePolicies, decodePolicies, type Plan, type PolicyResource } from "../policy/index.ts";
import type { World } from "./world.ts";

/** A policy file as the user named it: `FILE`, or pinned as `FILE@sha256:…`. */
export interface PolicyFile {
  readonly path: string;
  /** sha256 of the file's bytes. */
  readonly digest: string;
  readonly names: readonly string[];
}

/** Policies that are ready to decide. */
export interface LoadedPolicies {
  readonly plans: readonly Plan[];
  readonly files: readonly PolicyFile[];
}

/**
 * Reads and compiles policy files and folders of them. One that is not understood stops the load: all issues are listed.
 * A file pinned by `@sha256:…` must have that digest.
 * @throws {AmapError} FILE_NOT_FOUND, POLICY_DIGEST_MISMATCH, YAML_INVALID, POLICY_INVALID, EXPRESSION_INVALID,
 * NOT_SUPPORTED, KEY_INVALID
 */
export async function loadPolicies(world: World, names: readonly string[]): Promise<LoadedPolicies> {
  const resources: PolicyResource[] = [];
  const files: PolicyFile[] = [];
  for (const name of names) {
    const listed = new Set<string>();
    for (const { path, pin, isListed } of await expand(world, name)) {
      const bytes = await world.files.read(path, LIMITS.documentBytes);
      if (pin !== undefined && !matchesDigest(bytes, pin)) {
        throw new AmapError("POLICY_DIGEST_MISMATCH", `${path}: expected ${pin}, found ${digestOf(bytes)}`);
      }
      const digest = digestOf(bytes);
      // The same bytes twice in one folder are one file that links lead to as well.
      if (isListed === true && listed.has(digest)) continue;
      listed.add(digest);
      const decoded = decodePolicies(bytes, path);
      if (!decoded.ok) throw refusal(path, decoded.issues);
      resources.push(...decoded.value);
      files.push({ path, digest, names: decoded.value.map((resource) => resource.name) });
    }
  }
  const compiled = compilePolicies(resources);
  if (!compiled.ok) throw refusal(names.join(", "), compiled.issues);
  return { plans: compiled.value, files };
}

interface NamedFile {
  readonly path: string;
  readonly pin?: Digest;
  /** Whether it was found in a folder that was named. */
  readonly isListed?: boolean;
}

async function expand(world: World, name: string): Promise<readonly NamedFile[]> {
  const at = name.lastIndexOf("@");
  const pin = name.slice(at + 1);
  if (at > 0 && /^sha\d+:/.test(pin)) {
    if (!isDigest(pin)) throw new AmapError("USAGE", `${name}: "${pin}" is not a digest`);
    return [{ path: name.slice(0, at), pin }];
  }
  if ((await world.files.kindOf(name, { followLinks: true })) !== "directory") return [{ path: name }];
  // A mounted ConfigMap is a folder of links; a link that leads nowhere is an error, not a policy less.
  const entries = await world.files.list(name, LIMITS.layerEntries, { followLinks: true });
  const paths = entries.map(({ path }) => `${name}/${path}`).filter((path) => /\.(?:ya?ml|json)$/i.test(path));
  if (paths.length === 0) throw new AmapError("FILE_NOT_FOUND", `${name} holds no policy files`);
  return paths.map((path) => ({ path, isListed: true }));
}

function refusal(path: string, issues: readonly Issue[]): AmapError {
  const [first] = issues;
  const lines = issues
    .slice(0, 20)
    .map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`));
  const more = issues.length > 20 ? ` (and ${issues.length - 20} more)` : "";
  const isOtherKind = first?.code === "NOT_SUPPORTED" && first.path === "kind";
  return new AmapError(first?.code ?? "POLICY_INVALID", `${path}: ${lines.join("; ")}${more}`, {
    details: { issues },
    ...(isOtherKind ? { hint: OTHER_KIND_HINT } : {}),
  });
}

const OTHER_KIND_HINT =
  "Judge objects by it with `amap apply POLICY -r FILE`, or write it as the new kinds with `amap convert-policy`.";
