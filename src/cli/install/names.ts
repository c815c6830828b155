/** How things are named that an installation consists of: in manifests, charts and documents alike. */
export const INSTALLED = {
  namespace: "plexaubnet-system",
  /** Of the service account, roles, bindings and the Deployment. */
  operator: "plexaubnet-operator",
  metricsReader: "plexaubnet-metrics-reader",
  viewer: "plexaubnet-view",
  editor: "plexaubnet-edit",
  metricsService: "plexaubnet-metrics",
  webhookService: "plexaubnet-webhook",
  /** Its key `address` has the address of the history. Optional. */
  historySecret: "plexaubnet-history",
} as const;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const LABELS = {
  "app.kubernetes.io/name": "plexaubnet",
  "app.kubernetes.io/component": "operator",
} as const;

/** Of the part that keeps the ledger of load balancers. */
export const LEDGER_INSTALLED = {
  /** Of the service account, roles, bindings, the Service, the settings, the Deployment and the webhook. */
  name: "plexaubnet-ledger",
  lease: "plexaubnet-ledger",
} as const;

export const LEDGER_LABELS = {
  "app.kubernetes.io/name": "plexaubnet",
  "app.kubernetes.io/component": "ledger",
} as const;
