import { AmapError, excerptOfValue, memberOf, textOf, type Value } from "../../../base/index.ts";
import { renderEach } from "../../language/variables/render-each.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { ContextEntry } from "../../resource/kyverno/context-entry.ts";
import type { FactReader } from "../facts.ts";
import type { RuleContext } from "../rule-context.ts";
import { type CompiledEntry, renderPart, shownText } from "./entry.ts";
import { applyPath, compilePathTemplate, explained } from "./jmes-path.ts";

interface ImageEntry {
  readonly name: string;
  readonly reference: Template;
  readonly path: Template;
  readonly credentials: Value | undefined;
}

/** `imageRegistry`: what a registry says of an image. */
export function compileImageEntry(name: string, source: NonNullable<ContextEntry["imageRegistry"]>): CompiledEntry {
  const credentials = source.imageRegistryCredentials;
  const entry: ImageEntry = {
    name,
    reference: compileTemplate(source.reference),
    path: compilePathTemplate(source.jmesPath),
    credentials,
  };
  return { name, source: "imageRegistry", replaces: false, load: (scope, facts) => loadImage(entry, scope, facts) };
}

function loadImage(entry: ImageEntry, scope: RuleContext, facts: FactReader): Value {
  const { name } = entry;
  const what = (template: Template): string => `context entry ${name} ${shownText(template)}`;
  const [reference, path] = renderEach([entry.reference, entry.path], (template) =>
    renderPart(template, scope, what(template)),
  );
  if (typeof reference !== "string") {
    const message = `invalid image reference ${excerptOfValue(reference ?? null)}, image reference must be a string`;
    throw new AmapError("EXPRESSION_FAILED", message);
  }
  const data = imageDataOf(readImage(entry, reference, scope, facts));
  try {
    return applyPath(typeof path === "string" ? path : "", data, scope);
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    const doing = `failed to apply JMESPath (${shownText(entry.path)}) results to context entry ${name}, error`;
    throw explained(error, doing);
  }
}

function readImage(entry: ImageEntry, image: string, scope: RuleContext, facts: FactReader): Value {
  const { credentials } = entry;
  try {
    if (credentials === undefined) return facts.fact("imageData", { image });
    const namespace = textOf(scope.member("request"), "namespace");
    return facts.fact("imageData", { image, credentials, namespace });
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    throw explained(error, `failed to fetch image descriptor: ${image}, error`);
  }
}

/** The names under which Kyverno's context entries show what an imageData fact holds. */
function imageDataOf(fact: Value): Value {
  return {
    image: memberOf(fact, "image") ?? null,
    resolvedImage: memberOf(fact, "resolvedImage") ?? null,
    registry: memberOf(fact, "registry") ?? null,
    repository: memberOf(fact, "repository") ?? null,
    identifier: identifierOf(textOf(fact, "image"), textOf(fact, "tag")),
    manifestList: memberOf(fact, "imageIndex") ?? null,
    manifest: memberOf(fact, "manifest") ?? null,
    configData: memberOf(fact, "config") ?? null,
  };
}

/** What the reference names: its digest, else its tag, which is latest when it has none. */
function identifierOf(image: string, tag: string): string {
  return /@([^@]+)$/.exec(image)?.[1] ?? (tag || "latest");
}
