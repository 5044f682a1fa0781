import type { ValueObject } from "../../base/index.ts";
import { type DocumentReader, withoutUndefined } from "../document-reader.ts";
import type { ResourceDescriptor } from "./provenance.ts";

const ALGORITHM = /^[A-Za-z0-9_-]+$/;

/** Reads a ResourceDescriptor; one that neither names nor identifies anything is refused. */
export function readResourceDescriptor(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
): ResourceDescriptor | undefined {
  const digest = reader.stringMap(item, "digest", path);
  for (const algorithm of digest.keys()) {
    if (!ALGORITHM.test(algorithm)) reader.refuse(path, "expected the name of a hash algorithm as a key of digest");
  }
  const descriptor = withoutUndefined({
    name: reader.optionalString(item, "name", path),
    uri: reader.optionalString(item, "uri", path),
    digest: Object.fromEntries(digest),
    mediaType: reader.optionalString(item, "mediaType", path),
    downloadLocation: reader.optionalString(item, "downloadLocation", path),
    annotations: reader.optionalObject(item, "annotations", path),
  });
  const hasContent = reader.optionalString(item, "content", path) !== undefined;
  const { name, uri, downloadLocation } = descriptor as ResourceDescriptor;
  const identifies = (name ?? uri ?? downloadLocation) !== undefined || digest.size > 0 || hasContent;
  return identifies ? descriptor : reader.refuse(path, "expected a uri, digest, content, downloadLocation or name");
}

/** Writes a ResourceDescriptor without empty members. */
export function encodeResourceDescriptor(descriptor: ResourceDescriptor): ValueObject {
  return withoutUndefined({
    name: descriptor.name,
    uri: descriptor.uri,
    digest: Object.keys(descriptor.digest).length === 0 ? undefined : descriptor.digest,
    mediaType: descriptor.mediaType,
    downloadLocation: descriptor.downloadLocation,
    annotations: descriptor.annotations,
  });
}
