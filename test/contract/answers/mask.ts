/**
 * What no two servers answer alike, made alike: UIDs, revisions, times, addresses, the namespace of a
 * scenario. The recorded answers carry the same masks.
 */
import { mapTexts } from "./scenario.ts";

/** Version 4, as servers make them. What a client sends may look otherwise and stays. */
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const GENERATED = /\bg-[a-z0-9]{5}\b/g;
const AGE = /^(?:\d+[smhdy])+$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @param now when the answer was given: times of that day are masked, those that a client sent are not. */
export function mask(body: unknown, namespace: string, now: Date): unknown {
  const texts = (text: string) =>
    text
      .replaceAll(namespace, "{{ns}}")
      .replace(UID, "<uid>")
      .replace(TIME, (time) => (Math.abs(Date.parse(time) - now.getTime()) < DAY_MS ? "<time>" : time))
      .replace(GENERATED, "g-<5>");
  return maskFields(mapTexts(body, texts));
}

function maskFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskFields);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskField(key, each)]));
}

function maskField(key: string, value: unknown): unknown {
  switch (key) {
    case "resourceVersion":
      return typeof value === "string" && value !== "" ? "<rv>" : value;
    case "continue":
      return typeof value === "string" ? "<continue>" : value;
    case "clusterIP":
      return maskAddress(value);
    case "clusterIPs":
      return Array.isArray(value) ? value.map(maskAddress) : value;
    case "nodePort":
    case "healthCheckNodePort":
      return typeof value === "number" && value !== 0 ? "<port>" : value;
    case "token":
      return typeof value === "string" && value.split(".").length === 3 ? "<token>" : value;
    case "cells":
      return Array.isArray(value) ? value.map(maskAge) : value;
    case "managedFields":
      return Array.isArray(value) ? value.map(maskFields).sort(byText) : value;
    default:
      return maskFields(value);
  }
}

function maskAddress(value: unknown): unknown {
  return typeof value === "string" && /^[\d.]+$|:/.test(value) ? "<ip>" : value;
}

function maskAge(cell: unknown): unknown {
  return typeof cell === "string" && AGE.test(cell) ? "<age>" : maskFields(cell);
}

function byText(a: unknown, b: unknown): number {
  const [first, second] = [canonical(a), canonical(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** JSON with its keys in order: equal for equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
