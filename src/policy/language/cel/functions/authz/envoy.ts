import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { type CelType, celTypes } from "../../types.ts";
import { equals } from "../../values/equality.ts";
import { type CelMap, type CelObject, type CelValue, Opaque } from "../../values/value.ts";
import { ANY, BYTES, INT, mapShape, messageShape, TEXT } from "./shape.ts";

const since = "0.2.0";
const { bool, dyn, int, map, string } = celTypes;
const SERVICE = "envoy.service.auth.v3";
const CORE = "envoy.config.core.v3";

const ADDRESS = messageShape(`${CORE}.Address`, {
  socket_address: messageShape(`${CORE}.SocketAddress`, {
    protocol: ANY,
    address: TEXT,
    port_value: INT,
    named_port: TEXT,
  }),
  pipe: messageShape(`${CORE}.Pipe`, { path: TEXT, mode: INT }),
});

const PEER = messageShape(`${SERVICE}.AttributeContext.Peer`, {
  address: ADDRESS,
  service: TEXT,
  labels: mapShape(TEXT),
  principal: TEXT,
  certificate: TEXT,
});

const HTTP = messageShape(`${SERVICE}.AttributeContext.HttpRequest`, {
  id: TEXT,
  method: TEXT,
  headers: mapShape(TEXT),
  header_map: ANY,
  path: TEXT,
  host: TEXT,
  scheme: TEXT,
  query: TEXT,
  fragment: TEXT,
  size: INT,
  protocol: TEXT,
  body: TEXT,
  raw_body: BYTES,
});

const METADATA = messageShape(`${CORE}.Metadata`, {
  filter_metadata: mapShape(ANY),
  typed_filter_metadata: mapShape(ANY),
});

/** `object` of the mode Envoy (envoy.service.auth.v3.CheckRequest). */
export const ENVOY_REQUEST = messageShape(`${SERVICE}.CheckRequest`, {
  attributes: messageShape(`${SERVICE}.AttributeContext`, {
    source: PEER,
    destination: PEER,
    request: messageShape(`${SERVICE}.AttributeContext.Request`, { time: ANY, http: HTTP }),
    context_extensions: mapShape(TEXT),
    metadata_context: METADATA,
    route_metadata_context: METADATA,
    tls_session: messageShape(`${SERVICE}.AttributeContext.TLSSession`, { sni: TEXT }),
  }),
});

/** A header or a parameter that an answer sets. */
interface Pair {
  readonly key: string;
  readonly value: string;
  readonly keepsEmpty: boolean;
}

/** What an answer is made from; `status` is undefined when the request is allowed. */
export interface EnvoyAnswer {
  readonly status: number | undefined;
  readonly body: string;
  /** What is set and removed, in the order it was written. */
  readonly changes: readonly { readonly kind: string; readonly pair: Pair }[];
  readonly message: string;
  readonly metadata: CelObject | CelMap | undefined;
}

const OK_NAME = `${SERVICE}.OkHttpResponse`;
const DENIED_NAME = `${SERVICE}.DeniedHttpResponse`;
const RESPONSE_NAME = `${SERVICE}.CheckResponse`;
const HEADER_NAME = `${CORE}.HeaderValueOption`;
const PARAMETER_NAME = `${CORE}.QueryParameter`;
const OK = celTypes.opaque<EnvoyAnswer>(OK_NAME);
const DENIED = celTypes.opaque<EnvoyAnswer>(DENIED_NAME);
const HEADER = celTypes.opaque<Pair>(HEADER_NAME);
const PARAMETER = celTypes.opaque<Pair>(PARAMETER_NAME);
/** What a validation of the mode Envoy gives. */
export const ENVOY_RESPONSE = celTypes.opaque<EnvoyAnswer>(RESPONSE_NAME);

const NO_ANSWER: EnvoyAnswer = { status: undefined, body: "", changes: [], message: "", metadata: undefined };
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const answer = (name: string, value: EnvoyAnswer, context?: CelContext): Opaque<EnvoyAnswer> =>
  new Opaque(name, value, (one, other) => sameAnswer(one, other, context));
const pair = (name: string, value: Pair): Opaque<Pair> => new Opaque(name, value, same);

/** Metadata may be as large as an expression makes it: comparing it is charged. */
function sameAnswer(one: EnvoyAnswer, other: EnvoyAnswer, context: CelContext | undefined): boolean {
  const { metadata: left, ...first } = one;
  const { metadata: right, ...second } = other;
  if (!same(first, second)) return false;
  if (left === undefined || right === undefined || context === undefined) return left === right;
  return equals(left, right, context);
}

interface RowHead {
  readonly name: string;
  readonly note: string;
  readonly example: string;
}

/** A method that adds a change to what an answer is made from, and gives it back. */
function changing(
  head: RowHead,
  target: CelType<Opaque<EnvoyAnswer>>,
  args: readonly CelType[],
  pairOf: (args: readonly CelValue[]) => Pair,
): CelFunction {
  return {
    ...head,
    receiver: true,
    args: [target, ...args],
    result: target,
    since,
    call: (...values) => {
      const [first, ...rest] = values.slice(0, -1) as readonly CelValue[];
      const { typeName, value } = first as Opaque<EnvoyAnswer>;
      return answer(typeName, { ...value, changes: [...value.changes, { kind: head.name, pair: pairOf(rest) }] });
    },
  };
}

const given = ([first]: readonly CelValue[]): Pair => (first as Opaque<Pair>).value;
const written = ([key, value = ""]: readonly CelValue[]): Pair => ({
  key: key as string,
  value: value as string,
  keepsEmpty: false,
});

/** The forms of a method that sets something: with what is set, or with its name and value. */
function setting(head: RowHead, target: CelType<Opaque<EnvoyAnswer>>, set: CelType): readonly CelFunction[] {
  return [changing(head, target, [set], given), changing(head, target, [string, string], written)];
}

const MADE = "envoy.Allowed().Response() == envoy.Allowed().Response()";
const head = (name: string, note: string): RowHead => ({ name, note, example: MADE });

function denied(code: number | bigint): Opaque<EnvoyAnswer> {
  const status = Number(code);
  if (!Number.isSafeInteger(status)) throw new CelError("overflow", "integer overflow");
  return answer(DENIED_NAME, { ...NO_ANSWER, status });
}

/** Functions of Kyverno's authorization server for Envoy. */
export const ENVOY_AUTHORIZATION_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...head("envoy.Allowed", "The request is allowed."),
    args: [],
    result: OK,
    since,
    call: () => answer(OK_NAME, NO_ANSWER),
  }),
  celFunction({
    ...head("envoy.Denied", "The request is denied with an HTTP status."),
    args: [int],
    result: DENIED,
    since,
    call: denied,
  }),
  celFunction({
    ...head("envoy.Header", "A header to set."),
    args: [string, string],
    result: HEADER,
    since,
    call: (key, value) => pair(HEADER_NAME, { key, value, keepsEmpty: false }),
  }),
  celFunction({
    ...head("envoy.QueryParam", "A parameter of the query to set."),
    args: [string, string],
    result: PARAMETER,
    since,
    call: (key, value) => pair(PARAMETER_NAME, { key, value, keepsEmpty: false }),
  }),
  celFunction({
    ...head("KeepEmptyValue", "The header is set even when its value is empty."),
    receiver: true,
    args: [HEADER],
    result: HEADER,
    since,
    call: ({ value }) => pair(HEADER_NAME, { ...value, keepsEmpty: true }),
  }),
  celFunction({
    ...head("KeepEmptyValue", "Whether the header is set even when its value is empty."),
    receiver: true,
    args: [HEADER, bool],
    result: HEADER,
    since,
    call: ({ value }, keepsEmpty) => pair(HEADER_NAME, { ...value, keepsEmpty }),
  }),
  ...setting(head("WithHeader", "With a header for the request that goes on."), OK, HEADER),
  ...setting(head("WithHeader", "With a header for the client."), DENIED, HEADER),
  ...setting(head("WithResponseHeader", "With a header for the client."), OK, HEADER),
  ...setting(head("WithQueryParam", "With a parameter for the request that goes on."), OK, PARAMETER),
  changing(head("WithoutHeader", "Without a header of the request."), OK, [string], written),
  changing(head("WithoutQueryParam", "Without a parameter of the request."), OK, [string], written),
  celFunction({
    ...head("WithBody", "With a text for the client."),
    receiver: true,
    args: [DENIED, string],
    result: DENIED,
    since,
    call: ({ value }, body) => answer(DENIED_NAME, { ...value, body }),
  }),
  ...[OK, DENIED].map((type) =>
    celFunction({
      ...head("Response", "The answer."),
      receiver: true,
      args: [type],
      result: ENVOY_RESPONSE,
      since,
      call: ({ value }) => answer(RESPONSE_NAME, value),
    }),
  ),
  celFunction({
    ...head("WithMessage", "With a message in its status."),
    receiver: true,
    args: [ENVOY_RESPONSE, string],
    result: ENVOY_RESPONSE,
    since,
    call: ({ value }, message, context) => answer(RESPONSE_NAME, { ...value, message }, context),
  }),
  celFunction({
    ...head("WithMetadata", "With metadata for other filters."),
    receiver: true,
    args: [ENVOY_RESPONSE, map(string, dyn)],
    result: ENVOY_RESPONSE,
    since,
    call: ({ value }, metadata, context) => answer(RESPONSE_NAME, { ...value, metadata }, context),
  }),
];
