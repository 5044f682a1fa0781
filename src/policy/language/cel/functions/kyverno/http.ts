import { isValueObject, LIMITS, memberOf, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { type CelType, celTypes } from "../../types.ts";
import { isInt, mapGet, mapKeys } from "../../values/kinds.ts";
import { type CelMap, type CelObject, type CelValue, Opaque } from "../../values/value.ts";
import { readCertificatePem } from "./certificate-pem.ts";
import { asGoDocument } from "./go-json.ts";
import { sentValue } from "./sent-value.ts";
import { bothSpellings } from "./spellings.ts";

const { dyn, map, string } = celTypes;
const since = "0.2.0";
const HEADERS = map(string, string);

const CLIENT_TYPE = "http.Context";
/** Its value: the certificates that are trusted, PEM. */
const CLIENT: CelType<Opaque<string>> = celTypes.opaque(CLIENT_TYPE);
/** `http` itself: the certificates of the system. */
const PLAIN_CLIENT = "";

/** Absolute, of the web, without a user: secrets do not belong in a URL, and no other scheme is ever asked. */
const WEB_URL = /^https?:\/\/[^\s/?#@\\]+(?:[/?#][^\s\\]*)?$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, spaces and tabs: a line break would start another header. */
const HEADER_VALUE = /^[\t\x20-\x7e\u0080-\u{10ffff}]*$/u;

function checkUrl(url: string): string {
  if (url.length > LIMITS.factUrlLength) {
    const message = `expected a URL of at most ${LIMITS.factUrlLength} characters, found ${url.length}`;
    throw new CelError("invalid_argument", message);
  }
  if (WEB_URL.test(url)) return url;
  // The rest is not shown: what stands before an @ is a password, and a query may hold a token.
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]{0,20}:/.exec(url)?.[0] ?? "none";
  const message = `expected an http or https URL with a host, without a user, white space or \\; its scheme: ${scheme}`;
  throw new CelError("invalid_argument", message);
}

/** Names in lower case: they are the same header in any case, and so the same question. */
function headersOf(headers: CelObject | CelMap | undefined): Value {
  const result: Record<string, Value> = {};
  let characters = 0;
  const keys = headers === undefined ? [] : mapKeys(headers);
  for (const key of keys as readonly string[]) {
    const value = mapGet(headers as CelObject, key) as string;
    const name = key.toLowerCase();
    characters += name.length + value.length;
    if (name === "__proto__" || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
      throw new CelError("invalid_argument", `the header ${JSON.stringify(key.slice(0, 80))} cannot be sent`);
    }
    if (Object.hasOwn(result, name)) throw new CelError("invalid_argument", `the header ${name} is there twice`);
    result[name] = value;
  }
  if (keys.length > LIMITS.factHeaders || characters > LIMITS.factHeaderCharacters) {
    throw new CelError(
      "invalid_argument",
      `more than ${LIMITS.factHeaders} headers or ${LIMITS.factHeaderCharacters} characters of them`,
    );
  }
  return result;
}

function paramsOf(caBundle: string, url: string, headers: CelObject | CelMap | undefined): Record<string, Value> {
  const params: Record<string, Value> = { url: checkUrl(url), headers: headersOf(headers) };
  if (caBundle !== PLAIN_CLIENT) params.caBundle = caBundle;
  return params;
}

interface Question {
  readonly caBundle: string;
  readonly url: string;
  readonly headers?: CelObject | CelMap;
}

function get({ caBundle, url, headers }: Question, context: CelContext): CelValue {
  return answerOf(context.facts.fact("http", paramsOf(caBundle, url, headers)), context);
}

function post({ caBundle, url, headers }: Question, body: CelValue, context: CelContext): CelValue {
  const params = { ...paramsOf(caBundle, url, headers), body: sentValue(body, context) };
  return answerOf(context.facts.fact("httpPost", params), context);
}

/** As Kyverno: the members of a JSON object and `statusCode`; for anything else `body` (null when it is no JSON). */
function answerOf(fact: Value, context: CelContext): CelValue {
  const statusCode = memberOf(fact, "status");
  if (statusCode === undefined || !isInt(statusCode)) {
    throw new CelError("failed", "the http fact has no status", { code: "FACT_FAILED" });
  }
  const body = memberOf(fact, "body") ?? null;
  const document = asGoDocument(body, context);
  return isValueObject(body) ? { ...(document as CelObject), statusCode } : { body: document, statusCode };
}

function clientOf(caBundle: string): Opaque<string> {
  if (caBundle !== "" && !caBundle.includes("-----BEGIN CERTIFICATE-----")) {
    throw new CelError("invalid_argument", "the CA bundle holds no certificate in PEM");
  }
  if (caBundle !== "") readCertificatePem("http.client", caBundle);
  return new Opaque(CLIENT_TYPE, caBundle);
}

const READS = "an answer over HTTP";
const SENDS = "an answer over HTTP to what is sent";
const GET_NOTE =
  "What the URL answers: the members of its JSON object and statusCode, or body and statusCode. Numbers are doubles.";
const POST_NOTE = "What the URL answers to a value sent as JSON. Sent once, and only when all before it is known.";
const STATUS = '"https://api.example.com/status"';
const AUDIT = '"https://api.example.com/audit", {"kind": "Pod"}';
const ACCEPT = '{"Accept": "application/json"}';

/** The rows of `http` and, as methods, of what `http.client` gives. */
function requests(): readonly CelFunction[] {
  return [
    ...bothSpellings("http.", "Get", (name) => [
      celFunction({
        name,
        args: [string],
        result: dyn,
        note: GET_NOTE,
        example: `${name}(${STATUS}).statusCode == 200`,
        since,
        loads: READS,
        call: (url, context) => get({ caBundle: PLAIN_CLIENT, url }, context),
      }),
      celFunction({
        name,
        args: [string, HEADERS],
        result: dyn,
        note: "The same, with headers.",
        example: `${name}(${STATUS}, ${ACCEPT}).status == "ok"`,
        since,
        loads: READS,
        call: (url, headers, context) => get({ caBundle: PLAIN_CLIENT, url, headers }, context),
      }),
    ]),
    ...bothSpellings("http.", "Post", (name) => [
      celFunction({
        name,
        args: [string, dyn],
        result: dyn,
        note: POST_NOTE,
        example: `${name}(${AUDIT}).logged`,
        since,
        loads: SENDS,
        call: (url, body, context) => post({ caBundle: PLAIN_CLIENT, url }, body, context),
      }),
      celFunction({
        name,
        args: [string, dyn, HEADERS],
        result: dyn,
        note: "The same, with headers.",
        example: `${name}(${AUDIT}, ${ACCEPT}).logged`,
        since,
        loads: SENDS,
        call: (url, body, headers, context) => post({ caBundle: PLAIN_CLIENT, url, headers }, body, context),
      }),
    ]),
  ];
}

function clients(): readonly CelFunction[] {
  return bothSpellings("http.", "Client", (name) => [
    celFunction({
      name,
      args: [string],
      result: CLIENT,
      note: "A client that trusts only these certificates (PEM); with an empty text, http itself.",
      example: `${name}("").get(${STATUS}).statusCode == 200`,
      since,
      call: clientOf,
    }),
  ]);
}

const METHOD = { receiver: true, since } as const;

function clientMethods(): readonly CelFunction[] {
  return [
    ...bothSpellings("", "Get", (name) => [
      celFunction({
        ...METHOD,
        name,
        args: [CLIENT, string],
        result: dyn,
        note: "As http.get, with the client's certificates.",
        example: `http.client("").${name}(${STATUS}).status == "ok"`,
        loads: READS,
        call: ({ value: caBundle }, url, context) => get({ caBundle, url }, context),
      }),
      celFunction({
        ...METHOD,
        name,
        args: [CLIENT, string, HEADERS],
        result: dyn,
        note: "The same, with headers.",
        example: `http.client("").${name}(${STATUS}, ${ACCEPT}).status == "ok"`,
        loads: READS,
        call: ({ value: caBundle }, url, headers, context) => get({ caBundle, url, headers }, context),
      }),
    ]),
    ...bothSpellings("", "Post", (name) => [
      celFunction({
        ...METHOD,
        name,
        args: [CLIENT, string, dyn],
        result: dyn,
        note: "As http.post, with the client's certificates.",
        example: `http.client("").${name}(${AUDIT}).logged`,
        loads: SENDS,
        call: ({ value: caBundle }, url, body, context) => post({ caBundle, url }, body, context),
      }),
      celFunction({
        ...METHOD,
        name,
        args: [CLIENT, string, dyn, HEADERS],
        result: dyn,
        note: "The same, with headers.",
        example: `http.client("").${name}(${AUDIT}, ${ACCEPT}).logged`,
        loads: SENDS,
        call: ({ value: caBundle }, url, body, headers, context) => post({ caBundle, url, headers }, body, context),
      }),
    ]),
    ...bothSpellings("", "Client", (name) => [
      celFunction({
        ...METHOD,
        name,
        args: [CLIENT, string],
        result: CLIENT,
        note: "A client with other certificates; the same client for an empty text.",
        example: `http.client("").${name}("").get(${STATUS}).status == "ok"`,
        call: (client, caBundle) => (caBundle === "" ? client : clientOf(caBundle)),
      }),
    ]),
  ];
}

/** Kyverno's http library. */
export const HTTP_FUNCTIONS: readonly CelFunction[] = [...requests(), ...clients(), ...clientMethods()];
