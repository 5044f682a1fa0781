import { parseKindSelector } from "../language/match/kind-selector.ts";
import { kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { ResourceFilter } from "../resource/kyverno/match-resources.ts";
import type { CustomKind, ResourceSchema } from "../resource/resource-schema.ts";
import { and, atom, type CelText, or, quote, relation } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";

/** The filters of a block, and how they are joined. */
export interface FilterBlock {
  readonly mode: "any" | "all";
  readonly filters: readonly { readonly filter: ResourceFilter; readonly at: string }[];
}

/** A kind that a rule is about, as resource rules name it. */
export interface MatchedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `pods`, `pods/status`, `*`. */
  readonly resource: string;
  readonly operations: readonly string[];
  /** Undefined when it is not known. */
  readonly namespaced: boolean | undefined;
  /** The rule names a group and any version of it, those that are no longer served too. */
  readonly isOfAnyVersion?: boolean;
  /** Of a kind that is not built in, if it is known. */
  readonly schema?: ResourceSchema;
}

/** The kinds of a block's filters, and for each filter what tells its kinds and operations from those of others. */
export function kindsOfBlock(
  { mode, filters }: FilterBlock,
  otherwise: readonly string[],
  customKinds: readonly CustomKind[],
): { readonly kinds: readonly MatchedKind[]; readonly perFilter: readonly string[] } {
  const listed = filters.map(({ filter, at }) => {
    const { kinds = [], operations = [] } = filter.resources ?? {};
    if (kinds.length === 0 && mode === "any") throw new NotConvertible(at, "the filter names no kinds");
    const asked = operations.length === 0 ? otherwise : operations;
    return kinds.flatMap((kind) => kindsNamed(kind, asked, `${at}.resources.kinds`, customKinds));
  });
  if (mode === "any") return { kinds: listed.flat(), perFilter: listed.map((each) => JSON.stringify(each)) };
  const naming = listed.filter((each) => each.length > 0);
  const [first] = naming;
  if (first === undefined || naming.length > 1)
    throw new NotConvertible(filters[0]?.at ?? "", "the filters of all name several kinds, or none");
  return { kinds: first, perFilter: [] };
}

function kindsNamed(
  text: string,
  operations: readonly string[],
  path: string,
  customKinds: readonly CustomKind[],
): readonly MatchedKind[] {
  const { group, version, kind, subresource } = parseKindSelector(text);
  if (kind === "*") {
    if (group !== "*" || version !== "*") throw new NotConvertible(path, `${text} names a group without its kinds`);
    const resource = subresource === "" ? "*" : `*/${subresource}`;
    return [{ group: "*", version: "*", kind: "*", resource, operations, namespaced: undefined }];
  }
  if (/[*?]/.test(kind) || /[*?]/.test(group.replace(/^\*$/, "")) || /[*?]/.test(version.replace(/^\*$/, ""))) {
    throw new NotConvertible(path, `${text} has wildcards, and resource rules have none`);
  }
  const isNamed = (each: { readonly group: string; readonly version: string; readonly kind: string }): boolean =>
    each.kind === kind && (group === "*" || group === each.group) && (version === "*" || version === each.version);
  const builtIn = kubernetesKinds().filter(isNamed);
  const known = builtIn.length > 0 ? builtIn : customKinds.filter((each) => each.isServed && isNamed(each));
  if (known.length === 0)
    throw new NotConvertible(
      path,
      `${text} is no built-in kind: its plural and the types of its fields are not known without its CustomResourceDefinition`,
    );
  return known.map((each) => ({
    group: each.group,
    version: each.version,
    kind,
    resource: subresource === "" ? each.plural : `${each.plural}/${subresource}`,
    operations,
    namespaced: each.namespaced,
    ...(group !== "*" && version === "*" && { isOfAnyVersion: true }),
    ...("schema" in each && { schema: each.schema }),
  }));
}

/** That an object is of one of a filter's kinds. */
export function isRequestKind({ resources = {} }: ResourceFilter, path: string): CelText {
  return or(
    ...(resources.kinds ?? []).map((text) => {
      const { group, version, kind, subresource } = parseKindSelector(text);
      if (subresource !== "" || /[*?]/.test(kind)) throw new NotConvertible(path, `${text} is told from other kinds`);
      const parts = [relation("object.kind", "==", quote(kind))];
      if (group !== "*" || version !== "*") {
        const prefix = group === "*" ? undefined : group === "" ? version : `${group}/${version}`;
        if (prefix === undefined || version === "*") {
          parts.push(
            version === "*"
              ? atom(`object.apiVersion.startsWith(${quote(`${group}/`)})`)
              : atom(`(object.apiVersion == ${quote(version)} || object.apiVersion.endsWith(${quote(`/${version}`)}))`),
          );
        } else {
          parts.push(relation("object.apiVersion", "==", quote(prefix)));
        }
      }
      return and(...parts);
    }),
  );
}
