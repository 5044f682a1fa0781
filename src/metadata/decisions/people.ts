/** The names that a text gives a person. */
interface Names {
  /** Lower case; empty where there is no e-mail address. */
  readonly address: string;
  /** Without spaces, points and dashes; empty where there is only an address. */
  readonly name: string;
  /** The address's local part, written as a name. */
  readonly local: string;
}

const GITHUB_NOREPLY = "users.noreply.github.com";

/**
 * Whether two texts (`Alice <alice@example.com>`, an address, a name) may mean one person. It errs on the side of yes, as
 * nobody approves what he wrote himself: case, compatible forms of letters, `+tags` and the points of Gmail addresses are
 * no difference, and a name is that of an address with the same local part.
 * @example
 * ```ts
 * import { mayBeSamePerson } from "../index.ts";
 * mayBeSamePerson("Alice <alice@example.com>", "ALICE+git@Example.com"); // true
 * ```
 */
export function mayBeSamePerson(a: string, b: string): boolean {
  const [left, right] = [namesOf(a, looseAddress), namesOf(b, looseAddress)];
  const same = (one: string, other: string): boolean => one !== "" && one === other;
  return (
    same(left.address, right.address) ||
    same(left.name, right.name) ||
    same(left.name, right.local) ||
    same(left.local, right.name)
  );
}

/**
 * Whether two texts name one person for certain: the same e-mail address in both, letters in either case; or the same
 * name where neither has an address.
 * @example
 * ```ts
 * import { isSamePerson } from "../index.ts";
 * isSamePerson("bob@example.com", "Bob <Bob@example.com>"); // true
 * ```
 */
export function isSamePerson(a: string, b: string): boolean {
  const [left, right] = [namesOf(a, fold), namesOf(b, fold)];
  if (left.address !== "" || right.address !== "") return left.address !== "" && left.address === right.address;
  return left.name !== "" && left.name === right.name;
}

function namesOf(text: string, addressOf: (text: string) => string): Names {
  const trimmed = text.trim();
  const open = trimmed.lastIndexOf("<");
  const inside = open >= 0 && trimmed.endsWith(">") ? trimmed.slice(open + 1, -1) : undefined;
  const address = addressOf(inside ?? (trimmed.includes("@") ? trimmed : ""));
  const name = inside === undefined ? (address === "" ? trimmed : "") : trimmed.slice(0, open);
  return { address, name: bare(name), local: bare(address.slice(0, Math.max(0, address.lastIndexOf("@")))) };
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim();
}

function bare(text: string): string {
  return fold(text).replace(/[\s._"'-]+/gu, "");
}

function looseAddress(text: string): string {
  const address = fold(text);
  const at = address.lastIndexOf("@");
  if (at < 0) return address;
  const [local, domain] = [address.slice(0, at), address.slice(at + 1).replace(/\.+$/, "")];
  // GitHub writes `123+login@…`: what stands behind the plus is the person.
  if (domain === GITHUB_NOREPLY) return `${local.slice(local.indexOf("+") + 1)}@${domain}`;
  const plain = local.split("+")[0] ?? "";
  const isGmail = domain === "gmail.com" || domain === "googlemail.com";
  return isGmail ? `${plain.replaceAll(".", "")}@gmail.com` : `${plain}@${domain}`;
}
