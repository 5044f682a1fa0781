import { encodeUtf8 } from "../../../../../base/index.ts";
import { quoteAsGo } from "../../values/text.ts";
import { readRequestUrl, UrlFault } from "./go-url.ts";

/** A format that Kubernetes knows by name. */
export interface NameFormat {
  readonly name: string;
  /** What is wrong with a text, in Kubernetes' words, which policies hand to users; empty when it has the format. */
  readonly check: (text: string) => readonly string[];
}

const LABEL_PATTERN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;
const LABEL_1035_PATTERN = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED_PATTERN = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const EMPTY = "must be non-empty";
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

/** Length is told in characters by Kubernetes' older checks, in bytes by its newer ones; all count bytes. */
type LengthUnit = "characters" | "bytes";

function tooLong(text: string, limit: number, unit: LengthUnit): readonly string[] {
  return encodeUtf8(text).length > limit ? [`must be no more than ${limit} ${unit}`] : [];
}

function mismatch(rule: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

function isLabel(text: string): boolean {
  return /^[-a-z0-9]+$/.test(text) && !text.startsWith("-") && !text.endsWith("-");
}

function isSubdomain(text: string): boolean {
  return text.split(".").every(isLabel);
}

function isQualifiedPart(text: string): boolean {
  return /^[-A-Za-z0-9_.]+$/.test(text) && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(text);
}

const ALPHANUMERIC_ENDS = "and must start and end with an alphanumeric character";

function checkLabel(text: string): readonly string[] {
  const long = tooLong(text, MAX_LABEL, "characters");
  if (isLabel(text)) return long;
  if (isSubdomain(text)) return [...long, "must not contain dots"];
  const rule = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${ALPHANUMERIC_ENDS}`;
  return [...long, mismatch(rule, LABEL_PATTERN, "my-name", "123-abc")];
}

function checkSubdomain(text: string, unit: LengthUnit = "characters"): readonly string[] {
  const long = tooLong(text, MAX_SUBDOMAIN, unit);
  if (isSubdomain(text)) return long;
  const rule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${ALPHANUMERIC_ENDS}`;
  return [...long, mismatch(rule, SUBDOMAIN_PATTERN, "example.com")];
}

function checkLabel1035(text: string): readonly string[] {
  const long = tooLong(text, MAX_LABEL, "characters");
  if (isLabel(text) && /^[a-z]/.test(text)) return long;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...long, mismatch(rule, LABEL_1035_PATTERN, "my-name", "abc-123")];
}

function checkQualifiedName(text: string): readonly string[] {
  const parts = text.split("/");
  const name = parts.at(-1) as string;
  const rule = `must consist of alphanumeric characters, '-', '_' or '.', ${ALPHANUMERIC_ENDS}`;
  const nameRule = mismatch(rule, QUALIFIED_PATTERN, "MyName", "my.name", "123-abc");
  if (parts.length > 2) {
    return [`a valid label key ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [prefix = ""] = parts;
  const prefixFaults = parts.length === 1 ? [] : prefix === "" ? [EMPTY] : checkSubdomain(prefix, "bytes");
  const nameFaults = name === "" ? [EMPTY] : tooLong(name, MAX_LABEL, "bytes");
  return [
    ...prefixFaults.map((fault) => `prefix part ${fault}`),
    ...[...nameFaults, ...(isQualifiedPart(name) ? [] : [nameRule])].map((fault) => `name part ${fault}`),
  ];
}

function checkLabelValue(text: string): readonly string[] {
  const long = tooLong(text, MAX_LABEL, "bytes");
  if (text === "" || isQualifiedPart(text)) return long;
  const rule = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${ALPHANUMERIC_ENDS}`;
  return [...long, mismatch(rule, `(${QUALIFIED_PATTERN})?`, "MyValue", "my_value", "12345")];
}

/** The start of a generated name may end in a dash. Kubernetes replaces that, and the character before it, by one letter. */
function withoutTrailingDash(text: string): string {
  if (text.length < 2 || !text.endsWith("-")) return text;
  const replaced = text.slice(-2, -1);
  // Half a character of several bytes is left, which no format takes.
  return `${text.slice(0, -2)}${replaced > "\x7f" ? "\ufffd" : ""}a`;
}

function checkUri(text: string): readonly string[] {
  const url = readRequestUrl(text);
  return url instanceof UrlFault ? [`parse ${quoteAsGo(text)}: ${url.reason}`] : [];
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/u;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isBase64(text: string): boolean {
  return text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isDate(text: string): boolean {
  const [year, month, day] = (DATE.exec(text) ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS[month - 1] ?? 0) + (isLeap && month === 2 ? 1 : 0);
  return day >= 1 && day <= days;
}

/** Kubernetes looks at what is before the second `t` only, and takes any offset. */
function isDatetime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t", 2);
  if (time === undefined || !isDate(date)) return false;
  const [hour, minute, second] = (TIME.exec(time) ?? []).slice(1).map(Number);
  return hour !== undefined && hour <= 23 && (minute as number) <= 59 && (second as number) <= 59;
}

function format(name: string, check: NameFormat["check"]): NameFormat {
  return { name, check };
}

function plain(name: string, fault: string, test: (text: string) => boolean): NameFormat {
  return { name, check: (text) => (test(text) ? [] : [fault]) };
}

/** The formats by the names that `format.named` takes. */
export const NAME_FORMATS: ReadonlyMap<string, NameFormat> = new Map([
  ["dns1123Label", format("DNS1123Label", checkLabel)],
  ["dns1123Subdomain", format("DNS1123Subdomain", (text) => checkSubdomain(text))],
  ["dns1035Label", format("DNS1035Label", checkLabel1035)],
  ["qualifiedName", format("QualifiedName", checkQualifiedName)],
  ["dns1123LabelPrefix", format("DNS1123LabelPrefix", (text) => checkLabel(withoutTrailingDash(text)))],
  ["dns1123SubdomainPrefix", format("DNS1123SubdomainPrefix", (text) => checkSubdomain(withoutTrailingDash(text)))],
  ["dns1035LabelPrefix", format("DNS1035LabelPrefix", (text) => checkLabel1035(withoutTrailingDash(text)))],
  ["labelValue", format("LabelValue", checkLabelValue)],
  ["uri", format("URI", checkUri)],
  ["uuid", plain("uuid", "does not match the UUID format", (text) => UUID.test(text))],
  ["byte", plain("byte", "invalid base64", isBase64)],
  ["date", plain("date", "invalid date", isDate)],
  ["datetime", plain("datetime", "invalid datetime", isDatetime)],
]);

/** Whether a text is a DNS subdomain of at most 253 bytes, or a DNS label of at most 63. */
export function isDnsName(text: string, kind: "subdomain" | "label"): boolean {
  return (kind === "label" ? checkLabel(text) : checkSubdomain(text)).length === 0;
}
