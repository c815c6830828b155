/** Where `plexaubnet up` keeps the history. */
import { join } from "node:path";

/** In its data directory. */
export const HISTORY_FILE = "history.db";

/** That of `plexaubnet up` in this folder. */
export const LOCAL_HISTORY = join(".plexaubnet", HISTORY_FILE);
