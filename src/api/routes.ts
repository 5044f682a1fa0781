import { z } from "zod";
import { admissionDetail, admissionQuery, admissions, explanation } from "./admissions.ts";
import { documentContent, findingQuery, findings, imageDetail, imageQuery, images } from "./images.ts";
import { jobQuery, jobs } from "./jobs.ts";
import { overview } from "./overview.ts";
import { name } from "./pages.ts";
import { historyQuery, policies, policyDetail, resultHistory, resultQuery, results } from "./policies.ts";
import { about, auditEntries, auditQuery, auditVerification, login, session } from "./session.ts";

/** One route of the API: what it takes, what it gives, who may call it. */
export interface Route {
  /** One sentence for the OpenAPI document. */
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Absent: 204, no body. */
  readonly response?: z.ZodType;
  /** Whether it answers without a session. */
  readonly open?: boolean;
}

const image = z.strictObject({ image: name.describe("REPOSITORY@DIGEST, percent-encoded") });

/** Every route under its method and path. Server, OpenAPI document and the web's types are made from it. */
export const ROUTES = {
  "GET /api/v1/about": { summary: "Version and store.", response: about },
  "POST /api/v1/session": {
    summary: "Starts a session with a one-time token.",
    body: login,
    response: session,
    open: true,
  },
  "GET /api/v1/session": { summary: "The session that the cookie stands for.", response: session },
  "DELETE /api/v1/session": { summary: "Ends the session." },
  "GET /api/v1/overview": { summary: "The four quadrants, the checklist and what to do first.", response: overview },
  "GET /api/v1/images": { summary: "Images, newest look first.", query: imageQuery, response: images },
  "GET /api/v1/images/:image": {
    summary: "One image with its documents, uses and chain.",
    params: image,
    response: imageDetail,
  },
  "GET /api/v1/images/:image/document": {
    summary: "One document of an image, with what it says.",
    params: image,
    query: z.strictObject({ id: name }),
    response: documentContent,
  },
  "GET /api/v1/findings": { summary: "Findings, worst first.", query: findingQuery, response: findings },
  "GET /api/v1/policies": { summary: "The policies in force and the refused ones.", response: policies },
  "GET /api/v1/policies/:name": {
    summary: "One policy with its text.",
    params: z.strictObject({ name }),
    response: policyDetail,
  },
  "GET /api/v1/results": { summary: "Results of rules, worst first.", query: resultQuery, response: results },
  "GET /api/v1/results/history": {
    summary: "Changes of results, newest first.",
    query: historyQuery,
    response: resultHistory,
  },
  "GET /api/v1/admissions": {
    summary: "Admission decisions, newest first.",
    query: admissionQuery,
    response: admissions,
  },
  "GET /api/v1/admissions/:id": {
    summary: "One admission decision.",
    params: z.strictObject({ id: name }),
    response: admissionDetail,
  },
  "GET /api/v1/admissions/:id/explanation": {
    summary: "The decision made again from what is stored.",
    params: z.strictObject({ id: name }),
    response: explanation,
  },
  "GET /api/v1/jobs": { summary: "Work in the background, newest first.", query: jobQuery, response: jobs },
  "POST /api/v1/jobs/:id/retry": {
    summary: "Gives a failed job one more attempt.",
    params: z.strictObject({ id: name }),
  },
  "GET /api/v1/audit": { summary: "What was done, newest first.", query: auditQuery, response: auditEntries },
  "GET /api/v1/audit/verification": { summary: "Whether the audit log's chain is whole.", response: auditVerification },
} as const satisfies Readonly<Record<string, Route>>;

/** The address of the server-sent events: each is a `change` as JSON. It needs a session. */
export const EVENTS_PATH = "/api/v1/events";

type Routes = typeof ROUTES;
/** `"GET /api/v1/images"`, … */
export type RouteKey = keyof Routes;
type Part<R, P extends string> = R extends { readonly [K in P]: infer S extends z.ZodType } ? S : never;
/** What the caller gives. */
export type RouteParams<K extends RouteKey> = z.input<Part<Routes[K], "params">>;
export type RouteQuery<K extends RouteKey> = z.input<Part<Routes[K], "query">>;
export type RouteBody<K extends RouteKey> = z.input<Part<Routes[K], "body">>;
/** What the server answers. */
export type RouteResponse<K extends RouteKey> = z.output<Part<Routes[K], "response">>;
