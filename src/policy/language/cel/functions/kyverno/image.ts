import { type ImageReference, parseImageReference } from "../../../../../artifact/index.ts";
import { isAmapError } from "../../../../../base/index.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { Opaque } from "../../values/value.ts";

const IMAGE_TYPE = "kyverno.image";
/** A reference and the text it was made from: as in Kyverno two are equal when they were written alike. */
interface Image {
  readonly text: string;
  readonly reference: ImageReference;
}
const IMAGE = celTypes.opaque<Image>(IMAGE_TYPE);

// go-containerregistry's name for Docker Hub, and so what Kyverno's users compare with.
const DOCKER_HUB = "index.docker.io";

const isSame = (left: Image, right: Image): boolean => left.text === right.text;
const parse = (text: string): Opaque<Image> =>
  new Opaque(IMAGE_TYPE, { text, reference: parseImageReference(text) }, isSame);

function isImage(text: string): boolean {
  try {
    parseImageReference(text);
    return true;
  } catch (error) {
    if (!isAmapError(error, "REFERENCE_INVALID")) throw error;
    return false;
  }
}

function tagOf(reference: ImageReference): string {
  return reference.tag ?? (reference.digest === undefined ? "latest" : "");
}

/** Kyverno's image library: references taken apart, without asking a registry. */
export const IMAGE_REFERENCE_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "image",
    args: [celTypes.string],
    result: IMAGE,
    note: "Parses an image reference; an error when it is none.",
    example: 'image("ghcr.io/acme/app:1.0").tag() == "1.0"',
    since: "0.1.0",
    call: parse,
  }),
  celFunction({
    name: "parseImageReference",
    args: [celTypes.string],
    result: IMAGE,
    note: "The same as image.",
    example: 'parseImageReference("ghcr.io/acme/app").repository() == "acme/app"',
    since: "0.1.0",
    call: parse,
  }),
  celFunction({
    name: "isImage",
    args: [celTypes.string],
    result: celTypes.bool,
    note: "Whether a text is an image reference.",
    example: '!isImage("ghcr.io/acme/app:@")',
    since: "0.1.0",
    call: isImage,
  }),
  part(
    "registry",
    "The registry; Docker Hub is index.docker.io.",
    'image("nginx").registry() == "index.docker.io"',
    (image) => (image.registry === "docker.io" ? DOCKER_HUB : image.registry),
  ),
  part(
    "repository",
    "The repository without the registry.",
    'image("nginx").repository() == "library/nginx"',
    (image) => image.repository,
  ),
  part("tag", "The tag; latest when there is neither tag nor digest.", 'image("nginx").tag() == "latest"', tagOf),
  part(
    "digest",
    "The digest, or an empty string.",
    'image("nginx:1.27").digest() == ""',
    (image) => image.digest ?? "",
  ),
  part(
    "identifier",
    "The digest, or the tag when there is none.",
    'image("nginx:1.27").identifier() == "1.27"',
    (image) => image.digest ?? tagOf(image),
  ),
  part(
    "identifierWithSeparator",
    "The digest behind @, or the tag behind a colon when there is none.",
    'image("nginx:1.27").identifierWithSeparator() == ":1.27"',
    (image) => (image.digest === undefined ? `:${tagOf(image)}` : `@${image.digest}`),
    "0.2.0",
  ),
  celFunction({
    name: "containsDigest",
    receiver: true,
    args: [IMAGE],
    result: celTypes.bool,
    note: "Whether the reference names a digest.",
    example: '!image("nginx:1.27").containsDigest()',
    since: "0.1.0",
    call: (image) => image.value.reference.digest !== undefined,
  }),
];

function part(
  name: string,
  note: string,
  example: string,
  read: (image: ImageReference) => string,
  since = "0.1.0",
): CelFunction {
  return celFunction({
    name,
    receiver: true,
    args: [IMAGE],
    result: celTypes.string,
    note,
    example,
    since,
    call: (image) => read(image.value.reference),
  });
}
