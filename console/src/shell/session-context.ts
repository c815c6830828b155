import { createContext, use } from "react";
import type { SessionAnswer } from "../api/answers.ts";

/** Undefined until the server has answered for the first time. */
export const SessionContext = createContext<SessionAnswer | undefined>(undefined);

export const useSession = (): SessionAnswer | undefined => use(SessionContext);
