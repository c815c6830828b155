/** Requests letter by letter, for connections that a client library would not open. */
import { CONFIG_MAPS } from "./any-kind.ts";

export const get = (path: string, token: string, headers = "") =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`;
export const bodied = (token: string, headers: string, body: string) =>
  `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
