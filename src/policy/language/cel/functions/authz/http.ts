import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { type CelObject, type CelValue, Message, Opaque } from "../../values/value.ts";
import { BYTES, INT, listShape, mapShape, messageShape, TEXT, typeOfShape } from "./shape.ts";

const since = "0.2.0";
const { list, string } = celTypes;

const ATTRIBUTES = messageShape("http.CheckRequestAttributes", {
  method: TEXT,
  header: mapShape(listShape(TEXT)),
  host: TEXT,
  protocol: TEXT,
  contentLength: INT,
  body: BYTES,
  scheme: TEXT,
  path: TEXT,
  query: mapShape(listShape(TEXT)),
  fragment: TEXT,
});

/** `object` of the mode HTTP. */
export const HTTP_REQUEST = messageShape("http.CheckRequest", { attributes: ATTRIBUTES });

/** What an answer is made from: the reason of a denial, undefined when it is allowed. */
export interface HttpAnswer {
  readonly reason: string | undefined;
}

const OK_NAME = "http.CheckResponseOk";
const DENIED_NAME = "http.CheckResponseDenied";
const RESPONSE_NAME = "http.CheckResponse";
const OK = celTypes.opaque<HttpAnswer>(OK_NAME);
const DENIED = celTypes.opaque<HttpAnswer>(DENIED_NAME);
/** What a validation of the mode HTTP gives. */
export const HTTP_RESPONSE = celTypes.opaque<HttpAnswer>(RESPONSE_NAME);

const sameAnswer = (a: HttpAnswer, b: HttpAnswer): boolean => a.reason === b.reason;
const asResponse = ({ value }: Opaque<HttpAnswer>) => new Opaque(RESPONSE_NAME, value, sameAnswer);

/** As Go's MIME headers: a name in any case means the one that is written `Like-This`. */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function valuesOf(name: string, field: string, keyOf: (name: string) => string, note: string): CelFunction {
  return celFunction({
    name,
    receiver: true,
    args: [typeOfShape(ATTRIBUTES), string],
    result: list(string),
    note,
    example: `object.attributes.${name}("x-team") == []`,
    since,
    call: (attributes, key) => memberList(attributes, field, keyOf(key)),
  });
}

function memberList(attributes: CelValue, field: string, key: string): readonly CelValue[] {
  const all = attributes instanceof Message ? attributes.get(field) : undefined;
  const found = Object.entries((all ?? {}) as CelObject).find(([name]) => name === key)?.[1];
  return Array.isArray(found) ? found : [];
}

/** Functions of Kyverno's authorization server for HTTP. */
export const HTTP_AUTHORIZATION_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "http.Allowed",
    args: [],
    result: OK,
    note: "The request is allowed.",
    example: "http.Allowed().Response() == http.Allowed().Response()",
    since,
    call: () => new Opaque(OK_NAME, { reason: undefined }, sameAnswer),
  }),
  celFunction({
    name: "http.Denied",
    args: [string],
    result: DENIED,
    note: "The request is denied for a reason.",
    example: 'http.Denied("no token").Response() != http.Denied("no").Response()',
    since,
    call: (reason) => new Opaque(DENIED_NAME, { reason }, sameAnswer),
  }),
  ...[OK, DENIED].map((type) =>
    celFunction({
      name: "Response",
      receiver: true,
      args: [type],
      result: HTTP_RESPONSE,
      note: "The answer.",
      example: "http.Allowed().Response() == http.Allowed().Response()",
      since,
      call: asResponse,
    }),
  ),
  valuesOf(
    "Header",
    "header",
    canonicalHeader,
    "The values of a header, in the order they were sent; none when it is not there.",
  ),
  valuesOf("QueryParam", "query", (name) => name, "The values of a parameter of the query; none when it is not there."),
];
