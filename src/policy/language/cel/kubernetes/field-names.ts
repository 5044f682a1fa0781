/** Words that CEL keeps for itself: Kubernetes takes fields of these names escaped, and as they are. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    "true false null in as break const continue else for function if import let loop package namespace return " +
    "var void while"
  ).split(" "),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/**
 * A field's name as expressions in Kubernetes write it (`a-b` is `a__dash__b`, `namespace` is `__namespace__`); undefined
 * for a name that they cannot write, such as one that starts with a digit.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function escapeFieldName(name: string): string | undefined {
  if (RESERVED_NAMES.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (found) => ESCAPES[found] as string);
}
