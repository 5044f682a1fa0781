/** A certificate with its private key, both PEM. */
export interface CertifiedKey {
  /** X.509, RFC 5280. */
  readonly certificatePem: string;
  /** PKCS#8, not encrypted: it goes into a Secret. */
  readonly privateKeyPem: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** What a serving certificate is for. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** Makes certificates for amap's own webhook: ECDSA P-256 keys, one authority, serving certificates below it. */
export interface Certificates {
  /**
   * A self-signed authority (basicConstraints CA, pathlen 0; keyCertSign), valid from `notBefore` to `notAfter` (epoch ms,
   * cut to seconds).
   * @throws {AmapError} USAGE for an end before its begin, or a common name that is empty or over 64 characters
   */
  createAuthority(options: {
    readonly commonName: string;
    readonly notBefore: number;
    readonly notAfter: number;
  }): Promise<CertifiedKey>;
  /**
   * A serving certificate (serverAuth, subject alternative names) that the authority signed.
   * @throws {AmapError} USAGE without any name, for a name that no client can ask for, or an end before its begin;
   * CERTIFICATE_INVALID when the authority's PEM cannot be read, is no CA's, or its key belongs to another certificate
   */
  createServing(
    authority: CertifiedKey,
    options: ServingNames & { readonly commonName: string; readonly notBefore: number; readonly notAfter: number },
  ): Promise<CertifiedKey>;
  /**
   * What a certificate says: when it is valid, its names, and whether `authorityPem`, which must be a CA, signed it.
   * IPv6 addresses come in their short form (RFC 5952). Whether it is valid now is for the caller, who has the clock.
   * @throws {AmapError} CERTIFICATE_INVALID
   */
  read(
    certificatePem: string,
    authorityPem?: string,
  ): ServingNames & {
    readonly notBefore: string;
    readonly notAfter: string;
    readonly signedByAuthority?: boolean;
    /** Whether `privateKeyPem` belongs to it; false for what is no private key. */
    readonly matches: (privateKeyPem: string) => boolean;
  };
}
