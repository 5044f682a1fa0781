import "@patternfly/react-core/dist/styles/base.css";
import "./style.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/queries.ts";
import { createPages } from "./router.tsx";
import { holdToken } from "./session/session.ts";
import { takeToken } from "./session/token.ts";

// Before anything else looks at the address: the token must not stay in it.
holdToken(takeToken(window));

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <RouterProvider router={createPages()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
