/** A backup as text: one YAML document for each object, the same text for the same fleet. */
import { Document, isScalar, visit } from "yaml";
import type { AnyObject, KubeObject } from "../../client/index.ts";
import { plainYaml } from "../../kernel/index.ts";
import { quoteUnfit } from "../../kernel/yaml-text.ts";

export function backupText(header: string, objects: readonly (AnyObject | KubeObject)[]): string {
  return `${header}---\n${objects.map(documentText).join("---\n")}`;
}

/**
 * kubectl reads YAML 1.1 and takes more for numbers than that: `0o14` is twelve. So texts that begin like a number are
 * quoted, and the library sees to words such as `on`.
 */
function documentText(object: AnyObject | KubeObject): string {
  const document = new Document(object, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && typeof node.value === "string" && /^[^A-Za-z]/.test(node.value))
        node.type = node.value.includes("\n") ? "BLOCK_LITERAL" : "QUOTE_DOUBLE";
    },
  });
  quoteUnfit(document);
  return plainYaml(document.toString({ lineWidth: 0, directives: false }));
}
