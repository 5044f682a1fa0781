/** What a user has stored for a registry. `anonymous`: nothing stored. */
export type RegistryCredentials =
  | { readonly kind: "anonymous" }
  | {
      readonly kind: "basic";
      readonly username: string;
      readonly password: string;
      /** The path of repositories that it is for; all of the registry when left out. */
      readonly path?: string;
    }
  | { readonly kind: "identityToken"; readonly token: string }
  | { readonly kind: "bearer"; readonly token: string };

/** Looks credentials up: docker's config.json (auths, credHelpers, credsStore), pull secrets, clouds' helpers, flags. */
export interface CredentialSource {
  /** What is stored for the repository, or else for a path above it, or else for the whole registry. */
  /** @throws {AmapError} CREDENTIAL_HELPER_FAILED, JSON_INVALID */
  credentialsFor(registry: string, repository?: string): Promise<RegistryCredentials>;
}
