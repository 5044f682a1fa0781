import { encodeUtf8 } from "../../../../../base/index.ts";
import { quoteAsGo } from "../../values/text.ts";
import { readIp } from "./ip-address.ts";

/** A URL as Go's net/url takes it apart; which is not how a browser does. */
export interface ParsedUrl {
  /** In lower case; empty for a path. */
  readonly scheme: string;
  /** What follows a scheme without a slash (`mailto:a@b`), as it is written. */
  readonly opaque: string;
  /** Name and password, unescaped. */
  readonly user: readonly string[] | undefined;
  /** With its port, unescaped. */
  readonly host: string;
  /** As it is written. */
  readonly path: string;
  /** Without its question mark; undefined when there is none. */
  readonly query: string | undefined;
  /** As it is written, without its `#`. */
  readonly fragment: string;
  /** A scheme, then a path without `//`. */
  readonly omitHost: boolean;
}

/** Why a text is no URL, in Go's words: `format.uri().validate` gives them to policies. */
export class UrlFault {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

type Part = "path" | "host" | "zone" | "user" | "query" | "fragment";

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
const HOST = codes(`${UNRESERVED}!$&'()*+,;=:[]<>"`);
/** The bytes that stand for themselves when Go writes a part. */
const PLAIN: Readonly<Record<Part, ReadonlySet<number>>> = {
  path: codes(`${UNRESERVED}$&+,/:;=@`),
  host: HOST,
  zone: HOST,
  user: codes(`${UNRESERVED}$&+,;=`),
  query: codes(UNRESERVED),
  fragment: codes(`${UNRESERVED}$&+,/:;=?@!()*`),
};
/** What Go lets stand in a path or fragment that was written so. */
const LET_STAND = codes("!$&'()*+,;=:@[]%");
const USER_INFO = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const HEX = /^%[0-9a-fA-F]{2}$/;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const MAX_QUERY_PARAMETERS = 10_000;

/**
 * Reads an absolute URI or an absolute path, as Go's url.ParseRequestURI; a `#` is part of what it stands in.
 * @see https://pkg.go.dev/net/url#ParseRequestURI
 */
export function readRequestUrl(text: string): ParsedUrl | UrlFault {
  return faultOr(() => parse(text, true));
}

/** Reads a URL reference with its fragment, as Go's url.Parse. */
export function readUrl(text: string): ParsedUrl | UrlFault {
  return faultOr(() => {
    const [body, fragment = ""] = cut(text, "#");
    const url = parse(body, false);
    unescape(fragment, "fragment");
    return { ...url, fragment };
  });
}

/** The path with everything escaped that must be; as it was written where that will do. */
export function escapedPath({ path }: ParsedUrl): string {
  return escapedAs(path, "path");
}

/** A path or fragment unescaped; and as it is written where Go would write it in another way, else empty. */
export function unescapedPart(text: string, part: "path" | "fragment"): readonly [unescaped: string, written: string] {
  const bytes = unescape(text, part);
  return [decode(bytes), escape(bytes, part) === text ? "" : text];
}

/** The host without its port and without brackets. */
export function hostnameOf(url: ParsedUrl): string {
  const [host] = splitPort(url.host);
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** The port's digits; empty when there is none. */
export function portOf(url: ParsedUrl): string {
  return splitPort(url.host)[1];
}

/** The query's parameters, unescaped; malformed ones are left out, and all of them beyond 10,000. */
export function queryOf({ query = "" }: ParsedUrl): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  const parts = query.split("&");
  if (parts.length > MAX_QUERY_PARAMETERS) return values;
  for (const part of parts) {
    if (part === "" || part.includes(";")) continue;
    const [key, value] = cut(part, "=").map((text = "") => faultOr(() => unescape(text, "query")));
    if (key instanceof UrlFault || value instanceof UrlFault) continue;
    const name = decode(key as Uint8Array);
    const known = values.get(name);
    if (known === undefined) values.set(name, [decode(value as Uint8Array)]);
    else known.push(decode(value as Uint8Array));
  }
  return values;
}

/** The URL written out, as Go's URL.String. */
export function formatUrl(url: ParsedUrl): string {
  const tail = `${url.query === undefined ? "" : `?${url.query}`}${
    url.fragment === "" ? "" : `#${escapedAs(url.fragment, "fragment")}`
  }`;
  const scheme = url.scheme === "" ? "" : `${url.scheme}:`;
  if (url.opaque !== "") return `${scheme}${url.opaque}${tail}`;
  const path = escapedPath(url);
  const authority = formatAuthority(url);
  if (path !== "" && !path.startsWith("/") && url.host !== "") return `${scheme}${authority}/${path}${tail}`;
  return `${scheme}${authority}${path}${tail}`;
}

function formatAuthority({ scheme, host, user, path, omitHost }: ParsedUrl): string {
  if (scheme === "" && host === "" && user === undefined) return "";
  if (omitHost && host === "" && user === undefined) return "";
  const slashes = host !== "" || path !== "" || user !== undefined ? "//" : "";
  const info = user === undefined ? "" : `${user.map((each) => escape(encodeUtf8(each), "user")).join(":")}@`;
  return `${slashes}${info}${escape(encodeUtf8(host), "host")}`;
}

function parse(text: string, isRequest: boolean): ParsedUrl {
  if (hasControl(text)) throw new UrlFault("net/url: invalid control character in URL");
  if (text === "" && isRequest) throw new UrlFault("empty url");
  const empty = { scheme: "", opaque: "", user: undefined, host: "", path: "", fragment: "", omitHost: false };
  if (text === "*") return { ...empty, path: "*", query: undefined };
  const [scheme, afterScheme] = splitScheme(text);
  const [rest, query] = cut(afterScheme, "?");
  if (!rest.startsWith("/")) {
    if (scheme !== "") return { ...empty, scheme, opaque: rest, query };
    if (isRequest) throw new UrlFault("invalid URI for request");
    if (rest.split("/", 1)[0]?.includes(":")) {
      throw new UrlFault("first path segment in URL cannot contain colon");
    }
  }
  const hasAuthority = rest.startsWith("//") && (scheme !== "" || (!isRequest && !rest.startsWith("///")));
  const slash = hasAuthority ? rest.indexOf("/", 2) : 0;
  const path = slash === -1 ? "" : rest.slice(slash);
  const authority = hasAuthority ? parseAuthority(scheme, rest.slice(2, slash === -1 ? undefined : slash)) : empty;
  unescape(path, "path");
  const omitHost = !hasAuthority && scheme !== "" && rest.startsWith("/");
  return { ...empty, scheme, user: authority.user, host: authority.host, path, query, omitHost };
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < SPACE || unit === 0x7f) return true;
  }
  return false;
}

function splitScheme(text: string): readonly [scheme: string, rest: string] {
  if (text.startsWith(":")) throw new UrlFault("missing protocol scheme");
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text)?.[0] ?? "";
  return scheme === "" ? ["", text] : [scheme.toLowerCase(), text.slice(scheme.length + 1)];
}

function parseAuthority(scheme: string, authority: string): Pick<ParsedUrl, "user" | "host"> {
  const at = authority.lastIndexOf("@");
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at === -1) return { user: undefined, host };
  const info = authority.slice(0, at);
  if (!USER_INFO.test(info)) throw new UrlFault("net/url: invalid userinfo");
  const parts = cut(info, ":").filter((part) => part !== undefined);
  return { user: parts.map((part) => decode(unescape(part, "user"))), host };
}

function parseHost(scheme: string, host: string): string {
  const bracket = host.lastIndexOf("[");
  if (bracket > 0) throw new UrlFault("invalid IP-literal");
  if (bracket === 0) return parseLiteral(host);
  const colon = host.indexOf(":");
  if (colon !== -1) {
    // Go takes more than one colon only where the scheme is not one of the web (`postgres://a:1,b:2/`).
    const isWeb = scheme === "http" || scheme === "https";
    checkPort(host.slice(isWeb ? colon : host.lastIndexOf(":")));
  }
  return decode(unescape(host, "host"));
}

/** `[::1]:80`; a zone follows `%25` (RFC 6874). */
function parseLiteral(host: string): string {
  const end = host.lastIndexOf("]");
  if (end === -1) throw new UrlFault("missing ']' in host");
  const port = host.slice(end + 1);
  checkPort(port);
  const literal = host.slice(1, end);
  const zoneAt = literal.indexOf("%25");
  const address = decode(unescape(zoneAt === -1 ? literal : literal.slice(0, zoneAt), "host"));
  const zone = zoneAt === -1 ? "" : decode(unescape(literal.slice(zoneAt), "zone"));
  const read = readIp(address + zone);
  if (read === "malformed") throw new UrlFault("invalid host: not an IP address");
  if (typeof read !== "string" && read.family === 4) throw new UrlFault("invalid IP-literal");
  return `[${address}${zone}]${port}`;
}

function checkPort(port: string): void {
  if (!/^(?::[0-9]*)?$/.test(port)) throw new UrlFault(`invalid port ${quoteAsGo(port)} after host`);
}

function splitPort(host: string): readonly [host: string, port: string] {
  const match = /:([0-9]*)$/.exec(host);
  return match === null ? [host, ""] : [host.slice(0, match.index), match[1] as string];
}

/** The bytes of a part with its `%XX` replaced. */
function unescape(text: string, part: Part): Uint8Array {
  checkEscapes(text, part);
  const bytes = encodeUtf8(text);
  if (!text.includes("%") && !(part === "query" && text.includes("+"))) return bytes;
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === PERCENT) {
      bytes[length++] = Number.parseInt(
        String.fromCharCode(bytes[index + 1] as number, bytes[index + 2] as number),
        16,
      );
      index += 2;
    } else bytes[length++] = byte === PLUS && part === "query" ? SPACE : byte;
  }
  return bytes.subarray(0, length);
}

/** In a host only bytes beyond ASCII may be escaped, and `%` itself; in a zone, what could stand unescaped. */
function checkEscapes(text: string, part: Part): void {
  for (const match of text.matchAll(part === "host" || part === "zone" ? /[ -~]/g : /%/g)) {
    const [unit] = match;
    if (unit !== "%") {
      if (isDigitOf(text, match.index) || HOST.has(unit.charCodeAt(0))) continue;
      throw new UrlFault(`invalid character ${quoteAsGo(unit)} in host name`);
    }
    const escaped = text.slice(match.index, match.index + 3);
    const byte = Number.parseInt(escaped.slice(1), 16);
    const isAllowed =
      escaped === "%25" || (part === "host" ? byte >= 0x80 : part === "zone" ? byte === SPACE || HOST.has(byte) : true);
    if (!HEX.test(escaped) || !isAllowed) throw new UrlFault(`invalid URL escape ${quoteAsGo(escaped)}`);
  }
}

/** Whether a character is one of the two behind a `%`: those have been looked at. */
function isDigitOf(text: string, index: number): boolean {
  return text[index - 1] === "%" || text[index - 2] === "%";
}

/** As it was written where Go lets that stand, else escaped anew. */
function escapedAs(text: string, part: "path" | "fragment"): string {
  const stands = encodeUtf8(text).every((byte) => LET_STAND.has(byte) || PLAIN[part].has(byte));
  return stands ? text : escape(unescape(text, part), part);
}

function escape(bytes: Uint8Array, part: Part): string {
  const plain = PLAIN[part];
  return Array.from(bytes, (byte) =>
    plain.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

function codes(characters: string): ReadonlySet<number> {
  return new Set(encodeUtf8(characters));
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function faultOr<T>(read: () => T): T | UrlFault {
  try {
    return read();
  } catch (error) {
    if (error instanceof UrlFault) return error;
    throw error;
  }
}
