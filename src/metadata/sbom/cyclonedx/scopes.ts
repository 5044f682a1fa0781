import type { Component } from "../sbom.ts";

/** `scope` by the model's word. `required` is what CycloneDX assumes where nothing is said. */
export const SCOPES: Readonly<Record<Component["scope"], string>> = {
  production: "required",
  optional: "optional",
  development: "excluded",
};
