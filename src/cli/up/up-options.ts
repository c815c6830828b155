/** What `plexaubnet up` is told. */
export interface UpOptions {
  readonly once: boolean;
  readonly dataDir: string;
  readonly port: number;
  /** An address or name of this machine. */
  readonly listen: string;
  /** Absent: as it is fit for where it listens. */
  readonly authorization?: AuthorizationMode;
  readonly auditLog?: string;
  readonly inMemory: boolean;
  readonly examples: boolean;
  readonly verbose: boolean;
}

/** Whether everybody with a credential may do everything, or what roles grant them. */
export type AuthorizationMode = "rbac" | "always-allow";
