/** What the API server sends of a request for a subresource. */
import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import type { PolicyInput } from "../../src/policy/index.ts";
import type { KubectlCall } from "./kubectl.ts";

/** The request's own part, and the object as it is stored when the request is let through. */
export interface SubresourceRequest {
  readonly input: Pick<PolicyInput, "object" | "oldObject" | "operation" | "subresource">;
  readonly stored: ValueObject | undefined;
}

/** The request of a call about an object. */
export function subresourceOf(call: KubectlCall, object: ValueObject): SubresourceRequest {
  switch (call.verb) {
    case "exec":
      return execution(call);
    case "scale":
      return scaling(call, object);
    default:
      return debugging(call, object);
  }
}

function execution({ container, command }: KubectlCall): SubresourceRequest {
  const options = { kind: "PodExecOptions", apiVersion: "v1", stdout: true, stderr: true };
  const object = { ...options, ...(container === "" ? {} : { container }), command };
  return { input: { object, operation: "CONNECT", subresource: "exec" }, stored: undefined };
}

function scaling({ replicas }: KubectlCall, object: ValueObject): SubresourceRequest {
  const spec = memberOf(object, "spec");
  const metadata = memberOf(object, "metadata");
  const scale = (count: number): ValueObject => ({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name: textOf(metadata, "name"), namespace: textOf(metadata, "namespace") },
    spec: { replicas: count },
    status: { replicas: count, selector: selectorText(memberOf(spec, "selector")) },
  });
  const before = Number(memberOf(spec, "replicas") ?? 1);
  return {
    input: { object: scale(replicas), oldObject: scale(before), operation: "UPDATE", subresource: "scale" },
    stored: { ...object, spec: { ...(isValueObject(spec) ? spec : {}), replicas } },
  };
}

/** As the API server writes a selector of labels. */
function selectorText(selector: Value | undefined): string {
  const labels = memberOf(selector, "matchLabels");
  return isValueObject(labels)
    ? Object.entries(labels)
        .map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`)
        .join(",")
    : "";
}

function debugging({ image, container }: KubectlCall, object: ValueObject): SubresourceRequest {
  const spec = memberOf(object, "spec");
  const own = isValueObject(spec) ? spec : {};
  const added = { name: container || "debugger-00000", image, imagePullPolicy: "IfNotPresent", resources: {} };
  const changed: ValueObject = {
    ...object,
    spec: { ...own, ephemeralContainers: [...listOf(own, "ephemeralContainers"), added] },
  };
  return {
    input: { object: changed, oldObject: object, operation: "UPDATE", subresource: "ephemeralcontainers" },
    stored: changed,
  };
}
