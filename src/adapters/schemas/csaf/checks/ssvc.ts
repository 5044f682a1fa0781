import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { DECISION_POINTS, REGISTERED_NAMESPACES } from "./decision-points.ts";

/** Namespaces that SSVC keeps for examples and tests: anything holds in them. */
const FREE_NAMESPACES = new Set(["example", "test"]);

interface Selection {
  readonly node: CsafNode;
  readonly namespace: CsafNode;
  /** Before the language and what extends it: `ssvc`, `x_example.org#points`. */
  readonly base: string;
  /** `de-DE` of `ssvc/de-DE` and of `ssvc//.example.org$de-DE`. */
  readonly language: string | undefined;
  readonly isExtended: boolean;
  /** The SSVC object. */
  readonly ssvc: CsafNode;
}

function selectionsIn(document: CsafNode): readonly Selection[] {
  return document.list("vulnerabilities").flatMap((vulnerability) =>
    vulnerability.list("metrics").flatMap((metric) => {
      const ssvc = metric.get("content", "ssvc_v2");
      return ssvc.list("selections").map((node) => {
        const namespace = node.get("namespace");
        const [base = "", language, ...extensions] = (namespace.text ?? "").split("/");
        const translated = /\$(.+)$/.exec(namespace.text ?? "")?.[1];
        return {
          node,
          namespace,
          base,
          language: translated ?? (language || undefined),
          isExtended: extensions.some((part) => part !== ""),
          ssvc,
        };
      });
    }),
  );
}

const isPrivate = ({ base }: Selection): boolean => base.startsWith("x_");
const isClear = (document: CsafNode): boolean =>
  document.get("document", "distribution", "tlp", "label").text === "CLEAR";

/** 6.1.47: an SSVC object is about the vulnerability that it is in. */
export function* checkTargetIds(document: CsafNode): Iterable<CheckFinding> {
  const vulnerabilities = document.list("vulnerabilities");
  const own = document.get("document", "tracking", "id").text;
  for (const vulnerability of vulnerabilities) {
    const ids = vulnerability.list("ids").map((id) => id.get("text").text);
    const names = new Set([vulnerability.get("cve").text, ...ids]);
    if (vulnerabilities.length > 1) names.delete(own);
    for (const metric of vulnerability.list("metrics")) {
      for (const target of metric.list("content", "ssvc_v2", "target_ids")) {
        if (!names.has(target.text)) yield target.finding("the vulnerability does not have this id");
      }
    }
  }
}

/** 6.1.48: decision points of registered namespaces are those that are registered. */
export function* checkDecisionPoints(document: CsafNode): Iterable<CheckFinding> {
  for (const { node, namespace, base, language } of selectionsIn(document)) {
    if (base === "invalid") yield namespace.finding("the namespace is kept for what is not valid");
    const known = DECISION_POINTS.get(base);
    if (known === undefined) continue;
    const key = node.get("key").text ?? "";
    const versions = known.points.get(key);
    if (versions === undefined && known.isComplete) yield node.get("key").finding(`${base} has no such decision point`);
    const point = versions?.get(node.get("version").text ?? "");
    if (versions !== undefined && point === undefined && known.isComplete)
      yield node.get("version").finding(`${base} has no such version of ${key}`);
    // In another language names differ, and with them what stands under a key; the keys remain.
    if (point !== undefined) yield* checkValues(node, point, language === undefined || language.startsWith("en"));
  }
}

function* checkValues(
  selection: CsafNode,
  point: ReadonlyMap<string, string>,
  isEnglish: boolean,
): Iterable<CheckFinding> {
  const keys = [...point.keys()];
  let last = -1;
  for (const value of selection.list("values")) {
    const key = value.get("key").text ?? "";
    const place = keys.indexOf(key);
    const name = value.get("name");
    if (place < 0) yield value.get("key").finding(`the decision point has the values ${keys.join(", ")}`);
    else if (place <= last && isEnglish)
      yield value.get("key").finding(`the values stand in the order ${keys.join(", ")}`);
    else if (isEnglish && name.exists && name.text !== point.get(key) && [...point.values()].includes(name.text ?? ""))
      yield name.finding(`the value ${key} is called ${point.get(key)}`);
    last = Math.max(last, place);
  }
}

/** Decision points of registered namespaces that {@link checkDecisionPoints} cannot judge. */
export function unknownDecisionPoints(document: CsafNode): readonly string[] {
  const unknown = selectionsIn(document).flatMap(({ node, base }) => {
    if (!REGISTERED_NAMESPACES.has(base)) return [];
    const known = DECISION_POINTS.get(base);
    const key = node.get("key").text ?? "";
    const version = node.get("version").text ?? "";
    const isKnown = known?.isComplete === true || known?.points.get(key)?.has(version) === true;
    return isKnown ? [] : [`${base} ${key} ${version}`];
  });
  return [...new Set(unknown)];
}

/** 6.2.34: the base of a namespace is registered. */
export function* checkBaseNamespace(document: CsafNode): Iterable<CheckFinding> {
  for (const { namespace, base } of selectionsIn(document)) {
    const name = base.split("#")[0] ?? "";
    if (!REGISTERED_NAMESPACES.has(name) && !FREE_NAMESPACES.has(name))
      yield namespace.finding("SSVC does not know the namespace");
  }
}

/** 6.2.35 (TLP:CLEAR) and 6.3.14 (others): readers may not know a private namespace. */
export function checkPrivateNamespace(isAboutClear: boolean): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    if (isClear(document) !== isAboutClear) return;
    for (const selection of selectionsIn(document)) {
      if (isPrivate(selection)) yield selection.namespace.finding("a private namespace, which readers may not know");
    }
  };
}

/** 6.2.36 (TLP:CLEAR) and 6.3.15 (others): readers may not know an extension. */
export function checkExtendedNamespace(isAboutClear: boolean): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    if (isClear(document) !== isAboutClear) return;
    for (const { namespace, isExtended } of selectionsIn(document)) {
      if (isExtended) yield namespace.finding("an extended namespace, which readers may not know");
    }
  };
}

/** 6.2.37: a private namespace comes with a resource that names it. */
export function* checkNamespaceResource(document: CsafNode): Iterable<CheckFinding> {
  for (const selection of selectionsIn(document)) {
    if (!isPrivate(selection)) continue;
    const { namespace, ssvc } = selection;
    const summaries = ssvc.list("decision_point_resources").map((resource) => resource.get("summary").text ?? "");
    if (!summaries.some((summary) => summary.includes(`'${namespace.text}'`)))
      yield namespace.finding("no decision_point_resources names this namespace in its summary");
  }
}

/** 6.3.13: the newest version of a decision point is used. */
export function* checkPointVersion(document: CsafNode): Iterable<CheckFinding> {
  for (const { node, base } of selectionsIn(document)) {
    const versions = DECISION_POINTS.get(base)?.points.get(node.get("key").text ?? "");
    const newest = [...(versions?.keys() ?? [])].at(-1);
    if (newest !== undefined && node.get("version").text !== newest)
      yield node.get("version").finding(`there is a version ${newest} of it`);
  }
}
