import { isValueObject, type Value } from "../../../base/index.ts";
import { ReferenceTable } from "../../language/variables/references.ts";
import { joinPath } from "../schema.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";

/**
 * Refuses `$(path)` that leads to no text of the rule (with an operator before the path: to no text or number). Kyverno
 * resolves the references of all texts and keys of a rule when a policy is made, messages and CEL as well.
 */
export function validateReferences(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const { verifyImages, ...rest } = rule;
  // Conditions of attestations are left out, as for variables: Kyverno takes them away before it looks.
  const images = verifyImages?.map(({ attestations, ...image }) => ({
    ...image,
    attestations: attestations?.map(({ conditions: _conditions, ...attestation }) => attestation) ?? [],
  }));
  const document = (images === undefined ? rest : { ...rest, verifyImages: images }) as unknown as Value;
  let table: ReferenceTable | undefined;
  const check = (text: string, pointer: string, at: string): void => {
    if (!text.includes("$(")) return;
    table ??= new ReferenceTable(withObjectsAsTexts(document), "");
    const resolved = table.resolve(text, pointer);
    if ("error" in resolved) findings.fail(at, `expected references to texts of the rule: ${resolved.error.message}`);
  };
  const walk = (value: Value, pointer: string, at: string): void => {
    if (typeof value === "string") check(value, pointer, at);
    else if (Array.isArray(value)) {
      value.forEach((item: Value, index) => {
        walk(item, `${pointer}/${index}`, `${at}[${index}]`);
      });
    } else if (isValueObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        // A key stands where its object does.
        check(key, pointer, joinPath(at, key));
        walk(member, `${pointer}/${key.replaceAll("/", "\\/")}`, joinPath(at, key));
      }
    }
  };
  walk(document, "", path);
}

const ANCHORED = /^[+<=X^]?\((.+)\)$/s;
const ANCHORS = ["(", "X(", "^(", "=(", "+(", "<("] as const;

/**
 * The document with a text beside every object that has members, under the same name in an anchor that is not taken: a
 * reference to such an object becomes the name of one of its members in Kyverno, so that its policy is not refused.
 */
function withObjectsAsTexts(value: Value): Value {
  if (!Array.isArray(value) && !isValueObject(value)) return value;
  const members = Object.entries(value as { readonly [key: string]: Value });
  const names = new Set(members.map(([key]) => key));
  const texts = members.flatMap(([key, member]): readonly [string, Value][] => {
    const name = isValueObject(member) ? Object.keys(member)[0] : undefined;
    const plain = ANCHORED.exec(key)?.[1] ?? key;
    const anchor = ANCHORS.find((each) => !names.has(`${each}${plain})`));
    return name === undefined || anchor === undefined ? [] : [[`${anchor}${plain})`, name]];
  });
  // The texts first: what is written under such a name counts.
  return Object.fromEntries([...texts, ...members.map(([key, member]) => [key, withObjectsAsTexts(member)] as const)]);
}
