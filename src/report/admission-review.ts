import {
  type Decoded,
  encodeBase64,
  encodeUtf8,
  type Issue,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type Value,
  writeJson,
} from "../base/index.ts";
import { printable } from "./table.ts";

/** Characters of a name: Kubernetes takes 253, and of user names 1,024 are more than any issuer gives. */
const MAX_NAME = 1_024;
const OPERATIONS = ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const;

/** An admission.k8s.io/v1 AdmissionRequest, as far as amap reads it. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** Empty when none. */
  readonly subresource: string;
  /** May be empty when the API server makes the name up (generateName). */
  readonly name: string;
  readonly namespace?: string;
  readonly operation: (typeof OPERATIONS)[number];
  readonly userInfo: Value;
  /** `userInfo.username`, empty when there is none. */
  readonly user: string;
  readonly object: Value;
  readonly oldObject: Value;
  readonly dryRun: boolean;
}

/** What the API server is told. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  /** HTTP status and text of a denial, or of an error. */
  readonly status?: { readonly code: number; readonly reason?: string; readonly message: string };
  /** Shown to the user; each is cut to 256 characters as Kubernetes asks. */
  readonly warnings?: readonly string[];
  /** JSON Patch operations. */
  readonly patch?: readonly Value[];
}

/**
 * An AdmissionReview's request, or everything that is wrong with it. Strict JSON: duplicate keys, more than
 * LIMITS.admissionBytes or deeper than LIMITS.admissionDepth is no review. Only admission.k8s.io/v1 is read. An object
 * that is created or updated must be there; one that is deleted is in `oldObject`.
 *
 * @example
 * ```ts
 * import { decodeAdmissionReview } from "./index.ts";
 * const decoded = decodeAdmissionReview(new TextEncoder().encode("{}"));
 * decoded.ok; // false
 * ```
 */
export function decodeAdmissionReview(bytes: Uint8Array): Decoded<AdmissionRequest> {
  try {
    return decodeReview(readJson(bytes, { maxBytes: LIMITS.admissionBytes, maxDepth: LIMITS.admissionDepth }));
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { ok: false, issues: [{ code: error.code, path: "", message: error.message }] };
  }
}

function decodeReview(review: Value): Decoded<AdmissionRequest> {
  const issues: Issue[] = [];
  const expected = (path: string, what: string): void =>
    void issues.push({ code: "VALUE_INVALID", path, message: `expected ${what}` });
  if (memberOf(review, "apiVersion") !== "admission.k8s.io/v1") expected("apiVersion", "admission.k8s.io/v1");
  if (memberOf(review, "kind") !== "AdmissionReview") expected("kind", "AdmissionReview");
  const request = memberOf(review, "request");
  if (!isValueObject(request)) expected("request", "an object");
  const text = (value: Value | undefined, path: string, presence: "required" | "optional"): string => {
    const found = value === null ? undefined : value;
    if (typeof found === "string" && found.length > MAX_NAME) expected(path, `at most ${MAX_NAME} characters`);
    else if (typeof found === "string" && (found !== "" || presence === "optional")) return found;
    else if (found !== undefined || presence === "required") expected(path, "a string");
    return "";
  };
  const names = <K extends string>(member: "kind" | "resource", last: K): Record<"group" | "version" | K, string> => {
    const value = memberOf(request, member);
    return {
      group: text(memberOf(value, "group"), `request.${member}.group`, "optional"),
      version: text(memberOf(value, "version"), `request.${member}.version`, "required"),
      [last]: text(memberOf(value, last), `request.${member}.${last}`, "required"),
    } as Record<"group" | "version" | K, string>;
  };
  const operation = OPERATIONS.find((each) => each === memberOf(request, "operation"));
  if (operation === undefined) expected("request.operation", OPERATIONS.join(", "));
  const object = memberOf(request, "object") ?? null;
  const oldObject = memberOf(request, "oldObject") ?? null;
  for (const [path, value] of [
    ["request.object", object],
    ["request.oldObject", oldObject],
  ] as const) {
    if (value !== null && !isValueObject(value)) expected(path, "an object or null");
  }
  if ((operation === "CREATE" || operation === "UPDATE") && object === null) expected("request.object", "an object");
  const dryRun = memberOf(request, "dryRun") ?? false;
  if (typeof dryRun !== "boolean") expected("request.dryRun", "a boolean");
  const userInfo = memberOf(request, "userInfo") ?? {};
  if (!isValueObject(userInfo)) expected("request.userInfo", "an object");
  const namespace = text(memberOf(request, "namespace"), "request.namespace", "optional");
  const value: AdmissionRequest = {
    uid: text(memberOf(request, "uid"), "request.uid", "required"),
    kind: names("kind", "kind"),
    resource: names("resource", "resource"),
    subresource: text(memberOf(request, "subResource"), "request.subResource", "optional"),
    name: text(memberOf(request, "name"), "request.name", "optional"),
    ...(namespace === "" ? {} : { namespace }),
    operation: operation ?? "CREATE",
    userInfo,
    user: text(memberOf(userInfo, "username"), "request.userInfo.username", "optional"),
    object,
    oldObject,
    dryRun: dryRun === true,
  };
  return issues.length === 0 ? { ok: true, value: Object.freeze(value) } : { ok: false, issues };
}

const MAX_WARNING = 256;
const MAX_WARNINGS = 16;
/** The API server passes a message on to the user; etcd and terminals are no place for megabytes. */
const MAX_MESSAGE = 8_000;

/** The AdmissionReview that answers a request: admission.k8s.io/v1, JSON in UTF-8. */
export function encodeAdmissionReview(response: AdmissionResponse): Uint8Array {
  const { uid, allowed, status, warnings = [], patch = [] } = response;
  const body: Value = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed,
      ...(status === undefined
        ? {}
        : {
            status: {
              code: status.code,
              message: cut(status.message, MAX_MESSAGE),
              ...(status.reason === undefined ? {} : { reason: status.reason }),
            },
          }),
      ...(warnings.length === 0
        ? {}
        : { warnings: warnings.slice(0, MAX_WARNINGS).map((warning) => cut(printable(warning), MAX_WARNING)) }),
      ...(patch.length === 0 ? {} : { patchType: "JSONPatch", patch: encodeBase64(encodeUtf8(writeJson([...patch]))) }),
    },
  };
  return encodeUtf8(writeJson(body));
}

function cut(text: string, length: number): string {
  return text.length <= length ? text.toWellFormed() : `${text.slice(0, length - 1).toWellFormed()}…`;
}
