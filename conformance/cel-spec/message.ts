/**
 * A protobuf message as it was read, before anything knows its schema: from text format (textproto.ts) or from the JSON
 * mapping (json-message.ts). Fields go by their proto names (`int64_value`); a field that is not set reads as its zero.
 */
export interface MessageSource {
  has(field: string): boolean;
  /** The last one that was written. */
  message(field: string): MessageSource | undefined;
  messages(field: string): readonly MessageSource[];
  /** A `map<string, Message>`. */
  entries(field: string): readonly (readonly [key: string, value: MessageSource])[];
  text(field: string): string;
  bytes(field: string): Uint8Array;
  integer(field: string): bigint;
  double(field: string): number;
  bool(field: string): boolean;
  /** The name of an enum's value. */
  enumName(field: string): string;
  /** A google.protobuf.Any with its type's full name; undefined when it is written as raw bytes. */
  any(field: string): AnySource | undefined;
}

/** What a google.protobuf.Any holds. */
export interface AnySource {
  readonly typeName: string;
  readonly content: MessageSource;
}

/** The type's name of a URL like `type.googleapis.com/google.protobuf.Duration`. */
export function typeNameOfUrl(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}
