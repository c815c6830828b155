import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/search.css";
import "./styles/table.css";
import "./styles/map.css";
import "./styles/panel.css";
import "./styles/pages.css";
import "./styles/print.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeQueryClient } from "./api/queries.ts";
import { App, readPage } from "./shell/app.tsx";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
readPage();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the ID root");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
