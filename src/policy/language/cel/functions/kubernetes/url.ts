import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { makeMap } from "../../values/kinds.ts";
import type { CelMap, CelObject, Opaque } from "../../values/value.ts";
import { readOnce, shown } from "./constants.ts";
import {
  escapedPath,
  hostnameOf,
  type ParsedUrl,
  portOf,
  queryOf,
  readRequestUrl,
  readUrl,
  UrlFault,
} from "./go-url.ts";
import { URL_TYPE, type UrlValue, urlValue } from "./opaque-values.ts";

const { bool, list, map, string } = celTypes;
const since = "0.2.0";
const method = { receiver: true, since } as const;
/** What goes through a text character by character takes about eight times as long as a copy. */
const WALKED_PER_STEP = 2;

/** It must be one for a request, and is then read again with its fragment: Kubernetes' order. */
function url(text: string): Opaque<UrlValue> {
  const request = readRequestUrl(text);
  const parsed = request instanceof UrlFault ? request : readUrl(text);
  if (parsed instanceof UrlFault) {
    throw new CelError("invalid_argument", `not a URL: ${shown(text)}: ${parsed.reason.slice(0, 200)}`);
  }
  return urlValue(parsed);
}

function query({ value }: Opaque<UrlValue>, context: CelContext): CelObject | CelMap {
  context.charge((value.query ?? "").length / WALKED_PER_STEP);
  const values = queryOf(value);
  return makeMap([...values.keys()], [...values.values()]);
}

function part(name: string, read: (url: ParsedUrl) => string, note: string, example: string): CelFunction {
  return celFunction({
    ...method,
    name,
    args: [URL_TYPE],
    result: string,
    note,
    example,
    call: ({ value }, context) => {
      context.charge((value.host.length + value.path.length) / WALKED_PER_STEP);
      return read(value);
    },
  });
}

/** Kubernetes' URLs: absolute URIs and absolute paths, taken apart as Go does. */
export const URL_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "url",
    args: [string],
    result: URL_TYPE,
    note: "The absolute URI or absolute path a text spells.",
    example: "url('https://example.com:80/').getHost() == 'example.com:80'",
    since,
    prepare: readOnce(url),
    call: (text, context) => {
      context.charge(text.length / WALKED_PER_STEP);
      return url(text);
    },
  }),
  celFunction({
    name: "isURL",
    args: [string],
    result: bool,
    note: "Whether a text spells an absolute URI or an absolute path.",
    example: "isURL('/absolute-path') && !isURL('../relative-path')",
    since,
    call: (text, context) => {
      context.charge(text.length / WALKED_PER_STEP);
      return !(readRequestUrl(text) instanceof UrlFault);
    },
  }),
  part(
    "getScheme",
    (value) => value.scheme,
    "The scheme in lower case; empty for a path.",
    "url('HTTPS://example.com/').getScheme() == 'https'",
  ),
  part(
    "getHost",
    (value) => value.host,
    "The host with its port, an IPv6 address in brackets; empty when there is none.",
    "url('https://[::1]:80/').getHost() == '[::1]:80'",
  ),
  part(
    "getHostname",
    hostnameOf,
    "The host without port and brackets; empty when there is none.",
    "url('https://[::1]:80/').getHostname() == '::1'",
  ),
  part(
    "getPort",
    portOf,
    "The port's digits; empty when there are none.",
    "url('https://example.com:80/').getPort() == '80'",
  ),
  part(
    "getEscapedPath",
    escapedPath,
    "The path, escaped; empty when there is none.",
    "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
  ),
  celFunction({
    ...method,
    name: "getQuery",
    args: [URL_TYPE],
    result: map(string, list(string)),
    note: "The values of each query parameter, unescaped; what is malformed is left out.",
    example: "url('/?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}",
    call: query,
  }),
];
