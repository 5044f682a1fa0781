import { compareText } from "../../base/index.ts";

/** Names that one person goes by. */
export interface PersonNames {
  /** Account names, with the forge: `github:alice`. */
  readonly accounts: readonly string[];
  readonly emails: readonly string[];
}

/** Which names belong to one person. */
export interface Identities {
  /** The person's name for comparisons: equal for all of its names. Undefined for an empty name. */
  personOf(name: string): string | undefined;
  /** All names that are known of the person of a name, sorted, the name itself among them. */
  namesOf(name: string): readonly string[];
}

/** Addresses that forges give accounts which hide their own. */
const NO_REPLY: readonly (readonly [RegExp, string])[] = [
  [/^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/, "github:"],
  [/^\d+-([^@]+)@users\.noreply\.gitlab\.com$/, "gitlab:"],
];

/**
 * Knows which names belong to one person: those of one group (`alice@example.com`, `github:alice`), those that differ in
 * upper and lower case or in what follows `+` in an address, and an address that a forge gave an account for hiding its
 * own. Groups that share a name are one.
 * @example
 * ```ts
 * import { createIdentities } from "../index.ts";
 * const identities = createIdentities([["alice@example.com", "github:Alice"]]);
 * identities.personOf("7+alice@users.noreply.github.com") === identities.personOf("Alice+work@Example.com"); // true
 * ```
 */
export function createIdentities(groups: readonly (readonly string[])[] = []): Identities {
  const leaders = new Map<string, string>();
  const leaderOf = (name: string): string => {
    let leader = name;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    return leader;
  };
  const members = new Map<string, string[]>();
  for (const group of groups) {
    const [first, ...others] = group.map(normalise).filter((name) => name !== "");
    if (first === undefined) continue;
    for (const other of others) join(leaderOf(first), leaderOf(other));
  }
  return {
    personOf: (name) => (normalise(name) === "" ? undefined : leaderOf(normalise(name))),
    namesOf: (name) => [...(members.get(leaderOf(normalise(name))) ?? [normalise(name)])].sort(compareText),
  };

  function join(one: string, other: string): void {
    if (one === other) return;
    const [from, to] = membersOf(one).length < membersOf(other).length ? [one, other] : [other, one];
    leaders.set(from, to);
    members.set(to, [...membersOf(to), ...membersOf(from)]);
  }
  function membersOf(leader: string): readonly string[] {
    return members.get(leader) ?? [leader];
  }
}

/** A name in its one form: lower case, an address without what follows `+`, a forge's hidden address as its account. */
function normalise(name: string): string {
  const inside = /<([^<>]+)>\s*$/.exec(name)?.[1] ?? name;
  const text = inside.trim().toLowerCase();
  for (const [pattern, forge] of NO_REPLY) {
    const login = pattern.exec(text)?.[1];
    if (login !== undefined) return `${forge}${login}`;
  }
  return text.replace(/^([^@+:]+)\+[^@]*@/, "$1@");
}
