/** kubectl's commands that ask for a subresource: what the tests' scripts do beside writing files. */

/** A request for a subresource. */
export interface KubectlCall {
  readonly verb: "exec" | "scale" | "debug";
  /** `Deployment`, `StatefulSet`, `Pod`. */
  readonly kind: string;
  readonly name: string;
  /** Empty when it is not said. */
  readonly namespace: string;
  readonly container: string;
  readonly image: string;
  readonly replicas: number;
  /** What is run in the container. */
  readonly command: readonly string[];
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ["deployment", "Deployment"],
  ["deploy", "Deployment"],
  ["sts", "StatefulSet"],
  ["statefulset", "StatefulSet"],
]);

/** Flags with a value of their own, and what they mean. */
const VALUED: ReadonlyMap<string, string> = new Map([
  ["-n", "namespace"],
  ["--namespace", "namespace"],
  ["-c", "container"],
  ["--container", "container"],
  ["--target", "target"],
  ["--image", "image"],
  ["--replicas", "replicas"],
]);

const WITHOUT_VALUE: ReadonlySet<string> = new Set(["-i", "-t", "-it", "-ti"]);

/** A command as a call; undefined when it is another one, or says more than is known here. */
export function parseKubectl(text: string): KubectlCall | undefined {
  const [head = "", tail] = text.trim().split(/\s--(?:\s|$)/u, 2);
  const [program, ...words] = head.trim().split(/\s+/u);
  const read = program === "kubectl" && !/[|><&;$`()]/u.test(text) ? readWords(words) : undefined;
  if (read === undefined) return undefined;
  const { named, flags } = read;
  const flag = (name: string): string => flags.get(name) ?? "";
  const call = {
    namespace: flag("namespace"),
    container: flag("container"),
    image: flag("image"),
    replicas: Number(flag("replicas")),
    command: tail === undefined ? [] : tail.trim().split(/\s+/u),
  };
  const [verb, first = "", second = "", more] = named;
  if (more !== undefined) return undefined;
  if (verb === "scale") {
    const kind = KINDS.get(first);
    return kind === undefined || second === "" ? undefined : { ...call, verb, kind, name: second };
  }
  const isOfPod = first !== "" && second === "" && !first.includes("/");
  return isOfPod && (verb === "exec" || verb === "debug") ? { ...call, verb, kind: "Pod", name: first } : undefined;
}

/** Names and flags; undefined when a flag is not known. */
function readWords(
  words: readonly string[],
): { readonly named: readonly string[]; readonly flags: ReadonlyMap<string, string> } | undefined {
  const flags = new Map<string, string>();
  const named: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const [flag = "", value] = word.split("=", 2);
    const name = VALUED.get(flag);
    if (name !== undefined) flags.set(name, value ?? words[++index] ?? "");
    else if (!word.startsWith("-")) named.push(word);
    else if (!WITHOUT_VALUE.has(word)) return undefined;
  }
  return { named, flags };
}
