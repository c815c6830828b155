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
} as const;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const LABELS = {
  "app.kubernetes.io/name": "plexaubnet",
  "app.kubernetes.io/component": "operator",
} as const;
