import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type PolicyInput, subjectOf } from "../input.ts";

/** A template of Pods somewhere in an object. */
interface PodTemplate {
  /** `spec.replicatedJobs[0].template.spec.template`. */
  readonly path: string;
  readonly template: ValueObject;
}

/** An input as if a Pod that an object would make were created or changed. */
interface PodInput {
  /** The template's place in the object, for messages. */
  readonly path: string;
  readonly input: PolicyInput;
}

/**
 * What a policy for Pods is given of an object of a custom kind: a Pod for every template in its spec, in their order.
 * The old object's template at the same place is its old Pod. A Pod without a name or namespace has the object's.
 */
export function podInputsOf(input: PolicyInput): readonly PodInput[] {
  const { oldObject = null } = input;
  const isDeleted = !isValueObject(input.object);
  const counterpart = isDeleted ? input.object : oldObject;
  const others = new Map(podTemplatesOf(counterpart).map((found) => [found.path, found]));
  return podTemplatesOf(subjectOf(input)).map((found) => {
    const other = others.get(found.path);
    const pod = podOf(found, input);
    const otherPod = other === undefined ? null : podOf(other, input);
    return { path: found.path, input: withPod(input, isDeleted ? otherPod : pod, isDeleted ? pod : otherPod) };
  });
}

function withPod(input: PolicyInput, pod: Value, oldPod: Value): PolicyInput {
  const metadata = memberOf(isValueObject(pod) ? pod : oldPod, "metadata");
  return {
    ...input,
    object: pod,
    oldObject: oldPod,
    resource: "pods",
    requested: {
      group: "",
      version: "v1",
      kind: "Pod",
      name: textOf(metadata, "name"),
      namespace: textOf(metadata, "namespace"),
    },
  };
}

function podOf({ template }: PodTemplate, input: PolicyInput): ValueObject {
  const parent = memberOf(subjectOf(input), "metadata");
  const metadata = memberOf(template, "metadata") ?? {};
  const name = textOf(metadata, "name") || input.requested?.name || textOf(parent, "name");
  const namespace = textOf(metadata, "namespace") || input.requested?.namespace || textOf(parent, "namespace");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...(metadata as ValueObject), name, namespace },
    spec: memberOf(template, "spec") ?? {},
  };
}

interface PlacedValue {
  readonly path: string;
  readonly value: Value;
}

/** Every template in an object's spec: what is in its status only tells of it. */
function podTemplatesOf(object: Value): readonly PodTemplate[] {
  const spec = memberOf(object, "spec");
  if (!isValueObject(spec)) return [];
  const found: PodTemplate[] = [];
  // A stack of its own: how deep an object is depends on who sent it.
  const open: PlacedValue[] = [{ path: "spec", value: spec }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    if (isValueObject(value) && isPodTemplate(value)) {
      found.push({ path, template: value });
      continue;
    }
    const inner = membersOf(path, value);
    for (const member of inner.toReversed()) open.push(member);
  }
  return found;
}

function membersOf(path: string, value: Value): readonly PlacedValue[] {
  if (Array.isArray(value)) return value.map((item: Value, index) => ({ path: `${path}[${index}]`, value: item }));
  if (!isValueObject(value)) return [];
  return Object.entries(value).map(([key, member]) => ({ path: `${path}.${key}`, value: member }));
}

function isPodTemplate(value: ValueObject): boolean {
  const metadata = memberOf(value, "metadata");
  if (metadata !== undefined && !isValueObject(metadata)) return false;
  const containers = listOf(memberOf(value, "spec"), "containers");
  return (
    containers.length > 0 &&
    containers.every(
      (container) => textOf(container, "name") !== "" && typeof memberOf(container, "image") === "string",
    )
  );
}
