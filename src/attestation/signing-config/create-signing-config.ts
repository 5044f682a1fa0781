import { AmapError, parseTime } from "../../base/index.ts";
import { readKeyValuePairs } from "../key-value-pairs.ts";
import { quoteText } from "../quote-text.ts";
import { isServiceUrl, type ServiceSelection, type SigningConfig, type SigningService } from "../signing-config.ts";

/** What `signing-config create` is given. */
export interface SigningConfigInput {
  /** Where to start from: services of a kind that is given below take the place of this one's. */
  readonly base?: SigningConfig;
  readonly certificateAuthorities?: readonly SigningService[];
  readonly oidcProviders?: readonly SigningService[];
  readonly transparencyLogs?: readonly SigningService[];
  readonly logSelection?: ServiceSelection;
  readonly timestampAuthorities?: readonly SigningService[];
  readonly timestampSelection?: ServiceSelection;
  /** Kinds of services that are not taken from the base. */
  readonly without?: readonly ("fulcio" | "oidc" | "rekor" | "tsa")[];
}

/**
 * A signing configuration of given services, on top of another one or of none; as cosign's `signing-config create`.
 *
 * @throws {AmapError} USAGE when logs or timestamp authorities are given without a selection
 * @example
 * ```ts
 * import { createSigningConfig } from "../index.ts";
 * createSigningConfig({}).logSelection.selector; // "UNDEFINED"
 * ```
 */
export function createSigningConfig(input: SigningConfigInput): SigningConfig {
  const { base, without = [] } = input;
  const none: readonly SigningService[] = [];
  const services = (
    given: readonly SigningService[] | undefined,
    kind: "fulcio" | "oidc" | "rekor" | "tsa",
    other: readonly SigningService[] = none,
  ): readonly SigningService[] => {
    if (given !== undefined && given.length > 0) return given;
    return without.includes(kind) ? none : other;
  };
  const selection = (
    given: readonly SigningService[] | undefined,
    chosen: ServiceSelection | undefined,
    kind: "rekor" | "tsa",
    other: ServiceSelection | undefined,
  ): ServiceSelection => {
    if (chosen !== undefined) return chosen;
    if (given !== undefined && given.length > 0) {
      throw new AmapError("USAGE", `--${kind}-config is needed with --${kind}`, {
        hint: "Pass ANY, ALL or EXACT:<count>.",
      });
    }
    return without.includes(kind) || other === undefined ? { selector: "UNDEFINED" } : other;
  };
  const { transparencyLogs, logSelection, timestampAuthorities, timestampSelection } = input;
  return {
    certificateAuthorities: services(input.certificateAuthorities, "fulcio", base?.certificateAuthorities),
    oidcProviders: services(input.oidcProviders, "oidc", base?.oidcProviders),
    transparencyLogs: services(transparencyLogs, "rekor", base?.transparencyLogs),
    logSelection: selection(transparencyLogs, logSelection, "rekor", base?.logSelection),
    timestampAuthorities: services(timestampAuthorities, "tsa", base?.timestampAuthorities),
    timestampSelection: selection(timestampAuthorities, timestampSelection, "tsa", base?.timestampSelection),
  };
}

const SERVICE_KEYS = ["url", "api-version", "start-time", "end-time", "operator"];

/**
 * Reads the value of `--fulcio`, `--rekor`, `--oidc-provider` or `--tsa` of `signing-config create`: `key=value` pairs
 * with commas between them. Stricter than cosign: keys that are unknown or there twice are refused.
 *
 * @throws {AmapError} USAGE
 * @example
 * ```ts
 * import { parseSigningService } from "../index.ts";
 * parseSigningService("rekor", "url=https://log.example,api-version=2,start-time=2026-01-01T00:00:00Z,operator=me").operator; // "me"
 * ```
 */
export function parseSigningService(flag: "fulcio" | "rekor" | "oidc-provider" | "tsa", text: string): SigningService {
  const { value, needed } = readKeyValuePairs(flag, text, SERVICE_KEYS);
  const url = needed("url");
  const version = needed("api-version");
  const endTime = value("end-time");
  if (!isServiceUrl(url)) {
    throw new AmapError("USAGE", `--${flag}: expected url= with an address of http or https, found ${quoteText(url)}`);
  }
  if (!/^[0-9]{1,9}$/.test(version)) {
    throw new AmapError("USAGE", `--${flag}: expected api-version= with a number, found ${quoteText(version)}`);
  }
  const start = timeOf(flag, "start-time", needed("start-time"));
  const end = endTime === "" ? {} : { end: timeOf(flag, "end-time", endTime) };
  return { url, majorApiVersion: Number(version), validFor: { start, ...end }, operator: needed("operator") };
}

function timeOf(flag: string, key: string, text: string): number {
  const time = parseTime(text);
  if (time !== undefined) return time;
  throw new AmapError("USAGE", `--${flag}: expected ${key}= with an RFC 3339 time, found ${quoteText(text)}`);
}

/**
 * Reads the value of `--rekor-config` or `--tsa-config`: ANY, ALL or EXACT:<count>, in any case.
 *
 * @throws {AmapError} USAGE
 * @example
 * ```ts
 * import { parseServiceSelection } from "../index.ts";
 * parseServiceSelection("rekor-config", "EXACT:2"); // { selector: "EXACT", count: 2 }
 * ```
 */
export function parseServiceSelection(flag: "rekor-config" | "tsa-config", text: string): ServiceSelection {
  const match = /^(?:(any|all)|exact:([1-9][0-9]{0,8}))$/i.exec(text);
  if (match === null) {
    throw new AmapError("USAGE", `--${flag}: expected ANY, ALL or EXACT:<count>, found ${quoteText(text)}`);
  }
  if (match[2] !== undefined) return { selector: "EXACT", count: Number(match[2]) };
  return { selector: text.toUpperCase() === "ANY" ? "ANY" : "ALL" };
}
