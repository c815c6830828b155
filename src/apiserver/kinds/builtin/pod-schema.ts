/**
 * Of pods, what patches need to know: which lists are merged, and by which key. And the defaults that clients count on
 * to be there.
 */
import { anything, atomic, integer, keyedList, record, repeatable, text } from "./kind.ts";

/** Fields beyond those named are kept as they are. */
const kept = { "x-kubernetes-preserve-unknown-fields": true };

const port = record(
  "A port.",
  {
    containerPort: integer("Its number.", { format: "int32" }),
    protocol: text("TCP, UDP or SCTP.", { default: "TCP" }),
  },
  kept,
);

const container = record(
  "A container.",
  {
    name: text("Its name."),
    image: text("Its image."),
    env: repeatable(keyedList("Its environment.", "name", anything("A variable."))),
    ports: {
      ...repeatable(keyedList("Its ports.", "containerPort", port)),
      "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
    },
    volumeMounts: keyedList("Its mounts.", "mountPath", anything("A mount.")),
  },
  kept,
);

export const podSpec = record(
  "What is to run.",
  {
    containers: keyedList("The containers.", "name", container),
    initContainers: keyedList("Containers that run first.", "name", container),
    ephemeralContainers: keyedList("Containers for a look.", "name", container),
    volumes: keyedList("The volumes.", "name", anything("A volume.")),
    imagePullSecrets: repeatable(keyedList("Secrets for pulling images.", "name", anything("A reference."))),
    nodeSelector: atomic(anything("Labels of the nodes that it may run on.")),
    restartPolicy: text("Always, OnFailure or Never.", { default: "Always" }),
    terminationGracePeriodSeconds: integer("How long it may take to end.", { format: "int64", default: 30 }),
    dnsPolicy: text("Where it looks names up.", { default: "ClusterFirst" }),
    securityContext: { ...anything("As whom it runs."), default: {} },
    schedulerName: text("Who chooses its node.", { default: "default-scheduler" }),
  },
  kept,
);

export const podTemplate = record("The pods.", { metadata: anything("Their metadata."), spec: podSpec });
