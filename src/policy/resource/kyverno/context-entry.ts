import {
  anything,
  boolean,
  list,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  string,
  type TypeOf,
} from "../schema.ts";

const text = string({ allowEmpty: true });

export const REGISTRY_CREDENTIALS = object({
  allowInsecureRegistry: optional(boolean(), "Whether the registry may be plain HTTP or have any certificate."),
  providers: optional(list(oneOf(["default", "amazon", "azure", "google", "github"])), "Where credentials come from."),
  secrets: optional(list(text), "Secrets with credentials: name, or namespace/name."),
});

export const API_CALL_FIELDS = {
  urlPath: optional(text, "A path of the Kubernetes API, as kubectl get --raw takes it."),
  method: optionalWithDefault(oneOf(["GET", "POST"]), "The HTTP method.", "GET"),
  data: optional(
    list(
      object({
        key: required(text, "The member's name in the body."),
        value: required(anything(), "The member's value."),
      }),
    ),
    "The body of a POST, member by member.",
  ),
  service: optional(
    object({
      url: required(text, "The service's URL."),
      headers: optional(
        list(object({ key: required(text, "The header's name."), value: required(text, "The header's value.") })),
        "Headers to send.",
      ),
      caBundle: optional(text, "PEM certificates that the service's certificate must lead to."),
    }),
    "An HTTP service other than the Kubernetes API.",
  ),
} as const;

export const CONTEXT_ENTRY = object(
  {
    name: required(text, "The variable's name."),
    configMap: optional(
      object({
        name: required(text, "The ConfigMap's name."),
        namespace: optional(text, "The ConfigMap's namespace."),
      }),
      "A ConfigMap: the variable has its data and metadata.",
    ),
    apiCall: optional(
      object({
        ...API_CALL_FIELDS,
        default: optional(anything(), "The value when the call fails."),
        jmesPath: optional(text, "JMESPath over the answer."),
      }),
      "The answer of the Kubernetes API or of a service.",
    ),
    imageRegistry: optional(
      object({
        reference: required(text, "The image."),
        jmesPath: optional(text, "JMESPath over the image's data."),
        imageRegistryCredentials: optional(REGISTRY_CREDENTIALS, "Credentials for the registry."),
      }),
      "What a registry says of an image: manifest, configuration, digest.",
    ),
    variable: optional(
      object({
        value: optional(anything(), "The value, any YAML; variables are allowed."),
        jmesPath: optional(text, "JMESPath over the value, or over all variables when there is no value."),
        default: optional(anything(), "The value when the JMESPath gives nothing."),
      }),
      "A value, or what a JMESPath makes of it.",
    ),
    globalReference: optional(
      object({
        name: required(text, "The GlobalContextEntry's name, or name.projection."),
        jmesPath: optional(text, "JMESPath over the entry's data."),
      }),
      "Data of a GlobalContextEntry.",
    ),
  },
  [["configMap", "apiCall", "imageRegistry", "variable", "globalReference"]],
);

export type ContextEntry = TypeOf<typeof CONTEXT_ENTRY>;
