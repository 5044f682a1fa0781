import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransformObject } from "fastify-type-provider-zod";

/** The head of the OpenAPI document; the routes add themselves. */
export function describeApi(version: string): NonNullable<FastifyDynamicSwaggerOptions["openapi"]> {
  return {
    openapi: "3.1.0",
    info: {
      title: "amap",
      version,
      description:
        "What amap saw and decided: images with their documents and findings, policies, results, admissions. Errors are RFC 9457 problems. Requests that change something must come from the dashboard's own origin. Changes are told at /api/v1/events as server-sent events.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    components: {
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-amap",
          description: "Set by POST /api/v1/session; named amap_session over plain HTTP.",
        },
      },
    },
    security: [{ session: [] }],
  };
}

/** Adds the contract's named schemas. The library makes each twice, for input too, and nothing that is sent has a name. */
export const addNamedSchemas: NonNullable<FastifyDynamicSwaggerOptions["transformObject"]> = (document) => {
  const whole = jsonSchemaTransformObject(document) as { components?: { schemas?: Record<string, unknown> } };
  for (const name of Object.keys(whole.components?.schemas ?? {})) {
    if (name.endsWith("Input")) delete whole.components?.schemas?.[name];
  }
  return whole as ReturnType<NonNullable<FastifyDynamicSwaggerOptions["transformObject"]>>;
};
