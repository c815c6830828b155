/** The options of `plexaubnet up`. */
export interface UpOptions {
  readonly once: boolean;
  readonly dataDir: string;
  readonly port: number;
  /** An address or name of this machine. */
  readonly listen: string;
  /** Absent: derived from the address that it listens on. */
  readonly authorization?: AuthorizationMode;
  readonly auditLog?: string;
  readonly inMemory: boolean;
  readonly examples: boolean;
  readonly verbose: boolean;
  readonly console: boolean;
  /** Absent: the one after that of the API server, or a free one. */
  readonly consolePort?: number;
}

/** Whether every authenticated user may do everything, or what roles grant. */
export type AuthorizationMode = "rbac" | "always-allow";
