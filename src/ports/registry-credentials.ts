/** What a user has stored for a registry. `anonymous`: nothing stored. */
export type RegistryCredentials =
  | { readonly kind: "anonymous" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "identityToken"; readonly token: string }
  | { readonly kind: "bearer"; readonly token: string };

/** Looks credentials up: docker's config.json (auths, credHelpers, credsStore) or flags. */
export interface CredentialSource {
  /** @throws {AmapError} CREDENTIAL_HELPER_FAILED, JSON_INVALID */
  credentialsFor(registry: string): Promise<RegistryCredentials>;
}
