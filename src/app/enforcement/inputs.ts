import { AmapError, isDigest, memberOf, textOf, type Value } from "../../base/index.ts";
import { extractPodImages, type PolicyInput } from "../../policy/index.ts";
import type { ResourceIdentity, ResourceResult } from "../../ports/index.ts";
import type { AdmissionRequest } from "../../report/index.ts";
import { type DecidedResource, evidenceOf } from "../decide-resource.ts";
import { repositoryOf } from "../image-record.ts";

type NamespaceOf = { readonly namespaceOf: (name: string) => Value | undefined };

/** A review's request as policies see it. */
export function inputOfRequest(request: AdmissionRequest, { namespaceOf }: NamespaceOf): PolicyInput {
  const namespace = request.namespace === undefined ? undefined : namespaceOf(request.namespace);
  const { group, version } = request.resource;
  return {
    object: request.object,
    oldObject: request.oldObject,
    operation: request.operation,
    userInfo: request.userInfo,
    resource: request.resource.resource,
    subresource: request.subresource,
    requested: { group, version, name: request.name, namespace: request.namespace ?? "" },
    ...(namespace === undefined ? {} : { namespaceObject: namespace }),
  };
}

/** An object that is there, as if it were created now. */
export function inputOf(object: Value, { namespaceOf }: NamespaceOf): PolicyInput {
  const name = textOf(memberOf(object, "metadata"), "namespace");
  const namespace = name === "" ? undefined : namespaceOf(name);
  return { object, operation: "CREATE", ...(namespace === undefined ? {} : { namespaceObject: namespace }) };
}

/** @throws {AmapError} VALUE_INVALID for an object that lacks apiVersion, kind or name */
export function identityOf(cluster: string, object: Value): ResourceIdentity {
  const metadata = memberOf(object, "metadata");
  const [apiVersion, kind, name] = [textOf(object, "apiVersion"), textOf(object, "kind"), textOf(metadata, "name")];
  if (apiVersion === "" || kind === "" || name === "")
    throw new AmapError("VALUE_INVALID", "expected an object with apiVersion, kind and metadata.name");
  const [namespace, uid] = [textOf(metadata, "namespace"), textOf(metadata, "uid")];
  return {
    cluster,
    apiVersion,
    kind,
    ...(namespace === "" ? {} : { namespace }),
    name,
    ...(uid === "" ? {} : { uid }),
  };
}

/** `Deployment shop/web`: the seed of a background evaluation, the same each time. */
export function namesOf({ kind, namespace = "", name }: ResourceIdentity): string {
  return `${kind} ${namespace}/${name}`;
}

/** The images that an object names, each with the digest that runs or that its evidence was found for. */
export function imagesOf(object: Value, running: Value, decided: DecidedResource): ResourceResult["images"] {
  const named = listImages(object);
  const resolved = new Map(
    evidenceOf(decided.requests, decided.facts).flatMap(({ image, fact }) => {
      const digest = fact?.ok === true ? memberOf(fact.value, "digest") : undefined;
      return typeof digest === "string" ? [[image, digest] as const] : [];
    }),
  );
  const images = listImages(running).map((image, index): ResourceResult["images"][number] => {
    const name = named[index] ?? image;
    const digest = repositoryOf(image)?.digest ?? resolved.get(image);
    return {
      image: name,
      repository: repositoryOf(name)?.repository ?? name,
      ...(digest !== undefined && isDigest(digest) ? { digest } : {}),
      unpinned: repositoryOf(name)?.digest === undefined,
    };
  });
  return [...new Map(images.map((each) => [`${each.image}@${each.digest ?? ""}`, each])).values()];
}

function listImages(object: Value): readonly string[] {
  const extraction = extractPodImages(object);
  return extraction.ok ? Object.values(extraction.lists).flat() : [];
}
